"""What the guard adds to paper: copy marks, the sale's code, banners, slips."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from pos_guard.frames import escpos_build as build
from pos_guard.frames.receipt_text import denials
from pos_guard.links.printer_style import PrintStyle
from pos_guard.model import Words

Lines = Callable[[PrintStyle], bytes]

_CLOSING = "，。！？；：、）》"
_NO_BREAK = "\u00a0"


def copy_mark(copy: int, usual: int) -> Lines:
    """The head line of a later copy: a copy up to ``usual``, after that a reprint."""
    zh, en = f"副本 {copy}", f"COPY {copy} /"
    if copy > usual:
        zh, en = f"重打印 {copy - usual}", f"REPRINT {copy - usual}"

    def lines(style: PrintStyle) -> bytes:
        return style.inserted(style.bold(True) + style.text(zh, en) + style.bold(False))

    return lines


def sale_code(sale_id: str, code_text: str) -> Lines:
    """The sale's code as a small QR with a line under it, for the refund that may come.

    A printer that can draw no QR gets the line alone: it can be typed. Where the printer takes
    rows of dots, both follow behind its cut, and are cut off.
    """

    def lines(style: PrintStyle) -> bytes:
        code = style.code(code_text.encode())
        cut = style.cut() if style.drawing else b""
        return style.inserted(code + style.text("退款凭此码", f"Sale {sale_id}") + cut)

    return lines


def banner(*, unpaid: bool) -> Lines:
    """The lines that nobody can take for a receipt; on a line of their own, whatever was open."""
    zh, en = ("未付款", "UNPAID") if unpaid else ("无效", "NOT VALID")

    def lines(style: PrintStyle) -> bytes:
        rule = b"*" * (style.traits.columns // 2) + build.LF
        words = style.text(zh, en)
        loud = style.bold(True) + style.size(2)
        begin = b"" if style.drawing else build.LF
        return begin + style.inserted(loud + rule + words + rule + style.size() + style.bold(False))

    return lines


def held_slip(style: PrintStyle, say: Words, *, unpaid: bool) -> bytes:
    """A short slip in place of the receipt that was held back, with its own cut."""
    traits = style.traits
    title = style.text("未付款", "NOT PAID") if unpaid else style.text("已拦下", "HELD BACK")
    english = english_lines(say.en, traits.columns)
    chinese = chinese_lines(say.zh, traits.columns) if traits.chinese else []
    body = b"".join(
        [
            style.bold(True) + style.size(2),
            title,
            style.size() + style.bold(False),
            style.text("小票未打印", "The receipt was not printed."),
            *(style.text("", line) for line in english),
            *(style.text(line, "") for line in chinese),
            style.cut(),
        ]
    )
    return style.inserted(body)


def english_lines(text: str, columns: int) -> list[str]:
    """English text in lines; what denies a payment stays on one: ``PAID`` begins none."""
    for phrase in denials(text):
        text = text.replace(phrase, phrase.replace(" ", _NO_BREAK))
    return [line.replace(_NO_BREAK, " ") for line in textwrap.wrap(text, columns)]


def chinese_lines(text: str, columns: int) -> list[str]:
    """Chinese text in lines; a sign that ends a phrase begins none, a denial stays on one."""
    lines, line = list[str](), list[str]()
    for sign in _unbroken(text):
        if line and _width([*line, sign]) > columns:
            # What stands before a closing sign goes along with it.
            keep = len(line) - 1 if sign in _CLOSING else len(line)
            lines.append("".join(line[:keep]))
            line = line[keep:]
        line.append(sign)
    return [*lines, "".join(line)] if line else lines


def _unbroken(text: str) -> Iterator[str]:
    """The signs of a text, and what denies a payment as one."""
    for phrase in denials(text):
        before, _, text = text.partition(phrase)
        yield from before
        yield phrase
    yield from text


def _width(signs: Iterable[str]) -> int:
    return sum(1 if sign.isascii() else 2 for sign in "".join(signs))
