"""The tape's file format: a header, then one JSON object a line (docs/tape.md).

A line is whole or it is not there: a last line without its end was being written when the power
went. Times are microseconds since the recording began.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import parse_object

VERSION = 1

MAX_LINE = 1 << 20
"""Bytes: a port gives at most 256 KiB at once, and hex doubles it."""

MAX_FILE = 1 << 28
"""Bytes, 256 MiB: a day of a busy till has three; more is no tape."""

To = Literal["app", "device"]
Happening = Literal["connect", "close", "hang-up", "full", "lost"]
"""The app opened its port, closed it; the device hung up; the file was full; the device was gone
when the app sent something."""

_WAYS: Mapping[str, To] = {"app": "app", "device": "device"}
_HAPPENINGS: Mapping[str, Happening] = {
    "connect": "connect",
    "close": "close",
    "hang-up": "hang-up",
    "full": "full",
    "lost": "lost",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What was recorded. ``masked``: card numbers and payment codes were replaced."""

    device: str
    protocol: str
    created_us: int
    masked: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes that arrived together, on their way ``to`` one side. ``data`` None: withheld."""

    at_us: int
    to: To
    size: int
    data: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that has no bytes."""

    at_us: int
    what: Happening


Line = Said | Happened


@dataclass(frozen=True, slots=True)
class Tape:
    """A whole tape. ``torn``: its last line was not whole, and is left out."""

    header: Header
    lines: tuple[Line, ...]
    torn: bool = False


def header_line(header: Header) -> bytes:
    """The first line."""
    return _line(
        {
            "tape": VERSION,
            "device": header.device,
            "protocol": header.protocol,
            "created": header.created_us,
            "masked": header.masked,
        }
    )


def line_of(line: Line) -> bytes:
    """Every other line."""
    if isinstance(line, Happened):
        return _line({"t": line.at_us, "is": line.what})
    what: dict[str, Json] = {"t": line.at_us, "to": line.to}
    what |= {"withheld": line.size} if line.data is None else {"hex": line.data.hex()}
    return _line(what)


def read_tape(path: Path) -> Tape:
    """A tape from its file.

    :raises LocalError: with the line that is wrong; or the file cannot be read.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise LocalError(f"{path}: a tape has at most {MAX_FILE >> 20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise LocalError(f"{path}: {error.strerror or error}") from error
    whole, _, rest = data.rpartition(b"\n")
    rows = whole.split(b"\n") if whole else []
    if not rows:
        raise LocalError(f"{path}: no tape: its first line is not whole")
    header: Header | None = None
    lines: list[Line] = []
    try:
        header = _header(_object(rows[0]))
        lines += (_read(_object(row)) for row in rows[1:])
    except (FrameError, LocalError) as error:
        number = len(lines) + 2 if header else 1
        raise LocalError(f"{path}: line {number}: {error}") from error
    return Tape(header, tuple(lines), bool(rest))


def said(lines: tuple[Line, ...]) -> Iterator[Said]:
    """What was said, without the rest."""
    return (line for line in lines if isinstance(line, Said))


def _line(body: dict[str, Json]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"


def _object(row: bytes) -> dict[str, Json]:
    return parse_object(row, limit=MAX_LINE)


def _header(body: dict[str, Json]) -> Header:
    if body.get("tape") != VERSION:
        raise LocalError(f"no tape of version {VERSION}")
    device, protocol, created = body.get("device"), body.get("protocol"), body.get("created")
    masked = body.get("masked")
    if not (isinstance(device, str) and isinstance(protocol, str) and isinstance(masked, bool)):
        raise LocalError("the header has no device, protocol or masked")
    return Header(device, protocol, _number(created, "created"), masked)


def _read(body: dict[str, Json]) -> Line:
    at = _number(body.pop("t", None), "t")
    if set(body) == {"is"} and str(body["is"]) in _HAPPENINGS:
        return Happened(at, _HAPPENINGS[str(body["is"])])
    to = _WAYS.get(str(body.pop("to", None)))
    if to is None:
        raise LocalError(f"neither 'to' one of {', '.join(_WAYS)}, nor 'is' one of "
                         f"{', '.join(_HAPPENINGS)}")  # fmt: skip
    if set(body) == {"withheld"}:
        return Said(at, to, _number(body["withheld"], "withheld"), None)
    text = body.get("hex")
    if set(body) != {"hex"} or not isinstance(text, str):
        raise LocalError("neither 'hex' nor 'withheld'")
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise LocalError("'hex' is no hex text") from None
    return Said(at, to, len(data), data)


def _number(value: Json, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise LocalError(f"{name!r} is no number")
    return value
