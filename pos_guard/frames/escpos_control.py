"""What the commands mean that act on the printer itself: recovery, buzzer, sensors, responses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recovery:
    """DLE ENQ n: 1 print on from the line of the error, 2 clear the buffers first.

    0 and 3 act on some models. Ignored unless there is a recoverable error.
    """

    number: int


@dataclass(frozen=True, slots=True)
class PowerOff:
    """DLE DC4 2: the printer stores its data and gives a notice (block 3B)."""


@dataclass(frozen=True, slots=True)
class ClearBuffers:
    """DLE DC4 8: buffers and errors are cleared; the printer answers 37 25 00."""


@dataclass(frozen=True, slots=True)
class SendStatus:
    """DLE DC4 7: 1 basic ASB, 2 extended ASB, 4 offline response, 5 battery."""

    number: int


@dataclass(frozen=True, slots=True)
class Buzzer:
    """ESC ( A, DLE DC4 3 and, on clones, ESC B and ESC C: ``times`` of a sound ``pattern``."""

    pattern: int
    times: int
    realtime: bool = False


@dataclass(frozen=True, slots=True)
class RealtimeControl:
    """GS ( D: whether DLE DC4 1 (``pulse``) and 2 (``power_off``) act; None leaves it."""

    pulse: bool | None
    power_off: bool | None


@dataclass(frozen=True, slots=True)
class OfflineResponse:
    """GS ( H fn 49: 0 none, 1 a notice when the printer goes offline, 2 with the cause."""

    mode: int


@dataclass(frozen=True, slots=True)
class Sensors:
    """ESC c: a mask of sensors or papers for one ``function``.

    0 paper to print on, 1 paper to set, 3 paper-end signal, 4 paper end that stops printing,
    5 panel buttons off.
    """

    function: int
    mask: int


@dataclass(frozen=True, slots=True)
class InkStatus:
    """GS j n: as GS a, for ink printers; FS ( e is the same for optional functions."""

    mask: int


Control = (
    Recovery
    | PowerOff
    | ClearBuffers
    | SendStatus
    | Buzzer
    | RealtimeControl
    | OfflineResponse
    | Sensors
    | InkStatus
)
"""Every value of this file."""
