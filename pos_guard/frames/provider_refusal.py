"""How a provider's own errors are written, by its profile: refusals, and "not known"."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pos_guard.frames.decoded import Json
from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile import Body, No, Profile
from pos_guard.frames.provider_request import Meaning
from pos_guard.frames.provider_shape import Member
from pos_guard.frames.provider_xml import build_xml


def refusal(
    profile: Profile, no: No, message: str, issue: str, meaning: Meaning | None
) -> HttpReply:
    """An error in the provider's shape: a 4xx or 5xx that no client takes for paid.

    ``message`` is for the cashier, ``issue`` for whoever reads the till's log.
    """
    wrap = None if meaning is None or meaning.rule is None else meaning.rule.reply.wrap
    holes = {
        "{code}": no.code,
        "{message}": message,
        "{issue}": issue,
        "{wrap}": wrap or profile.reply.stray or "error",
    }
    filled = _filled(profile.refusal.fields, holes)
    headers = ((b"Content-Type", profile.refusal.type.encode()),)
    return HttpReply(no.status, headers, _written(profile, filled))


def _filled(shape: Mapping[str, Member], holes: Mapping[str, str]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, member in shape.items():
        key = holes.get(name, name)
        if isinstance(member, Mapping):
            result[key] = _filled(member, holes)
        elif isinstance(member, str):
            result[key] = holes.get(member, member)
    return result


def _written(profile: Profile, filled: dict[str, Json]) -> bytes:
    if profile.reply.body is Body.XML:
        return build_xml({name: str(value) for name, value in filled.items()})
    plain = profile.refusal.ascii
    return json.dumps(filled, ensure_ascii=plain, separators=(",", ":")).encode()
