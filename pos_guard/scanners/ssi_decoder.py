"""SSI, the decoder's side: what a scanner says and answers, for whoever plays one towards a till.

Each message waits for its acknowledgement, is repeated twice with the retransmission bit, and then
given up. Sources: SE-923 Integration Guide ch. 6, DS4308 p.167 to 169, CR6080 p.198.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import BadPacket, Nak, Op, Packet, Status
from pos_guard.frames.ssi_table import host_opcodes
from pos_guard.scanners.language import Send
from pos_guard.scanners.ssi_memory import Memory
from pos_guard.scanners.ssi_sender import Done, Message, Sender, SenderItems

DECODED_EVENT = 0x01
BOOTED_EVENT = 0x03


@dataclass(frozen=True, slots=True)
class Told:
    """A command of the host, whole and answered. ``ok``: not refused. ``raw``: the very bytes."""

    opcode: int
    data: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    ok: bool = True


DecoderItem = Send | Done | Told
DecoderItems = list[DecoderItem]


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """How this decoder comes. ``parameters`` differ from the defaults of ``ssi_table``.

    ``revision``: software, board, engine and class, as REPLY_REVISION gives them. ``suffix``: what
    follows a raw code (7013 of the scan suffix: CR).
    """

    parameters: dict[int, int] = field(default_factory=dict[int, int])
    revision: bytes = b"PAADPS00-001-R00 1 POSGUARD 0"
    suffix: bytes = b"\r"


class Decoder:
    """Codes and the host's bytes in; packets, their fate and the host's commands out. Never raises.

    ``silence`` is due after ``wait`` seconds without a call of ``data`` or ``scan``.
    """

    def __init__(self, settings: DecoderSettings | None = None) -> None:
        self.settings = settings or DecoderSettings()
        self.memory = Memory(self.settings.parameters)
        self.enabled = True
        self.in_session = False
        self._framer = ssi.Framer(ssi.HOST)
        self._sender = Sender(self.memory)
        self._last: Packet | None = None
        self._answer: SenderItems = []
        self._handlers: dict[int, Callable[[Packet], SenderItems]] = {
            Op.PARAM_SEND: self._set,
            Op.PARAM_REQUEST: self._get,
            Op.PARAM_DEFAULTS: self._defaults,
            Op.CUSTOM_DEFAULTS: self._custom,
            Op.FLUSH_QUEUE: self._flush,
            Op.START_SESSION: self._start,
            Op.STOP_SESSION: self._stop,
            Op.SCAN_ENABLE: self._enable,
            Op.SCAN_DISABLE: self._disable,
            Op.REQUEST_REVISION: self._revision,
            Op.CAPABILITIES_REQUEST: self._capabilities,
            Op.MGMT: lambda _: [_nak(Nak.BAD_CONTEXT)],
            Op.RESET: self._reset,
        }

    @property
    def wait(self) -> float | None:
        """Seconds of silence after which ``silence`` has something to do; None: it has not."""
        return ssi.CHARACTER_SECONDS if self._framer.pending else self._sender.wait

    @property
    def idle(self) -> bool:
        """Nothing waits to be sent or acknowledged."""
        return self._sender.idle

    def connected(self) -> DecoderItems:
        """A host is there (again): half a command is gone; what was to be said, too."""
        self._framer.expire()
        self._last = None
        return [*self._sender.clear()]

    def scan(self, data: bytes, code_type: int, number: int = 0) -> DecoderItems:
        """A code was read. ``Done`` with this ``number`` tells whether the host has it."""
        if not self.enabled:
            return [Done(number, ok=False)]
        self.in_session = False
        if not self.memory[param.PACKET_FORMAT]:
            return [Send(data + self.settings.suffix), Done(number, ok=True)]
        before = self.event(DECODED_EVENT) if self.memory[param.DECODE_EVENT] else []
        return [*before, *self._sender.put(Message.code(data, code_type, number))]

    def event(self, code: int) -> SenderItems:
        """Something happened that the host wants to know."""
        return self._sender.put(Message(Op.EVENT, (bytes([code]),)))

    def data(self, data: bytes) -> DecoderItems:
        """Bytes of the host."""
        items: DecoderItems = []
        for event in self._framer.feed(data):
            if isinstance(event, BadPacket):
                items += [_nak(Nak.RESEND)] if event.error.code != "noise" else []
            elif event.opcode in (Op.ACK, Op.NAK):
                items += self._sender.answered(event)
            else:
                items += self._command(event)
        return items

    def silence(self) -> DecoderItems:
        """Nothing came for ``wait`` seconds."""
        if self._framer.pending:
            self._framer.expire()
            return [_nak(Nak.RESEND)]
        return [*self._sender.silence()]

    def _command(self, packet: Packet) -> DecoderItems:
        if packet.again and packet.same_as(self._last):
            return [item for item in self._answer if isinstance(item, Send)]
        self._last, self._answer = packet, self._answered(packet)
        told = Told(packet.opcode, packet.data, packet.raw, ok=not _refuses(self._answer))
        return [*self._answer, told]

    def _answered(self, packet: Packet) -> SenderItems:
        if packet.more:
            return [_nak(Nak.DENIED)]  # a host may not send a message in several packets
        if packet.opcode not in host_opcodes():
            return [_nak(Nak.BAD_CONTEXT)]
        handler = self._handlers.get(packet.opcode)
        return [_ACK] if handler is None else handler(packet)

    def _set(self, packet: Packet) -> SenderItems:
        permanent = bool(packet.status & Status.PERMANENT)
        done = self.memory.change(packet.data, permanent=permanent)
        return [_ACK if done else _nak(Nak.BAD_CONTEXT)]

    def _get(self, packet: Packet) -> SenderItems:
        told = self.memory.told(packet.data)
        if told is None:
            return [_nak(Nak.BAD_CONTEXT)]
        # In its turn, and acknowledged as all that is no mere answer: two that wait at once would
        # not know whose acknowledgement comes.
        return self._sender.put(Message(Op.PARAM_SEND, (told,)))

    def _defaults(self, _: Packet) -> SenderItems:
        self.memory.defaults()
        return [_ACK]

    def _custom(self, packet: Packet) -> SenderItems:
        return [_ACK if self.memory.custom(packet.data) else _nak(Nak.BAD_CONTEXT)]

    def _flush(self, _: Packet) -> SenderItems:
        return [_ACK, *self._sender.flush()]

    def _start(self, _: Packet) -> SenderItems:
        self.in_session = self.enabled
        return [_ACK if self.enabled else _nak(Nak.DENIED)]

    def _stop(self, _: Packet) -> SenderItems:
        self.in_session = False
        return [_ACK]

    def _enable(self, _: Packet) -> SenderItems:
        self.enabled = True
        return [_ACK]

    def _disable(self, _: Packet) -> SenderItems:
        self.enabled = self.in_session = False
        return [_ACK]

    def _revision(self, _: Packet) -> SenderItems:
        return [_say(Op.REPLY_REVISION, self.settings.revision)]

    def _capabilities(self, _: Packet) -> SenderItems:
        # Baud rates 9600 to 115200, no and odd parity, multipacket options 1 to 3; the opcodes.
        data = b"\x05\xe0\x15\x07" + bytes(sorted(host_opcodes()))
        return [_say(Op.CAPABILITIES_REPLY, data)]

    def _reset(self, _: Packet) -> SenderItems:
        return [_ACK, *self.power_cycle()]

    def power_cycle(self) -> SenderItems:
        """What was set for the time being is gone, and so is what was to be said."""
        self.memory.boot()
        self.enabled, self.in_session = True, False
        gone = self._sender.clear()
        return [*gone, *self.event(BOOTED_EVENT)] if self.memory[param.BOOT_EVENT] else gone


def _say(opcode: int, data: bytes) -> Send:
    return Send(ssi.build(opcode, data, source=ssi.DECODER))


def _refuses(answer: SenderItems) -> bool:
    return any(isinstance(item, Send) and item.data[1] == Op.NAK for item in answer)


def _nak(cause: Nak) -> Send:
    return _say(Op.NAK, bytes([cause]))


_ACK = Send(ssi.build(Op.ACK, source=ssi.DECODER))
