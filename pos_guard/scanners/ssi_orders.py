"""What an SSI host tells a decoder: one command at a time, repeated twice, then given up."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from pos_guard.frames import ssi
from pos_guard.frames.ssi import Nak, Op, Packet
from pos_guard.frames.ssi_table import names
from pos_guard.scanners.language import Command, Items, Reply, Send

MAX_RESENDS = 2
"""Three sends in all, as the decoder itself does (DS4308 p.167)."""

MAX_WAITING = 16
"""Orders in the queue: a set-up has six; a till that tells more at once has lost its way."""

MAX_OVERTAKING = 32
"""Packets that may come before an answer: a scanner that talks on without a pause would otherwise
keep its silence from ever being noticed."""

NO_ANSWER = b"no answer"
TOO_MANY = b"too many commands"


@dataclass(frozen=True, slots=True)
class Order:
    """One command on its way. ``answer``: the opcode that settles it.

    ``setup``: only its failure is told, and nobody waits for it. ``then_set_up``: it makes the
    decoder forget what the set-up told it. ``response_seconds``: the decoder waits so long for an
    acknowledgement once it has confirmed this; one that refuses keeps its own, and none is told.
    """

    raw: bytes = field(repr=False)
    command: Command | None = None
    answer: int = Op.ACK
    setup: bool = False
    then_set_up: bool = False
    response_seconds: float | None = None


class Orders:
    """The order that waits for its answer, and those behind it."""

    def __init__(self, before: bytes = b"") -> None:
        self._before = before
        self._open: Order | None = None
        self._sends = self._overtaken = 0
        self._waiting: deque[Order] = deque()
        self.forgotten = False
        """The decoder confirmed something after which it must be set up again."""
        self.response_seconds: float | None = None
        """How long the decoder waits for an acknowledgement, as it confirmed; None: who knows."""

    @property
    def pending(self) -> bool:
        """An answer is due."""
        return self._open is not None

    @property
    def busy(self) -> bool:
        """An answer to something other than the set-up is due."""
        return any(order is not None and not order.setup for order in (self._open, *self._waiting))

    def clear(self) -> None:
        """The decoder is gone."""
        self._open = self.response_seconds = None
        self._waiting.clear()
        self.forgotten = False

    def put(self, order: Order) -> Items:
        """Send it, or keep it until the one before is settled."""
        if len(self._waiting) >= MAX_WAITING:
            return [Reply(b"", order.command, ok=False, text=TOO_MANY)]
        self._waiting.append(order)
        return [] if self.pending else self._next()

    def answered(self, packet: Packet) -> Items | None:
        """What follows from a packet that may settle the open order; None: it has another reason.

        A NAK RESEND sends the order again.
        """
        order = self._open
        if order is None:
            return None
        if packet.opcode == Op.NAK:
            cause = packet.data[0] if packet.data else Nak.BAD_CONTEXT
            if cause == Nak.RESEND:
                return self.repeat()
            text = names("nak").get(cause, f"NAK {cause:02X}").encode()
            return self._settled(Reply(packet.raw, order.command, ok=False, text=text))
        if packet.opcode != order.answer:
            return None
        self.forgotten = self.forgotten or order.then_set_up
        return self._settled(Reply(packet.raw, order.command, ok=True, text=packet.data))

    def overtaken(self) -> Items:
        """Something else came: after so many, the answer will not."""
        self._overtaken += self.pending
        return self.repeat() if self._overtaken > MAX_OVERTAKING else []

    def repeat(self) -> Items:
        """No answer came, or it was not understood: again, or the end of it."""
        order = self._open
        self._overtaken = 0
        if order is None:
            return []
        if self._sends > MAX_RESENDS:
            return self._settled(Reply(b"", order.command, ok=False, text=NO_ANSWER))
        self._sends += 1
        return self._sent(ssi.again(order.raw))

    def _settled(self, reply: Reply) -> Items:
        order, self._open, self._overtaken = self._open, None, 0
        silent = order is not None and _silent(order, reply)
        if order is not None and order.response_seconds is not None:
            self.response_seconds = order.response_seconds if reply.ok else None
        return [*([] if silent else [reply]), *self._next()]

    def _next(self) -> Items:
        if not self._waiting:
            return []
        self._open = self._waiting.popleft()
        self._sends = 1
        return self._sent(self._open.raw)

    def _sent(self, raw: bytes) -> Items:
        return [Send(self._before), Send(raw)] if self._before else [Send(raw)]


def _silent(order: Order, reply: Reply) -> bool:
    """Nobody needs to know: it is done, or the scanner may do without."""
    refused = order.response_seconds is not None and bool(reply.raw)
    return order.setup and order.command is None and (reply.ok or refused)
