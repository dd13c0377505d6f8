"""A cupsd of the test's own: its files and its socket in one folder, no port."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.simulator.simulate_process import PATH

SERVER_BIN = Path("/usr/lib/cups")

FILES = """
ServerRoot {root}/root
ServerBin {root}/bin
CacheDir {root}/cache
StateDir {root}/state
RequestRoot {root}/spool
TempDir {root}/spool/tmp
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
SetEnv POS_GUARD_CONFIG {settings}
"""

SETTINGS = """
LogLevel debug
Listen {root}/cups.sock
Browsing Off
WebInterface No
DefaultAuthType None
ErrorPolicy {policy}
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""

BACKEND = """#!{python}
import sys
sys.path[:0] = {path!r}.split({separator!r})
from pos_guard.cups import main
main()
"""

SECONDS = 30.0
"""For cupsd to start, and for a job to end."""


def missing() -> str:
    """What is missing for a real CUPS here, if anything."""
    if os.getuid() != 0:
        return "cupsd needs root to run a backend"
    programs = ("cupsd", "lp", "lpadmin", "lpstat", "lpinfo", "cancel")
    absent = [name for name in programs if _program(name) is None]
    return f"not installed: {', '.join(absent)} (Debian: cups-daemon cups-client)" if absent else ""


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


OVER = {4: "held", 6: "stopped", 7: "canceled", 8: "aborted", 9: "completed"}
"""job-state, RFC 8011 5.3.7."""


@dataclass
class CupsServer:
    """A running cupsd."""

    root: Path

    def run(self, program: str, *arguments: str) -> str:
        """Run a CUPS program against this server; what it says."""
        path = _program(program)
        assert path is not None
        done = subprocess.run(
            [path, *arguments],
            env={"CUPS_SERVER": str(self.root / "cups.sock"), "LANG": "C", "PATH": os.defpath},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}\n{self.log()}"
        return done.stdout

    def queue(self, name: str, uri: str, *more: str) -> None:
        """A raw queue with this device."""
        self.run("lpadmin", "-p", name, "-E", "-v", uri, *more)

    def log(self) -> str:
        """The end of the error log."""
        lines = (self.root / "log" / "error").read_text("utf-8", "replace").splitlines()
        return "\n".join(line for line in lines if "posguard" in line or "[Job" in line)[-4000:]

    def print(self, queue: str, path: Path, *options: str) -> str:
        """Give a file to a queue as it is; the request's id (``receipts-1``)."""
        said = self.run("lp", "-d", queue, "-o", "raw", *options, str(path))
        return said.split()[3]

    def over(self, request: str) -> str:
        """How a job ended, or that it is held: the name of its state."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            state = self._state(int(request.rpartition("-")[2]))
            if state in OVER:
                return OVER[state]
            _pause(0.1)
        raise AssertionError(f"{request} is not over\n{self.log()}")

    def _state(self, job: int) -> int:
        """The job-state by IPP: lpstat tells a canceled job from a completed one by no word."""
        attributes = [
            (0x47, b"attributes-charset", b"utf-8"),
            (0x48, b"attributes-natural-language", b"en"),
            (0x45, b"job-uri", f"ipp://localhost/jobs/{job}".encode()),
        ]
        body = b"\x02\x00\x00\x09\x00\x00\x00\x01\x01"  # 2.0, Get-Job-Attributes, id 1
        for tag, name, value in attributes:
            body += bytes((tag,)) + len(name).to_bytes(2, "big") + name
            body += len(value).to_bytes(2, "big") + value
        with (
            closing(HTTPConnection("localhost")) as http,
            socket.socket(socket.AF_UNIX) as http.sock,
        ):
            http.sock.settimeout(SECONDS)
            http.sock.connect(str(self.root / "cups.sock"))
            http.request("POST", "/", body + b"\x03", {"Content-Type": "application/ipp"})
            answer = http.getresponse().read()
        head = b"\x23\x00\x09job-state\x00\x04"
        assert head in answer, answer
        return int.from_bytes(answer.partition(head)[2][:4], "big")


@contextmanager
def cups_server(root: Path, settings: Path, policy: str = "abort-job") -> Iterator[CupsServer]:
    """Run cupsd until the end of the block; ``settings`` are the guard's."""
    for folder in ("root", "spool/tmp", "cache", "state", "log", "bin/backend", "bin/filter"):
        (root / folder).mkdir(parents=True)
    for folder in ("daemon", "cgi-bin", "notifier"):
        (root / "bin" / folder).symlink_to(SERVER_BIN / folder)
    write_program(root / "bin" / "backend" / "posguard", BACKEND)
    files, daemon = root / "root" / "cups-files.conf", root / "root" / "cupsd.conf"
    files.write_text(FILES.format(root=root, settings=settings), "utf-8")
    daemon.write_text(SETTINGS.format(root=root, policy=policy), "utf-8")
    program = _program("cupsd")
    assert program is not None
    with subprocess.Popen([program, "-f", "-c", str(daemon), "-s", str(files)]) as cupsd:
        try:
            _until_it_listens(root / "cups.sock", cupsd)
            yield CupsServer(root)
        finally:
            cupsd.terminate()


def _until_it_listens(path: Path, cupsd: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and cupsd.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        _pause(0.05)
    raise AssertionError("cupsd did not start")


def _pause(seconds: float) -> None:
    """CUPS tells nobody when a job is over: it is asked again after this."""
    select.select([], [], [], seconds)


def write_program(path: Path, text: str) -> None:
    """A program that only root may run: CUPS then runs it as root (backend(7))."""
    path.write_text(text.format(python=sys.executable, path=PATH, separator=os.pathsep))
    path.chmod(0o700)
