"""``pos-guard decode caisse-ap``: bytes to messages, wrong ones included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pos_guard.errors import FrameError
from pos_guard.frames import caisse_ap_table as table
from pos_guard.frames.caisse_ap import CaisseFramer, Message, intent_of, parse, parse_request
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.pan import holds_card_number

PROTOCOL = "caisse-ap"
_FULL_NUMBER = re.compile(r"\d{12,19}", re.ASCII)
_ALWAYS_SECRET = frozenset({table.CHEQUE_LINE, "AK", "ZT"})
"""The line of a cheque names an account; slips hold whatever a terminal prints on them."""


def decode(data: bytes) -> Iterator[Decoded]:
    """Each message of a stream. A broken one has ``error``; behind a lost end nothing is read."""
    framer = CaisseFramer(max(len(data), 1))
    try:
        messages = framer.feed(data)
    except FrameError as error:
        yield _broken(data, error)
        return
    rest = framer.drop()
    for message in [*messages, rest] if rest else messages:
        yield _decoded(message)


def _decoded(data: bytes) -> Decoded:
    try:
        message = parse(data)
        if not message.is_answer:
            message = parse_request(data)
        intent = None if message.is_answer else intent_of(message)
    except FrameError as error:
        return _broken(data, error)
    secret = [tag for tag in message.tags if _secret(tag.name, tag.value)]
    return Decoded(
        PROTOCOL,
        message.name,
        data,
        _fields(message),
        intent,
        secret_fields=frozenset(tag.name for tag in secret),
        secret_ranges=tuple((tag.at + 5, tag.at + tag.size) for tag in secret),
    )


def _broken(raw: bytes, error: FrameError) -> Decoded:
    # What cannot be read may hold anything, a card number too: all but the first tag is blanked.
    shown = 9
    hidden = ((shown, len(raw)),) if len(raw) > shown else ()
    return Decoded(PROTOCOL, "unknown", raw, error=error, secret_ranges=hidden)


def _fields(message: Message) -> dict[str, Json]:
    fields: dict[str, Json] = {tag.name: tag.value for tag in message.tags}
    amount = message.get(table.AMOUNT)
    if amount is not None and table.FIELDS[table.AMOUNT].fullmatch(amount):
        fields[table.AMOUNT] = int(amount)
    return fields


def _secret(name: str, value: str) -> bool:
    if name in _ALWAYS_SECRET:
        return True
    if name == table.CARD:
        return _FULL_NUMBER.search(value) is not None
    return name != table.PROTOCOL_ID and holds_card_number(value)
