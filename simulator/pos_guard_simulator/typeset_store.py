"""A printer's memories: pictures and characters that the host has stored, and what it prints.

NV memory outlives the power; download memory is gone with ESC @, the print buffer with its print.
"""

from __future__ import annotations

from pos_guard.frames import escpos_images as images
from pos_guard.frames.escpos_commands import GraphicsPrint, Raster
from pos_guard_simulator import typeset_dots as dots
from pos_guard_simulator.paper_cells import Dots
from pos_guard_simulator.paper_items import Picture

MAX_NV = 393_216
"""Bytes of NV memory for pictures: 384 kB as in the TM-T88V. What is beyond is not stored."""

MAX_DOWNLOAD = 393_216
"""Bytes of download memory; Epson's printers have less (TM-T88III: 12 kB)."""

MAX_USER_KANJI = 96
"""Own two-byte characters: more than Epson's 94 of the last row of each set."""


class Memory:
    """Pictures by key: two letters (GS ( L) or a number (FS q)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._pictures: dict[bytes | int, Dots] = {}

    def store(self, key: bytes | int, picture: Dots) -> None:
        """Keep a picture in place of the one that has its key, if it fits."""
        self._pictures.pop(key, None)
        if self._used + _bytes(picture) <= self._size:
            self._pictures[key] = picture

    def replace_numbered(self, pictures: tuple[images.Picture, ...]) -> None:
        """FS q: all numbered pictures anew."""
        self._pictures = {
            key: value for key, value in self._pictures.items() if isinstance(key, bytes)
        }
        for number, each in enumerate(pictures, 1):
            self.store(number, dots.downloaded(each))

    def delete(self, code: bytes) -> None:
        """One key, or with an empty code all of them."""
        for key in [key for key in self._pictures if isinstance(key, bytes)]:
            if code in (b"", key):
                del self._pictures[key]

    def get(self, key: bytes | int) -> Dots | None:
        """The picture of a key."""
        return self._pictures.get(key)

    @property
    def _used(self) -> int:
        return sum(map(_bytes, self._pictures.values()))


class PictureStore:
    """All memories of one printer. ``nv`` is handed in, as it outlives the others."""

    def __init__(self, nv: Memory) -> None:
        self._memories = {"nv": nv, "download": Memory(MAX_DOWNLOAD)}
        self._image: Dots | None = None
        self._buffer: Picture | None = None

    def keep(self, command: object) -> bool:
        """Store or delete; False for a command that does neither."""
        match command:
            case images.NvImages():
                self._memories["nv"].replace_numbered(command.pictures)
            case images.DownloadedImage():
                self._image = dots.downloaded(command.picture)
            case images.StoredImage():
                self._memories[command.memory].store(command.code, dots.stored(command))
            case images.StoredImageDelete():
                self._memories[command.memory].delete(command.code)
            case images.ColumnGraphics():
                self._buffer = dots.columns(command)
            case Raster(stored=True):
                self._buffer = dots.raster(command)
            case _:
                return False
        return True

    def printed(self, command: object) -> Picture | None:
        """The picture that a print command asks for, if there is one."""
        match command:
            case images.NvImagePrint():
                return _scaled(self._memories["nv"].get(command.number), command.wide, command.tall)
            case images.DownloadedImagePrint():
                return _scaled(self._image, command.wide, command.tall)
            case images.StoredImagePrint():
                found = self._memories[command.memory].get(command.code)
                return _scaled(found, command.x == 2, command.y == 2)
            case GraphicsPrint():
                picture, self._buffer = self._buffer, None
                return picture
            case _:
                return None

    def forget_image(self) -> None:
        """ESC &: the memory of GS * is used for characters now [gs_asterisk]."""
        self._image = None


class UserCharacters:
    """Own characters: ESC &, ESC ?, ESC % for one byte; FS 2, FS ? for two."""

    def __init__(self, kanji: str) -> None:
        self._codec = kanji
        self._on = False
        self._own: dict[tuple[bool, str], Dots] = {}
        self._kanji: dict[str, Dots] = {}

    def keep(self, command: object, *, font_b: bool) -> bool:
        """Define, delete or switch; False for any other command."""
        match command:
            case images.UserCharacters():
                for code, glyph in enumerate(command.glyphs, command.first):
                    dots_ = dots.from_columns(glyph.data, command.height)
                    self._own[font_b, chr(code)] = dots_
            case images.UserKanji():
                self._define_kanji(command)
            case images.UserCharacterCancel(code) if len(code) == 1:
                self._own.pop((font_b, chr(code[0])), None)
            case images.UserCharacterCancel():
                self._kanji.pop(self._char(command.code), None)
            case images.UserCharactersOn():
                self._on = command.on
            case _:
                return False
        return True

    @property
    def any(self) -> bool:
        """Some character of one byte may have the host's own pattern."""
        return self._on and bool(self._own)

    def glyph(self, char: str, *, full: bool, font_b: bool) -> Dots | None:
        """The host's own pattern for a character, where it has one."""
        if full:
            return self._kanji.get(char)
        return self._own.get((font_b, char)) if self._on else None

    def _define_kanji(self, command: images.UserKanji) -> None:
        char = self._char(command.code)
        if char and (char in self._kanji or len(self._kanji) < MAX_USER_KANJI):
            self._kanji[char] = dots.from_columns(command.data, 3)

    def _char(self, code: bytes) -> str:
        """What text of this code is read as; empty when the printer's set does not have it."""
        try:
            return code.decode(self._codec) if self._codec else ""
        except UnicodeDecodeError:
            return ""


def _bytes(picture: Dots) -> int:
    return (picture.width + 7) // 8 * len(picture.rows)


def _scaled(found: Dots | None, wide: bool, tall: bool) -> Picture | None:
    return None if found is None else dots.picture(found, wide=wide, tall=tall)
