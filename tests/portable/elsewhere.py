"""Runs a program in a Python that has, for pos-guard's own modules, only what another system has.

``python elsewhere.py win32 -m pos_guard simulate printer --tcp 127.0.0.1:0``

Modules and names of absent.toml are gone for every module of pos-guard, ``sys.platform`` is the
other system's, and event loops, processes, signals and files behave as documented there. The
standard library and other packages keep what they have: they have halves of their own for each
system, and ours is what is to be tested. What cannot be shown on Linux (paths with drives, the
console, antivirus programs) is not shown.
"""

from __future__ import annotations

import builtins
import importlib
import io
import runpy
import sys
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
OURS = frozenset({"pos_guard", "pos_guard_drivers", "pos_guard_simulator"})


class Elsewhere(ModuleType):
    """A module without the names that it lacks there; ``own`` are those that it has otherwise."""

    def __init__(self, real: ModuleType, lacks: frozenset[str], own: Mapping[str, object]) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(own)
        self.__dict__["_real"] = real
        self.__dict__["_lacks"] = lacks

    def __getattr__(self, name: str) -> object:
        if name in self.__dict__["_lacks"]:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} there")
        return getattr(self.__dict__["_real"], name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.__dict__["_real"], name, value)


class Imports:
    """``__import__`` as our modules see it there."""

    def __init__(self, gone: frozenset[str], modules: Mapping[str, ModuleType]) -> None:
        self._gone = gone
        self._modules = modules
        self._real = builtins.__import__

    def __call__(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - as __import__ names them
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        if not level and _ours(globals):
            if name.partition(".")[0] in self._gone:
                raise ModuleNotFoundError(f"No module named {name!r} there", name=name)
            if name in self._modules:
                return self._modules[name]
        return self._real(name, globals, locals, fromlist, level)


def _ours(importer: Mapping[str, object] | None) -> bool:
    package = (importer or {}).get("__package__") or (importer or {}).get("__name__")
    return str(package).partition(".")[0] in OURS


def absent(system: str) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """The modules, and the names by module, that the system lacks."""
    with (HERE / "absent.toml").open("rb") as file:
        found = tomllib.load(file)[system]
    names = {module: frozenset(text.split()) for module, text in found["names"].items()}
    return frozenset(found["modules"]), names


def go(system: str) -> None:
    """From here on our modules are on that system."""
    # By path: this file is run as a program, and the others lie beside it.
    sys.path.insert(0, str(HERE))
    habits = importlib.import_module("elsewhere_habits")
    sys.path.remove(str(HERE))
    gone, names = absent(system)
    own: Mapping[str, Mapping[str, object]] = habits.of(system)
    modules: dict[str, ModuleType] = {
        name: Elsewhere(
            importlib.import_module(name), names.get(name, frozenset()), own.get(name, {})
        )
        for name in {*names, *own}
    }
    setattr(builtins, "__import__", Imports(gone, modules))  # noqa: B010 - it takes no keywords
    if system == "win32":
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="cp1252")  # what a pipe gets in Western Europe
    # Text without an encoding would be written in the code page of the country.
    warnings.filterwarnings("error", category=EncodingWarning, module="pos_guard")


def main(argv: Sequence[str]) -> None:
    """``SYSTEM -m MODULE ARGUMENTS`` or ``SYSTEM FILE ARGUMENTS``."""
    system, *rest = argv
    go(system)
    if rest[0] == "-m":
        sys.argv = rest[1:]
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = rest
        runpy.run_path(rest[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
