"""An unchanged till's SSI commands on their way to the scanner.

Acknowledgements stay here (the guard gives its own, once a code is durable), and so do parameters
that would undo what the guard needs: packets, handshake, the time until a repetition, and no set-up
codes if that is locked.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import Op, Packet
from pos_guard.frames.ssi_parameters import build_parameters, read_parameters
from pos_guard.scanners.ssi_orders import Order

_ANSWERS: dict[int, int] = {
    Op.REQUEST_REVISION: Op.REPLY_REVISION,
    Op.CAPABILITIES_REQUEST: Op.CAPABILITIES_REPLY,
    Op.PARAM_REQUEST: Op.PARAM_SEND,
    Op.MGMT: Op.MGMT,
}
_FORGETS = frozenset({Op.PARAM_DEFAULTS, Op.CUSTOM_DEFAULTS, Op.RESET})
_PACKETS = frozenset({param.PACKET_FORMAT, param.HANDSHAKE, param.MULTIPACKET, param.RESPONSE_TIME})


class Passing:
    """Bytes of the till in, orders out. A damaged command is not passed: the till repeats it."""

    def __init__(self, *, locked: bool, packets: bool) -> None:
        self.locked = locked
        self._packets = packets
        self._framer = ssi.Framer(ssi.HOST)
        self._last: Packet | None = None

    def clear(self) -> None:
        """A command that had begun is gone."""
        self._framer.expire()
        self._last = None

    def feed(self, data: bytes) -> list[Order]:
        """The commands that are whole now."""
        orders: list[Order] = []
        for event in self._framer.feed(data):
            if isinstance(event, Packet) and event.opcode not in (Op.ACK, Op.NAK):
                orders += self._order(event)
        return orders

    def _order(self, packet: Packet) -> list[Order]:
        if packet.again and packet.same_as(self._last):
            return []
        self._last = packet
        raw = self._kept(packet) if packet.opcode == Op.PARAM_SEND else packet.raw
        if not raw:
            return []
        answer = _ANSWERS.get(packet.opcode, Op.ACK)
        return [Order(raw, answer=answer, then_set_up=packet.opcode in _FORGETS)]

    def _kept(self, packet: Packet) -> bytes:
        """The command without what the guard keeps for itself; empty: nothing is left of it."""
        held = _PACKETS if self._packets else frozenset({param.PACKET_FORMAT})
        if self.locked:
            held |= {param.PARAMETER_SCANNING}
        try:
            wanted = read_parameters(packet.data)
        except FrameError:
            return packet.raw  # the scanner refuses it, in its own words
        kept = [parameter for parameter in wanted if parameter.number not in held]
        if len(kept) == len(wanted):
            return packet.raw
        if not kept:
            return b""
        data = build_parameters(kept, packet.data[0])
        return ssi.build(Op.PARAM_SEND, data, status=packet.status)
