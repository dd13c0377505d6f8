"""Imports go from a higher level to a lower one, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {
    "pos_guard": ROOT,
    "pos_guard_drivers": ROOT / "drivers",
    "pos_guard_simulator": ROOT / "simulator",
}

# Level of each module, by the longest prefix that is named here. A module may import its own level
# and lower ones; what is I/O at level 1 (ports) is not for the pure ones beside it.
LEVELS = {
    "pos_guard": 0,
    "pos_guard.errors": 0,
    "pos_guard.money": 0,
    "pos_guard.model": 0,
    "pos_guard.clock": 0,
    "pos_guard.pan": 0,
    "pos_guard.dumps": 0,
    "pos_guard.heap": 0,
    "pos_guard.frames": 1,
    "pos_guard.toml_lines": 1,
    "pos_guard.strict": 1,
    "pos_guard.policy": 1,
    "pos_guard.ports": 1,
    "pos_guard.scanners": 2,
    "pos_guard.store": 2,
    "pos_guard.ledger": 2,
    "pos_guard.own_codes": 2,
    "pos_guard.told": 2,
    "pos_guard.answers": 3,
    "pos_guard.decision": 3,
    "pos_guard.failing": 3,
    "pos_guard.desk": 3,
    "pos_guard.entries": 3,
    "pos_guard.guard": 3,
    "pos_guard.hearing": 3,
    "pos_guard.judging": 3,
    "pos_guard.leftover": 3,
    "pos_guard.lowered": 3,
    "pos_guard.lowering": 3,
    "pos_guard.management": 3,
    "pos_guard.managing": 3,
    "pos_guard.network": 3,
    "pos_guard.outcomes": 3,
    "pos_guard.payer_codes": 3,
    "pos_guard.records": 3,
    "pos_guard.reentry": 3,
    "pos_guard.sessions": 3,
    "pos_guard.shared": 3,
    "pos_guard.shared_settings": 3,
    "pos_guard.snapshot": 3,
    "pos_guard.snapshot_counters": 3,
    "pos_guard.snapshot_sale": 3,
    "pos_guard.snapshot_time": 3,
    "pos_guard.stickers": 3,
    "pos_guard.telling": 3,
    "pos_guard.telling_shared": 3,
    "pos_guard.waiting": 3,
    "pos_guard.links": 3,
    "pos_guard.hooks": 3,
    "pos_guard.consoles": 3,
    "pos_guard.api": 3,
    "pos_guard.config": 3,
    "pos_guard.daemon": 3,
    "pos_guard.doctor": 3,
    "pos_guard.cli": 4,
    "pos_guard.cups": 4,
    "pos_guard.web": 4,
    "pos_guard.__main__": 4,
}
# Level of each package or module of the simulator. What is not named is at level 0: the twins, and
# what a device and its place are.
SIMULATOR_LEVELS = {
    # Lines and places.
    "desktop": 1,
    "faulty_line": 1,
    "preload": 1,
    "seats": 1,
    "snmp": 1,
    "watches": 1,
    # Makers of whole devices, and what can go wrong with them.
    "faults": 2,
    "guarded": 2,
    "scanner_line": 2,
    "scanner_make": 2,
    "scanner_usb": 2,
    "simulate_payment_device": 2,
    "simulate_payments": 2,
    "simulate_printer": 2,
    "simulate_scanner": 2,
    # Many devices, and what serves them.
    "stage": 3,
    "web": 4,
    "control_http": 5,
    # The command line.
    "running": 6,
    "simulate_options": 6,
    "simulate_run": 6,
    "commands": 7,
    "devices": 7,
    "scale": 7,
    "simulate": 7,
    "simulate_printer_options": 7,
    "simulate_scanner_options": 7,
    "simulate_stx": 7,
    "simulate_terminals": 7,
    "tape": 7,
    # What plays with all of it.
    "pytest_plugin": 8,
    "scenario": 8,
    "campaign": 8,
}
PURE = (
    "pos_guard.errors",
    "pos_guard.money",
    "pos_guard.model",
    "pos_guard.pan",
    "pos_guard.frames",
    "pos_guard.policy",
    "pos_guard.scanners",
)
IO = (
    "socket",
    "serial",
    "usb",
    "asyncio",
    "subprocess",
    "sqlite3",
    "threading",
    "time",
    "pos_guard.ports",
)


def modules() -> Iterator[tuple[str, Path]]:
    for package, root in SOURCES.items():
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = dict(modules())


@cache
def imports(path: Path) -> frozenset[str]:
    """Everything that a module imports, also inside functions and for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in MODULES else node.module)
    return frozenset(found)


def level(module: str) -> int:
    known = [name for name in LEVELS if module == name or module.startswith(f"{name}.")]
    assert len(known) > 1 or module == "pos_guard", f"{module} has no level: add it to LEVELS"
    return LEVELS[max(known, key=len)]


CORE = [name for name in MODULES if name.split(".")[0] == "pos_guard"]


@pytest.mark.parametrize("module", [name for name in CORE if name != "pos_guard"])
def test_a_module_imports_only_downwards(module: str) -> None:
    for name in imports(MODULES[module]):
        root = name.split(".")[0]
        assert root not in {"pos_guard_drivers", "pos_guard_simulator"}, f"{module} imports {name}"
        if root == "pos_guard":
            assert level(name) <= level(module), f"{module} imports {name}, which is above it"


@pytest.mark.parametrize("module", [name for name in CORE if name.startswith(PURE)])
def test_a_pure_module_does_no_io(module: str) -> None:
    touched = {name for name in imports(MODULES[module]) if name.startswith(IO)}
    assert not touched


@pytest.mark.parametrize("package", ["pos_guard_drivers", "pos_guard_simulator"])
def test_drivers_and_simulator_do_not_know_each_other(package: str) -> None:
    other = {"pos_guard_drivers": "pos_guard_simulator", "pos_guard_simulator": "pos_guard_drivers"}
    for module, path in MODULES.items():
        if module.startswith(package):
            assert not any(name.startswith(other[package]) for name in imports(path)), module


SIMULATOR = [name for name in MODULES if name.startswith("pos_guard_simulator.")]


def unit(module: str) -> str:
    """The package or module right below the root to which this one belongs."""
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("module", SIMULATOR)
def test_a_module_of_the_simulator_imports_only_downwards(module: str) -> None:
    def above(name: str) -> int:
        return SIMULATOR_LEVELS.get(unit(name).partition(".")[2], 0)

    for name in imports(MODULES[module]):
        if name in MODULES and name.startswith("pos_guard_simulator."):
            assert above(name) <= above(module), f"{module} imports {name}, which is above it"


def test_every_level_is_of_something_that_is_there() -> None:
    there = {unit(name).partition(".")[2] for name in SIMULATOR}
    assert not SIMULATOR_LEVELS.keys() - there
    assert not [name for name in LEVELS if name not in MODULES]


def test_nothing_imports_in_a_circle() -> None:
    graph = {
        name: {other for other in imports(path) if other in MODULES} - {name}
        for name, path in MODULES.items()
    }
    graph["pos_guard"] = set()  # its names load lazily
    check_without_circles(graph)


def test_no_packages_import_each_other() -> None:
    """Also inside functions, and for types only: packages that do are one package."""
    graph: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        others = graph.setdefault(unit(name), set())
        others |= {unit(other) for other in imports(path) if other in MODULES} - {unit(name)}
    for root in SOURCES:
        graph[root] = set()  # its names load lazily
    check_without_circles(graph)


def check_without_circles(graph: Mapping[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for other in sorted(graph[module]):
                visit(other, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())
