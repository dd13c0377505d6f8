"""A twin's serial line over the network: RFC 2217 before any twin. Sans-IO.

pyserial's ``PortManager`` speaks Telnet and the port options; here are the line that it sets and
what a peer may do to it. Source: RFC 2217; pyserial 3.5, ``serial.rfc2217``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import cast

from serial.rfc2217 import PortManager, Serial

from pos_guard.frames.decoded import Json
from pos_guard.links.session import CloseApp, Effect, Effects, ToApp
from pos_guard_simulator.bench import READ_BYTES, Bounded, Twin

MAX_OPTION = 64
"""Bytes of one option: the longest of RFC 2217 (a signature) is a short text, a speed has four."""

MAX_BAUDRATE = 4_000_000
"""The fastest that Linux has a name for."""

_Broken = (struct.error, KeyError, TypeError)
"""What PortManager raises for an option that is cut, unknown, or ended without a beginning."""


class LineSettings:
    """How the till set the line, and what the device says by wire: it is there, and it is ready."""

    def __init__(self) -> None:
        self.cts = self.dsr = self.cd = True
        self.ri = False
        self._baudrate = 9600
        self._bytesize = 8
        self.parity = "N"
        self.stopbits: float = 1
        self.xonxoff = self.rtscts = False
        self.dtr = self.rts = True
        self.break_condition = False

    @property
    def baudrate(self) -> int:
        """Bits a second.

        :raises ValueError: when set to what no line has.
        """
        return self._baudrate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        if not 0 < value <= MAX_BAUDRATE:
            raise ValueError(f"no line has {value} baud")
        self._baudrate = value

    @property
    def bytesize(self) -> int:
        """Data bits.

        :raises ValueError: when set to what no line has.
        """
        return self._bytesize

    @bytesize.setter
    def bytesize(self, value: int) -> None:
        if value not in range(5, 9):
            raise ValueError(f"no line has {value} data bits")
        self._bytesize = value

    def reset_input_buffer(self) -> None:
        """Nothing waits on this line: a twin takes bytes as they come."""

    def reset_output_buffer(self) -> None:
        """Nothing waits on this line: what a twin says has left."""

    @property
    def told(self) -> dict[str, Json]:
        """As the control socket shows it."""
        return {
            "baudrate": self.baudrate,
            "bytesize": self.bytesize,
            "parity": self.parity,
            "stopbits": str(self.stopbits),
            "dtr": self.dtr,
            "rts": self.rts,
            "break": self.break_condition,
            "flow": "xonxoff" if self.xonxoff else "rtscts" if self.rtscts else "none",
        }


class _Outbox:
    """Where PortManager writes."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> None:
        self._data += data

    def taken(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


class Rfc2217Line:
    """Between the bench's TCP port and a twin. ``settings`` is the line as the till set it."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._wires: dict[str, bool] = {}
        self._open()

    @property
    def room(self) -> int:
        """As much as the twin takes; options in it make it only less."""
        return self._twin.room if isinstance(self._twin, Bounded) else READ_BYTES

    def connected(self) -> Effects:
        """A client is there: the options are offered, and the line is as at power-on."""
        self._open()
        return [*self._offered(), *self.outward(self._twin.connected())]

    def data(self, data: bytes) -> Effects:
        """Bytes of the client: options are answered here, the rest is the twin's."""
        try:
            plain = b"".join(self._filtered(data))
        except _Broken:
            self._outbox.taken()
            return [CloseApp("no RFC 2217")]
        answers = self._offered()
        return [*answers, *(self.outward(self._twin.data(plain)) if plain else [])]

    def set_lines(self, wires: Mapping[str, bool]) -> Effects:
        """Drive some of cts, dsr, ri and cd; a client that asked for it is told."""
        self._wires |= wires
        self._drive()
        self._manager.check_modem_lines()
        return self._offered()

    def closed(self) -> Effects:
        """The client hung up."""
        return self.outward(self._twin.closed())

    def timer(self, name: str) -> Effects:
        """The twin's own."""
        return self.outward(self._twin.timer(name))

    def outward(self, effects: Effects) -> Effects:
        """What the twin says, as it travels: a byte 255 is doubled."""
        out: Effects = []
        for effect in effects:
            out.append(ToApp(self._escaped(effect.data)) if isinstance(effect, ToApp) else effect)
        return out

    def _open(self) -> None:
        self.settings = LineSettings()
        self._drive()
        self._outbox = _Outbox()
        # The stubs ask for a whole port; PortManager uses the attributes that stand here.
        self._manager = PortManager(cast("Serial", self.settings), cast("Serial", self._outbox))

    def _drive(self) -> None:
        for wire, on in self._wires.items():
            setattr(self.settings, wire, on)

    def _filtered(self, data: bytes) -> list[bytes]:
        plain: list[bytes] = []
        for place in range(0, len(data), MAX_OPTION):
            plain += self._manager.filter(data[place : place + MAX_OPTION])
            option = self._manager.suboption
            if option is not None and len(option) > MAX_OPTION:
                raise KeyError("an option without end")
        return plain

    def _escaped(self, data: bytes) -> bytes:
        return b"".join(self._manager.escape(data))

    def _offered(self) -> list[Effect]:
        data = self._outbox.taken()
        return [ToApp(data)] if data else []
