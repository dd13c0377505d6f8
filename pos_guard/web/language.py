"""Which language a page is in. Pure: texts in, a language out."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
"""As HTML names them (BCP 47)."""

MAX_HEADER = 256
"""Characters of ``Accept-Language`` that are read; a browser's has some 40."""


def chosen(asked: str, kept: str, accepted: str) -> Language:
    """The language that was ``asked`` for, was ``kept``, or is the first that is ``accepted``.

    ``accepted`` is an ``Accept-Language`` header (RFC 9110 section 12.5.4). English if none fits.
    """
    for name in (asked, kept):
        if name in LANGUAGES:
            return name
    for name in _by_weight(accepted[:MAX_HEADER]):
        if name in LANGUAGES:
            return name
    return "en"


def _by_weight(header: str) -> list[str]:
    """The primary languages of a header, the most wanted first; those with a weight of 0 not."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, rest = part.strip().partition(";")
        weight = _weight(rest.strip())
        if weight > 0:
            weighed.append((weight, tag.partition("-")[0].strip().lower()))
    return [name for _, name in sorted(weighed, key=lambda one: -one[0])]


def _weight(text: str) -> float:
    try:
        return float(text.removeprefix("q=")) if text else 1.0
    except ValueError:
        return 0.0
