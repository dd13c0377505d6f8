"""The file of a scanner model, also one of your own: TOML text in, a checked model out. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_model import COMMANDS, QUIRKS, ScannerModel, UsbId
from pos_guard.strict import TomlFile, described

MAX_TEXT = 65_536
"""Characters of a model file: those that come with this package have 4,000 at most."""

MAX_DEPTH = 4
"""How many models may be ``like`` one another: more is a circle."""

_RATES = (300, 1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
_COMMANDED = ("lines", "honeywell", "datalogic", "de2120", "newland", "em3000")
_ID = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4}|\*)")
_OWN = frozenset({"usb", "title", "sources", "unverified"})
"""What identifies one model or proves its facts is never another's."""


def scanner_names() -> tuple[str, ...]:
    """The names of all models of this package, sorted."""
    names = (path.name for path in _folder().iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml")))


def scanner_text(name: str) -> str:
    """The text of a model's file.

    :raises LocalError: when there is no such model; the message names those there are.
    """
    if name not in scanner_names():
        raise LocalError(f"no scanner model {name!r}: choose from {', '.join(scanner_names())}")
    return (_folder() / f"{name}.toml").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return files("pos_guard.frames") / "data" / "scanners"


def parse_scanner_model(name: str, text: str) -> ScannerModel:
    """The model that this file describes; ``like`` may name any model of this package.

    :raises LocalError: with all that is wrong: no TOML, unknown or missing keys, wrong types, or
        values that make no sense.
    """
    file = _read(name, text, MAX_DEPTH)
    if "name" in file.data:
        raise LocalError(f"scanner model {name}: its name is the name of the file")
    file.data["name"] = name
    model = file.structure(ScannerModel, {bytes: _hex, UsbId: _usb_id})
    wrong = list(_wrong(model))
    if wrong:
        raise LocalError(f"scanner model {name}: {'; '.join(wrong)}")
    return model


def _read(name: str, text: str, depth: int) -> TomlFile:
    if len(text) > MAX_TEXT:
        raise LocalError(f"scanner model {name}: the file is too long")
    file = TomlFile(text, f"{name}.toml")
    if "like" not in file.data:
        return file
    like = file.data.pop("like")
    if depth == 0 or not isinstance(like, str):
        raise LocalError(f"scanner model {name}: it cannot be like {like!r}")
    base = _read(like, scanner_text(like), depth - 1)
    kept = {key: value for key, value in base.data.items() if key not in _OWN}
    file.data = kept | file.data
    return file


def _hex(value: object) -> bytes:
    if type(value) is not str:
        raise ValueError(f"must be text of hexadecimal digits, not {described(value)}")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ValueError("must be hexadecimal digits, two for each byte") from None


def _usb_id(value: object) -> UsbId:
    found = _ID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be vendor and product, as "0c2e:0b61", or "0c2e:*" for any product')
    return UsbId(int(found[1], 16), None if found[2] == "*" else int(found[2], 16))


def _wrong(model: ScannerModel) -> Iterator[str]:
    if not model.title or not model.sources or not all(model.sources):
        yield "title and sources say something"
    for quirk in sorted(model.quirks - set(QUIRKS)):
        yield f"no quirk {quirk}: there are {', '.join(QUIRKS)}"
    if model.baudrate not in _RATES:
        yield f"no serial line has {model.baudrate} baud"
    if not 0 <= model.read_ms <= 60_000:
        yield "read_ms is between 0 and 60000"
    try:
        codecs.lookup(model.encoding)
    except LookupError:
        yield f"no encoding {model.encoding!r}"
    if model.layout and model.language != "hid-pos":
        yield "only a hid-pos scanner has a layout"
    yield from _wrong_commands(model)
    yield from _wrong_registers(model)


def _wrong_commands(model: ScannerModel) -> Iterator[str]:
    for name in sorted({*model.commands, *model.actions} - set(COMMANDS)):
        yield f"no command {name}: there are {', '.join(COMMANDS)}"
    if model.commands and model.language not in _COMMANDED:
        yield f"the commands of {model.language} are not set as bytes"
    if model.actions and model.language != "register":
        yield f"{model.language} has no registers to act on"
    for name, action in model.actions.items():
        register, _, value = action.partition("=")
        if register not in model.registers:
            yield f"{name} needs a register {register}"
        elif "=" in action and value not in model.registers[register].values:
            yield f"{name} needs a value {value} of {register}"


def _wrong_registers(model: ScannerModel) -> Iterator[str]:
    for name, register in model.registers.items():
        if not 0 <= register.address <= 0xFFFF or not 1 <= register.size <= 256:
            yield f"register {name} is at no address"
        if not 0 < register.mask <= 0xFF or (register.size > 1 and register.mask != 0xFF):
            yield f"register {name} has no such mask"
        if any(value < 0 or value & ~register.most for value in register.values.values()):
            yield f"a value of register {name} does not fit"
