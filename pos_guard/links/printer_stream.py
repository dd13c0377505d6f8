"""A long picture on its way to the printer, passed on as it comes.

Only where nobody looks at pictures and no policy forbids them: a picture longer than any logo is
the paper itself, and to hold what cannot be read protects nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pos_guard.frames.escpos_realtime import MAX_REALTIME, find_realtime
from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.links.printer_realtime import MAX_ROUNDS, harmless_picture, may_act

LONG_PICTURE = 32 * 1024
"""Bytes of a picture that is no logo: 576 dots by 455 lines. A shorter one waits with its job."""

STREAMED = frozenset({"GS v 0", "GS ( L", "GS 8 L"})


def is_long_picture(token: Token) -> bool:
    """A whole picture that is longer than any logo."""
    return token.name in STREAMED and len(token.raw) >= LONG_PICTURE


_HEAD = 16
"""Bytes of a picture that say what it is: its own commands, but for the dots."""


class PictureStream:
    """Takes a picture over from the scanner. ``put`` takes bytes for the printer."""

    def __init__(self, put: Callable[[Iterable[bytes]], None]) -> None:
        self.missing = 0
        self.end = 0
        self._put = put
        self._dropped = False
        self._last = b""

    def begins(self, scanner: EscPosScanner) -> bool:
        """Whether the scanner holds the start of a long picture."""
        name, missing = scanner.unfinished
        return name in STREAMED and missing + scanner.held >= LONG_PICTURE

    def start(self, scanner: EscPosScanner, quiet: Callable[[int], bool]) -> Token:
        """Pass on what there is; returns it. The rest comes through ``take``."""
        token, self.missing = scanner.release()
        self.end = token.at + len(token.raw) + self.missing
        self._dropped = False
        self._pass(token.raw if quiet(token.at) else harmless_picture(token))
        return token

    def pass_on(
        self, scanner: EscPosScanner, data: bytes, *, more: bool
    ) -> tuple[int, list[Token]]:
        """Pass on the picture under way, and with ``more`` those right behind it, in one piece.

        ``data`` is known to be quiet. Returns where they end, and the heads of those that began.
        """
        if self._dropped or may_act(self._last + data[:MAX_REALTIME]):
            return self.take(data, quiet=True), []
        place = min(self.missing, len(data))
        self.missing -= place
        heads = list[Token]()
        while more and place < len(data):
            name, size = scanner.peek(data, place)
            if name not in STREAMED or size < LONG_PICTURE:
                break
            heads.append(scanner.take(name, size, data[place : place + _HEAD]))
            part = min(size, len(data) - place)
            place += part
            self.missing = size - part
            self.end = heads[-1].at + size
        if place:
            self._pass(data[:place])
        return place, heads

    def take(self, data: bytes, *, quiet: bool = False) -> int:
        """Pass on what belongs to the picture, the first so many bytes.

        ``quiet``: it is known that no real-time command begins in ``data``.
        """
        if not self.missing:
            return 0
        part = data[: self.missing]
        self.missing -= len(part)
        if not self._dropped:
            self._pass(self._harmless(part, quiet=quiet))
        self._dropped = self._dropped and self.missing > 0
        return len(part)

    def drop(self) -> None:
        """The printer is gone: what is still to come of the picture is for nobody."""
        self._dropped = True

    def finish(self) -> None:
        """The till is gone: the rest is white, or the printer takes its next job for dots."""
        if self.missing:
            self.take(bytes(self.missing))

    def _pass(self, data: bytes) -> None:
        self._last = data[1 - MAX_REALTIME :]
        self._put([data])

    def _harmless(self, part: bytes, *, quiet: bool) -> bytes:
        """Without commands that act at once; a question stays, it is answered where it stands."""
        before, size = self._last, len(self._last)
        for _ in range(MAX_ROUNDS):
            if (quiet or not may_act(part)) and not may_act(before + part[:MAX_REALTIME]):
                return part
            quiet = False
            found = [
                command.at - size
                for command in find_realtime(before + part)
                if command.name != "DLE EOT" and command.at + len(command.raw) > size
            ]
            if not found:
                return part
            dots = bytearray(part)
            for at in found:
                _break(dots, at)
            part = bytes(dots)
        return part


def _break(dots: bytearray, at: int) -> None:
    """Another dot in place of the command's first byte, or of its first one in these dots."""
    if at >= 0:
        dots[at] = 0
    else:
        dots[0] ^= 0x80
