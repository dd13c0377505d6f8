"""Comparing an id with a list."""

from __future__ import annotations

import pytest

from pos_guard.model import Tender
from pos_guard.policy.payees import Match, PayeeKind, Payees, kind_of_tender

OURS = Payees(terminals=("68259871", "T-100"), codes=("emv:guid:SHOP10",))


@pytest.mark.parametrize(
    ("payee", "match"),
    [
        ("68259871", Match.MATCH),
        ("68259872", Match.CLOSE),
        ("6825987", Match.CLOSE),
        ("682598711", Match.CLOSE),
        ("68529871", Match.CLOSE),
        ("68259817", Match.CLOSE),
        ("6B259871", Match.CLOSE),
        ("068259871", Match.CLOSE),
        (" 68259871", Match.CLOSE),
        ("t-100", Match.CLOSE),
        ("T-IOO", Match.CLOSE),
        ("T100", Match.CLOSE),
        ("86529817", Match.NO_MATCH),
        ("11111111", Match.NO_MATCH),
        ("682598", Match.NO_MATCH),
        ("", Match.CANNOT_CHECK),
        (None, Match.CANNOT_CHECK),
    ],
)
def test_only_the_very_same_id_matches(payee: str | None, match: Match) -> None:
    assert OURS.check(PayeeKind.TERMINALS, payee) is match


@pytest.mark.parametrize(
    ("payee", "match"),
    [
        ("emv:guid:SHOP10", Match.MATCH),
        ("emv:guid:shop10", Match.CLOSE),
        ("pix:guid:SHOP10", Match.CLOSE),
        ("emv:other.guid:SHOP10", Match.CLOSE),
        ("fps:hk.com:shop-10", Match.CLOSE),
        ("pix:guid:SHOP99", Match.NO_MATCH),
        ("pix:guid:", Match.NO_MATCH),
        ("SHOP10", Match.NO_MATCH),
    ],
)
def test_our_id_under_another_scheme_is_close_and_no_match(payee: str, match: Match) -> None:
    assert OURS.check(PayeeKind.CODES, payee) is match


def test_registered_codes_join_the_list_of_codes_only() -> None:
    more = OURS.with_codes(("alipay:qr.alipay.com:fkx1",))
    assert more.check(PayeeKind.CODES, "alipay:qr.alipay.com:fkx1") is Match.MATCH
    assert more.check(PayeeKind.CODES, "emv:guid:SHOP10") is Match.MATCH
    assert more.check(PayeeKind.TERMINALS, "alipay:qr.alipay.com:fkx1") is Match.NO_MATCH
    assert OURS.with_codes(()) is OURS


def test_an_empty_list_matches_nothing() -> None:
    assert OURS.check(PayeeKind.WECHAT, "1900000109") is Match.CANNOT_CHECK


def test_an_id_counts_only_on_its_own_list() -> None:
    assert OURS.check(PayeeKind.CODES, "68259871") is Match.NO_MATCH


@pytest.mark.parametrize(
    ("payees", "expected"),
    [
        ((), (Match.CANNOT_CHECK, None)),
        (("68259871",), (Match.MATCH, "68259871")),
        (("68259871", "T-100"), (Match.MATCH, "68259871")),
        (("68259871", "thief"), (Match.NO_MATCH, "thief")),
        (("thief", "68259871"), (Match.NO_MATCH, "thief")),
        (("68259871", ""), (Match.CANNOT_CHECK, "")),
    ],
)
def test_every_one_of_several_ids_must_match(
    payees: tuple[str, ...], expected: tuple[Match, str | None]
) -> None:
    assert OURS.check_all(PayeeKind.TERMINALS, payees) == expected


@pytest.mark.parametrize(
    ("tender", "kind"),
    [
        (Tender.CARD, PayeeKind.TERMINALS),
        (Tender.UNIONPAY, PayeeKind.TERMINALS),
        (Tender.WECHAT, PayeeKind.WECHAT),
        (Tender.ALIPAY, PayeeKind.ALIPAY),
        (Tender.CASH, None),
        (Tender.VOUCHER, None),
    ],
)
def test_every_tender_has_its_list(tender: Tender, kind: PayeeKind | None) -> None:
    assert kind_of_tender(tender) is kind
