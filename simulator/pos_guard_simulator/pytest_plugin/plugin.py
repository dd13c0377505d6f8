"""Hooks and fixtures: the entry point ``pytest11``.

Everything else is imported by the first test that asks for a fixture: a run that uses none of
them pays for this file alone.

It asserts nothing itself: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pos_guard.ports.address import Address
    from pos_guard_simulator.pytest_plugin.pos import Pos
    from pos_guard_simulator.pytest_plugin.printer import PosPrinter
    from pos_guard_simulator.pytest_plugin.scanner import PosScanner
    from pos_guard_simulator.pytest_plugin.scripted import PosHost, PosTerminal
    from pos_guard_simulator.pytest_plugin.snapshot import Snapshots

MARKER = (
    'pos(level="pty", levels={}, printer="epson", scanner="generic-serial", terminal="zvt", '
    'host="wechat", currency="EUR", clock="running", timed=False, drawer=True, guard=False): '
    "the point-of-sale terminal that this test gets"
)

_POS: pytest.StashKey[Pos] = pytest.StashKey()
_TEMP: pytest.StashKey[pytest.TempPathFactory] = pytest.StashKey()
_REAL: pytest.StashKey[Mapping[str, Address]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line."""
    group = parser.getgroup("pos-guard", "simulated point-of-sale hardware")
    group.addoption(
        "--pos-artifacts", metavar="DIR", help="keep receipts and frames of failed tests there"
    )
    group.addoption(
        "--pos-update-snapshots", action="store_true", help="keep what is printed now as right"
    )
    group.addoption(
        "--pos-real",
        metavar="DEVICE=ADDRESS",
        action="append",
        default=[],
        help="real hardware: printer=/dev/ttyUSB0:115200, printer=tcp:HOST:PORT; may be repeated",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and find out which devices are real ones.

    :raises pytest.UsageError: for an option that names no device or no address.
    """
    config.addinivalue_line("markers", MARKER)
    options: list[str] = config.getoption("--pos-real") or []
    config.stash[_REAL] = _real(options, config) if options else {}


@pytest.fixture
def pos(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    receipt_snapshot: Snapshots,
) -> Generator[Pos]:
    """A whole terminal: printer, scanner, payment terminal, host, guard, shop."""
    from pos_guard_simulator.pytest_plugin.pos import Pos
    from pos_guard_simulator.pytest_plugin.wanted import WantedError, wanted_of

    node: pytest.Item = request.node
    marks = list(node.iter_markers("pos"))[::-1]
    if any(mark.args for mark in marks):
        pytest.fail("@pytest.mark.pos takes names: pos(level=…)", pytrace=False)
    try:
        wanted = wanted_of(mark.kwargs for mark in marks)
        real = request.config.stash[_REAL]
        made = Pos(wanted, _directory(tmp_path_factory), receipt_snapshot, real)
    except WantedError as error:
        pytest.fail(str(error), pytrace=False)
    node.stash[_POS] = made
    node.stash[_TEMP] = tmp_path_factory
    yield made
    made.close()


@pytest.fixture
def printer(pos: Pos) -> PosPrinter:
    """The printer of the terminal."""
    return pos.printer


@pytest.fixture
def scanner(pos: Pos) -> PosScanner:
    """The scanner of the terminal."""
    return pos.scanner


@pytest.fixture
def terminal(pos: Pos) -> PosTerminal:
    """The payment terminal."""
    return pos.terminal


@pytest.fixture
def pos_host(pos: Pos) -> PosHost:
    """The payment host; ``host`` alone is too common a name for a fixture."""
    return pos.host


@pytest.fixture
def receipt_snapshot(request: pytest.FixtureRequest) -> Snapshots:
    """Compares a text with the one kept under a name: ``receipt_snapshot(text, "card-sale")``."""
    from pos_guard_simulator.pytest_plugin.snapshot import Snapshots

    update = bool(request.config.getoption("--pos-update-snapshots"))
    return Snapshots(request.path, update=update)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach paper, frames and files to a failure."""
    report = yield
    made = item.stash.get(_POS, None)
    if made is not None and call.when == "call" and report.failed:
        _attach(item, made, report)
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Let texts and amounts of a paper explain themselves."""
    import sys

    shown = sys.modules.get("pos_guard_simulator.pytest_plugin.shown")
    return None if shown is None else shown.compared(op, left, right)


def _attach(item: pytest.Item, made: Pos, report: pytest.TestReport) -> None:
    from pos_guard_simulator.pytest_plugin.report import folder_of, keep, sections

    report.sections += sections(made)
    chosen: str | None = item.config.getoption("--pos-artifacts")
    base = Path(chosen) if chosen else item.stash[_TEMP].getbasetemp() / "pos-artifacts"
    try:
        files = keep(made, base / folder_of(item.nodeid))
    except OSError as error:
        report.sections.append(("pos-guard files", f"could not be kept: {error}"))
        return
    if files:
        report.sections.append(("pos-guard files", "\n".join(map(str, files))))


def _real(options: list[str], config: pytest.Config) -> Mapping[str, Address]:
    from pos_guard_simulator.pytest_plugin.real import read_real
    from pos_guard_simulator.pytest_plugin.wanted import WantedError

    if config.getoption("numprocesses", None):
        raise pytest.UsageError("--pos-real: a real device serves one test at a time, with -n 0")
    try:
        return read_real(options)
    except WantedError as error:
        raise pytest.UsageError(str(error)) from error


def _directory(factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """One new directory, made when it is first asked for."""
    made: list[Path] = []

    def directory() -> Path:
        if not made:
            made.append(factory.mktemp("pos"))
        return made[0]

    return directory
