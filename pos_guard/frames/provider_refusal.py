"""How a provider's own errors are written, by its profile: refusals, and "not known"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pos_guard.frames.decoded import Json
from pos_guard.frames.http import HttpReply
from pos_guard.frames.provider_profile import Body, No, Profile
from pos_guard.frames.provider_request import Meaning
from pos_guard.frames.provider_shape import Member
from pos_guard.frames.provider_xml import build_xml


@dataclass(frozen=True, slots=True)
class Told:
    """What a refusal says: ``message`` to the cashier, ``issue`` to whoever reads the till's log.

    ``field``: the dotted path of the field at fault, where it is one.
    """

    message: str
    issue: str
    field: str = ""

    @property
    def pointer(self) -> str:
        """The field as providers name it (RFC 6901), or nothing."""
        plain = self.field and " " not in self.field
        return f"/{self.field.replace('.', '/')}" if plain else ""


def refusal(profile: Profile, no: No, told: Told, meaning: Meaning | None) -> HttpReply:
    """An error in the provider's shape: a 4xx or 5xx that no client takes for paid."""
    wrap = None if meaning is None or meaning.rule is None else meaning.rule.reply.wrap
    holes = {
        "{code}": no.code,
        "{message}": told.message,
        "{issue}": told.issue,
        "{field}": told.pointer,
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
    return {name: value for name, value in result.items() if value != ""}


def _written(profile: Profile, filled: dict[str, Json]) -> bytes:
    if profile.reply.body is Body.XML:
        return build_xml({name: str(value) for name, value in filled.items()})
    plain = profile.refusal.ascii
    return json.dumps(filled, ensure_ascii=plain, separators=(",", ":")).encode()
