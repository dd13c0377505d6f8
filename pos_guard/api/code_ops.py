"""Codes over the decision socket: what a scanned code is and means, and the shop's own stickers."""

from __future__ import annotations

from pos_guard.api.bodies import Body, verdict_body
from pos_guard.api.message import Fields, RequestError
from pos_guard.frames.codes import MAX_CODE, Code, classify
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.store.stickers import Sticker


def scan(guard: Guard, link: str, fields: Fields) -> Body:
    """Judge a code that the program's own scanner read, or that somebody typed.

    An expected sticker check takes the code for itself: it is not judged then, nor to be used.
    """
    code, typed = _code(fields), fields.flag("typed")
    fields.end()
    checked = None if typed else guard.stickers.scanned(code)
    if checked is not None:
        return {"allowed": False, "checked": checked.as_json()}
    decision = guard.judge_code(code, link=link, typed=typed)
    return {**verdict_body(decision), "code": code.as_json()}


def payees(guard: Guard, link: str, fields: Fields) -> Body:
    """The shop's registered stickers."""
    del link
    fields.end()
    return {"stickers": [sticker_body(one) for one in guard.store.stickers.all()]}


def payees_add(guard: Guard, link: str, fields: Fields) -> Body:
    """A person with the right registers a sticker."""
    name, place, code = fields.text("name"), fields.text("place"), _code(fields)
    person = _resolver(guard, fields)
    return sticker_body(guard.stickers.add(name, place, code, by=person, account=link))


def payees_remove(guard: Guard, link: str, fields: Fields) -> Body:
    """A person with the right forgets a sticker."""
    name = fields.text("name")
    person = _resolver(guard, fields)
    guard.stickers.remove(name, by=person, account=link)
    return {}


def payees_check(guard: Guard, link: str, fields: Fields) -> Body:
    """Compare a code that was read elsewhere with a sticker, or with all of them."""
    name, code = fields.maybe_text("name"), _code(fields)
    fields.end()
    return guard.stickers.check(code, name, by=link).as_json()


def sticker_body(sticker: Sticker) -> dict[str, Json]:
    """A registered sticker as programs see it; never its text."""
    return {
        "name": sticker.name,
        "place": sticker.place,
        "kind": sticker.kind,
        "scheme": sticker.scheme,
        "masked": sticker.masked,
        "payees": list(sticker.payees) if sticker.kind == "merchant_code" else [],
        "added_by": sticker.added_by,
        "added_us": sticker.added_us,
        "checked_by": sticker.checked_by,
        "checked_us": sticker.checked_us,
        "checked_as": sticker.checked_as,
    }


def _resolver(guard: Guard, fields: Fields) -> str:
    """The person who orders it and has the right; the last fields."""
    person, pin, code = fields.text("person"), fields.text("pin"), fields.maybe_text("code")
    fields.end()
    guard.demand_resolver(person, pin, code)
    return person


def _code(fields: Fields) -> Code:
    text = fields.maybe_text("payload", MAX_CODE)
    if text is None:
        raise RequestError("bad-request", "'payload' is missing")
    return classify(text)
