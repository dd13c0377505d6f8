"""How ECR17 messages travel: signals of three bytes, and progress texts that nobody acknowledges.

``06 03 LRC`` and ``15 03 LRC`` answer a frame; a bare ``06`` or ``15`` is taken for the same, since
the byte decides. A progress text is ``01``, twenty characters and ``04``, without a checksum.
Source: developer.nexigroup.com/traditionalpos, Communication Protocol.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.stx import (
    ETX,
    BadFrame,
    Control,
    StxEvent,
    StxFormat,
    StxFrame,
    StxFramer,
    lrc,
)

SOH = 0x01
EOT = 0x04
PROGRESS = 22
"""Bytes of a progress text, both ends included."""


def signal(control: Control, form: StxFormat) -> bytes:
    """An ACK or NAK as it goes over the line."""
    covered = bytes([control.value, ETX])
    value = lrc(StxFormat("none", form.lrc_start, lrc_from_stx=False, max_body=1), covered)
    return covered + bytes([value])


def is_progress(unit: bytes) -> bool:
    """A unit that is a whole progress text, ends included."""
    return unit[:1] == bytes([SOH])


def progress(text: str) -> bytes:
    """A progress text; it is cut to its twenty characters."""
    return bytes([SOH]) + text[:20].ljust(20).encode("ascii") + bytes([EOT])


class NexiFramer(StxFramer):
    """As ``StxFramer``; a progress text comes as a frame whose body has both its ends."""

    _after_signal = False

    def take(self) -> StxEvent | None:
        """The next event, or None when more bytes are needed."""
        if not self.lost and self._buffer:
            if self._after_signal and self._buffer[0] == ETX:
                if len(self._buffer) < 2:
                    return None
                del self._buffer[:2]  # ETX and LRC of the signal that was told already
            self._after_signal = False
            if self._buffer.startswith(bytes([SOH])):
                return self._progress()
        event = super().take()
        if event is not None:
            self._after_signal = event in (Control.ACK, Control.NAK)
        return event

    def drop(self) -> BadFrame | None:
        """The line was silent: forget what is unfinished."""
        rest = self._after_signal and self._buffer.startswith(bytes([ETX]))
        self._after_signal = False
        if rest:
            self._buffer.clear()
        return super().drop()

    def _progress(self) -> StxEvent | None:
        if len(self._buffer) < PROGRESS:
            return None
        raw = bytes(self._buffer[:PROGRESS])
        del self._buffer[:PROGRESS]
        if raw[-1] != EOT or any(not 0x20 <= byte <= 0x7E for byte in raw[1:-1]):
            return BadFrame(FrameError("framing", "no progress text", PROGRESS - 1), raw)
        return StxFrame(raw, raw)
