"""How the dialects end things: the yes from the record, and the close of a day.

Units of tills and answers of closes are those of the manuals and programs that the frames' own
golden tests name; the yes is read back as a till reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pos_guard.frames import iso8583, stx_hypercom, stx_mispos, stx_pax
from pos_guard.frames.stx_mispos_profile import example
from pos_guard.links.dialect import Asks, Dialect, Say, Says
from pos_guard.links.iso8583_make import read_settings
from pos_guard.model import IntentKind, Outcome, Result, Tender
from pos_guard.store.entry import Entry
from pos_guard.store.ledger import Phase
from tests.links import iso8583_rig
from tests.simulation.exchange_profiles import PROFILES, Profile


def of(name: str) -> Profile:
    return next(p for p in PROFILES if (p.name or p.protocol).partition(":")[0] == name)


def recorded(kind: IntentKind, receipt: str | None) -> Entry:
    return Entry(
        id=1, link="card", kind=kind, tender=Tender.CARD, phase=Phase.POSTED, amount=1250,
        payee="52001233", receipt=receipt, boot_id="b", boot_us=0, wall_us=0,
    )  # fmt: skip


# -- the yes from the record ---------------------------------------------------------------------

SPEAKS = ["transbank", "hypercom-ecr", "credibanco", "concert-e+", "pax-poslink", "mis-pos",
          "iso8583-cup", "iso8583-ascii", "caisse-ap"]  # fmt: skip


@pytest.mark.parametrize("receipt", ["000123", None])
@pytest.mark.parametrize("name", SPEAKS)
def test_what_is_on_record_as_paid_is_an_approval_for_a_till(
    name: str, receipt: str | None
) -> None:
    profile = of(name)
    for kind in ("sale", *(k for k in profile.kinds if k != "reversal")):
        unit = profile.build(kind, 1250, 7, "77")
        dialect = profile.parts().dialect
        ask = dialect.read(unit)
        assert ask.intent is not None
        (said,) = dialect.paid(ask, recorded(ask.intent.kind, receipt))
        heard = profile.parts().dialect.hear(said, ask)  # a till that has heard nothing else
        assert heard.kind is Says.FINAL
        outcome = heard.outcome or Outcome(Result.UNKNOWN)
        assert outcome.result is Result.APPROVED, (name, kind)
        assert outcome.amount in (None, 1250)


@pytest.mark.parametrize("name", ["transbank", "hypercom-ecr", "pax-poslink", "mis-pos"])
def test_it_names_the_terminal_s_number(name: str) -> None:
    dialect = of(name).parts().dialect
    ask = dialect.read(of(name).build("sale", 1250, 7, ""))
    (said,) = dialect.paid(ask, recorded(IntentKind.SALE, "000123"))
    outcome = dialect.hear(said, ask).outcome
    assert outcome is not None
    assert (outcome.receipt or "").lstrip("0") == "123"


def test_a_host_s_number_stands_in_field_37() -> None:
    profile = of("iso8583-cup")
    dialect = profile.parts().dialect
    ask = dialect.read(profile.build("sale", 1250, 7, ""))
    (said,) = dialect.paid(ask, recorded(IntentKind.SALE, "240824000123"))
    known, _ = read_settings(profile.name)
    assert iso8583.parse(said, known).get(37) == "240824000123"


@pytest.mark.parametrize("name", ["nexi-p17"])
def test_what_only_the_terminal_knows_is_not_made_up(name: str) -> None:
    dialect = of(name).parts().dialect
    ask = dialect.read(of(name).build("sale", 1250, 7, ""))
    assert dialect.paid(ask, recorded(IntentKind.SALE, "000123")) == ()


# -- the close of a day --------------------------------------------------------------------------


@dataclass(frozen=True)
class Close:
    """A request that closes the day, its yes and its no."""

    profile: str
    ask: bytes
    yes: bytes
    no: bytes


def _hypercom(variant: stx_hypercom.Variant, code: str, answer: str | None) -> bytes:
    rri = "0" if answer is None else "1"
    fields = {} if answer is None or not variant.results else {"48": answer.encode()}
    message = stx_hypercom.Message("6000000000", rri, code, answer or "00", fields)
    return stx_hypercom.build(message, variant)


def _mispos(code: str | None) -> bytes:
    if code is None:
        return stx_mispos.build_request(example(), {"type": "52"})
    return stx_mispos.build_reply(example(), {"type": "52", "code": code})


def _iso(code: str | None) -> bytes:
    fields = {11: "000009", 41: iso8583_rig.TERMINAL, 42: iso8583_rig.MERCHANT}
    fields |= {48: "0" * 62, 49: "156", 60: f"00{iso8583_rig.BATCH}201"}
    kind = "0500"
    if code is not None:
        kind, fields[39] = "0510", code
    message = iso8583.Message(kind, fields, iso8583_rig.TPDU, iso8583_rig.HEAD)
    return iso8583.build(message, read_settings("iso8583-cup")[0])


_HYPERCOM, _CREDIBANCO = stx_hypercom.HYPERCOM, stx_hypercom.CREDIBANCO
CLOSES = [
    Close("transbank", b"0500||", b"0510|00|597029414300|ABCD1234|",
          b"0510|06|597029414300|ABCD1234|"),
    Close("hypercom-ecr", _hypercom(_HYPERCOM, "50", None), _hypercom(_HYPERCOM, "50", "00"),
          _hypercom(_HYPERCOM, "50", "ND")),
    Close("credibanco", _hypercom(_CREDIBANCO, stx_hypercom.CLOSE, None),
          _hypercom(_CREDIBANCO, stx_hypercom.CLOSE, "00"),
          _hypercom(_CREDIBANCO, stx_hypercom.CLOSE, "96")),
    Close("nexi-p17", b"520012330C" + b"00000001" + b"0" * 8, b"520012330C00" + b"0" * 32,
          b"520012330C01" + b"0" * 32),
    Close("pax-poslink", stx_pax.build("B00", "1.28"),
          stx_pax.build("0", "B01", "1.28", "000000", "OK"),
          stx_pax.build("0", "B01", "1.28", "100001", "TIMEOUT")),
    Close("mis-pos", _mispos(None), _mispos("00"), _mispos("Z1")),
    Close("iso8583-cup", _iso(None), _iso("00"), _iso("96")),
]  # fmt: skip


@pytest.mark.parametrize("close", CLOSES, ids=lambda close: close.profile)
def test_a_close_settles_only_when_it_was_done(close: Close) -> None:
    dialect: Dialect = of(close.profile).parts().dialect
    ask = dialect.read(close.ask)
    assert (ask.kind, ask.closes, ask.intent) == (Asks.PASSES, True, None)
    said: list[Say] = [dialect.hear(unit, ask) for unit in (close.yes, close.no)]
    assert [one.kind for one in said] == [Says.FINAL] * 2
    results = [one.outcome.result for one in said if one.outcome is not None]
    assert results == [Result.APPROVED, Result.DECLINED]


@pytest.mark.parametrize("name", SPEAKS)
def test_a_payment_closes_nothing(name: str) -> None:
    assert not of(name).parts().dialect.read(of(name).build("sale", 1250, 7, "")).closes
