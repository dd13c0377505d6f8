"""How a simulated printer is set up: memory switches, line, and whether its time runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Interface = Literal["serial", "tcp", "usb"]
Handshake = Literal["none", "dtr", "xonxoff"]


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that is a switch on the real one.

    ``timed``: printing takes the time that the model's speed says; without it all is printed at
    once. ``busy_offline``: offline counts as busy (memory switch 1-3 off; with it on, busy means
    a full buffer only, and the online item of GS a is on from the start). ``cover_needs_enq``: a
    cover opened while printing is an error that DLE ENQ must clear; else closing it is enough.
    ``drawer``: a cash drawer is connected, which a pulse opens. ``power_notice``: power on is
    told (memory switch 1-1).
    """

    timed: bool = False
    interface: Interface = "serial"
    handshake: Handshake = "none"
    busy_offline: bool = True
    cover_needs_enq: bool = False
    drawer: bool = False
    power_notice: bool = False


AS_DELIVERED = Setup()
"""The switches as they come, and no waiting."""
