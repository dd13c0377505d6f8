"""Names of SSI opcodes, code types, parameters, events and beeps: ``data/ssi.toml``, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

from pos_guard.frames.symbology import Symbology

_SUPPLEMENT_2 = 0x40
_SUPPLEMENT_5 = 0x80

Table = Mapping[int, str]
_Toml = dict[str, dict[str, list[list[str]]]]


@dataclass(frozen=True, slots=True)
class CodeType:
    """What the first byte of DECODE_DATA says. ``symbology`` None: this table does not know it."""

    code: int
    name: str
    symbology: Symbology | None = None


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter's name and the value that it has when a scanner comes."""

    name: str
    default: int


@cache
def opcodes() -> Table:
    """Opcode to its name."""
    kinds = _toml()["opcode"]
    rows = [row for kind in ("host", "decoder", "both") for row in kinds[kind]]
    return MappingProxyType({int(code, 16): name for code, name in rows})


@cache
def host_opcodes() -> frozenset[int]:
    """What only a host sends: a scanner that gets anything else refuses it."""
    kinds = _toml()["opcode"]
    return frozenset(int(row[0], 16) for kind in ("host", "both") for row in kinds[kind])


@cache
def names(table: str) -> Table:
    """Number to name: of ``nak``, ``event`` or ``beep``."""
    return MappingProxyType({int(row[0], 16): row[1] for row in _toml()[table]["rows"]})


@cache
def parameters() -> Mapping[int, ParameterRow]:
    """Parameter number (334, not F0 4E) to its name and default."""
    rows = cast("list[tuple[int, str, str]]", _toml()["parameter"]["rows"])
    return MappingProxyType({n: ParameterRow(name, int(value, 16)) for n, name, value in rows})


def opcode_name(opcode: int) -> str:
    """The manual's name; ``unknown`` for one that is in no table."""
    return opcodes().get(opcode, "unknown")


@cache
def code_type(code: int) -> CodeType:
    """The row of a code type. Tables differ by model, so a new number is "unknown", no error."""
    rows = _code_types()
    if code in rows:
        return rows[code]
    for bit, digits in ((_SUPPLEMENT_2, 2), (_SUPPLEMENT_5, 5)):
        base = rows.get(code & ~bit)
        if code & bit and base is not None and base.code in _supplemented():
            return CodeType(code, f"{base.name} + {digits}", base.symbology)
    return CodeType(code, "unknown")


@cache
def code_of(symbology: str) -> int | None:
    """The first code type of a symbology; None: SSI has none."""
    rows = _code_types().values()
    return next((row.code for row in rows if row.symbology == symbology), None)


@cache
def _code_types() -> Mapping[int, CodeType]:
    rows = _toml()["code_type"]["rows"]
    made = [CodeType(int(code, 16), name, Symbology(kind)) for code, name, kind in rows]
    return MappingProxyType({row.code: row for row in made})


@cache
def _supplemented() -> frozenset[int]:
    codes = cast("list[str]", _toml()["code_type"]["supplemented"])
    return frozenset(int(code, 16) for code in codes)


@cache
def _toml() -> _Toml:
    text = files("pos_guard.frames").joinpath("data/ssi.toml").read_text(encoding="utf-8")
    return cast("_Toml", tomllib.loads(text))
