"""``fault`` and ``clear``: what goes wrong with any device and its line."""

from __future__ import annotations

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.operations import Field, Operation
from pos_guard_simulator.line_faults import MAX_AT
from pos_guard_simulator.simulate_faults import MAX_AFTER_LINES

_NAME = Field("name", "Of the fault; the catalogue at /v1/faults names them.", required=True)
_AMOUNT = Field(
    "amount",
    "Of a line's fault: how many bytes or milliseconds; of a payment device's: the amount.",
    "integer",
)
_AFTER_LINES = Field(
    "after_lines",
    "A fault of the printer: lines that are printed before it.",
    "integer",
    most=MAX_AFTER_LINES,
)
_LINE = (
    Field("at", "A fault of the line: bytes that pass before it.", "integer", most=MAX_AT),
    Field("direction", "A fault of the line: seen from the device.", words=("in", "out")),
)

_USUAL = {"printer": "paper_out", "scanner": "no-read"}
"""What serves as example; every device has a line that can stall."""


def fault_operations(kind: str) -> tuple[Operation, Operation]:
    """Both of them, for a device of this kind."""
    example: dict[str, Json] = {"name": _USUAL.get(kind, "stall")}
    own = (_AFTER_LINES,) if kind == "printer" else ()
    return (
        Operation(
            "fault",
            "A fault of the device or of its line begins, now or later.",
            fields=(_NAME, *own, _AMOUNT, *_LINE),
            example=example,
        ),
        Operation(
            "clear",
            "A fault ends, and what waited for that goes on.",
            fields=(_NAME, _AMOUNT),
            example=example,
        ),
    )
