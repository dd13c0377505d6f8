"""What one request to a provider means, read by the provider's profile.

Whatever might move money and is not understood to its last field is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.field_error import FieldError
from pos_guard.frames.json_strict import parse_object
from pos_guard.frames.provider_form import parse_form
from pos_guard.frames.provider_profile import Body, Op, Profile, Rule, Unit
from pos_guard.frames.provider_shape import at, check_shape
from pos_guard.frames.provider_xml import parse_xml
from pos_guard.model import Intent, IntentKind
from pos_guard.money import MAX_AMOUNT, Money, MoneyError

# Nothing that a server could read as another path: no empty, dotted or encoded segments.
_PLAIN_PATH = re.compile(r"(?:/(?!\.)[0-9A-Za-z_\-*|@.~]+)+")
_SEGMENT = r"([0-9A-Za-z_\-*|@%]{1,192})"
_HOLE = re.compile(r"\{[a-z_]+\}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,11}")
_Content = tuple[dict[str, Json], dict[str, Json], str]
"""Numbers out of the path, fields out of the body, and the body's charset."""
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a request asks for. Amounts in minor units; the payer's ``code`` is a secret.

    ``order`` is the shop's number of the sale, ``transaction`` the provider's, ``refund`` the
    shop's number of the refund. ``payee`` is who is paid, None where the request names nobody.
    ``rule`` is None for a plain GET that is passed unread.
    """

    op: Op
    order: str | None = None
    transaction: str | None = None
    refund: str | None = None
    amount: int | None = None
    total: int | None = None
    currency: str | None = None
    payee: str | None = None
    code: str | None = field(default=None, repr=False)
    charset: str = "utf-8"
    rule: Rule | None = field(default=None, repr=False)

    @property
    def sale(self) -> str | None:
        """The number by which the request names the sale."""
        return self.order or self.transaction

    @property
    def refund_reference(self) -> str | None:
        """The number of the refund; without one of its own it is the sale's (Alipay's rule)."""
        return self.refund or self.sale


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request as the profile sees it; ``header`` gives a header by lower-case name."""

    method: str
    target: str
    body: bytes = field(repr=False)
    header: Callable[[bytes], bytes | None] = field(repr=False)


def read(profile: Profile, asked: Asked) -> Meaning:
    """Say what one request means.

    :raises FrameError: whatever might move money and is not understood to its last field.
    """
    rule, content = _parsed(profile, asked)
    return Meaning(Op.OTHER) if rule is None else _meaning(profile, rule, content, asked)


def fields_of(profile: Profile, asked: Asked) -> dict[str, Json]:
    """All fields of one request, as they stand in it; those of its path in braces.

    :raises FrameError: as :func:`read` does for what cannot be parsed; fields are not checked.
    """
    _, (numbers, fields, _) = _parsed(profile, asked)
    return _decoded(numbers) | fields


def intent_of(profile: Profile, meaning: Meaning) -> Intent | None:
    """What a request means for the guard; None where it moves no money.

    A reversal has no number of its own: its reference is ``reverse:`` and the order's.
    ``payer_token`` is not filled: only the guard has the key.
    """
    match meaning.op:
        case Op.SALE:
            kind, original, reference = IntentKind.SALE, None, meaning.order
        case Op.REFUND:
            kind, original, reference = IntentKind.REFUND, meaning.sale, meaning.refund_reference
        case Op.REVERSE:
            kind, original = IntentKind.REVERSAL, meaning.sale
            reference = reversal_reference(meaning.sale or "")
        case _:
            return None
    return Intent(
        kind,
        profile.tender,
        meaning.amount,
        meaning.currency if meaning.amount is not None else None,
        original,
        meaning.payee,
        reference,
    )


def reversal_reference(order: str) -> str:
    """The reference of the reversal of an order, apart from that of its sale."""
    return f"reverse:{order}"


def money_at(profile: Profile, fields: dict[str, Json], path: str, currency: str) -> int:
    """An amount in minor units, above zero.

    :raises FrameError: ``missing-field`` or ``amount``.
    """
    value = at(fields, path)
    if value is None:
        raise FieldError("missing-field", path.strip("{}"), "is missing")
    amount = as_minor(profile, value, currency)
    if amount is None or not 0 < amount <= MAX_AMOUNT:
        raise FieldError("amount", path, "is no amount above zero, as the provider writes it")
    return amount


