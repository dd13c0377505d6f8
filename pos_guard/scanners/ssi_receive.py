"""What an SSI decoder says of its own accord: codes and events, each once, nothing lost unseen.

The decoder sends one message at a time, waits for its acknowledgement, and repeats it twice with
the retransmission bit set. That is what lets a host tell a repetition from a second scan. One case
stays open: the same code is read twice, and of the second reading the first packet is lost on the
line. Its repetition looks like one of the first reading whose acknowledgement was lost. The later
repetition of that comes two response time-outs after the first sending; so what comes after three
of silence (see ``Receiver.silence``) is a new code and delivered, and what comes earlier is taken
for a repetition: acknowledged, not delivered, not reported. The response time-outs are those that
the decoder confirmed, or the longest there are.

Packets have no numbers: the end of a long code looks like a short code to a host that came after
another one had acknowledged the beginning. But it was said before the decoder heard of this host:
a code that comes before the first answer to our set-up is refused and reported.
"""

from __future__ import annotations

from pos_guard.frames import ssi
from pos_guard.frames.lines import LineSettings
from pos_guard.frames.ssi import BadPacket, Nak, Op, Packet
from pos_guard.scanners.language import Items, Problem, Reply, Scanned, Send
from pos_guard.scanners.ssi_added import Added
from pos_guard.scanners.ssi_parts import Message, Parts
from pos_guard.scanners.ssi_trace import Trace

ACK = Send(ssi.build(Op.ACK))

MAX_ASKS = 2
"""A decoder sends a message three times in all."""

FORGET_SECONDS = 10.5
"""No decoder waits longer than 9.9 s (parameter 9B) before it repeats: a retransmission that comes
later is none of what another host heard, or of what was given up. Where that
time is long or unknown, its first repetition may be lost, and the second one comes later still."""

LONGEST_SECONDS = 9.9
"""The response time-out (parameter 9B) of a decoder that did not let us set it, at worst."""

_SENDINGS = MAX_ASKS + 1
"""After so many response time-outs without a byte the last repetition was due long ago."""

MAX_NOISE = 1024
"""Bytes of noise kept for the report."""

_PATIENCE = 1.25
"""Of the decoder's response time-out: the next repetition was due, with a margin for the line."""

_HALF = 0.5

_ACKNOWLEDGED = frozenset(
    {Op.DECODE_DATA, Op.PARAM_SEND, Op.EVENT, Op.MGMT, Op.IMAGE_DATA, Op.VIDEO_DATA}
)
_TOLD_ONLY = frozenset({Op.REPLY_REVISION, Op.CAPABILITIES_REPLY})
_OTHER_CODES = frozenset({Op.BATCH_DATA, Op.MULTIPACKET_SEGMENT})
"""Codes in forms of cordless scanners for which there is no manual: refused, and seen."""


