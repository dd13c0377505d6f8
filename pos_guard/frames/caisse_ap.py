"""Caisse-AP over IP: messages that are tags, lengths and values one after the other, in ASCII.

``TAG`` (two capitals) ``LENGTH`` (three digits, not 000) ``VALUE``, CZ first, no terminator but
an optional CR LF, which HiPay's manual wants behind a request. Nothing says where a message ends
but that all its tags are whole, so ``CaisseFramer`` cuts at the next CZ, at CR LF, or where its
caller says that no more will come. Sources: ``caisse_ap_table``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from construct import Bytes, ExprAdapter, ExprValidator, GreedyBytes, Prefixed, Struct

from pos_guard.errors import FrameError
from pos_guard.frames import caisse_ap_table as table
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.money import currency_of_number

CRLF = b"\r\n"
_CZ = table.VERSION.encode()
_HEADER = 5
_PRINTABLE = bytes(range(0x20, 0x7F))


class Layout(Protocol):
    """What this file uses of a construct."""

    def build(self, obj: dict[str, Any]) -> bytes:
        """Write the named parts."""
        ...


def _capitals(data: bytes, _: object) -> bool:
    return data.isalpha() and data.isupper()


def _three_digits(data: bytes, _: object) -> bool:
    return data.isdigit() and data != b"000"


def _to_int(data: bytes, _: object) -> int:
    return int(data)


def _to_digits(count: int, _: object) -> bytes:
    return b"%03d" % count


_LENGTH: Any = ExprAdapter(ExprValidator(Bytes(3), _three_digits), _to_int, _to_digits)
_ELEMENT: Layout = Struct(
    "tag" / ExprValidator(Bytes(2), _capitals), "value" / Prefixed(_LENGTH, GreedyBytes)
)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, its value as text, and its place in the message."""

    name: str
    value: str = field(repr=False)
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message, in the order in which its tags stand, each once, CZ first."""

    raw: bytes = field(repr=False)
    tags: tuple[Tag, ...]

    def get(self, name: str) -> str | None:
        """The value of a tag, or None."""
        for tag in self.tags:
            if tag.name == name:
                return tag.value
        return None

    @property
    def is_answer(self) -> bool:
        """It says what became of a request."""
        return self.get(table.STATUS) is not None

    @property
    def name(self) -> str:
        """What it is, for a log."""
        action = table.ACTIONS.get(self.get(table.ACTION) or "", "")
        if self.is_answer:
            return f"{action} answer".strip()
        return action or "unknown"


class CaisseFramer:
    """Finds whole messages in a stream of bytes.

    ``whole``: what is left ends behind a tag. ``tags`` are the whole ones of it, unchecked.
    """

    def __init__(self, limit: int = table.MAX_ANSWER) -> None:
        self._limit = limit
        self._buffer = b""
        self.whole = True
        self.tags: dict[str, str] = {}

    @property
    def pending(self) -> bool:
        """Something is there that is no finished message yet."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages whose end is known: another CZ or CR LF follows.

        :raises FrameError: ``tag``, ``length`` or ``too-long``: the stream cannot be followed
            any more. The broken bytes stay: ``drop`` gives them.
        """
        # CR LF that comes on its own ends a message that was whole without it.
        self._buffer = self._buffer + data if self._buffer else data.lstrip(CRLF)
        found: list[bytes] = []
        at = 0
        while (end := self._end(at)) is not None:
            found.append(self._buffer[at:end])
            at = end
        self._buffer = self._buffer[at:]
        if len(self._buffer) > self._limit:
            raise FrameError("too-long", f"a message of more than {self._limit} bytes")
        return found

    def drop(self) -> bytes:
        """Give up what is unfinished, and return it."""
        rest, self._buffer, self.whole, self.tags = self._buffer, b"", True, {}
        return rest

    def _end(self, start: int) -> int | None:
        """Where the message that begins at ``start`` ends; None while nothing says so."""
        data, at = self._buffer, start
        self.tags = {}
        while at < len(data):
            if at > start and data.startswith(_CZ, at):
                return at
            if at > start and data.startswith(CRLF, at):
                return at + len(CRLF)
            size = _size(data, at)
            if size is None or at + size > len(data):
                self.whole = False
                return None
            name = data[at : at + 2].decode("latin-1")
            self.tags[name] = data[at + _HEADER : at + size].decode("latin-1")
            at += size
        self.whole = True
        return None


def _size(data: bytes, at: int) -> int | None:
    """How long the element at ``at`` is; None: not yet known.

    :raises FrameError: ``tag`` or ``length``, at the first byte that cannot be one.
    """
    head = data[at : at + _HEADER]
    if head == CRLF[:1] and at:
        return None  # its LF is on the way
    tag, length = head[:2], head[2:]
    if not (tag.isalpha() and tag.isupper()):
        raise FrameError("tag", "a tag that is not two capitals", at)
    if length and not length.isdigit():
        raise FrameError("length", "a length that is not three digits", at + 2)
    if len(head) < _HEADER:
        return None
    if length == b"000":
        raise FrameError("length", "a tag without a value", at + 2)
    return _HEADER + int(length)


def read_tags(data: bytes) -> tuple[Tag, ...]:
    """The tags of one message to its last byte, whatever they mean. CR LF may end it.

    :raises FrameError: ``truncated``, ``length`` (of a tag or its length), ``too-many``,
        ``charset`` (not printable ASCII).
    """
    body = data.removesuffix(CRLF)
    tags: list[Tag] = []
    at = 0
    while at < len(body):
        if len(tags) == table.MAX_TAGS:
            raise FrameError("too-many", f"more than {table.MAX_TAGS} tags", at)
        tags.append(_tag(body, at))
        at += tags[-1].size
    return tuple(tags)


def _tag(body: bytes, at: int) -> Tag:
    """The element at ``at``, read by hand: by construct it takes ten times as long."""
    tag, digits = body[at : at + 2], body[at + 2 : at + _HEADER]
    capitals = len(tag) < 2 or (tag.isalpha() and tag.isupper())
    whole = len(digits) == _HEADER - 2
    if not capitals or (whole and (not digits.isdigit() or digits == b"000")):
        raise FrameError("length", "no tag of two capitals and three digits", at)
    size = _HEADER + int(digits) if whole else 0
    if not whole or at + size > len(body):
        raise FrameError("truncated", "a tag ends behind the message", at)
    value = body[at + _HEADER : at + size]
    if value.translate(None, _PRINTABLE):
        raise FrameError("charset", "a value that is not printable ASCII", at + _HEADER)
    return Tag(tag.decode(), value.decode(), at, size)


def build_tags(tags: Iterable[tuple[str, str]]) -> bytes:
    """Tags and values as one message."""
    return b"".join(
        _ELEMENT.build({"tag": name.encode(), "value": value.encode()}) for name, value in tags
    )


def parse(data: bytes) -> Message:
    """One message, request or answer: CZ first, no tag twice.

    :raises FrameError: as ``read_tags``, and ``too-long``, ``not-first``, ``duplicate-field``,
        ``empty``.
    """
    if len(data) > table.MAX_ANSWER:
        raise FrameError("too-long", f"a message of more than {table.MAX_ANSWER} bytes")
    tags = read_tags(data)
    if not tags:
        raise FrameError("empty", "a message without tags", 0)
    if tags[0].name != table.VERSION:
        raise FrameError("not-first", "a message begins with CZ", 0)
    seen: set[str] = set()
    for tag in tags:
        if tag.name in seen:
            raise FrameError("duplicate-field", f"tag {tag.name} stands twice", tag.at)
        seen.add(tag.name)
    return Message(data, tags)


def parse_request(data: bytes) -> Message:
    """One request of a till: only known tags, each with a value that it may have.

    What asks for money has all of ``REQUIRED``; an identification has no amount.

    :raises FrameError: as ``parse``, and ``too-long``, ``unknown-field``, ``value``, ``missing``.
    """
    if len(data) > table.MAX_REQUEST:
        raise FrameError("too-long", f"a request of more than {table.MAX_REQUEST} bytes")
    message = parse(data)
    for tag in message.tags:
        allowed = table.FIELDS.get(tag.name)
        if allowed is None:
            raise FrameError("unknown-field", f"tag {tag.name} has no place in a request", tag.at)
        if not allowed.fullmatch(tag.value):
            raise FrameError("value", f"tag {tag.name} cannot hold this", tag.at + _HEADER)
    asks_only = message.get(table.ACTION) == table.IDENTIFY
    required = (table.ACTION,) if asks_only else table.REQUIRED
    for name in required:
        if message.get(name) is None:
            raise FrameError("missing", f"tag {name} is missing")
    if asks_only and message.get(table.AMOUNT) is not None:
        raise FrameError("value", "an identification with an amount")
    return message


def currency(message: Message) -> str | None:
    """The currency that it names.

    :raises FrameError: ``currency`` for a number that ISO 4217 does not know.
    """
    number = message.get(table.CURRENCY)
    if number is None:
        return None
    code = currency_of_number(int(number)) if number.isdecimal() else None
    if code is None:
        raise FrameError("currency", f"{number} is no ISO 4217 number")
    return code


_KINDS = {
    table.DEBIT: IntentKind.SALE,
    table.CREDIT: IntentKind.REFUND,
    table.CANCEL: IntentKind.VOID,
}


def intent_of(request: Message) -> Intent | None:
    """What a request means; None for one that moves no money, or that nobody knows.

    A cancellation names the sale by CH, the terminal's own number, where the till knows it.

    :raises FrameError: ``currency``.
    """
    kind = _KINDS.get(request.get(table.ACTION) or "")
    if kind is None:
        return None
    amount = request.get(table.AMOUNT)
    return Intent(
        kind,
        Tender.CARD,
        None if amount is None else int(amount),
        currency(request),
        original=request.get(table.NUMBER) if kind is not IntentKind.SALE else None,
    )


def refusal(request: bytes, detail: str) -> bytes:
    """The no to a request: its own tags, AE "not done", AF the detail.

    Tills compare CA, CD and CE with what they sent, and CB but for leading zeros: all tags come
    back as they were.
    """
    return request.removesuffix(CRLF) + build_tags(
        ((table.STATUS, table.NOT_DONE), (table.DETAIL, detail))
    )


_ECHOED = (table.PROTOCOL_ID, table.TILL, table.AMOUNT, table.ACTION, table.CURRENCY)


def refusal_of_anything(data: bytes, detail: str) -> bytes:
    """The no to bytes that are no request: what can be read of the tags that tills compare."""
    known: dict[str, str] = {}
    try:
        for tag in read_tags(data):
            if tag.name in table.FIELDS and table.FIELDS[tag.name].fullmatch(tag.value):
                known.setdefault(tag.name, tag.value)
    except FrameError:
        known.clear()
    tags = [(name, known[name]) for name in _ECHOED if name in known]
    head = build_tags(((table.VERSION, known.get(table.VERSION, "0300")), *tags))
    return refusal(head, detail)
