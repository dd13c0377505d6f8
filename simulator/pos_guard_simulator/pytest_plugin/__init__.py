"""The pytest plugin: a whole payment terminal as a fixture, for tests of any point-of-sale app.

``plugin`` holds the hooks and fixtures and is all that a test run loads that does not use them.
The names here are for annotations; docs/pytest-plugin.md shows how they are used.
"""

from __future__ import annotations

# Not from typing: every pytest run of everybody who installed this imports this file.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pos_guard_simulator.pytest_plugin.paper import PosPaper, Receipt
    from pos_guard_simulator.pytest_plugin.pos import Pos
    from pos_guard_simulator.pytest_plugin.printer import PosPrinter
    from pos_guard_simulator.pytest_plugin.scanner import PosScanner
    from pos_guard_simulator.pytest_plugin.scripted import PosHost, PosTerminal
    from pos_guard_simulator.pytest_plugin.snapshot import Snapshots

__all__ = [
    "Pos",
    "PosHost",
    "PosPaper",
    "PosPrinter",
    "PosScanner",
    "PosTerminal",
    "Receipt",
    "Snapshots",
]

_WHERE = {
    "Pos": "pos",
    "PosHost": "scripted",
    "PosPaper": "paper",
    "PosPrinter": "printer",
    "PosScanner": "scanner",
    "PosTerminal": "scripted",
    "Receipt": "paper",
    "Snapshots": "snapshot",
}


def __getattr__(name: str) -> object:
    """Load a public name at first use.

    :raises AttributeError: there is none of that name.
    """
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
