"""The till of an SSI scanner: the guard plays the decoder, with its own acknowledgements.

The till's commands are answered here at once, and told to the real scanner as well. Questions
(revision, capabilities, parameters) are answered here alone.
"""

from __future__ import annotations

from typing import Final

from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import Op
from pos_guard.frames.ssi_table import code_of
from pos_guard.frames.symbology import Symbology
from pos_guard.links.scanner_front import FrontItems, NotTaken, ToScanner
from pos_guard.links.session import CancelTimer, SetTimer, ToApp
from pos_guard.scanners.language import Reply, Scanned, Send
from pos_guard.scanners.ssi_decoder import Decoder, DecoderItems, DecoderSettings, Told
from pos_guard.scanners.ssi_parts import Message, message_of
from pos_guard.scanners.ssi_sender import Done

TILL: Final = "till"
"""The timer of the decoder towards the till: repetitions, and commands that stay cut."""

_ASKED: Final = frozenset({Op.REQUEST_REVISION, Op.CAPABILITIES_REQUEST, Op.PARAM_REQUEST})

_OPCODE: Final = 1
"""Where a packet has its opcode."""


class SsiFront:
    """See :class:`~pos_guard.links.scanner_front.Front`.

    ``packets``: this till gets its codes in packets, as it set its scanner up for good; without,
    raw, until it asks for packets (parameter EE).
    """

    timer_name = TILL

    def __init__(self, *, packets: bool = True, encoding: str = "utf-8") -> None:
        self._decoder = Decoder(DecoderSettings({param.PACKET_FORMAT: int(packets)}))
        self._encoding = encoding
        self._number = 0

    def connected(self) -> FrontItems:
        """A code that the till before did not take is not for this one."""
        return self._items(self._decoder.connected())

    def closed(self) -> FrontItems:
        """What waited for its acknowledgement gets none."""
        return self._items(self._decoder.connected())

    def heard(self, data: bytes) -> FrontItems:
        """Acknowledgements end here; commands are answered and passed."""
        return self._items(self._decoder.data(data))

    def scan(self, scanned: Scanned) -> FrontItems:
        """The message of the scanner, with its code type, in packets of our own."""
        message = message_of(scanned.raw)
        return [] if message is None else self._say(message.data, message.code_type)

    def late(self, scanned: Scanned) -> FrontItems:
        """Packets have no line ends."""
        del scanned
        return []

    def flagged(self, scanned: Scanned, flag: str) -> FrontItems:
        """The flag goes before the data."""
        message = message_of(scanned.raw)
        if message is None:
            return []
        return self._say(flag.encode(self._encoding) + message.data, message.code_type)

    def text(self, scanned: Scanned, text: str) -> FrontItems:
        """The text, with the code type of the scan that it stands for, if it can be read."""
        data = text.encode(self._encoding)
        return self._say(data, (message_of(scanned.raw) or Message(_QR, b"")).code_type)

    def reply(self, reply: Reply) -> FrontItems:
        """The till had its answer before the scanner was told."""
        del reply
        return []

    def timer(self) -> FrontItems:
        """The till did not answer."""
        return self._items(self._decoder.silence())

    def _say(self, data: bytes, code_type: int) -> FrontItems:
        self._number += 1
        return self._items(self._decoder.scan(data, code_type, self._number))

    def _items(self, items: DecoderItems) -> FrontItems:
        found: FrontItems = []
        refused = False
        for item in items:
            if isinstance(item, Send):
                refused = item.data[_OPCODE] == Op.NAK
                found.append(ToApp(item.data))
            elif isinstance(item, Done):
                found += [] if item.ok else [NotTaken()]
            else:
                found += _passed(item, refused=refused)
        wait = self._decoder.wait
        return [*found, CancelTimer(TILL) if wait is None else SetTimer(TILL, wait)]


def _passed(told: Told, *, refused: bool) -> FrontItems:
    """What the real scanner hears of it: no questions, and nothing that the till was denied."""
    return [] if refused or told.opcode in _ASKED else [ToScanner(told.raw)]


_QR: Final = code_of(Symbology.QR) or 0
