"""A simulated SSI scanner (Zebra, Symbol, Motorola): packets, acknowledgements, parameters, faults.

Sans-IO; a twin for the bench. What it says and answers is ``pos_guard.scanners.ssi_decoder``'s;
what goes wrong on the way is added here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from pos_guard.frames import ssi
from pos_guard.frames.ssi import BadPacket, Nak, Op, Packet
from pos_guard.frames.ssi_table import code_of
from pos_guard.frames.symbology import Symbology
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard.scanners.language import Send
from pos_guard.scanners.ssi_decoder import Decoder, DecoderItems, DecoderSettings, Told
from pos_guard.scanners.ssi_sender import Done

DECODER_TIMER = "ssi"
LINE_TIMER = "ssi-line"
MERGE_TIMER = "ssi-merge"

MAX_LOG = 4096
"""Commands, beeps and fates kept: a test that makes more has lost its way."""

MAX_FAULTS = 256

MERGE_SECONDS = 0.5
"""How long a packet waits for another one to come along with."""


class SsiFault(StrEnum):
    """What goes wrong, once for each time that it is armed."""

    LOST_ACK = "lost-ack"
    """The next acknowledgement of the host is not heard."""
    DAMAGED = "damaged"
    """A bit of the next packet is wrong."""
    DUPLICATE = "duplicate"
    """The next packet is sent again, as a retransmission, although it was acknowledged."""
    SLOW = "slow"
    """The next packet comes byte by byte."""
    SPLIT = "split"
    """The next packet comes in two halves."""
    CUT = "cut"
    """The second half of the next packet never comes."""
    MERGED = "merged"
    """The next packet comes together with the one after it, if that comes soon."""
    DROP = "drop"
    """The next packet is lost on the line."""
    NOISE = "noise"
    """Bytes that are no packet come before the next one."""
    IGNORE = "ignore"
    """The next command is not answered."""
    NAK = "nak"
    """The next command is refused: DENIED."""
    GARBLED = "garbled"
    """The next command arrives damaged: it is asked for again."""
    RESET = "reset"
    """The power is lost before the next packet."""


_OF_COMMANDS = frozenset({SsiFault.IGNORE, SsiFault.NAK, SsiFault.GARBLED})


@dataclass(frozen=True, slots=True)
class SsiTwinSettings:
    """The decoder's own settings; ``byte_seconds`` between the bytes of a slow packet."""

    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    byte_seconds: float = 0.001