def as_minor(profile: Profile, value: Json, currency: str) -> int | None:
    """An amount as this provider writes it, in minor units; None where it is none."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str):
        return None
    if profile.unit is Unit.MINOR:
        if profile.body is Body.JSON and type(value) is not int:
            return None
        return int(text) if _WHOLE.fullmatch(text) else None
    if _DECIMAL.fullmatch(text) is None:
        return None
    try:
        return Money.parse(text, currency).amount
    except MoneyError:
        return None


def _parsed(profile: Profile, asked: Asked) -> tuple[Rule | None, _Content]:
    """Which request it is, None for a plain GET that may pass, and what stands in it."""
    path, _, query = asked.target.partition("?")
    if asked.method not in {"GET", "POST"}:
        raise FrameError("method", "only GET and POST are known")
    rule, numbers = _by_path(profile, asked.method, path)
    if asked.method == "GET":
        plain = _PLAIN_PATH.fullmatch(path) is not None and path.startswith(profile.passes)
        if rule is None and not plain:
            raise FrameError("target", "not a plain path of this provider")
        return rule, (numbers, {}, "utf-8")
    if query and profile.body is not Body.FORM:
        raise FrameError("target", "a POST has a query")
    fields, charset = _fields(profile, query, asked.body, rule is not None)
    if profile.call_field is not None:
        rule = _by_call(profile, path, fields.get(profile.call_field))
    if rule is None:
        raise FrameError("target", "this request is not known, and might move money")
    return rule, (numbers, fields, charset)


def _by_path(profile: Profile, method: str, path: str) -> tuple[Rule | None, dict[str, Json]]:
    for rule in profile.request:
        if rule.method == method and (found := _path_pattern(rule.path).fullmatch(path)):
            return rule, dict(zip(_HOLE.findall(rule.path), found.groups(), strict=True))
    return None, {}


def _by_call(profile: Profile, path: str, call: Json) -> Rule | None:
    rules = (rule for rule in profile.request if rule.call == call and rule.path == path)
    return next(rules, None)


@lru_cache(maxsize=256)
def _path_pattern(path: str) -> re.Pattern[str]:
    plain = (re.escape(part) for part in _HOLE.split(path))
    return re.compile(_SEGMENT.join(plain))


def _fields(profile: Profile, query: str, body: bytes, known: bool) -> tuple[dict[str, Json], str]:
    if not known:
        raise FrameError("target", "this request is not known, and might move money")
    match profile.body:
        case Body.FORM:
            return parse_form(query, body, profile.unfold)
        case Body.XML:
            return parse_xml(body), "utf-8"
        case Body.JSON:
            return parse_object(body, decimals=profile.unit is Unit.MAJOR), "utf-8"


def _meaning(profile: Profile, rule: Rule, content: _Content, asked: Asked) -> Meaning:
    numbers, fields, charset = content
    check_shape(fields, {**profile.common, **rule.fields})
    reader = _Reader(profile, rule, fields | _decoded(numbers))
    signer = _signer(profile, asked.header)
    currency = reader.text("currency") or profile.currency
    order, transaction, refund = (reader.text(name) for name in ("order", "transaction", "refund"))
    pieces = {"order": order, "transaction": transaction, "refund": refund}
    if rule.one_of and sum(pieces[name] is not None for name in rule.one_of) != 1:
        paths = (getattr(rule.read, name) for name in rule.one_of)
        raise FieldError("original", " / ".join(paths), "are given, or neither: one is wanted")
    return Meaning(
        op=rule.op,
        order=order,
        transaction=transaction,
        refund=refund,
        amount=reader.money("amount", currency),
        total=reader.money("total", currency),
        currency=currency,
        payee=reader.payee(signer),
        code=reader.text("code"),
        charset=charset,
        rule=rule,
    )


class _Reader:
    """The pieces of one request, each checked as its profile wants it."""

    def __init__(self, profile: Profile, rule: Rule, fields: dict[str, Json]) -> None:
        self._profile = profile
        self._rule = rule
        self._fields = fields

    def text(self, piece: str) -> str | None:
        path: str | None = getattr(self._rule.read, piece)
        if path is None:
            return None
        value = self._formed(path)
        if value is None and piece not in self._rule.optional | set(self._rule.one_of):
            raise FieldError("missing-field", path.strip("{}"), "is missing")
        return value

    def money(self, piece: str, currency: str) -> int | None:
        path: str | None = getattr(self._rule.read, piece)
        if path is None or (piece in self._rule.optional and at(self._fields, path) is None):
            return None
        return money_at(self._profile, self._fields, path, currency)

    def payee(self, signer: str | None) -> str | None:
        named = (self._formed(path) for path in self._rule.read.payee)
        payee = next((value for value in named if value is not None), None)
        if payee is None:
            if self._rule.read.payee and "payee" not in self._rule.optional:
                raise FieldError("missing-field", self._rule.read.payee[-1], "is missing")
            return signer
        if signer not in {None, payee}:
            raise FieldError("payee", self._rule.read.payee[0], "is not the merchant who signed")
        return payee

    def _formed(self, path: str) -> str | None:
        value = at(self._fields, path) if not path.startswith("{") else self._fields.get(path)
        if value is None:
            return None
        leaf = path.strip("{}").rpartition(".")[2]
        pattern = self._profile.formats[leaf]
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise FieldError("format", path.strip("{}"), "is not written as the provider wants it")
        return value


def _decoded(numbers: dict[str, Json]) -> dict[str, Json]:
    """Numbers out of a path, where ``|``, ``*`` and ``@`` may stand percent-encoded."""
    try:
        return {name: unquote_to_bytes(str(part)).decode("ascii") for name, part in numbers.items()}
    except UnicodeDecodeError as error:
        raise FrameError("format", "a number in the path is not ASCII") from error


def _signer(profile: Profile, header: Callable[[bytes], bytes | None]) -> str | None:
    """Whose signature it is: the merchant id in the header that carries it."""
    signer = profile.signer
    value = None if signer is None else header(signer.header.encode())
    if signer is None or value is None or not value.startswith(signer.scheme.encode()):
        return None
    text = value.decode("latin-1")
    found = re.findall(rf'(?<![0-9A-Za-z_]){re.escape(signer.field)}="([^"]*)"', text)
    named = found[0] if len(found) == 1 else ""
    if re.fullmatch(profile.formats[signer.field], named) is None:
        raise FieldError("payee", signer.header, "does not name one merchant")
    return named
