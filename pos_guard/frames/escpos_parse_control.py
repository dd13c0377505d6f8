"""Reads the commands of escpos_control. The scanner has found their end; lengths are right here.

Source: Epson ESC/POS Command Reference; buzzers of clones: 5502 manual. KeyError, IndexError and
ConstructError mean parameters out of range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from construct import Byte, Const, GreedyBytes, Int16ul, Prefixed, Struct, Terminated

from pos_guard.frames import escpos_control as control
from pos_guard.frames.escpos_control import Control

_BUZZER = Struct(
    Const(b"\x1b(A"),
    "body" / Prefixed(Int16ul, Struct("fn" / Byte, "data" / GreedyBytes)),
    Terminated,
)
_REALTIME = Struct(Const(b"\x1d(D"), "data" / Prefixed(Int16ul, GreedyBytes), Terminated)

_CLEAR = b"\x01\x03\x14\x01\x06\x02\x08"
_POWER_OFF = b"\x01\x08"
_DC4 = 0x14


def read_dle_dc4(raw: bytes) -> Control | None:
    """DLE DC4 2, 3, 7 and 8; function 1, the drawer, is a DrawerPulse (escpos_parse)."""
    function, data = raw[2], raw[3:]
    if function in (2, 8):
        if data != {2: _POWER_OFF, 8: _CLEAR}[function]:
            raise KeyError(data)
        return control.PowerOff() if function == 2 else control.ClearBuffers()
    if function == 7:
        return control.SendStatus(data[0])
    return control.Buzzer(data[0], times=data[2], realtime=True) if function == 3 else None


def _buzzer(raw: bytes) -> Control | None:
    """Functions 48 (n c t) and 97 (n c): a pattern, and how often. 98 and 99 set up alarms."""
    body = _BUZZER.parse(raw).body
    data = bytes(body.data)
    return control.Buzzer(data[0], times=data[1]) if body.fn in (48, 97) else None


def _realtime_control(raw: bytes) -> Control:
    data = bytes(_REALTIME.parse(raw).data)
    if data[0] != _DC4 or len(data) % 2 == 0:
        raise KeyError(data)
    switches = {data[at]: bool(data[at + 1] & 1) for at in range(1, len(data), 2)}
    return control.RealtimeControl(pulse=switches.get(1), power_off=switches.get(2))


def _sensors(raw: bytes) -> Control:
    return control.Sensors(raw[2] - 48, raw[3])


READERS: Mapping[str, Callable[[bytes], Control | None]] = {
    "DLE ENQ": lambda raw: control.Recovery(raw[2]),
    "ESC ( A": _buzzer,
    "ESC B": lambda raw: control.Buzzer(0, times=raw[2]) if len(raw) == 4 else None,
    "ESC C": lambda raw: control.Buzzer(raw[2], times=raw[4]) if len(raw) == 5 else None,
    "GS ( D": _realtime_control,
    "GS j": lambda raw: control.InkStatus(raw[2]),
    **{f"ESC c {number}": _sensors for number in "01345"},
}
"""By token name; None where the bytes are another function of the same command."""
