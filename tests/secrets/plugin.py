"""A pytest plugin: no secret of rule 10 anywhere in what the whole test run leaves or says.

At the end of each test everything that came out of the product is searched: databases with their
write-ahead logs, log lines, errors, outputs of commands and daemons, messages of the decision
socket. A secret there is an error of that test; what belongs to no test fails the session. Works
on every worker of a distributed run by itself. The secret is never shown, only its kind and place.

``@pytest.mark.shows_secrets("why")`` on a test (or ``pytestmark``) excuses its *outputs* only:
commands that exist to show one, such as ``--unmask`` or the first look at a TOTP secret. Its
databases, logs and errors are searched like all others.

``@pytest.mark.seeds_secrets("payment code", "why")`` on a test whose fault is built in on purpose
excuses that one kind in the tables of its databases, and nothing else; where none of the kind turns
up, the test fails: the fault is gone, or the watch is blind. With ``by_chance=True`` it may also be
none: six digits of a PIN of other tests stand in any hundred thousand numbers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.secrets import stores, taps
from tests.secrets.detector import Finding, Needle, secrets_in

MARKER = "shows_secrets(reason): a test whose commands have to show a secret; see tests/secrets"
SEEDS_MARKER = (
    "seeds_secrets(kind, reason): a test whose built-in fault keeps secrets of this kind in tables"
)
OUTPUTS = frozenset({"output of a command", "stdout of a process"})
_SUFFIXES = ("*.db", "*.sqlite3", "*.sqlite")
WITHHELD = "(withheld: there is a secret in it)\n"
_WORKER_KEY = "pos_guard_secrets"

Stamp = tuple[int, int]


class SecretWatch:
    """Searches after every test, and once more at the end."""

    def __init__(self) -> None:
        self.heard = taps.Heard()
        self.taps = taps.Taps(self.heard.put)
        self.left: list[str] = []
        self._databases: dict[Path, Stamp | None] = {}
        self._settled: dict[Path, Stamp | None] = {}
        self._keys: dict[Path, tuple[Needle, ...]] = {}
        self._found: dict[str, None] = {}
        self._active = False
        self._base: Path | None = None

    # -- the run -------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """Listen; the hook for databases cannot be taken back, so it asks whether to."""
        self._active = True
        taps.record_databases(self._seen, self._going)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Benchmarks compare speeds: nobody listens in on them."""
        self.taps.close() if "benchmarks" in item.path.parts else self.taps.open()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Search the logs before the stores are closed, and the rest once they are."""
        place = _place(item)
        if place is not None:
            self._base = place.parent
            self.look_into(place)
        for database in self._changed():
            self._note(stores.in_log(database, self._keys_of(database)))
        result = yield
        last = nextitem is None or nextitem.path != item.path
        if last:
            self._unsettle()
        self.search(outputs=item.get_closest_marker("shows_secrets") is None)
        if last or place is not None:
            self._settle(None if last else place)
        found = _unexcused(self._take(), item.get_closest_marker("seeds_secrets"))
        if found:
            pytest.fail(_report(item.nodeid, found), pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What pytest captured is shown with a failure, but not where it holds a secret."""
        report = yield
        if report.failed:
            report.sections = [(name, _shown(text)) for name, text in report.sections]
        return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """What daemons said last, and databases that were open until now."""
        result = yield
        self.taps.read_spools(last=True)
        if self._base is not None:
            self.look_into(self._base)
        self._unsettle()
        self.search(outputs=True)
        self.taps.drop_spools()
        self.taps.close()
        self._active = False
        self.left += self._take()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_WORKER_KEY] = self.left
        elif self.left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return result

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """A worker of a distributed run is done."""
        output: dict[str, list[str]] = getattr(node, "workeroutput", {})
        self.left += output.get(_WORKER_KEY, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what belongs to no test."""
        if self.left:
            terminalreporter.section("secrets (rule 10) in what the run left")
            for line in self.left:
                terminalreporter.write_line(line)

    # -- the search ----------------------------------------------------------------------------

    def search(self, *, outputs: bool) -> None:
        """Search everything that came since the last time."""
        self.taps.read_spools()
        for database in self._changed():
            keys = self._keys_of(database)
            self._note(stores.in_log(database, keys))
            self._note(stores.in_store(database, keys))
            self._note(stores.beside(database, keys))
            self._databases[database] = None if stores.is_open(database) else _stamp(database)
        keys = tuple(needle for needles in self._keys.values() for needle in needles)
        for channel, text in self.heard.take().items():
            if outputs or channel not in OUTPUTS:
                self._note((channel, finding) for finding in secrets_in(text, keys))
        self._keys.clear()

    def look_into(self, directory: Path) -> None:
        """Databases that other processes made."""
        for pattern in _SUFFIXES:
            for file in directory.rglob(pattern):
                if file not in self._settled:
                    self._databases.setdefault(file, None)

    def _settle(self, done: Path | None) -> None:
        """Databases below a directory that is done with, or all: thousands, soon.

        They are looked at again whenever this process opens one, and when a file of tests ends.
        """
        for database, stamp in list(self._databases.items()):
            if stamp is not None and (done is None or done in database.parents):
                self._settled[database] = stamp
                del self._databases[database]

    def _unsettle(self) -> None:
        left = {one: stamp for one, stamp in self._settled.items() if _stamp(one) is not None}
        self._databases = {**left, **self._databases}
        self._settled = {}

    def _seen(self, database: Path) -> None:
        if self._active and database.name not in {"", ":memory:"}:
            self._settled.pop(database, None)
            self._databases[database] = None

    def _going(self, path: Path, whole: bool) -> None:
        """A file, or a ``whole`` directory: only the latter is compared with every database."""
        if not self._active or not (whole or path in self._databases or path in self._settled):
            return
        below = f"{path}{os.sep}"
        known = [*self._databases, *self._settled]
        for database in [one for one in known if one == path or str(one).startswith(below)]:
            if database.exists():
                keys = self._keys_of(database)
                self._note(stores.in_log(database, keys))
                self._note(stores.in_store(database, keys))
            self._databases.pop(database, None)
            self._settled.pop(database, None)

    def _changed(self) -> list[Path]:
        now = {one: _stamp(one) for one in self._databases}
        return [one for one, stamp in now.items() if stamp not in (None, self._databases[one])]

    def _keys_of(self, database: Path) -> tuple[Needle, ...]:
        self._keys[database] = stores.keys_of(database)
        return self._keys[database]

    def _note(self, found: Iterator[tuple[str, Finding]]) -> None:
        for place, finding in found:
            self._found[f"{place}: {finding}"] = None

    def _take(self) -> list[str]:
        found, self._found = list(self._found), {}
        return found


def _shown(text: str) -> str:
    return WITHHELD if next(secrets_in(text), None) is not None else text


def _unexcused(found: list[str], seeded: pytest.Mark | None) -> list[str]:
    if seeded is None:
        return found
    kind, reason = seeded.args
    by_chance = bool(seeded.kwargs.get("by_chance"))
    excused = re.compile(rf"table \w+ of [\w.-]+: {re.escape(kind)} \(")
    rest = [line for line in found if not excused.match(line)]
    missing = f"no {kind} was found in a table, although one is written: {reason}"
    return rest if by_chance or len(rest) < len(found) else [*rest, missing]


def _place(item: pytest.Item) -> Path | None:
    place: object = getattr(item, "funcargs", {}).get("tmp_path")
    return place if isinstance(place, Path) else None


def _stamp(file: Path) -> Stamp | None:
    """When a file was written last, and its size; None where there is none."""
    try:
        stat = os.stat(file)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _report(nodeid: str, found: list[str]) -> str:
    return "\n".join([f"secrets (rule 10) after {nodeid}:", *(f"  {line}" for line in found)])


def register(config: pytest.Config) -> None:
    """Watch this run; once."""
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", SEEDS_MARKER)
    if not config.pluginmanager.has_plugin("pos-guard-secrets"):
        config.pluginmanager.register(SecretWatch(), "pos-guard-secrets")