class SsiScanner:
    """The twin.

    ``told`` holds the host's commands, ``beeps`` what it sounded, ``done`` the fate of each scan by
    its number (from 1 on): True once the host has acknowledged it, False once it was given up.
    """

    def __init__(self, settings: SsiTwinSettings | None = None) -> None:
        self.settings = settings or SsiTwinSettings()
        self.decoder = Decoder(self.settings.decoder)
        self.host_there = False
        self.scans = 0
        self.told: deque[Told] = deque(maxlen=MAX_LOG)
        self.beeps: deque[int] = deque(maxlen=MAX_LOG)
        self.done: dict[int, bool] = {}
        self._faults: deque[SsiFault] = deque(maxlen=MAX_FAULTS)
        self._held = b""
        self._slow: deque[bytes] = deque()
        self._framer = ssi.Framer(ssi.HOST)

    def fault(self, *faults: SsiFault) -> None:
        """Arm them; each strikes once, in this order, at what it is about."""
        self._faults += faults

    def scan(self, payload: str | bytes, symbology: str = Symbology.QR) -> Effects:
        """Somebody shows it a code.

        :raises ValueError: for a symbology that SSI has no code type for.
        """
        code_type = code_of(symbology)
        if code_type is None:
            raise ValueError(f"SSI has no code type for {symbology}")
        self.scans += 1
        data = payload.encode() if isinstance(payload, str) else payload
        gone = self._reset() if self._strikes(SsiFault.RESET) else []
        read = self._effects(self.decoder.scan(data, code_type, self.scans))
        return [*gone, *read, *self._waits()]

    def connected(self) -> Effects:
        """Somebody opened the port."""
        self.host_there = True
        return self._fresh()

    def closed(self) -> Effects:
        """The host hung up."""
        self.host_there = False
        return self._fresh()

    def data(self, data: bytes) -> Effects:
        """Bytes of the host."""
        effects: Effects = []
        for event in self._framer.feed(data):
            effects += self._effects(self._passed(event))
        return [*effects, *self._waits()]

    def timer(self, name: str) -> Effects:
        """A time-out of the decoder, or the next byte of a slow packet."""
        if name == DECODER_TIMER:
            # A command that stays cut is the decoder's to complain of.
            cut = self.decoder.data(self._framer.expire())
            return [*self._effects([*cut, *self.decoder.silence()]), *self._waits()]
        if name == MERGE_TIMER:
            return self._out(b"") if self._held else []
        return self._next_byte() if name == LINE_TIMER else []

    def _fresh(self) -> Effects:
        self._framer.expire()
        self._held = b""
        self._slow.clear()
        gone = self._effects(self.decoder.connected())
        return [CancelTimer(LINE_TIMER), CancelTimer(MERGE_TIMER), *gone, *self._waits()]

    def _reset(self) -> Effects:
        return self._effects([*self.decoder.power_cycle()])

    def _passed(self, event: Packet | BadPacket) -> DecoderItems:
        """What of the host's words reaches the decoder."""
        if isinstance(event, Packet):
            if event.opcode == Op.ACK and self._strikes(SsiFault.LOST_ACK):
                return []
            refused = None if event.opcode in (Op.ACK, Op.NAK) else self._refused()
            if refused is not None:
                return refused
        return self.decoder.data(event.raw)

    def _refused(self) -> DecoderItems | None:
        """What a fault makes of a command; None: it is heard as it is."""
        fault = self._faults[0] if self._faults and self._faults[0] in _OF_COMMANDS else None
        if fault is None:
            return None
        self._faults.popleft()
        if fault is SsiFault.IGNORE:
            return []
        cause = Nak.DENIED if fault is SsiFault.NAK else Nak.RESEND
        return [Send(ssi.build(Op.NAK, bytes([cause]), source=ssi.DECODER))]

    def _strikes(self, fault: SsiFault) -> bool:
        if self._faults and self._faults[0] is fault:
            self._faults.popleft()
            return True
        return False

    def _effects(self, items: DecoderItems) -> Effects:
        effects: Effects = []
        for item in items:
            if isinstance(item, Send):
                effects += self._sent(item.data)
            elif isinstance(item, Done):
                self.done[item.number] = item.ok
            else:
                self._heard(item)
        return effects

    def _waits(self) -> Effects:
        wait = ssi.CHARACTER_SECONDS if self._framer.pending else self.decoder.wait
        return [CancelTimer(DECODER_TIMER) if wait is None else SetTimer(DECODER_TIMER, wait)]

    def _heard(self, told: Told) -> None:
        self.told.append(told)
        beep = told.opcode == Op.BEEP
        if (beep or told.opcode == Op.PARAM_SEND) and told.data[:1] not in (b"", b"\xff"):
            self.beeps.append(told.data[0])

    def _sent(self, raw: bytes) -> Effects:
        """One packet on its way over the line, with what goes wrong there."""
        fault = self._faults[0] if self._faults else None
        pieces = _PIECES.get(fault) if fault is not None else None
        if fault is not None and pieces is not None:
            self._faults.popleft()
            return [effect for piece in pieces(raw) for effect in self._out(piece)]
        if fault is SsiFault.MERGED:
            self._faults.popleft()
            self._held += raw
            return [SetTimer(MERGE_TIMER, MERGE_SECONDS)]
        if fault is SsiFault.SLOW:
            self._faults.popleft()
            held, self._held = self._held, b""
            self._slow += [*([held] if held else []), *(bytes([byte]) for byte in raw)]
            return self._next_byte()
        return self._out(raw)

    def _out(self, raw: bytes) -> Effects:
        held, self._held = self._held, b""
        if self._slow:
            self._slow.append(held + raw)
            return []
        return [ToApp(held + raw)]

    def _next_byte(self) -> Effects:
        if not self._slow:
            return []
        piece = self._slow.popleft()
        wait = self.settings.byte_seconds
        return [ToApp(piece), *([SetTimer(LINE_TIMER, wait)] if self._slow else [])]


def _damaged(raw: bytes) -> list[bytes]:
    at = len(raw) // 2
    return [raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :]]


def _twice(raw: bytes) -> list[bytes]:
    packet = raw[0] + ssi.CHECKSUM == len(raw)  # a raw code is none
    return [raw, ssi.again(raw) if packet else raw]


def _halves(raw: bytes) -> list[bytes]:
    return [raw[: len(raw) // 2], raw[len(raw) // 2 :]]


_PIECES: dict[SsiFault, Callable[[bytes], list[bytes]]] = {
    SsiFault.DAMAGED: _damaged,
    SsiFault.SPLIT: _halves,
    SsiFault.CUT: lambda raw: _halves(raw)[:1],
    SsiFault.DROP: lambda _: [],
    SsiFault.DUPLICATE: _twice,
    SsiFault.NOISE: lambda raw: [b"\x7e\x15~", raw],
}
