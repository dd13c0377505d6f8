"""Through what and to whom: link-trusted, link-resolved, clock-trusted, payee-known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.policy.payees import Payees
from pos_guard.policy.request import LinkState, Request
from pos_guard.policy.rules import clock_trusted, link_resolved, link_trusted, payee_known
from tests.policy.cases import (
    IN,
    OK,
    OTHER,
    OUT,
    POLICY,
    brief,
    intent,
    receipt,
    refund,
    scan,
    with_option,
)

MOVING = [*IN, *OUT, IntentKind.PREAUTH, IntentKind.PREAUTH_VOID]
FROZEN = LinkState("zvt", frozen="another terminal")
OPEN = LinkState("zvt", unresolved=1)
QUIET = LinkState("zvt")


@pytest.mark.parametrize("kind", MOVING)
def test_nothing_moves_on_a_frozen_or_unresolved_link(kind: IntentKind) -> None:
    frozen, unresolved = Request(intent(kind), link=FROZEN), Request(intent(kind), link=OPEN)
    assert brief(link_trusted.check(frozen, POLICY)) == ("DENY", "frozen")
    assert brief(link_resolved.check(unresolved, POLICY)) == ("DENY", "unresolved")


@pytest.mark.parametrize("kind", MOVING)
def test_a_link_in_order_passes(kind: IntentKind) -> None:
    request = Request(intent(kind), link=QUIET)
    assert brief(link_trusted.check(request, POLICY)) == OK
    assert brief(link_resolved.check(request, POLICY)) == OK


def test_asking_for_a_balance_is_always_possible() -> None:
    request = Request(intent(IntentKind.BALANCE), link=replace(FROZEN, unresolved=1))
    assert brief(link_trusted.check(request, POLICY)) == OK
    assert link_resolved.check(request, POLICY) is None


@pytest.mark.parametrize("kind", [*IN, *OUT, *OTHER])
def test_a_doubtful_clock_stops_money_out_only(kind: IntentKind) -> None:
    doubtful = clock_trusted.check(Request(intent(kind), clock_trusted=False), POLICY)
    trusted = clock_trusted.check(Request(intent(kind)), POLICY)
    out = kind in OUT
    assert brief(doubtful) == (("DENY", "guard") if out else None)
    assert brief(trusted) == (OK if out else None)


STRANGER = ("DENY", "payee")
WECHAT = intent(tender=Tender.WECHAT)


@pytest.mark.parametrize(
    ("subject", "reported", "expected"),
    [
        (intent(), "52001233", OK),
        (refund(), "52001233", OK),
        (intent(), "99999999", STRANGER),
        (intent(), "52001234", STRANGER),
        (intent(), None, ("WARN", "payee")),
        (refund(), None, STRANGER),
        (intent(IntentKind.PREAUTH), None, ("WARN", "payee")),
        (replace(intent(), payee="52001233"), None, OK),
        (replace(intent(), payee="52001233"), "99999999", STRANGER),
        (replace(intent(), payee="99999999"), "52001233", STRANGER),
        (replace(WECHAT, payee="1900000109"), None, OK),
        (replace(WECHAT, payee="1900000108"), None, STRANGER),
        (replace(WECHAT, payee="52001233"), None, STRANGER),
        (WECHAT, None, STRANGER),
        (intent(tender=Tender.ALIPAY), None, STRANGER),
        (replace(intent(tender=Tender.ALIPAY), payee="2088"), None, STRANGER),
        (intent(tender=Tender.CASH), None, None),
        (intent(tender=Tender.VOUCHER), None, None),
        (intent(IntentKind.BALANCE), "99999999", None),
    ],
)
def test_money_goes_to_ids_on_the_list(
    subject: Intent, reported: str | None, expected: tuple[str, str] | None
) -> None:
    request = Request(subject, link=LinkState("link", payee=reported))
    assert brief(payee_known.check(request, POLICY)) == expected


@pytest.mark.parametrize(
    ("option", "expected"), [("allow", OK), ("warn", ("WARN", "payee")), ("deny", STRANGER)]
)
def test_a_terminal_that_has_not_said_its_id(option: str, expected: tuple[str, str]) -> None:
    policy = with_option("payee-known", unknown_terminal=option)
    assert brief(payee_known.check(Request(intent()), policy)) == expected
    assert brief(payee_known.check(Request(refund()), policy)) == STRANGER


def test_an_empty_list_trusts_nobody() -> None:
    policy = replace(POLICY, payees=Payees())
    request = Request(intent(), link=LinkState("zvt", payee="52001233"))
    assert brief(payee_known.check(request, policy)) == STRANGER


@pytest.mark.parametrize(
    ("payees", "expected"),
    [
        (("emv:pix:shop@ours",), OK),
        (("emv:pix:shop@0urs",), STRANGER),
        (("emv:pix:thief",), STRANGER),
        (("emv:pix:shop@ours", "emv:pix:thief"), STRANGER),
        (("emv:pix:thief", "emv:pix:shop@ours"), STRANGER),
        ((), STRANGER),
    ],
)
def test_a_swapped_sticker_is_found(payees: tuple[str, ...], expected: tuple[str, str]) -> None:
    sticker = replace(scan("merchant_code", "emv"), payees=payees)
    assert brief(payee_known.check(Request(sticker), POLICY)) == expected


def test_payment_codes_and_paper_have_no_payee_here() -> None:
    assert payee_known.check(Request(scan()), POLICY) is None
    assert payee_known.check(Request(receipt()), POLICY) is None


def test_scans_and_paper_are_not_a_links_business() -> None:
    for subject in (scan(), receipt()):
        request = Request(subject, link=FROZEN, clock_trusted=False)
        checks = (link_trusted.check, link_resolved.check, clock_trusted.check)
        assert [check(request, POLICY) for check in checks] == [None, None, None]
