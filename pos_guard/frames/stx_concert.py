"""Concert protocol E+ between a till and a French payment terminal, as values.

A request has 34 characters, an answer 25, or 80 with the terminal's report. Field widths after
pyTeliumManager 2.4.2 and pypostelium (fddcc5ff84). ``type`` 1 and 2 both give money back: *crédit*
and *annulation* in the terminals' own words; 4 leaves the choice to the terminal and is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx import StxFormat
from pos_guard.frames.stx_fixed import Layout, digits, one_of, printable
from pos_guard.frames.stx_shown import Shown, show_stream
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import currency_of_number

FORMAT = StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=80)

ACCEPTED, NOT_COMPLETED, NOT_VERIFIED = "0", "7", "9"
"""Results of a transaction."""

REPORT = 55
"""Characters of the report, which begins with the card number."""

_REQUEST = Layout(
    ("pos_number", 2), ("amount", 8), ("answer_flag", 1), ("payment_mode", 1),
    ("transaction_type", 1), ("currency", 3), ("private", 10), ("delay", 4),
    ("authorisation", 4),
)  # fmt: skip
_HEAD = (("pos_number", 2), ("result", 1), ("amount", 8), ("payment_mode", 1))
_TAIL = (("currency", 3), ("private", 10))
_SHORT = Layout(*_HEAD, *_TAIL)
_LONG = Layout(*_HEAD, ("report", REPORT), *_TAIL)

_DELAYS = {"A010": False, "A011": True}
_FORCED = {"B010": False, "B011": True}
_NAMES = {"0": "debit", "1": "credit", "2": "cancellation"}
_KINDS = {"0": IntentKind.SALE, "1": IntentKind.REFUND, "2": IntentKind.REFUND}


@dataclass(frozen=True, slots=True)
class Request:
    """What the till asks. ``amount`` in minor units, ``currency`` an ISO 4217 code.

    ``full``: the answer is to carry a report. ``immediate``: it comes before the payment and says
    nothing of it. ``forced``: an authorisation by the bank is forced.
    """

    pos_number: str
    amount: int
    full: bool
    payment_mode: str
    type: str
    currency: str
    number: str
    private: str
    immediate: bool
    forced: bool
    raw: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The transaction's name."""
        return _NAMES.get(self.type, "unknown")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the terminal answers. ``report`` begins with a card number: never shown, never kept."""

    pos_number: str
    result: str
    amount: int
    payment_mode: str
    currency: str
    number: str
    private: str
    report: str | None = field(repr=False)
    raw: bytes = field(repr=False)


def parse_request(body: bytes) -> Request:
    """Read a till's request.

    :raises FrameError: ``length``, ``not-digits``, ``not-text``, ``unknown-field``, ``currency``.
    """
    values = _REQUEST.parse(body)
    number, currency = _currency(values["currency"], _REQUEST.at("currency"))
    return Request(
        digits(values["pos_number"], 0),
        int(digits(values["amount"], _REQUEST.at("amount"))),
        one_of(values["answer_flag"], "01", _REQUEST.at("answer_flag")) == "1",
        _mode(values["payment_mode"], _REQUEST.at("payment_mode")),
        one_of(values["transaction_type"], "0123456789", _REQUEST.at("transaction_type")),
        currency,
        number,
        printable(values["private"], _REQUEST.at("private")),
        _flag(values["delay"], _DELAYS, _REQUEST.at("delay")),
        _flag(values["authorisation"], _FORCED, _REQUEST.at("authorisation")),
        body,
    )


def parse_answer(body: bytes) -> Answer:
    """Read a terminal's answer, of either length.

    :raises FrameError: as ``parse_request``.
    """
    layout = _LONG if len(body) == _LONG.size else _SHORT
    values = layout.parse(body)
    number, currency = _currency(values["currency"], layout.at("currency"))
    report = values.get("report")
    return Answer(
        digits(values["pos_number"], 0),
        one_of(values["result"], "079", layout.at("result")),
        int(digits(values["amount"], layout.at("amount"))),
        _mode(values["payment_mode"], layout.at("payment_mode")),
        currency,
        number,
        printable(values["private"], layout.at("private")),
        None if report is None else printable(report, layout.at("report")),
        body,
    )


def intent_of(request: Request) -> Intent | None:
    """What a request means; None for a type that is not read."""
    kind = _KINDS.get(request.type)
    if kind is None:
        return None
    return Intent(kind, Tender.CARD, request.amount, request.currency)


def answer(request: Request, result: str, private: str = "0" * 10, report: str = "") -> bytes:
    """The body that answers a request, as long as it asked for."""
    values = {
        "pos_number": request.pos_number,
        "result": result,
        "amount": f"{request.amount:08d}",
        "payment_mode": request.payment_mode,
        "currency": request.number,
        "private": private,
    }
    layout = _LONG if request.full else _SHORT
    if request.full:
        values["report"] = report.ljust(REPORT)
    return layout.build({name: value.encode("ascii") for name, value in values.items()})


def decode(data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a line, for ``pos-guard decode``."""
    return show_stream(data, FORMAT, _show)


def _show(body: bytes, raw: bytes) -> Shown:
    del raw
    if len(body) != _REQUEST.size:
        return _show_answer(parse_answer(body))
    request = parse_request(body)
    return Shown(
        request.name,
        {
            "pos_number": request.pos_number,
            "amount": request.amount,
            "answer_flag": "1" if request.full else "0",
            "payment_mode": request.payment_mode,
            "transaction_type": request.type,
            "currency": request.number,
            "private": request.private,
            "delay": "A011" if request.immediate else "A010",
            "authorisation": "B011" if request.forced else "B010",
        },
        intent_of(request),
    )


def _show_answer(found: Answer) -> Shown:
    fields: dict[str, Json] = {
        "pos_number": found.pos_number,
        "result": found.result,
        "amount": found.amount,
        "payment_mode": found.payment_mode,
        "currency": found.number,
        "private": found.private,
    }
    if found.report is None:
        return Shown("answer", fields)
    at = _LONG.at("report")
    return Shown(
        "answer",
        {**fields, "report": found.report},
        masked=frozenset({"report"}),
        ranges=((at, at + REPORT),),
    )


def _currency(value: bytes, at: int) -> tuple[str, str]:
    number = digits(value, at)
    currency = currency_of_number(int(number))
    if currency is None:
        raise FrameError("currency", f"{number} is no ISO 4217 number", at)
    return number, currency


def _mode(value: bytes, at: int) -> str:
    text = printable(value, at)
    if not (text.isdigit() or text.isupper()):
        raise FrameError("unknown-field", f"{text!r} is no kind of payment", at)
    return text


def _flag(value: bytes, known: dict[str, bool], at: int) -> bool:
    text = printable(value, at)
    if text not in known:
        raise FrameError("unknown-field", f"{text!r} is none of {', '.join(known)}", at)
    return known[text]
