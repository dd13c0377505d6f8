"""What an ECR17 terminal answers to a payment, a reversal or the question for its last result.

The first 47 characters are fixed; behind them stand the numbers that every answer has, and in
answers to some requests more, which says nothing that decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.errors import FrameError
from pos_guard.frames.stx_fixed import Layout, digits, printable
from pos_guard.frames.stx_nexi import code_of
from pos_guard.model import IntentKind

OK, KO, NO_CARD, UNKNOWN_TAG = "00", "01", "05", "09"
REASON = 24
"""Characters for the reason of a no."""

_HEAD = (("terminal_id", 8), ("head", 1), ("code", 1), ("result", 2))
_YES = (("pan", 19), ("entry", 3), ("authorisation", 6), ("date", 7))
_NO = (("reason", REASON), ("reserved", 11))
_COMMON = (("card_type", 1), ("acquirer", 11), ("stan", 6), ("online", 6))
_SHORT_YES = Layout(*_HEAD, *_YES)
_SHORT_NO = Layout(*_HEAD, *_NO)
_WHOLE = Layout(*_HEAD, ("detail", 35), *_COMMON)
_PREAUTH = Layout(
    *_HEAD, ("pan", 19), ("entry", 3), ("authorisation", 6), ("amount", 8), ("preauth", 9),
    ("action_code", 3), ("date", 7),
)  # fmt: skip
_WITH_AMOUNT = frozenset({92, 117})
"""Lengths of the answers to an extended payment and with currency exchange (``V``): both have the
amount that the host took at 75."""

PAN_AT = _SHORT_YES.at("pan")
PAN_END = PAN_AT + 19
FIXED = _SHORT_NO.size

_RESULTS = frozenset({OK, KO, NO_CARD, UNKNOWN_TAG})
_PREAUTHS = frozenset({IntentKind.PREAUTH})


@dataclass(frozen=True, slots=True)
class Reply:
    """An ``E`` or ``V`` of the terminal.

    ``stan`` numbers the transaction and names it for a reversal; None in a short answer.
    ``amount`` in euro cents, where the answer says one. ``preauth`` is the number of a
    preauthorisation, which its closure names.
    """

    terminal_id: str
    code: str
    result: str
    reason: str = ""
    authorisation: str = ""
    stan: str | None = None
    online: str | None = None
    action_code: str | None = None
    amount: int | None = None
    preauth: str | None = None
    raw: bytes = field(default=b"", repr=False)


def parse_reply(body: bytes, kind: IntentKind | None = None) -> Reply:
    """Read an answer; ``kind`` is what was asked, for preauthorisations answer at other places.

    :raises FrameError: ``length``, ``not-digits``, ``not-text``, ``unknown-field``.
    """
    code = code_of(body)
    if code not in ("E", "V"):
        raise FrameError("unknown-field", f"{code!r} answers no payment", 9)
    if len(body) < FIXED:
        raise FrameError("length", f"{len(body)} bytes where an answer has {FIXED}", len(body))
    printable(body, 0)
    text = body.decode("ascii")
    result = text[10:12]
    if result not in _RESULTS:
        raise FrameError("unknown-field", f"result {result!r} is not known", 10)
    reply = Reply(text[:8], code, result, raw=body)
    if result != OK:
        return _no(reply, body)
    if kind in _PREAUTHS:
        return _preauth(reply, body)
    return _yes(reply, body)


def refusal(terminal_id: str, reason: str) -> bytes:
    """The ``E`` 01 that says no; the reason is cut to its 24 characters."""
    values = {
        "terminal_id": terminal_id,
        "head": "0",
        "code": "E",
        "result": KO,
        "reason": reason[:REASON].ljust(REASON),
        "reserved": "0" * 11,
    }
    return _SHORT_NO.build({name: value.encode("ascii") for name, value in values.items()})


def _no(reply: Reply, body: bytes) -> Reply:
    reason = body[12 : 12 + REASON].decode("ascii").strip()
    common = _common(body)
    return Reply(
        reply.terminal_id,
        reply.code,
        reply.result,
        reason,
        stan=common.get("stan"),
        online=common.get("online"),
        action_code=common.get("action_code"),
        raw=body,
    )


def _yes(reply: Reply, body: bytes) -> Reply:
    values = _SHORT_YES.parse(body[:FIXED])
    digits(values["pan"].lstrip(b"*") or b"0", PAN_AT)
    common = _common(body)
    amount = None
    if len(body) in _WITH_AMOUNT:
        amount = int(digits(body[74:82], 74))
    return Reply(
        reply.terminal_id,
        reply.code,
        reply.result,
        authorisation=values["authorisation"].decode("ascii").strip(),
        stan=common.get("stan"),
        online=common.get("online"),
        action_code=common.get("action_code"),
        amount=amount,
        raw=body,
    )


def _preauth(reply: Reply, body: bytes) -> Reply:
    values = _PREAUTH.parse(body[: _PREAUTH.size])
    return Reply(
        reply.terminal_id,
        reply.code,
        reply.result,
        authorisation=values["authorisation"].decode("ascii").strip(),
        amount=int(digits(values["amount"], _PREAUTH.at("amount"))),
        preauth=digits(values["preauth"], _PREAUTH.at("preauth")),
        action_code=values["action_code"].decode("ascii"),
        raw=body,
    )


def _common(body: bytes) -> dict[str, str]:
    if len(body) == FIXED:
        return {}
    values = _WHOLE.parse(body[: _WHOLE.size])
    for name in ("stan", "online"):
        digits(values[name], _WHOLE.at(name))
    found = {name: values[name].decode("ascii") for name in ("stan", "online")}
    action = body[_WHOLE.size : _WHOLE.size + 3]
    return {**found, "action_code": digits(action, _WHOLE.size)} if len(action) == 3 else found
