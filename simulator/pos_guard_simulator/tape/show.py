"""A tape for people: its frames in both directions with their times, secrets blanked."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pos_guard.frames.decoded import Decoded, Json
from pos_guard_simulator.tape.lines import Happened, Line, Said, Tape, To
from pos_guard_simulator.tape.protocols import BY_SILENCE, FRAMED, PAPER, last_unit
from pos_guard_simulator.tape.steps import units
from pos_guard_simulator.tape.veil import Shown, Veil

MAX_WIDTH = 160
"""Characters of a line for people."""

Row = dict[str, Json]


def rows(tape: Tape) -> Iterator[Row]:
    """Each frame, happening, or piece of bytes as one object, in order."""
    shower = _Shower(tape.header.protocol)
    for line in tape.lines:
        yield from shower.take(line)
    yield from shower.rest()


def text_of(row: Row) -> str:
    """One row in a line of text."""
    at = row["t"]
    seconds = f"{at // 1_000_000}.{at % 1_000_000:06d}" if isinstance(at, int) else "?"
    if "is" in row:
        return f"{seconds}  -- {row['is']}"
    arrow = "<" if row["to"] == "app" else ">"
    fields = row.get("fields")
    body = json.dumps(fields, ensure_ascii=False) if fields else ""
    error = row.get("error")
    wrong = "" if not error else f"  [{json.dumps(error, ensure_ascii=False)}]"
    return f"{seconds}  {arrow} {row['name']}  {body}{wrong}".rstrip()[:MAX_WIDTH]


class _Shower:
    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._waiting: dict[To, bytes] = {"app": b"", "device": b""}
        self._last_us = 0

    def take(self, line: Line) -> Iterator[Row]:
        self._last_us = line.at_us
        if isinstance(line, Happened):
            yield from self.rest()
            yield {"t": line.at_us, "is": line.what}
        elif line.data is None:
            yield {"t": line.at_us, "to": line.to, "name": f"({line.size} bytes withheld)"}
        elif self._protocol in FRAMED or (self._protocol in PAPER and line.to == "device"):
            yield from self._frames(line, line.data)
        else:
            yield {"t": line.at_us, "to": line.to, "name": self._plain(line.to, line.data)}

    def rest(self) -> Iterator[Row]:
        """What did not become a whole frame."""
        for to, data in self._waiting.items():
            if data:
                yield self._last(to, data)
                self._waiting[to] = b""

    def _last(self, to: To, data: bytes) -> Row:
        unit = last_unit(self._protocol, data)
        said = {"name": f"({len(data)} bytes of a frame)"} if unit is None else _frame(unit)
        return {"t": self._last_us, "to": to, **said}

    def _frames(self, line: Said, data: bytes) -> Iterator[Row]:
        if self._protocol in BY_SILENCE:
            other: To = "app" if line.to == "device" else "device"
            if self._waiting[other]:
                yield self._last(other, self._waiting[other])
                self._waiting[other] = b""
        data = self._waiting[line.to] + data
        found, waiting = units(self._protocol, data)
        self._waiting[line.to] = data[len(data) - waiting :]
        for unit in found:
            yield {"t": line.at_us, "to": line.to, **_frame(unit)}

    def _plain(self, to: To, data: bytes) -> str:
        veil = Veil(self._protocol, to_app=to == "app")
        return " ".join(map(_hex, veil.feed(data) + veil.finish()))


def _frame(unit: Decoded) -> Row:
    told = unit.as_json()
    return {name: told[name] for name in ("name", "fields", "error")}


def _hex(part: Shown) -> str:
    return f"({part.size} bytes)" if part.data is None else part.data.hex(" ")
