"""An ISO 8583 link from one line of settings: a profile, and how the network differs from it.

``iso8583-cup``, or ``iso8583-cup,header=2,length=bcd,mac=app-insists``. See docs/link-iso8583.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pos_guard.errors import LocalError
from pos_guard.frames.iso8583_profile import HEADERS, Length, Profile, profile_named
from pos_guard.frames.iso8583_tables import with_digits_in_48
from pos_guard.links.dialect import ExchangeTiming, Parts
from pos_guard.links.iso8583 import Iso8583, Options
from pos_guard.links.iso8583_line import LengthLine
from pos_guard.links.session import ToApp, ToDevice
from pos_guard.ports.address import Kind

TIMING = ExchangeTiming(answer_s=75.0, decide_s=30.0)
"""Tills wait 60 s and then send their reversal: it is to come before the guard gives up. A person
may think for half of that; the host has the other half."""

_NETWORK = b"\x60\x31\x00\x31\x01\x00"
"""The header of a payment application, version 31."""

Change = Callable[[Profile, Options, str], tuple[Profile, Options]]


def make(profile: str, app: Kind, device: Kind) -> Parts:
    """The parts of a link; ``app`` and ``device`` make no difference.

    :raises LocalError: for a profile or an option that does not exist.
    """
    del app, device
    known, options = read_settings(profile)
    return Parts(
        Iso8583(known, options),
        LengthLine("app", ToApp, known),
        LengthLine("device", ToDevice, known),
        TIMING,
    )


def read_settings(text: str) -> tuple[Profile, Options]:
    """A profile with its options, as they are written behind it.

    :raises LocalError: for one that does not exist; the message says which do.
    """
    name, *pairs = text.split(",")
    profile, options = profile_named(name), Options()
    for pair in pairs:
        key, _, value = pair.strip().partition("=")
        change = _CHANGES.get(key)
        if change is None:
            raise LocalError(f"{key!r} is no option of {name}: {', '.join(_CHANGES)}")
        profile, options = change(profile, options, value)
    if options.mac and options.reverse is not None:
        raise LocalError("reverse: the guard has no key for the MAC that mac=app-insists wants")
    return profile, _with_header(profile, options)


def _with_header(profile: Profile, options: Options) -> Options:
    """A reversal of our own begins with TPDU and header."""
    head = options.reverse
    if head is None:
        return options
    if len(head) == profile.tpdu and profile.header in (0, len(_NETWORK)):
        head += _NETWORK[: profile.header]
    if len(head) != profile.tpdu + profile.header:
        size = profile.tpdu + profile.header
        raise LocalError(f"reverse: has {size} bytes in hex, TPDU and header")
    return replace(options, reverse=head)


def _header(profile: Profile, options: Options, value: str) -> tuple[Profile, Options]:
    allowed = [str(size) for size in HEADERS]
    if value not in allowed:
        raise LocalError(f"header={value}: is one of {', '.join(allowed)}")
    return replace(profile, header=int(value)), options


def _length(profile: Profile, options: Options, value: str) -> tuple[Profile, Options]:
    kinds = {kind.value: kind for kind in Length}
    if value not in kinds:
        raise LocalError(f"length={value}: is one of {', '.join(kinds)}")
    return replace(profile, length=kinds[value]), options


def _mac(profile: Profile, options: Options, value: str) -> tuple[Profile, Options]:
    return profile, replace(options, mac=_one_of("mac", value, "app-insists", "optional"))


def _tpdu(profile: Profile, options: Options, value: str) -> tuple[Profile, Options]:
    return profile, replace(options, swap=_one_of("tpdu", value, "swapped", "kept"))


def _field_48(profile: Profile, options: Options, value: str) -> tuple[Profile, Options]:
    if not profile.union_pay:
        raise LocalError(f"field48: {profile.name} has it as text")
    if _one_of("field48", value, "digits", "bytes"):
        return replace(profile, table=with_digits_in_48(profile.table)), options
    return profile, options


def _reverse(profile: Profile, options: Options, value: str) -> tuple[Profile, Options]:
    try:
        return profile, replace(options, reverse=bytes.fromhex(value))
    except ValueError as error:
        raise LocalError(f"reverse={value}: is the network's TPDU in hex") from error


def _one_of(key: str, value: str, yes: str, no: str) -> bool:
    if value not in (yes, no):
        raise LocalError(f"{key}={value}: is {yes} or {no}")
    return value == yes


_CHANGES: Mapping[str, Change] = {
    "header": _header,
    "length": _length,
    "mac": _mac,
    "tpdu": _tpdu,
    "field48": _field_48,
    "reverse": _reverse,
}
