"""Every operation of every kind of device: the one table behind checks and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.operations import Field, Operation
from pos_guard_simulator.control_http.table_faults import fault_operations
from pos_guard_simulator.seats.seat import WIRES
from pos_guard_simulator.simulate_device import LINES, PLUG, STATE, UNPLUG, Device

_ADDRESSES: dict[str, Json] = {
    "type": "object",
    "description": "Where it is now, by kind of place.",
    "additionalProperties": {"type": "string"},
}
_SERIAL_LINE: dict[str, Json] = {
    "type": "object",
    "description": "How the host has set the serial line, where its place can tell.",
}

PLACE = (
    Operation(UNPLUG, "Its cable is pulled.", answer={"addresses": _ADDRESSES}),
    Operation(
        PLUG,
        "It is there again: a pty under its link, a USB device with a new address.",
        answer={"addresses": _ADDRESSES},
    ),
    Operation(
        LINES,
        "It raises or drops its modem lines; those that are not named stay.",
        fields=tuple(Field(wire, f"{wire.upper()} is on.", "boolean") for wire in WIRES),
        example={"cts": False},
    ),
)
"""What the place of any device does."""

_TABLES = {
    "printer": ("pos_guard_simulator.control_http.table_printer", "PRINTER"),
    "scanner": ("pos_guard_simulator.control_http.table_scanner", "SCANNER"),
    "terminal": ("pos_guard_simulator.control_http.table_payment", "TERMINAL"),
    "host": ("pos_guard_simulator.control_http.table_payment", "HOST"),
    "provider": ("pos_guard_simulator.control_http.table_payment", "PROVIDER"),
}
"""Kind, and where its rows are: they know the device, so only those that are there are loaded."""


def operations_of(device: Device) -> dict[str, Operation]:
    """What this device can be asked, by name; what has no row here is known to the device alone."""
    known = {one.name: one for one in _rows(device.kind)}
    own = {
        name: known.get(name) or Operation(name, "What the device means by it.", open=True)
        for name in device.ops
    }
    return own | {one.name: one for one in PLACE}


def _rows(kind: str) -> Iterable[Operation]:
    yield from fault_operations(kind)
    for one in _own_rows(kind):
        if one.name == STATE:
            answer = {**one.answer, "line": _SERIAL_LINE}
            yield Operation(STATE, one.says, answer=answer, maybe=one.maybe | {"line"})
        else:
            yield one


def _own_rows(kind: str) -> tuple[Operation, ...]:
    if kind not in _TABLES:
        return ()
    module, name = _TABLES[kind]
    rows: tuple[Operation, ...] = getattr(import_module(module), name)
    return rows
