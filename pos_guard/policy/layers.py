"""The files that a policy is made of, from the highest layer (a pack) to the lowest (its own file).

``extends`` names shipped packs or paths relative to the file that names them. Each layer stands
below everything that it extends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pos_guard.errors import WHOLE_FILE, Problem, SettingsError
from pos_guard.policy.packs import PACKS, pack_bytes
from pos_guard.policy.readers import readers
from pos_guard.policy.tables import LayerTable
from pos_guard.strict import TomlFile, as_text, read_raw, suggestion
from pos_guard.toml_lines import KeyPath

# Pack, chain, merchant, shop, terminal: deeper nesting is a mistake, and so are more files.
MAX_DEPTH = 8
MAX_LAYERS = 24

_SHIPPED = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Layer:
    """One file as it was read: its bytes, its TOML, and where problems in it stand."""

    name: str
    raw: bytes
    file: TomlFile

    @property
    def data(self) -> Mapping[str, object]:
        """The file's values, not yet interpreted."""
        return self.file.data

    @property
    def label(self) -> str:
        """The layer's own name and version, ``retail@3``."""
        return f"{self.data.get('name')}@{self.data.get('version')}"

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at a key of this layer."""
        found = self.file.problem(path, message)
        return Problem(found.path, found.message, found.line, self.name)

    def place(self, path: KeyPath) -> str:
        """File, line and key, for a message about two places."""
        return f"{self.name}: {self.file.problem(path, '')}".removesuffix(": ")


def read_layers(path: Path) -> tuple[Layer, ...]:
    """A policy file and everything that it extends, highest layer first.

    :raises SettingsError: when one cannot be read or is no TOML.
    """
    return layers_of(read_raw(path, str(path)), str(path))


def layers_of(raw: bytes, file_name: str) -> tuple[Layer, ...]:
    """The same for a policy's bytes; paths in it are relative to ``file_name``."""
    stack: list[Layer] = []
    _read(_layer(raw, file_name), Path(file_name).parent, (), stack)
    return tuple(stack)


def check_shapes(layers: Iterable[Layer], currency: object, mode: object) -> list[Problem]:
    """Read each layer by itself: everything in any of them that is wrong, with its file."""
    hooks = readers(currency, mode).hooks
    wrong: list[Problem] = []
    for layer in layers:
        try:
            layer.file.structure(LayerTable, hooks)
        except SettingsError as error:
            wrong += [Problem(p.path, p.message, p.line, layer.name) for p in error.problems]
    return wrong


def _layer(raw: bytes, name: str) -> Layer:
    return Layer(name, raw, TomlFile(as_text(raw, name), name))


def _read(layer: Layer, folder: Path, above: tuple[str, ...], done: list[Layer]) -> None:
    """Add what a layer extends, then the layer; one that is there already stays where it is."""
    if layer.name in above:
        raise _broken(layer, ("extends",), "a layer extends itself, by way of " + above[-1])
    if len(above) >= MAX_DEPTH:
        raise _broken(layer, ("extends",), f"more than {MAX_DEPTH} layers extend each other")
    for index, name in enumerate(_extended(layer)):
        inner, place = _find(layer, index, name, folder)
        if all(known.name != inner.name for known in done):
            _read(inner, place, (*above, layer.name), done)
    if len(done) >= MAX_LAYERS:
        raise _broken(layer, ("extends",), f"more than {MAX_LAYERS} layers")
    done.append(layer)


def _extended(layer: Layer) -> list[str]:
    """The names under ``extends``, if it is a list of names: its shape is checked later."""
    value = layer.data.get("extends")
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]


def _find(layer: Layer, index: int, name: str, folder: Path) -> tuple[Layer, Path]:
    if _SHIPPED.fullmatch(name):
        try:
            return _layer(pack_bytes(name), name), Path()
        except KeyError:
            hint = suggestion(name, PACKS) or f": one of {', '.join(PACKS)}, or a path"
            message = f'"{name}" is not a shipped pack{hint}'
            raise _broken(layer, ("extends", index), message) from None
    path = folder / name
    try:
        return _layer(read_raw(path, str(path)), str(path)), path.parent
    except SettingsError as error:
        if error.problems[0].path != WHOLE_FILE or error.problems[0].line is not None:
            raise
        message = f"{path} {error.problems[0].message}"
        raise _broken(layer, ("extends", index), message) from None


def _broken(layer: Layer, path: KeyPath, message: str) -> SettingsError:
    return SettingsError(layer.name, [layer.problem(path, message)])
