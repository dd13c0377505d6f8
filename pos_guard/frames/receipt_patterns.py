"""How the words of a receipt are looked for: plain text, boundaries, labels with what follows.

Expressions only, no meaning. Each one is linear in the text, or looks at a bounded piece of it:
the text comes from a till that may be broken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pos_guard.frames.receipt_words import DEFAULT_WORDS, ReceiptWords

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# What goes on a Chinese word, as a set that the compiler need not spell out: 27,000 signs in each
# of hundreds of places took half a second at every start.
_GOES_ON = r"[^\x00-\x7f\W]"
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SAME = _WIDE | {
    0x3000: " ",
    0xA0: " ",
    0x2007: " ",
    0x2009: " ",
    0x202F: " ",
    0x09: "  ",
    0x0D: "\n",
    0x0B: "\n",
    0x0C: "\n",
    0xFFE5: "¥",
    0x20AC: "€",
    0x2212: "-",
    0x2013: "-",
    0x2019: "'",
}
# Zero-width and direction marks: invisible on paper, so they may not split a word here either.
_INVISIBLE = dict.fromkeys(
    code
    for first, last in (
        (0x00, 0x08),
        (0x0E, 0x1F),
        (0x7F, 0x7F),
        (0xAD, 0xAD),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2064),
        (0xFEFF, 0xFEFF),
    )
    for code in range(first, last + 1)
)
_SPACED_LETTERS = re.compile(r"(?<!\S)[^\W\d_]( {1,3})(?:[^\W\d_]\1){1,47}[^\W\d_](?!\S)")
_SPELT = re.compile(r"(?<!\w)[^\W\d_]([ .·*_-]{1,3})(?:[^\W\d_]\1){2,47}[^\W\d_](?!\w)")
_SPACED_HAN = re.compile(rf"(?<=[{_HAN}]) {{1,4}}(?=[{_HAN}])")
_FRAME = r"[\s*#=\-_~|<>【】\[\]()+.!:;]*"
_NOTE = r"(?:\s*\([^()\n]{0,40}\))?(?:\s*\d{1,4} ?(?:items?|pcs|件|份|项))?"
_FILLER = r"[ :.…_=]*(?:-{2,}[ :]*|- +)?"
_EXTRA = r"(?: ?(?:payment|pay|paid|sale|tendered|tender|支付|付款|收款|金额))?"
_MASKED = r"(?: ?[*xX•]{2,}[ *xX•]{0,20}\d{2,4})?"
_ID = (
    r"[ .:#-]*(?:(?:no|nr|number|id|code|号|编号)(?![a-z])[ .:#-]*)?"
    r"(?P<id>[A-Za-z0-9][A-Za-z0-9_./-]{0,39})"
)
_LATIN = r"(?-i:[A-Za-z0-9])"
_PREFIXED = rf"(?<!{_LATIN})(?:un|pre|re|non|over|under)-"
_OWED = r"(?:due|owed|owing|left|open|outstanding|remaining)"
# "PAID 0.00" says that nothing is, and "PAID 0.00 DUE" that all of it is.
_NONE_DUE = rf"(?! *(?:[A-Z]{{3}} )? *{_OWED}\b(?![^\n]{{0,40}}[1-9]))"
_ENDS = r"(?=[ .*|]*(?:\n|\Z))"


def normalise(text: str) -> str:
    """The text as it is compared: plain digits and letters, no tricks with blanks.

    Full-width forms become plain, invisible characters vanish, ``P A I D`` and ``合  计`` close up.
    """
    plain = _SPACED_LETTERS.sub(lambda found: found[0].replace(" ", ""), _plain(text))
    return _SPACED_HAN.sub("", plain)


def spelt(text: str) -> list[str]:
    """Words of single letters with one sign between all of them: ``p.a.i.d``, ``X P A I D``.

    In lower case and closed up, each also without its first and its last letter: a letter that
    stands before or behind such a word by chance hides it from no reader. What has blanks alone
    between its letters ``normalise`` closes up; here it is only without a letter.
    """
    found: list[str] = []
    for run in _SPELT.finditer(_plain(text)):
        word = run[0].replace(run[1], "").lower()
        found += (word[1:], word[:-1], word[1:-1])
        found += (word,) if run[1].strip() else ()
    return found


def _plain(text: str) -> str:
    return text.translate(_INVISIBLE).translate(_SAME)


@dataclass(frozen=True, slots=True)
class Patterns:
    """The words as compiled expressions, longest word first; ``closed``: paid, without blanks."""

    paid: re.Pattern[str]
    closed: frozenset[str]
    unpaid: re.Pattern[str]
    refund_title: re.Pattern[str]
    report_title: re.Pattern[str]
    split: re.Pattern[str]
    labels: tuple[tuple[str, re.Pattern[str]], ...]
    orders: tuple[re.Pattern[str], ...]


def patterns(words: ReceiptWords) -> Patterns:
    """The expressions for these words, compiled once.

    The last words are known by identity: a policy's are asked for several times a receipt, and
    hashing all of them takes longer than reading it.
    """
    known, found = _LAST[0]
    if known is not words:
        found = _compiled(words)
        _LAST[0] = (words, found)
    return found


@lru_cache(maxsize=8)
def _compiled(words: ReceiptWords) -> Patterns:
    labels: dict[str, Sequence[str]] = {
        "due": words.due,
        "total": words.total,
        "refund": words.refund,
        "discount": words.discount,
        "change": words.change,
        "paid": words.paid,
    }
    tenders = {str(tender): names for tender, names in words.tenders().items()}
    paid = _any(words.paid)
    everything = [name for names in (*labels.values(), *tenders.values()) for name in names]
    return Patterns(
        paid=re.compile(paid, re.IGNORECASE),
        closed=frozenset(normalise(word).replace(" ", "").lower() for word in words.paid),
        unpaid=re.compile(
            rf"{_any(words.unpaid)}|{_nothing(paid)}|{_PREFIXED}{paid}", re.IGNORECASE
        ),
        refund_title=re.compile(rf"{_FRAME}{_any(words.refund)}{_FRAME}", re.IGNORECASE),
        report_title=re.compile(rf"{_FRAME}{_any(words.report)}", re.IGNORECASE),
        split=re.compile(rf"(?<=[\d元])\s+(?={_any(everything)} *:)", re.IGNORECASE),
        labels=tuple(
            (name, _label(names, _EXTRA + _MASKED if name in tenders else ""))
            for name, names in (labels | tenders).items()
        ),
        orders=tuple(
            re.compile(rf"(?:^{_FRAME}|\s\s){_both([name], words.order)}{_ID}", re.IGNORECASE)
            for name in words.order
        ),
    )


def _nothing(paid: str) -> str:
    """Paid 0.00 and Paid: no are how a bill says that nothing is paid yet."""
    zero = rf"[ :.…]*(?:[¥€£$]|RMB|[A-Z]{{3}})? ?0+(?:[.,]0+)?(?![\d.,]){_NONE_DUE}"
    said = rf" *[:?] *(?:no|none|nil|nothing|无){_ENDS}"
    return rf"{paid}(?:金额)?(?:{zero}|{said}|[ :?]*否(?![则认定]))"


def _label(names: Sequence[str], extra: str) -> re.Pattern[str]:
    lead = r"(?:(?:paid by|payment|支付方式|付款方式)[ :]*)?" if extra else ""
    label = rf"{_both(names, names)}(?:金额)?{extra}{_NOTE}{_FILLER}"
    return re.compile(rf"{_FRAME}(?P<lead>{lead}){label}(?P<rest>.*)", re.IGNORECASE)


def _both(first: Sequence[str], second: Sequence[str]) -> str:
    """One of the words, and perhaps the same in the other language: 合计 TOTAL."""
    return rf"{_any(first)}(?:[ /]{{0,3}}{_any(second)})?"


def _any(names: Sequence[str]) -> str:
    """One of the words, with its boundaries."""
    if not names:
        return r"(?!)"
    return "(?:" + "|".join(_word(name) for name in sorted(names, key=len, reverse=True)) + ")"


def _word(name: str) -> str:
    plain = normalise(name).strip()
    body = " {1,3}".join(re.escape(part) for part in plain.split())
    before = rf"(?<!{_LATIN})" if plain[:1].isascii() else ""
    if plain[-1:].isascii():
        return rf"{before}{body}(?!{_LATIN})"
    # Two signs alone (已付, 实付) may be part of any longer word, so a longer word ends them.
    after = rf"(?!{_GOES_ON})|(?=金额|款|总额|合计)" if len(plain) <= 2 else ""
    return f"{before}{body}(?:{after})"


_LAST = [(DEFAULT_WORDS, _compiled(DEFAULT_WORDS))]
