"""How an SSI decoder sends: in packets that wait for their acknowledgement, three times at most."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import Nak, Op, Packet, Status
from pos_guard.scanners.language import Send
from pos_guard.scanners.ssi_memory import Memory

MAX_RESENDS = 2
"""DS4308 p.167: two repetitions, then a transmit error."""

MAX_QUEUE = 32
"""Messages that wait: a decoder drops what is read beyond its queue."""

_CHUNK = ssi.MAX_DATA - 1
"""Bytes of a code in a full packet, after its code type."""

_EACH = 0
"""Multipacket option 1: every packet is acknowledged; else the last one."""

_DELAYED = 2


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a message: acknowledged (or sent where nobody acknowledges), or given up."""

    number: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message, cut into packets. ``number`` 0: nobody asks what becomes of it."""

    opcode: int
    parts: tuple[bytes, ...] = field(repr=False)
    number: int = 0

    @classmethod
    def code(cls, data: bytes, code_type: int, number: int) -> Message:
        """A code: each packet repeats its type."""
        starts = range(0, len(data), _CHUNK) if data else range(1)
        head = bytes([code_type])
        parts = tuple(head + data[at : at + _CHUNK] for at in starts)
        return cls(Op.DECODE_DATA, parts, number)

    def packet(self, at: int, *, again: bool) -> bytes:
        """One of its packets."""
        status = Status.AGAIN if again else Status(0)
        if at + 1 < len(self.parts):
            status |= Status.MORE
        return ssi.build(self.opcode, self.parts[at], source=ssi.DECODER, status=status)


SenderItems = list[Send | Done]


class Sender:
    """Sends one message after the other."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._queue: deque[Message] = deque()
        self._at = 0
        self._resends = 0

    @property
    def idle(self) -> bool:
        """Nothing is to be said."""
        return not self._queue

    @property
    def wait(self) -> float | None:
        """Until the next packet, or the end of patience for an acknowledgement."""
        if self.idle:
            return None
        if self._delayed:
            return self._memory[param.PACKET_DELAY] / 1000
        return max(self._memory[param.RESPONSE_TIME], 1) / 10

    @property
    def _delayed(self) -> bool:
        """The next packet waits for the time between packets, not for an acknowledgement."""
        more = bool(self._queue) and self._at + 1 < len(self._queue[0].parts)
        slow = self._memory[param.MULTIPACKET] == _DELAYED and self._memory[param.PACKET_DELAY] > 0
        return more and slow

    def put(self, message: Message) -> SenderItems:
        """Say this next."""
        if len(self._queue) >= MAX_QUEUE:
            return _fate(message, ok=False)
        self._queue.append(message)
        return self._begin() if len(self._queue) == 1 else []

    def clear(self) -> SenderItems:
        """The host is gone, or the power was."""
        gone = list(self._queue)
        self._queue.clear()
        return [done for message in gone for done in _fate(message, ok=False)]

    def flush(self) -> SenderItems:
        """FLUSH_QUEUE: what has not begun is not said."""
        gone = list(self._queue)[1:]
        while len(self._queue) > 1:
            self._queue.pop()
        return [done for message in gone for done in _fate(message, ok=False)]

    def answered(self, packet: Packet) -> SenderItems:
        """ACK or NAK of the host; without a message it means nothing."""
        if self.idle or self._delayed:
            return []
        if packet.opcode == Op.ACK:
            return self._acknowledged()
        if packet.data[:1] == bytes([Nak.RESEND]):
            return self._repeat()
        return self._end(ok=False)

    def silence(self) -> SenderItems:
        """The time of ``wait`` has passed."""
        if self.idle:
            return []
        if self._delayed:
            self._at += 1
            unshaken = not self._memory[param.HANDSHAKE]
            last = self._at + 1 == len(self._queue[0].parts)
            return [self._packet(), *(self._end(ok=True) if unshaken and last else [])]
        return self._repeat()

    def _begin(self) -> SenderItems:
        self._at = self._resends = 0
        return self._flow(again=False)

    def _flow(self, *, again: bool) -> SenderItems:
        """As many packets as may follow without an answer."""
        message = self._queue[0]
        shaken = bool(self._memory[param.HANDSHAKE])
        items: SenderItems = [self._packet(again=again)]
        each = shaken and self._memory[param.MULTIPACKET] == _EACH
        while not each and not self._delayed and self._at + 1 < len(message.parts):
            self._at += 1
            items.append(self._packet(again=again))
        return items if shaken or self._delayed else [*items, *self._end(ok=True)]

    def _acknowledged(self) -> SenderItems:
        if self._at + 1 == len(self._queue[0].parts):
            return self._end(ok=True)
        self._at += 1
        self._resends = 0
        return [self._packet()]

    def _repeat(self) -> SenderItems:
        if self._resends >= MAX_RESENDS:
            return self._end(ok=False)
        self._resends += 1
        if self._memory[param.MULTIPACKET] != _EACH:
            self._at = 0
            return self._flow(again=True)
        return [self._packet(again=True)]

    def _end(self, *, ok: bool) -> SenderItems:
        items = _fate(self._queue.popleft(), ok=ok)
        return [*items, *self._begin()] if self._queue else items

    def _packet(self, *, again: bool | None = None) -> Send:
        repeated = self._resends > 0 if again is None else again
        return Send(self._queue[0].packet(self._at, again=repeated))


def _fate(message: Message, *, ok: bool) -> SenderItems:
    return [Done(message.number, ok)] if message.number else []
