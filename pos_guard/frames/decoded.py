"""One decoded message, in the shape that ``pos-guard decode`` prints. Knows no protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.model import Intent

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
"""A JSON value without floats."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One message: its standard name, its bytes, its fields, what it means, what is wrong with it.

    ``secret_fields`` names fields that are masked; ``secret_ranges`` are the byte ranges
    (start, stop) of ``raw`` that are blanked along with them.
    """

    protocol: str
    name: str
    raw: bytes
    fields: Mapping[str, Json] = field(default_factory=dict[str, Json])
    intent: Intent | None = None
    error: FrameError | None = None
    secret_fields: frozenset[str] = frozenset()
    secret_ranges: tuple[tuple[int, int], ...] = ()

    def as_json(self, *, unmask: bool = False) -> dict[str, Json]:
        """The object that is printed; secrets are blanked unless ``unmask``."""
        raw = self.raw.hex()
        fields = dict(self.fields)
        if not unmask:
            for start, stop in self.secret_ranges:
                raw = raw[: 2 * start] + "*" * (2 * (stop - start)) + raw[2 * stop :]
            fields.update({name: "****" for name in self.secret_fields if name in fields})
        return {
            "protocol": self.protocol,
            "name": self.name,
            "raw": raw,
            "fields": fields,
            "intent": None if self.intent is None else _intent(self.intent),
            "error": None if self.error is None else _error(self.error),
        }


def _intent(intent: Intent) -> dict[str, Json]:
    return {
        "kind": str(intent.kind),
        "amount": intent.amount,
        "currency": intent.currency,
        "original": intent.original,
        "payee": intent.payee,
    }


def _error(error: FrameError) -> dict[str, Json]:
    return {"code": error.code, "message": str(error), "at": error.at}
