"""A person's no: each protocol's own word for it, where it has one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pos_guard.frames import caisse_ap, iso8583, stx_hypercom, stx_mispos
from pos_guard.frames.iso8583_profile import profile_named
from pos_guard.frames.stx_mispos_profile import example
from pos_guard.links.exchange_words import NOT_APPROVED
from pos_guard.policy.verdict import Reason
from tests.simulation.exchange_profiles import PROFILES, Profile

Read = Callable[[bytes], str | None]


def _field_39(name: str) -> Read:
    return lambda unit: iso8583.parse(unit, profile_named(name)).get(39)


def _hypercom(unit: bytes) -> str:
    message = stx_hypercom.parse(unit, stx_hypercom.HYPERCOM)
    return f"{message.response} {(message.text('02') or '').strip()}"


CODES: dict[str, tuple[Read, str]] = {
    "transbank": (lambda unit: unit.split(b"|")[1].decode(), "07"),
    "hypercom-ecr:EUR": (_hypercom, "ND TXN CANCELLED"),
    "credibanco": (
        lambda unit: stx_hypercom.parse(unit, stx_hypercom.CREDIBANCO).text("48"),
        "05",
    ),
    "concert-e+": (lambda unit: unit[2:3].decode(), "7"),
    "nexi-p17": (lambda unit: unit[10:36].decode().strip(), "01NOT APPROVED"),
    "pax-poslink:EUR": (lambda unit: unit.split(b"\x1c")[3].decode(), "100002"),
    "mis-pos": (lambda unit: stx_mispos.parse_reply(example(), unit).code, "05"),
    "iso8583-cup": (_field_39("iso8583-cup"), "05"),
    "iso8583-ascii": (_field_39("iso8583-ascii"), "05"),
    "": (lambda unit: caisse_ap.parse(unit).get("AF"), "04"),
}


@pytest.mark.parametrize(
    ("profile", "kind"),
    [
        (profile, kind)
        for profile in PROFILES
        for kind in ("sale", *profile.kinds)
        if kind != "reversal"  # always passes: nobody is asked
    ],
    ids=lambda item: item if isinstance(item, str) else item.name or item.protocol,
)
def test_its_word_for_a_person_s_no(profile: Profile, kind: str) -> None:
    dialect = profile.parts().dialect
    ask = dialect.read(profile.build(kind, 1250, 7, "1"))
    (no,) = dialect.refuse(ask, Reason.DECLINED_BY_PERSON, NOT_APPROVED)
    read, code = CODES[profile.name]
    assert read(no) == code
