"""What an ISO 8583 message means: its role on a link, and the intent of one that moves money.

What is not in these tables is no request that is known to be harmless. UnionPay's table: message
fields of UnionPay POS terminals (May 2002), section 1; other networks: ISO 8583:1987, processing
codes 00 to 31. Field 3 beginning with 20 gives money back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from pos_guard.errors import FrameError
from pos_guard.frames.iso8583 import Message
from pos_guard.frames.iso8583_profile import Profile
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import MoneyError, currency_of_number, exponent


class Role(Enum):
    """What a message is for."""

    MONEY = auto()
    """It moves money, or may."""
    ASKS = auto()
    """It only asks, signs on, closes the day or uploads what was done."""
    UNDOES = auto()
    """A reversal (0400)."""
    ANSWER = auto()
    """It answers a request."""
    UNKNOWN = auto()
    """None of these, as far as the profile says."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """``kind``: of a request that moves money, is a reversal, or asks for a balance."""

    name: str
    role: Role
    kind: IntentKind | None = None


_UNION_PAY: Mapping[tuple[str, str, str], tuple[str, IntentKind]] = {
    ("0200", "00", "22"): ("sale", IntentKind.SALE),
    ("0200", "20", "23"): ("void", IntentKind.VOID),
    ("0220", "20", "25"): ("refund", IntentKind.REFUND),
    ("0100", "03", "10"): ("preauth", IntentKind.PREAUTH),
    ("0100", "20", "11"): ("preauth_void", IntentKind.PREAUTH_VOID),
    ("0200", "00", "20"): ("completion", IntentKind.COMPLETION),
    ("0200", "20", "21"): ("completion_void", IntentKind.COMPLETION_VOID),
    ("0220", "00", "30"): ("offline_sale", IntentKind.SALE),
    ("0220", "00", "32"): ("offline_adjustment", IntentKind.SALE),
    ("0220", "00", "34"): ("tip", IntentKind.TIP),
    ("0200", "31", "01"): ("balance", IntentKind.BALANCE),
    # A batch upload of what was done; money that goes back is judged all the same.
    ("0320", "20", "25"): ("batch_upload_refund", IntentKind.REFUND),
}
"""Message type, the first two digits of field 3, and 60.1."""

_ISO: Mapping[tuple[str, str], tuple[str, IntentKind]] = {
    ("01", "00"): ("preauth", IntentKind.PREAUTH),
    ("01", "03"): ("preauth", IntentKind.PREAUTH),
    ("01", "20"): ("refund_authorization", IntentKind.REFUND),
    ("01", "30"): ("balance", IntentKind.BALANCE),
    ("01", "31"): ("balance", IntentKind.BALANCE),
    ("02", "00"): ("sale", IntentKind.SALE),
    ("02", "20"): ("refund", IntentKind.REFUND),
    ("02", "30"): ("balance", IntentKind.BALANCE),
    ("02", "31"): ("balance", IntentKind.BALANCE),
}
"""Message class and the first two digits of field 3."""

_ASKS: Mapping[str, str] = {
    "0320": "batch_upload",
    "0500": "settlement",
    "0520": "settlement_advice",
    "0620": "script_result",
    "0800": "network_management",
    "0820": "network_management",
}

_REQUESTS = "024"
"""Third digit of a request, an advice, a notification; odd ones answer."""

_UNDOING = frozenset(
    {
        IntentKind.VOID,
        IntentKind.REFUND,
        IntentKind.PREAUTH_VOID,
        IntentKind.COMPLETION,
        IntentKind.COMPLETION_VOID,
        IntentKind.TIP,
    }
)
"""Kinds that name an earlier request."""


def meaning(message: Message, profile: Profile) -> Meaning:
    """What a message is for."""
    if message.type[2] not in _REQUESTS:
        return _answer(message, profile)
    if message.type[:2] == "04":
        return _reversal(message, profile)
    money = _money(message, profile)
    if money is not None:
        name, kind = money
        return Meaning(name, Role.ASKS if kind is IntentKind.BALANCE else Role.MONEY, kind)
    name = _ASKS.get(message.type, "")
    if name and not _gives_back(message):
        return Meaning(name, Role.ASKS)
    return Meaning("unknown", Role.UNKNOWN)


def _answer(message: Message, profile: Profile) -> Meaning:
    asked = f"{message.type[:2]}{(int(message.type[2]) - 1) % 10}0"
    request = meaning(Message(asked, message.fields), profile) if asked[2] in _REQUESTS else None
    name = "answer" if request is None else f"{request.name}_response"
    return Meaning(name, Role.ANSWER)


def _reversal(message: Message, profile: Profile) -> Meaning:
    known = ("0400",) if profile.union_pay else ("0400", "0401", "0420", "0421")
    if message.type not in known:
        return Meaning("unknown", Role.UNKNOWN)
    return Meaning("reversal", Role.UNDOES, IntentKind.REVERSAL)


def _money(message: Message, profile: Profile) -> tuple[str, IntentKind] | None:
    code = (message.get(3) or "")[:2]
    if not profile.union_pay:
        return _ISO.get((message.type[:2], code)) if message.type[3] in "01" else None
    return _UNION_PAY.get((message.type, code, (message.get(60) or "")[:2]))


def _gives_back(message: Message) -> bool:
    return (message.get(3) or "")[:2] == "20"


# -- numbers ------------------------------------------------------------------------------------


def batch_of(message: Message) -> str | None:
    """60.2, UnionPay's batch number."""
    part = (message.get(60) or "")[2:8]
    return part if len(part) == 6 else None


