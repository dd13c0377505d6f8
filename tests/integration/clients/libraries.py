"""Printer libraries of others, each with the example program that prints with it.

npm's are installed once into a cache, from the lock file beside this one: needs ``node`` and
``npm``. escpos-php and escpos-coffee are in none of the registries that every machine reaches, so
whoever has them names the one's ``vendor/autoload.php`` in ``POS_GUARD_ESCPOS_PHP``, and the
other's jar in ``POS_GUARD_ESCPOS_COFFEE``. What is missing is skipped in words; with
``POS_GUARD_REQUIRE_CLIENTS=1`` a missing npm library is a failure.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[2] / "examples" / "printing"
REQUIRED = "POS_GUARD_REQUIRE_CLIENTS"
ESCPOS_PHP = "POS_GUARD_ESCPOS_PHP"
ESCPOS_COFFEE = "POS_GUARD_ESCPOS_COFFEE"
MODULES = "POS_GUARD_NODE_MODULES"
"""Names a node_modules with all of the lock file, for a machine that has no network."""
PACKAGES = ("package.json", "package-lock.json", ".npmrc")

INSTALL_SECONDS = 100
"""Less than pytest gives a test, so that a slow registry is named and not a time-out."""
JOB_SECONDS = 30


@dataclass(frozen=True)
class Library:
    """How to run its example: the program before the arguments, where, and with what set."""

    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    def run(self, *arguments: str) -> str:
        """One job; returns what the program said.

        :raises AssertionError: when it failed.
        """
        done = self.ended(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ended(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One job, whatever came of it."""
        with self.begun(*arguments) as process:
            try:
                said, complained = process.communicate(timeout=JOB_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, said, complained)

    def begun(self, *arguments: str) -> subprocess.Popen[str]:
        """One job under way."""
        return subprocess.Popen(
            [*self.command, *arguments],
            env={**os.environ, **dict(self.environment)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def python_escpos(_: Path) -> Library:
    """The library is one of the test dependencies."""
    # It reads its own data with importlib.resources.path, which newer Pythons deprecate.
    return Library((sys.executable, "-W", "ignore", str(EXAMPLES / "python_escpos_till.py")))


def node_escpos(place: Path) -> Library:
    """@node-escpos with its network and serial adapters."""
    return _node(EXAMPLES / "node-escpos.mjs", place)


def node_escpos_esc_z(place: Path) -> Library:
    """The same library with its own QR command: takes a place and a text."""
    return _node(HERE / "esc-z.mjs", place)


def receipt_printer_encoder(place: Path) -> Library:
    """The encoder, its network printer, and serialport."""
    return _node(EXAMPLES / "receipt-printer-encoder.mjs", place)


def node_thermal_printer(place: Path) -> Library:
    """node-thermal-printer: takes an address, or a file that it only writes to; and a job."""
    return _node(HERE / "node-thermal-printer.mjs", place)


def receiptio(_: Path) -> Library:
    """receiptio's own command; it finds serialport beside it. Its exit code is its verdict."""
    node, modules = _node_and_modules()
    return Library((node, str(modules / "receiptio" / "bin" / "cli.js")))


def escpos_php(_: Path) -> Library:
    """mike42/escpos-php as composer installs it."""
    php, autoload = shutil.which("php"), os.environ.get(ESCPOS_PHP)
    if php is None:
        pytest.skip("escpos-php: no php on this machine (Debian: php-cli)")
    if not autoload:
        pytest.skip(f"escpos-php: composer require mike42/escpos-php, and set {ESCPOS_PHP}")
    script = str(EXAMPLES / "escpos-php.php")
    return Library((php, "-d", "error_reporting=E_ERROR", script), (("AUTOLOAD", autoload),))


def escpos_coffee(place: Path) -> Library:
    """anastaciocintra/escpos-coffee as Maven has it."""
    jar = os.environ.get(ESCPOS_COFFEE)
    if shutil.which("javac") is None:
        pytest.skip("escpos-coffee: no javac on this machine (Debian: default-jdk-headless)")
    if not jar:
        pytest.skip(f"escpos-coffee: name its jar in {ESCPOS_COFFEE}")
    source = EXAMPLES / "EscposCoffee.java"
    build = ["javac", "-cp", jar, "-d", str(place), str(source)]
    subprocess.run(build, capture_output=True, timeout=JOB_SECONDS, check=True)
    return Library(("java", "-cp", f"{jar}{os.pathsep}{place}", "EscposCoffee"))


LIBRARIES = {
    "python-escpos": python_escpos,
    "node-escpos": node_escpos,
    "receipt-printer-encoder": receipt_printer_encoder,
    "escpos-php": escpos_php,
    "escpos-coffee": escpos_coffee,
}
"""Those whose examples know all jobs of a till."""


def _node(script: Path, place: Path) -> Library:
    """A copy of the example beside the libraries: imports are looked up from where a file lies."""
    node, modules = _node_and_modules()
    (place / "node_modules").symlink_to(modules)
    return Library((node, str(shutil.copy(script, place / script.name))))


def _node_and_modules() -> tuple[str, Path]:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        missing("no node and npm on this machine (Debian: nodejs npm)")
    if named := os.environ.get(MODULES):
        if not Path(named).is_dir():
            missing(f"there is no {named}")
        return node, Path(named)
    modules, trouble = node_modules()
    if trouble:
        missing(f"npm ci: {trouble}")
    return node, modules


def missing(what: str) -> NoReturn:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, and {what}")
    pytest.skip(f"npm printer libraries: {what}")


@cache
def node_modules(place: Path = HERE) -> tuple[Path, str]:
    """Where the packages are that a folder's lock file pins, installing them the first time.

    And what went wrong, or nothing.
    """
    lock = (place / "package-lock.json").read_bytes()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pos-guard"
    ready = home / f"printer-clients-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not ready.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="npm-", dir=home))
        for name in PACKAGES:
            shutil.copy(place / name, fresh)
        try:
            trouble = _npm_ci(fresh)
            if not trouble:
                _put(fresh, ready)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return ready / "node_modules", trouble
    return ready / "node_modules", ""


def _put(fresh: Path, ready: Path) -> None:
    """In one step: another worker may be doing the same."""
    try:
        fresh.rename(ready)
    except OSError:
        if not ready.exists():
            raise


def _npm_ci(place: Path) -> str:
    """Install what the lock file names; or what went wrong."""
    try:
        done = subprocess.run(
            # No package's own install program is run: the one binary comes with its package.
            ["npm", "ci", "--omit=dev", "--ignore-scripts"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {INSTALL_SECONDS} s"
    return "" if done.returncode == 0 else done.stderr.strip()[-500:]
