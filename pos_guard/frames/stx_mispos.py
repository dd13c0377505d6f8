"""MIS-POS: a till and a bank's terminal in China, with fields at fixed places.

There is no public standard: every acquirer fixes its own fields, codes and length bytes, alike in
kind. A ``MisProfile`` is that description as data; ``stx_mispos_profile`` reads it from TOML and
holds one complete example. Nothing here knows a particular acquirer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx import StxFormat
from pos_guard.frames.stx_fixed import Layout, digits, printable
from pos_guard.frames.stx_shown import Shown, show_stream
from pos_guard.model import Intent, IntentKind, Tender

NUMBERS = frozenset({"amount", "trace", "original_trace"})
"""Fields that are filled with zeros on the left and hold digits only."""

REQUEST_FIELDS = frozenset({
    "type", "amount", "till", "operator", "original_trace", "original_reference",
    "original_date", "merchant", "terminal", "random",
})  # fmt: skip
"""What a request may say. ``type`` is needed, ``amount`` too."""

REPLY_FIELDS = frozenset({
    "code", "text", "type", "amount", "trace", "reference", "authorisation", "merchant",
    "terminal", "card", "date", "time", "batch", "random",
})  # fmt: skip
"""What a reply may say. ``code`` and ``text`` are needed."""

SECRET = frozenset({"card"})
MAX_FIELD = 256
"""Bytes of one field: the longest in any dialect seen is a receipt line of 200."""

_NEEDS_AMOUNT = frozenset(
    {IntentKind.SALE, IntentKind.REFUND, IntentKind.PREAUTH, IntentKind.COMPLETION}
)


@dataclass(frozen=True, slots=True)
class MisProfile:
    """One acquirer's dialect.

    ``kinds`` maps transaction types that move money, ``harmless`` those that only ask or close the
    day; any other is refused. ``approved`` are response codes for done. ``refusals`` maps reasons
    of a verdict to response codes, ``refused`` is the code for all others. ``query`` is the
    harmless type that repeats the last transaction, if there is one. ``encoding`` is that of the
    text for people.
    """

    name: str
    form: StxFormat
    request: Layout
    reply: Layout
    kinds: Mapping[str, IntentKind]
    harmless: Mapping[str, str]
    approved: frozenset[str]
    refused: str
    refusals: Mapping[str, str] = field(default_factory=dict[str, str])
    currency: str = "CNY"
    query: str | None = None
    encoding: str = "gb18030"

    def __post_init__(self) -> None:
        for needed, layout in (("type", self.request), ("amount", self.request)):
            _needed(needed, layout)
        for needed in ("code", "text"):
            _needed(needed, self.reply)
        codes = {self.refused, *self.refusals.values()}
        if codes & self.approved:
            raise LocalError(f"{self.name}: a code says both yes and no")
        if self.request.size == self.reply.size:
            raise LocalError(f"{self.name}: requests and replies are equally long")


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the till; ``values`` by name, without filling."""

    type: str
    amount: int
    values: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of the terminal; ``values`` by name, without filling."""

    code: str
    text: str
    amount: int | None
    values: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)


def parse_request(profile: MisProfile, body: bytes) -> Request:
    """Read a request.

    :raises FrameError: ``length``, ``not-digits``, ``not-text``, ``not-canonical``,
        ``missing-field``.
    """
    values = _values(profile.request, profile.request.parse(body), profile)
    amount = int(values["amount"] or "0")
    kind = profile.kinds.get(values["type"])
    if kind in _NEEDS_AMOUNT and amount == 0:
        raise FrameError("missing-field", "no amount", profile.request.at("amount"))
    return Request(values["type"], amount, values, body)


def parse_reply(profile: MisProfile, body: bytes) -> Reply:
    """Read a reply.

    :raises FrameError: as ``parse_request``.
    """
    values = _values(profile.reply, profile.reply.parse(body), profile)
    amount = values.get("amount")
    return Reply(values["code"], values["text"], int(amount) if amount else None, values, body)


def intent_of(profile: MisProfile, request: Request) -> Intent | None:
    """What a request means; None for one that moves no money or is not known.

    What undoes a transaction names it by the terminal's trace, or by the host's reference; zeros
    name none. Its amount is None where the request leaves it out.
    """
    kind = profile.kinds.get(request.type)
    if kind is None:
        return None
    trace = request.values.get("original_trace", "")
    original = trace if trace.strip("0") else request.values.get("original_reference", "")
    return Intent(
        kind,
        Tender.CARD,
        request.amount or None,
        profile.currency,
        original=original if original.strip("0") else None,
        payee=request.values.get("terminal") or request.values.get("merchant") or None,
    )


def build_request(profile: MisProfile, values: Mapping[str, str]) -> bytes:
    """A request; what is not named is filled.

    :raises LocalError: a value does not fit.
    """
    return _filled(profile.request, values, profile.encoding)


def build_reply(profile: MisProfile, values: Mapping[str, str]) -> bytes:
    """A reply; what is not named is filled.

    :raises LocalError: a value does not fit.
    """
    return _filled(profile.reply, values, profile.encoding)


def decoder(profile: MisProfile, data: bytes) -> Iterator[Decoded]:
    """Each frame and signal of a line that speaks this dialect."""

    def read(body: bytes, raw: bytes) -> Shown:
        del raw
        if len(body) == profile.reply.size:
            return _show("reply", profile.reply, parse_reply(profile, body).values)
        request = parse_request(profile, body)
        kind = profile.kinds.get(request.type)
        name = profile.harmless.get(request.type, "unknown") if kind is None else str(kind)
        shown = _show(name, profile.request, request.values)
        return Shown(name, {**shown.fields, "amount": request.amount}, intent_of(profile, request))

    return show_stream(data, profile.form, read)


def _show(name: str, layout: Layout, values: Mapping[str, str]) -> Shown:
    fields: dict[str, Json] = dict(values)
    if values.get("amount"):
        fields["amount"] = int(values["amount"])
    secret = frozenset(values) & SECRET
    ranges = tuple((layout.at(key), layout.at(key) + layout.widths[key]) for key in sorted(secret))
    return Shown(name, fields, masked=secret, ranges=ranges)


def _values(layout: Layout, parsed: Mapping[str, bytes], profile: MisProfile) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in parsed.items():
        at = layout.at(name)
        if name == "text":
            values[name] = value.decode(profile.encoding, "replace").strip()
        elif name in NUMBERS and value.strip(b" "):
            values[name] = digits(value, at)
        else:
            values[name] = printable(value, at).rstrip(" ")
    return values


def _filled(layout: Layout, values: Mapping[str, str], encoding: str) -> bytes:
    unknown = set(values) - set(layout.widths)
    if unknown:
        raise LocalError(f"no such field: {', '.join(sorted(unknown))}")
    filled: dict[str, bytes] = {}
    for name, width in layout.widths.items():
        value = values.get(name, "").encode(encoding)
        if name == "text":
            value = _cut(values.get(name, ""), width, encoding)
        fill = value.rjust(width, b"0") if name in NUMBERS else value.ljust(width)
        filled[name] = fill
    return layout.build(filled)


def _cut(text: str, width: int, encoding: str) -> bytes:
    """As much of a text as fits, no character in halves."""
    while len(text.encode(encoding)) > width:
        text = text[:-1]
    return text.encode(encoding)


def _needed(name: str, layout: Layout) -> None:
    if name not in layout.widths:
        raise LocalError(f"a profile without the field {name!r}")
