"""Messages of ECR17 (Italy) as Nexi's traditional terminals speak it, as values.

Every message begins with the terminal id, ``0`` and a letter; the rest stands at fixed places.
Source: developer.nexigroup.com/traditionalpos. Amounts are euro cents. A message with additional
data for the host (flag ``1``) has a second message behind it that is not read here, so a money
request with it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.frames.stx import StxFormat
from pos_guard.frames.stx_fixed import Layout, constant, digits, one_of, printable
from pos_guard.model import Intent, IntentKind, Tender

FORMAT = StxFormat("none", lrc_start=0x7F, lrc_from_stx=True, max_body=1056)
"""Longest: a VAS request (26 + 1024). The standard says "any message byte" of the LRC and leaves
open whether STX is one; the other reading is ``FORMAT_WITHOUT_STX``."""

FORMAT_WITHOUT_STX = StxFormat("none", lrc_start=0x7F, lrc_from_stx=False, max_body=1056)

ANY_TERMINAL = "00000000"
LAST_STAN = "000000"
"""Reverse the last payment, whichever it was."""

_HEAD = (("terminal_id", 8), ("head", 1), ("code", 1))
_PAYMENT = Layout(
    *_HEAD, ("ecr", 8), ("additional", 1), ("reserved", 2), ("card_present", 1),
    ("payment_type", 1), ("amount", 8), ("text", 128), ("reserved_end", 8),
)  # fmt: skip
_FOLLOW_UP = Layout(
    *_HEAD, ("ecr", 8), ("additional", 1), ("reserved", 4), ("amount", 8), ("text", 128),
    ("original", 9), ("reserved_end", 8),
)  # fmt: skip
_REVERSAL = Layout(*_HEAD, ("ecr", 8), ("stan", 6), ("additional", 1), ("reserved", 1))
_SESSION = Layout(*_HEAD, ("ecr", 8), ("additional", 1), ("reserved", 7))
_LAST = Layout(*_HEAD, ("ecr", 8), ("additional", 1), ("reserved", 3))
_PRINT = Layout(*_HEAD, ("on_ecr", 1))
_REPRINT = Layout(*_HEAD, ("on_ecr", 1), ("ticket_type", 1), ("reserved", 10))
_STATUS = Layout(*_HEAD)
_VERIFY = Layout(
    *_HEAD, ("ecr", 8), ("additional", 1), ("reserved", 2), ("card_present", 1),
    ("payment_type", 1), ("reserved_end", 16),
)  # fmt: skip

LAYOUTS: Mapping[str, tuple[str, Layout]] = {
    "P": ("payment", _PAYMENT),
    "X": ("extended_payment", _PAYMENT),
    "p": ("preauthorisation", _PAYMENT),
    "i": ("incremental_authorisation", _FOLLOW_UP),
    "c": ("preauthorisation_closure", _FOLLOW_UP),
    "S": ("reversal", _REVERSAL),
    "C": ("close_session", _SESSION),
    "T": ("totals", _SESSION),
    "G": ("last_result", _LAST),
    "E": ("print_on_ecr", _PRINT),
    "R": ("reprint", _REPRINT),
    "s": ("status", _STATUS),
    "H": ("card_verification", _VERIFY),
}

MONEY: Mapping[str, IntentKind] = {
    "P": IntentKind.SALE,
    "X": IntentKind.SALE,
    "p": IntentKind.PREAUTH,
    "i": IntentKind.PREAUTH,
    "c": IntentKind.COMPLETION,
    "S": IntentKind.REVERSAL,
}

_DIGITS = ("ecr", "amount", "stan", "card_present", "payment_type", "on_ecr", "original")


@dataclass(frozen=True, slots=True)
class Request:
    """One message of the till. ``stan`` and ``original`` are "" where the message has none."""

    terminal_id: str
    code: str
    ecr: str = ""
    amount: int | None = None
    stan: str = ""
    original: str = ""
    text: str = field(default="", repr=False)
    raw: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """The standard's name of the message."""
        return LAYOUTS[self.code][0]


def code_of(body: bytes) -> str:
    """The letter of a message.

    :raises FrameError: ``length``, ``not-digits``, ``not-canonical``, ``not-text``: no message of
        this standard.
    """
    if len(body) < _STATUS.size:
        raise FrameError("length", f"{len(body)} bytes are no whole head", len(body))
    digits(body[:8], 0)
    constant(body[8:9], b"0", 8)
    return printable(body[9:10], 9)


def parse_request(body: bytes) -> Request:
    """Read a message of the till.

    :raises FrameError: as ``code_of``; ``unknown-field`` for a letter that is not known or a
        request with additional data.
    """
    code = code_of(body)
    if code not in LAYOUTS:
        raise FrameError("unknown-field", f"message {code!r} is not known", 9)
    layout = LAYOUTS[code][1]
    values = layout.parse(body)
    for name in _DIGITS:
        if name in values:
            digits(values[name], layout.at(name))
    for name in ("reserved", "reserved_end"):
        if name in values:
            constant(values[name], b"0" * layout.widths[name], layout.at(name))
    if "additional" in values:
        known = "0" if code in MONEY else "01"
        one_of(values["additional"], known, layout.at("additional"))
    if "text" in values:
        printable(values["text"], layout.at("text"))
    return _request(code, values, body)


def intent_of(request: Request) -> Intent | None:
    """What a request means; a reversal of "the last" names no original."""
    kind = MONEY.get(request.code)
    if kind is None:
        return None
    stan = "" if request.stan == LAST_STAN else request.stan
    return Intent(
        kind,
        Tender.CARD,
        request.amount,
        "EUR",
        original=stan or request.original or None,
        payee=None if request.terminal_id == ANY_TERMINAL else request.terminal_id,
    )


def last_result(terminal_id: str, ecr: str = "00000000") -> bytes:
    """The request for the last result (``G``)."""
    return _LAST.build(
        {
            "terminal_id": terminal_id.encode("ascii"),
            "head": b"0",
            "code": b"G",
            "ecr": ecr.encode("ascii"),
            "additional": b"0",
            "reserved": b"000",
        }
    )


def _request(code: str, values: Mapping[str, bytes], body: bytes) -> Request:
    text = {name: value.decode("ascii") for name, value in values.items() if name != "text"}
    return Request(
        text["terminal_id"],
        code,
        text.get("ecr", ""),
        int(text["amount"]) if "amount" in text else None,
        text.get("stan", ""),
        text.get("original", ""),
        values.get("text", b"").decode("ascii").strip(),
        body,
    )
