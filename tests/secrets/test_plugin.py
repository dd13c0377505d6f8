"""The watch finds what is seeded, in every channel, and names the test and never the secret."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parents[2]
SEEDED = Path(__file__).with_name("seeded.txt").read_text(encoding="utf-8")
CONFTEST = """
from tests.secrets import plugin

def pytest_configure(config):
    plugin.register(config)
"""
LEAKS = re.findall(r"^def test_leaks_(\w+)\(", SEEDED, re.MULTILINE)
SECRETS = ("4111111111111111", "134650000000000077", "482915", "4012 0000 3333 0026")

PLACES = {
    "log": "log: card number",
    "traceback": "log: payment code",
    "error": "error: card number",
    "error_of_a_subclass": "error: payment code",
    "output": "output of a command: PIN",
    "command": "output of a command: card number",
    "stdout_of_a_process": "stdout of a process: card number",
    "line_of_a_process": "stdout of a process: payment code",
    "stderr_of_a_daemon": "stderr of a process: payment code",
    "socket": "decision socket: payment code",
    "record": "table audit of pos-guard.db: card number",
    "column": "table people of pos-guard.db: card number",
    "packed": "raw bytes of pos-guard.db-wal: card number, packed",
    "overwritten": "raw bytes of pos-guard.db-wal: card number",
    "key": "raw bytes of pos-guard.db: key pepper, hex",
    "key_logged": "log: key mac, repr",
    "totp": "table audit of pos-guard.db: TOTP secret, base32",
    "removed_store": "table audit of pos-guard.db: card number",
    "store_of_a_process": "raw bytes of hub.sqlite3: card number",
    "segment": "the file 1.jsonl: card number",
    "log_although_marked": "log: card number",
    "another_kind_than_seeded": "table audit of pos-guard.db: card number",
    "seeded_code_in_the_log": "log: payment code",
    "nothing_although_seeded": "no payment code was found in a table",
}


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_seeded=SEEDED)
    yield pytester
    # What was seeded must not be found once more, by the watch over this run.
    shutil.rmtree(pytester.path)


def outcome(run: pytest.Pytester, *options: str) -> tuple[int, str]:
    done = run.runpytest_subprocess(
        "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--strict-markers", *options
    )
    return int(done.ret), str(done.stdout) + str(done.stderr)


def parts(said: str) -> dict[str, str]:
    """What was said of each test that has an error."""
    found = re.split(r"secrets \(rule 10\) after test_seeded\.py::test_", said)[1:]
    return {part.split(":\n")[0]: part.split("\n_")[0] for part in found}


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_every_seeded_secret_is_found_and_nothing_else(
    run: pytest.Pytester, options: tuple[str, ...]
) -> None:
    code, said = outcome(run, *options)
    assert code == 1
    found = parts(said)
    assert {name.partition("[")[0] for name in found} == {f"leaks_{name}" for name in LEAKS}
    assert {*PLACES} == {*LEAKS}
    for name, text in found.items():
        place = PLACES[name.removeprefix("leaks_").partition("[")[0]]
        place = place.replace("pepper", "mac") if name.endswith("[mac]") else place
        assert f"  {place}" in text, (name, text)
    assert ": payment code" not in found["leaks_another_kind_than_seeded"]
    assert not [secret for secret in SECRETS if secret in said]


def test_what_belongs_to_no_test_fails_the_session(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_seeded="""
import logging
import pytest

@pytest.fixture(scope="session")
def daemon():
    yield
    logging.getLogger("pos_guard").warning("read %s", "4111111111111111")

def test_it(daemon):
    pass
"""
    )
    for options in ((), ("-n", "1")):
        code, said = outcome(run, *options)
        assert code == 1, said
        assert "1 passed" in said
        assert "log: card number" in said
        assert "4111111111111111" not in said


def test_a_store_of_an_earlier_file_of_tests_is_looked_at_again(run: pytest.Pytester) -> None:
    """Another process writes to it, so nobody hears that it is opened."""
    run.makepyfile(
        test_seeded="""
import sqlite3
from contextlib import closing

def test_makes_it(tmp_path_factory):
    with closing(sqlite3.connect(tmp_path_factory.getbasetemp() / "early.db")) as store:
        store.execute("CREATE TABLE t (x)")
""",
        test_then="""
import subprocess
import sys

WRITES = '''
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    store.execute("INSERT INTO t VALUES (?)", ("4111111111111111",))
'''

def test_writes_to_it(tmp_path_factory):
    store = tmp_path_factory.getbasetemp() / "early.db"
    subprocess.run([sys.executable, "-c", WRITES, store], check=True)
""",
    )
    code, said = outcome(run)
    assert code == 1, said
    assert "test_then.py::test_writes_to_it" in said
    assert "raw bytes of early.db: card number" in said
