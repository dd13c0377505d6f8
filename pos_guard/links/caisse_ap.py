"""The words of a Caisse-AP terminal for the session that guards it. Moves no bytes."""

from __future__ import annotations

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import caisse_ap_table as table
from pos_guard.frames.caisse_ap import (
    Message,
    build_tags,
    currency,
    intent_of,
    parse,
    parse_request,
    refusal,
    refusal_of_anything,
)
from pos_guard.links.caisse_ap_line import CaisseLine
from pos_guard.links.dialect import Ask, Asks, ExchangeTiming, Parts, QuietDialect, Say, Says, Units
from pos_guard.links.session import ToApp, ToDevice
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.ports.address import Kind
from pos_guard.store.ledger import Entry

NAME = "caisse-ap"

TIMING = ExchangeTiming(answer_s=115.0, decide_s=60.0)
"""Clients give up after 180 s (akretion) or 3 s before their till does (OCA): a person's time and
the terminal's together stay below."""

_FORBIDDEN = "05"
_DETAILS = {
    Reason.DECLINED_BY_PERSON: "04",
    Reason.MALFORMED: "09",
    Reason.UNCONFIRMED: "11",
    Reason.CURRENCY: "13",
    Reason.OFFLINE: "07",
}
"""AF of a refusal: 04 refused, 05 forbidden, 07 not completed, 09 format, 11 the operator gave it
up, 13 currency."""

_UNKNOWN_ACTION = "12"
_YES_DETAILS = frozenset({"01", "03"})
"""AF "authorised" and "forced": beside AE "not done" the answer contradicts itself."""


def make(profile: str, app: Kind, device: Kind) -> Parts:
    """What the session needs for a Caisse-AP link. There are no profiles: "" or the name.

    :raises LocalError: another profile, or a side that is not TCP.
    """
    if profile not in {"", NAME}:
        raise LocalError(f"{NAME} has no profile {profile!r}: leave it out")
    if {app, device} != {Kind.TCP}:
        raise LocalError(f"{NAME} runs over TCP: both addresses are tcp:HOST:8888 or the like")
    return Parts(
        CaisseDialect(),
        CaisseLine("app", ToApp),
        CaisseLine("device", ToDevice),
        TIMING,
    )


class CaisseDialect(QuietDialect):
    """Requests of a till and answers of a terminal. One request at a time is open."""

    name = NAME

    def read(self, unit: bytes) -> Ask:
        """What the till asks: debit, credit and cancellation are money; an identification passes.

        :raises FrameError: as ``parse_request`` does, and ``currency``.
        """
        request = parse_request(unit)
        intent = intent_of(request)
        if intent is not None:
            return Ask(Asks.MONEY, unit, request.name, intent=intent)
        asks_only = request.get(table.ACTION) == table.IDENTIFY
        return Ask(Asks.PASSES if asks_only else Asks.UNKNOWN, unit, request.name)

    def hear(self, unit: bytes, asked: Ask | None) -> Say:
        """What the terminal says: its answer, or nothing that was asked for.

        :raises FrameError: ``mismatch``: it answers another till, action or currency; as
            ``parse``; ``missing`` or ``value``: no AE, or none that is known.
        """
        if asked is None:
            return Say(Says.STRAY, unit)
        if asked.intent is None:
            return Say(Says.FINAL, unit)  # it moved nothing: what it says is the till's
        answer = parse(unit)
        _same_request(answer, parse_request(asked.unit))
        outcome = _outcome(answer)
        contract = answer.get(table.CONTRACT)
        return Say(Says.FINAL, unit, outcome, () if contract is None else (contract,))

    def refuse(self, ask: Ask, reason: Reason, say: Words) -> Units:
        """The request's tags, "not done", and why."""
        del say
        if ask.kind is Asks.UNKNOWN:
            return (refusal(ask.unit, _UNKNOWN_ACTION),)
        return (refusal(ask.unit, _DETAILS.get(reason, _FORBIDDEN)),)

    def malformed(self, unit: bytes, error: FrameError) -> Units:
        """Not done: a format error, or a currency that there is not."""
        reason = Reason.CURRENCY if error.code == "currency" else Reason.MALFORMED
        return (refusal_of_anything(unit, _DETAILS[reason]),)

    def paid(self, ask: Ask, entry: Entry) -> Units:
        """The request's tags and "done", which is all that clients look for."""
        del entry
        head = ask.unit.removesuffix(b"\r\n")
        return (head + build_tags(((table.STATUS, table.DONE),)),)

    def late(self, ask: Ask) -> Units:
        """The request was taken into account: tills show neither a payment nor a refusal."""
        head = ask.unit.removesuffix(b"\r\n")
        return (head + build_tags(((table.STATUS, table.TAKEN),)),)


def _same_request(answer: Message, request: Message) -> None:
    for name in (table.TILL, table.ACTION, table.CURRENCY):
        value = answer.get(name)
        if value is not None and value != request.get(name):
            raise FrameError("mismatch", f"the answer has another {name} than the request")


def _outcome(answer: Message) -> Outcome:
    status = answer.get(table.STATUS)
    if status is None:
        raise FrameError("missing", f"tag {table.STATUS} is missing")
    detail = (answer.get(table.DETAIL) or "")[:2]
    contract = answer.get(table.CONTRACT)
    if status == table.DONE:
        return Outcome(
            Result.APPROVED,
            _amount(answer),
            currency(answer),
            answer.get(table.NUMBER) or answer.get(table.AUTHORISATION),
            contract,
            status,
        )
    if status == table.NOT_DONE and detail not in _YES_DETAILS:
        return Outcome(Result.DECLINED, payee=contract, code=f"{status}/{detail}".rstrip("/"))
    if status in {table.NOT_DONE, table.TAKEN}:
        return Outcome(Result.UNKNOWN, payee=contract, code=f"{status}/{detail}".rstrip("/"))
    raise FrameError("value", f"tag {table.STATUS} says nothing that is known")


def _amount(answer: Message) -> int | None:
    text = answer.get(table.AMOUNT)
    if text is None:
        return None
    if not table.FIELDS[table.AMOUNT].fullmatch(text):
        raise FrameError("value", f"tag {table.AMOUNT} is no amount")
    return int(text)