class Receiver:
    """Packets of the decoder in; codes, events and acknowledgements out.

    ``_orphans``: a retransmission may be the rest of something that was given up.
    ``_skipping``: so may every packet, to the end of its message. ``_waited``: nothing came for
    half a response time-out; ``_missed``: so it was before this packet, or this stream, began.
    ``_strange``: the decoder has not answered us yet. ``_memory_seconds``: the response time-out by
    which what was answered last is remembered.
    """

    def __init__(self, code: LineSettings, response_seconds: float, *, ack_each: bool) -> None:
        self._added = Added(code)
        self._response_seconds = response_seconds
        self._memory_seconds = self._confirmed = LONGEST_SECONDS
        self._strange = True
        self._ack_each = ack_each
        self._parts = Parts()
        self._last: Packet | None = None
        self._refused = False
        self._done: Message | None = None
        self._noise = bytearray()
        self._lost = b""
        self._trace = Trace()
        self._asks = 0
        self._spoiled = self._skipping = self._waited = self._missed = False
        # Another host may have acknowledged the message that is said to the first one of ours.
        self._orphans = True

    @property
    def noisy(self) -> bool:
        """Bytes came that are no packets."""
        return bool(self._noise)

    @property
    def hurried(self) -> bool:
        """``quiet`` has something to do once the line is quiet."""
        return self.noisy or self._spoiled

    @property
    def wait(self) -> float | None:
        """Seconds of silence after which ``silence`` has something to do."""
        if self.halfway:
            return self._response_seconds * _HALF
        if self._open:
            return self._response_seconds * (_PATIENCE - _HALF * self._waited)
        if self._last is not None:  # the first half of a time-out has passed
            patience = max(self._response_seconds, self._memory_seconds) * _SENDINGS
            return patience - self._response_seconds * _HALF
        return max(FORGET_SECONDS, self._confirmed * _SENDINGS) if self._orphans else None

    @property
    def _open(self) -> bool:
        return bool(self._parts or self._lost or self._skipping)

    @property
    def halfway(self) -> bool:
        """What comes within half a response time-out is not said again for want of an answer."""
        told = bool(self._parts) or self._last is not None
        return told and not self._lost and not self._waited

    def patient(self, seconds: float | None) -> None:
        """The decoder waits so long for an acknowledgement; None: nobody knows.

        What it said before may still come again as late as it was set then.
        """
        self._confirmed = LONGEST_SECONDS if seconds is None else seconds
        if self._last is None or seconds is None:
            self._memory_seconds = self._confirmed

    def greeted(self) -> None:
        """The decoder has answered this host, or never will: what it says now is for us."""
        self._strange = False

    def restart(self) -> Items:
        """The decoder is there again; it may say again what it said last.

        Whoever had all of that then knows it when it comes again; anything else that is said
        again is new, and its beginning was lost with the connection.
        """
        half = bool(self._parts) or self._skipping
        items = self._give_up(Problem.CUT) if self._open or self.noisy else []
        self._skipping, self._waited = half, True
        return items

    def settled(self, packet: Packet) -> None:
        """A command was answered: if its answer came damaged before, that is no lost code."""
        self.greeted()
        if self._lost[1:2] == bytes([packet.opcode]):
            self._lost, self._asks, self._spoiled = b"", 0, False
            self._trace.clear()
        if packet.opcode in _ACKNOWLEDGED:
            self._last, self._refused, self._waited = packet, False, False

    def bad(self, bad: BadPacket) -> Items:
        """Noise is looked at when the line is quiet; a damaged packet is asked for again."""
        if bad.error.code == "noise":
            self._noise += bad.raw[: MAX_NOISE - len(self._noise)]
            return []
        return self.cut(bad.raw)

    def cut(self, raw: bytes) -> Items:
        """The rest of a packet did not come."""
        self._lose(raw)
        # A stream is repeated from its first packet: that one proves it.
        if not self._strange:
            self._trace.lost(raw if self._ack_each else self._parts.first or raw)
        if self._ack_each:
            return self._ask_again()
        self._spoiled = True  # the next packets of the message are on their way already
        return []

    def quiet(self) -> Items:
        """Nothing came for the character time-out."""
        if self.noisy:
            self._lose()
            return self._ask_again()
        return self._ask_again() if self._spoiled else []

    def silence(self) -> Items:
        """No repetition came: what is not whole never will be, what was said is over.

        The message answered last is forgotten after three response time-outs without a byte of the
        decoder or for it: no repetition of it can come any more.
        """
        if self.halfway:
            self._waited = True
            return []
        if self._open:
            midst = bool(self._parts)
            items = self._give_up(Problem.DAMAGED if self._lost else Problem.CUT)
            self._skipping = midst  # for as long again: its end may only be late
            return items
        if self._last is None:
            self._orphans = self._strange = False
        self._last = self._done = None
        self._memory_seconds = self._confirmed
        return []

    def packet(self, packet: Packet) -> Items:
        """One packet that answers no command."""
        if packet.opcode in (Op.ACK, Op.NAK):
            return []
        if self._ack_each or not self._parts:
            self._missed = self._waited
        self._waited = False
        # Noise right before a packet was none of this sender's: it would wait for its answer.
        self._noise.clear()
        if self._heard(packet):
            return self._doubtful(packet) if self._lost else self._answer_again()
        items = self._after_loss(packet)
        if packet.opcode == Op.DECODE_DATA:
            return [*items, *self._part(packet)]
        return [*items, *self._told(packet)]

    def _heard(self, packet: Packet) -> bool:
        """It is the packet that was answered last, once more."""
        streaming = bool(self._parts) and not self._ack_each
        if not packet.again or streaming or self._trace.proves(packet):
            return False
        return packet.same_as(self._last)

    def _answer_again(self) -> Items:
        """Answer again as before: only to a sender that had time to miss our first answer.

        Where that was late, not lost, a second one would be taken for that of the next part or
        message, and nobody would miss it.
        """
        if not self._missed:
            return []
        if self._refused and self._last is not None:
            return self._refuse(self._last)
        return [ACK]

    def _doubtful(self, packet: Packet) -> Items:
        """Something was damaged in between: it may be the next message, of the same data."""
        refused = bool(self._parts)
        answer = _nak(Nak.CANCEL) if refused else ACK
        items = self._give_up(Problem.DAMAGED)
        # Its double has its answer with it: a second would be taken for the next one's.
        self._last, self._refused = packet, refused
        self._skipping = packet.more
        return [*items, answer]

    def _after_loss(self, packet: Packet) -> Items:
        """What was lost is either repeated now, or never will be."""
        if not self._lost or self._spoiled:
            return []
        if not packet.again:
            midst = bool(self._parts)
            items = self._give_up(Problem.DAMAGED)
            # The first of its message; but who gives up a message has sent each part three times.
            self._orphans = self._skipping = midst
            return items
        if self._parts and self._ack_each and not self._trace.fits(packet, self._last):
            return self._give_up(Problem.DAMAGED)
        self._lost, self._asks = b"", 0
        self._trace.found(packet)
        return []

    def _part(self, packet: Packet) -> Items:
        if not self._ack_each:
            self._check_stream(packet)
        if self._spoiled:
            return [] if packet.more else self._ask_again()
        if self._parts and self._ack_each and self._missed and not packet.again:
            # The sender may have given that message up: then this one begins another.
            items = self._give_up(Problem.CUT)
            return [*items, *self._refuse(packet)]
        if self._skipping or self._strange or self._orphaned(packet):
            return self._refuse(packet)
        self._orphans = False
        problem = self._parts.add(packet)
        if problem is not None:
            self._lost = packet.raw
            items = self._give_up(problem)
            self._last, self._refused = packet, True
            self._skipping = packet.more
            return [*items, _nak(Nak.CANCEL)]
        if packet.more and not self._ack_each:
            return []
        self._last, self._refused = packet, False
        return [ACK] if packet.more else self._whole()

    def _orphaned(self, packet: Packet) -> bool:
        return self._orphans and packet.again and not self._trace.renewed

    def _refuse(self, packet: Packet) -> Items:
        """It may be of a message whose beginning is not here."""
        self._last, self._refused = packet, True
        self._skipping = packet.more
        return [_unread(packet.raw, Problem.DAMAGED), _nak(Nak.CANCEL)]

    def _check_stream(self, packet: Packet) -> None:
        """Without acknowledgements a message is repeated from its first packet, never in part."""
        if not self._parts or packet.again == self._parts.again:
            return
        if not packet.again:
            self._lost, self._spoiled = self._parts.raw + packet.raw, True
        self._parts.clear()

    def _whole(self) -> Items:
        message, raw, again = self._parts.message, self._parts.raw, self._parts.again
        renewed, doubtful = self._trace.renewed, self._trace.doubtful
        self._parts.clear()
        self._trace.clear()
        if again and not renewed and message == self._done:
            return [_unread(raw, Problem.DAMAGED), ACK] if doubtful else self._answer_again()
        self._done = message
        return [self._added.scanned(message, raw), ACK]

    def _told(self, packet: Packet) -> Items:
        self._trace.clear()
        if packet.opcode in _OTHER_CODES:
            return [_unread(packet.raw, Problem.DAMAGED), _nak(Nak.DENIED)]
        reply = Reply(packet.raw, text=packet.data)
        if packet.opcode in _TOLD_ONLY:
            return [reply]
        if packet.opcode not in _ACKNOWLEDGED:
            return [reply, _nak(Nak.BAD_CONTEXT)]
        self._last, self._refused = packet, False
        return [reply, ACK]

    def _lose(self, raw: bytes = b"") -> None:
        """These bytes and the noise may be a code: it will be repeated, or reported."""
        self._lost = (self._lost + bytes(self._noise) + raw)[:MAX_NOISE]
        self._noise.clear()
        self._waited = False

    def _ask_again(self) -> Items:
        self._asks += 1
        if self._spoiled:
            self._parts.clear()  # without acknowledgements the whole message is repeated
            self._spoiled = False
        if self._asks > MAX_ASKS:
            return self._give_up(Problem.DAMAGED)
        return [_nak(Nak.RESEND)]

    def _give_up(self, problem: Problem) -> Items:
        raw = self._parts.raw + (self._lost or bytes(self._noise))
        self._parts.clear()
        self._noise.clear()
        self._trace.clear()
        self._lost, self._asks = b"", 0
        self._spoiled = self._skipping = self._waited = False
        if raw:
            self._last = self._done = None
            self._orphans = True
        return [_unread(raw, problem)] if raw else []


def _unread(raw: bytes, problem: Problem) -> Scanned:
    return Scanned(raw, b"", problem=problem)


def _nak(cause: Nak) -> Send:
    return Send(ssi.build(Op.NAK, bytes([cause])))
