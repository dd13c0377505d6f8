"""What a host's answer says of a request."""

from __future__ import annotations

from pos_guard.frames.iso8583 import Message
from pos_guard.frames.iso8583_intent import amount, currency, payee, reference
from pos_guard.frames.iso8583_profile import Profile
from pos_guard.model import MONEY_OUT, IntentKind, Outcome, Result

_APPROVED = frozenset({"00", "10", "11", "16", "A2", "A4", "A5", "A6"})
"""Codes after which tills print a receipt: approved, in part, with a defect on the host's side."""

_IN_DOUBT = frozenset({"68", "98"})
"""The issuer did not answer: what gives money back may still have been done, and no reversal
follows a refund. A sale is reversed by the network itself."""

_UNDONE = frozenset({"00", "25"})
"""Reversed; or no such original: there is nothing to reverse."""

RESTORED = Outcome(Result.DECLINED, code="reversed")


def outcome_of(message: Message, profile: Profile, kind: IntentKind) -> Outcome:
    """The outcome of a money request from its answer. Without field 39 nothing is known.

    :raises FrameError: ``currency``, ``characters``.
    """
    code = message.get(39)
    number = (message.get(37) or "").strip(" ")
    if code in _APPROVED:
        result = Result.APPROVED
    elif code is None or (code in _IN_DOUBT and kind in MONEY_OUT):
        result = Result.UNKNOWN
    else:
        result = Result.DECLINED
    return Outcome(
        result,
        amount(message),
        currency(message),
        number if number.strip("0") else None,
        payee(message),
        code,
        reference(message, profile),
    )


def said_undone(message: Message) -> bool:
    """A reversal's answer says that nothing stands."""
    return message.get(39) in _UNDONE


def closed(message: Message) -> Outcome:
    """What the answer to a settlement (0510) says: the batch is closed, or is not."""
    code = message.get(39)
    return Outcome(Result.APPROVED if code == "00" else Result.DECLINED, code=code)


def payees_of(message: Message) -> tuple[str, ...]:
    """Merchant and terminal of an answer, as the list of payees names them; both or nothing.

    An answer that names one of them alone names no payee that could be compared.

    :raises FrameError: ``characters``.
    """
    if message.get(41) is None or message.get(42) is None:
        return ()
    named = payee(message)
    return () if named is None else (named,)