def reference(message: Message, profile: Profile) -> str | None:
    """The request's own number: terminal, batch and trace, or terminal, date and trace.

    An answer and a reversal carry it too.
    """
    trace = message.get(11)
    if trace is None:
        return None
    middle = batch_of(message) if profile.union_pay else message.get(7)
    return _number(message, middle, trace)


def _number(message: Message, middle: str | None, trace: str) -> str:
    terminal = (message.get(41) or "").rstrip(" ")
    # No dash: twenty digits and dashes may look like a card number.
    return "/".join(part for part in (terminal, middle, trace) if part)


def original(message: Message, profile: Profile) -> str | None:
    """The reference of what a message undoes, as the message says: field 61 or 90, else 37 or 38.

    Field 61 names it by the numbers that the till itself gave it; 37 (the host's number, on the
    slip) is what is left without.
    """
    if profile.union_pay:
        parts = message.get(61) or ""
        if len(parts) >= 12:
            return _number(message, parts[:6], parts[6:12])
        return _text(message, 37) or _text(message, 38)
    parts = message.get(90) or ""
    if parts.strip("0"):
        return _number(message, parts[10:20] if parts[10:20].strip("0") else None, parts[4:10])
    return _text(message, 37) or _text(message, 38)


def undone(message: Message, profile: Profile) -> str | None:
    """The reference of what a reversal takes back.

    UnionPay's has the trace and batch of the request itself; others name it in field 90.
    """
    if not profile.union_pay and (message.get(90) or "").strip("0"):
        return original(message, profile)
    return reference(message, profile)


def _text(message: Message, number: int) -> str | None:
    return (message.get(number) or "").strip(" ") or None


def payee(message: Message) -> str | None:
    """``merchant:terminal``, fields 42 and 41, without the blanks that fill them.

    :raises FrameError: ``characters`` when one of them has a colon: two pairs would look alike.
    """
    ids = [part.rstrip(" ") for part in (message.get(42), message.get(41)) if part is not None]
    if any(":" in part for part in ids):
        raise FrameError("characters", "a colon in field 41 or 42")
    return ":".join(part for part in ids if part) or None


def currency(message: Message) -> str | None:
    """Field 49 as the alphabetic code.

    :raises FrameError: ``currency`` when it is no ISO 4217 currency.
    """
    value = message.get(49)
    if value is None:
        return None
    if value[:3].isdecimal():
        code = currency_of_number(int(value[:3]))  # a packed one has a filling zero behind
        if code is None:
            raise FrameError("currency", f"{value[:3]} is no ISO 4217 number")
        return code
    try:
        exponent(value)
    except MoneyError as error:
        raise FrameError("currency", "field 49 is no ISO 4217 currency") from error
    return value


def amount(message: Message) -> int | None:
    """Field 4 in minor units."""
    value = message.get(4)
    return None if value is None else int(value)


def intent_of(message: Message, profile: Profile) -> Intent | None:
    """The intent of a request that moves money, of a reversal and of a balance enquiry.

    :raises FrameError: ``currency``, ``characters``.
    """
    means = meaning(message, profile)
    if means.kind is None:
        return None
    undoes = means.kind in _UNDOING
    named = original(message, profile) if undoes else None
    if means.role is Role.UNDOES:
        named = undone(message, profile)
    return Intent(
        means.kind,
        Tender.CARD,
        amount(message),
        currency(message),
        original=named,
        payee=payee(message),
        reference=reference(message, profile),
    )
