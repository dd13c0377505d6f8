"""What the commands mean that say where and how things are printed. No bytes: see escpos_parse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageMode:
    """ESC L: page mode on, at the start of a line. ESC S: off, and the page is forgotten."""

    on: bool


@dataclass(frozen=True, slots=True)
class PageArea:
    """ESC W: the part of the page that is printed on, in motion units."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageDirection:
    """ESC T: 0 left to right, 1 bottom to top, 2 right to left, 3 top to bottom."""

    direction: int


@dataclass(frozen=True, slots=True)
class PagePrint:
    """FF (``leave``: back to standard mode) and ESC FF (the page stays).

    FF outside page mode feeds a label or a marked paper, where there is one.
    """

    leave: bool


@dataclass(frozen=True, slots=True)
class PageClear:
    """CAN: the data of the page's present area is forgotten."""


@dataclass(frozen=True, slots=True)
class Position:
    r"""ESC $ and ESC \ along the line, GS $ and GS \ across it, in motion units.

    ``relative`` ones may be negative. The ``vertical`` pair acts in page mode only.
    """

    units: int
    vertical: bool
    relative: bool


@dataclass(frozen=True, slots=True)
class Margin:
    """GS L: the left margin, in motion units."""

    units: int


@dataclass(frozen=True, slots=True)
class PrintWidth:
    """GS W: the width of the print area, in motion units."""

    units: int


@dataclass(frozen=True, slots=True)
class MotionUnits:
    """GS P: units an inch; 0 is the printer's own."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Tabs:
    """ESC D: the columns where HT goes to."""

    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LineSpacing:
    """ESC 3 (motion units), and ESC 2: None, the printer's own."""

    units: int | None


@dataclass(frozen=True, slots=True)
class Feed:
    """ESC d, ESC e (``lines``) and ESC J, ESC K (motion units); ``back`` for ESC e and ESC K."""

    count: int
    lines: bool
    back: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A command of one parameter that changes looks only: ``name`` says which."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class InternationalSet:
    """ESC R: which twelve ASCII signs a country replaces; 13 Korea, 15 China."""

    number: int


@dataclass(frozen=True, slots=True)
class KanjiSystem:
    """FS C: 0 JIS, 1 Shift JIS, 2 Shift JIS 2004."""

    number: int


@dataclass(frozen=True, slots=True)
class KanjiFont:
    """FS ( A fn 48: two-byte font A, B or C as 0, 1, 2."""

    number: int


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """FS ( C fn 48: 1 code pages, 2 UTF-8 [fs_lparen_cc_fn48]."""

    number: int


@dataclass(frozen=True, slots=True)
class VendorTextEncoding:
    """ESC 9 of Chinese printers: 0 GBK, 1 UTF-8, 3 Big5."""

    number: int


@dataclass(frozen=True, slots=True)
class Macro:
    """GS : starts and ends the definition of a macro."""


@dataclass(frozen=True, slots=True)
class MacroRun:
    """GS ^: the macro runs ``times``, ``wait_ms`` between; ``on_button``: at each feed button."""

    times: int
    wait_ms: int
    on_button: bool


Layout = (
    PageMode
    | PageArea
    | PageDirection
    | PagePrint
    | PageClear
    | Position
    | Margin
    | PrintWidth
    | MotionUnits
    | Tabs
    | LineSpacing
    | Feed
    | Setting
    | InternationalSet
    | KanjiSystem
    | KanjiFont
    | TextEncoding
    | VendorTextEncoding
    | Macro
    | MacroRun
)
"""Every value of this file."""
