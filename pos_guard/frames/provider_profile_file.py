"""The file of a provider profile, also one of your own: TOML text in, a checked profile out.

What the checks here let through is a profile by which money can be read: every piece that a
verdict needs is named, and every number that decides something has a format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from pos_guard.errors import LocalError
from pos_guard.frames.provider_profile import Body, Op, Profile, Rule
from pos_guard.frames.provider_shape import KINDS, Member, Shape, as_shape
from pos_guard.money import MoneyError, exponent
from pos_guard.strict import TomlFile

MAX_TEXT = 65_536
"""Characters of a profile; the longest that comes with this package has 10,000."""


def profile_names() -> tuple[str, ...]:
    """The profiles that come with this package, sorted."""
    names = (path.name for path in (files("pos_guard.frames") / "data" / "providers").iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml")))


@cache
def profile(name: str) -> Profile:
    """A profile of this package.

    :raises LocalError: when there is none by that name; the message names those there are.
    """
    if name not in profile_names():
        raise LocalError(f"no provider profile {name!r}: choose from {', '.join(profile_names())}")
    path = files("pos_guard.frames") / "data" / "providers" / f"{name}.toml"
    return parse_profile(name, path.read_text(encoding="utf-8"))


def parse_profile(name: str, text: str) -> Profile:
    """The profile that this file describes; its name is the name of the file.

    :raises LocalError: no TOML, unknown or missing keys, wrong types, or no sense.
    """
    if len(text) > MAX_TEXT:
        raise LocalError(f"provider profile {name}: the file is too long")
    file = TomlFile(text, f"{name}.toml")
    file.data["name"] = name
    found = file.structure(Profile, {Shape: as_shape})
    wrong = list(_wrong(found))
    if wrong:
        raise LocalError(f"provider profile {name}: {'; '.join(wrong)}")
    return found


def _wrong(found: Profile) -> Iterator[str]:
    try:
        exponent(found.currency)
    except MoneyError as error:
        yield str(error)
    for name, pattern in found.formats.items():
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"formats.{name}: {error}"
    if (found.body is Body.FORM) is (found.call_field is None):
        yield "a form, and nothing else, has a call_field"
    if found.signer is not None and found.signer.field not in found.formats:
        yield f"formats.{found.signer.field} is missing"
    every = [found.refusal.otherwise, found.refusal.unknown, *found.refusal.reasons.values()]
    if any(not 400 <= no.status <= 599 for no in every):
        yield "a refusal needs an HTTP status from 400 to 599"
    if len(found.reply.failing) != 2:
        yield "reply.failing is the lowest and the highest status"
    for rule in found.request:
        yield from (f"{rule.path}: {told}" for told in _wrong_rule(found, rule))


_NEEDED = {
    Op.SALE: ("order", "amount", "code"),
    Op.REFUND: ("amount",),
    Op.REVERSE: ("order",),
    Op.CLOSE: ("order",),
}


def _wrong_rule(found: Profile, rule: Rule) -> Iterator[str]:
    for name in _NEEDED.get(rule.op, ()):
        if getattr(rule.read, name) is None:
            yield f"a {rule.op} needs read.{name}"
    if rule.op in {Op.SALE, Op.REFUND} and not rule.read.payee and found.signer is None:
        yield "nothing says who is paid"
    for path in rule.read.paths():
        yield from _wrong_path(found, rule, path)
    unknown = {kind for kind in _kinds(rule.fields) if kind not in KINDS}
    if unknown:
        yield f"no kinds of field: {', '.join(sorted(unknown))}"
    if (rule.call is None) is (found.call_field is not None):
        yield "call and call_field belong together"


def _wrong_path(found: Profile, rule: Rule, path: str) -> Iterator[str]:
    if path.startswith("{"):
        if path not in rule.path:
            yield f"{path} is not in the path"
    elif not _leads(path.split("."), {**found.common, **rule.fields}):
        yield f"{path} is no field"
    leaf = path.strip("{}").rpartition(".")[2]
    if path not in {rule.read.amount, rule.read.total} and leaf not in found.formats:
        yield f"formats.{leaf} is missing"


def _leads(path: list[str], shape: Mapping[str, Member]) -> bool:
    inner = shape.get(path[0])
    if len(path) == 1:
        return isinstance(inner, str)
    return isinstance(inner, Mapping) and _leads(path[1:], inner)


def _kinds(member: Member) -> Iterator[str]:
    if isinstance(member, str):
        yield member
    else:
        inner = member.values() if isinstance(member, Mapping) else member
        for one in inner:
            yield from _kinds(one)
