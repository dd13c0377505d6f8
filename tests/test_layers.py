"""Imports go from a higher level to a lower one, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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


def imports(path: Path) -> set[str]:
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
    return found


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


def test_nothing_imports_in_a_circle() -> None:
    graph = {
        name: {other for other in imports(path) if other in MODULES} - {name}
        for name, path in MODULES.items()
    }
    graph["pos_guard"] = set()  # its names load lazily
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for other in sorted(graph[module]):
                visit(other, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())
