"""From the scan to the charge over a real store: the guard rules G1 to G10, each by its number.

Payloads are published samples (tests/golden/scan_checks.json names their sources).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.frames.codes import classify
from pos_guard.guard import Decision
from pos_guard.model import Intent, IntentKind, Outcome, Receipt, Result, Source, Tender
from pos_guard.money import Money
from pos_guard.policy.verdict import Level, Reason
from pos_guard.store.ledger import Phase
from tests.shop import MERCHANT, PINS, POLICY, Shop, shop

GOLDEN = Path(__file__).parent / "golden" / "scan_checks.json"
CODES = {name: entry["payload"] for name, entry in json.loads(GOLDEN.read_text("utf-8")).items()}
YUAN = (
    POLICY.replace('"EUR"', '"CNY"')
    .replace('may = ["sale", "preauth"', 'may = ["sale", "manual_code", "preauth"')
    .replace("codes = []", 'codes = []\nalipay = ["2088101122136241"]')
)
BAHT = YUAN.replace('"CNY"', '"THB"').replace(
    "codes = []", 'codes = ["promptpay:a000000677010111:0066812223333"]'
)


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=YUAN)
    yield made
    made.store.close()


def owes(corner: Shop, fen: int, order: str) -> None:
    currency = corner.guard.policy.currency
    corner.guard.tell_order(order, Money(fen, currency), Source.BILL)


def scan(corner: Shop, name: str, *, typed: bool = False) -> Decision:
    return corner.guard.judge_code(classify(CODES[name]), link="scanner", typed=typed)


def charge(
    corner: Shop,
    name: str,
    fen: int = 1250,
    *,
    number: str = "O-1",
    tender: Tender = Tender.WECHAT,
    typed: bool = False,
) -> Decision:
    payee = MERCHANT if tender is Tender.WECHAT else "2088101122136241"
    intent = Intent(IntentKind.SALE, tender, fen, "CNY", payee=payee, reference=number)
    intent = corner.guard.codes.charging(intent, CODES[name], typed=typed)
    return corner.guard.judge(intent, link=str(tender))


def refused(decision: Decision) -> tuple[str, Reason]:
    assert not decision.allowed
    assert decision.say.zh
    assert decision.say.en
    return decision.verdict.decisive.rule, decision.reason


@pytest.mark.parametrize("kind", ["receive_wechat", "receive_alipay", "order_alipay", "friend"])
def test_g1_only_payment_codes_reach_the_provider(corner: Shop, kind: str) -> None:
    owes(corner, 1250, "A")
    assert refused(charge(corner, kind)) == ("code-kind", Reason.CODE)
    assert refused(scan(corner, kind))[0] == "code-kind"


def test_g1_the_wallet_of_the_code_is_the_channel(corner: Shop) -> None:
    owes(corner, 1250, "A")
    corner.guard.tell_tender(Tender.WECHAT, Source.APP)
    assert refused(scan(corner, "alipay")) == ("code-channel", Reason.CODE)
    assert refused(charge(corner, "alipay")) == ("code-channel", Reason.CODE)
    assert scan(corner, "wechat").allowed
    assert charge(corner, "wechat").allowed


@pytest.mark.parametrize("fen", [0, 125, 1205, 12500, 1251])
def test_g2_the_amount_is_the_orders_in_whole_fen(corner: Shop, fen: int) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    assert refused(charge(corner, "wechat", fen))[1] is Reason.AMOUNT
    assert charge(corner, "wechat", 1250).allowed


@pytest.mark.parametrize("result", [None, Result.UNKNOWN])
def test_g3_no_second_code_while_the_first_attempt_is_open(
    corner: Shop, result: Result | None
) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    first = charge(corner, "wechat")
    if result is not None:
        corner.guard.settle(first.id, Outcome(result))
    # The very code that is being charged, too: a fresh one would not help now.
    for shown in ("wechat_2", "wechat"):
        assert refused(scan(corner, shown)) == ("code-one-attempt", Reason.UNRESOLVED)
    again = refused(charge(corner, "wechat_2", number="O-2"))
    assert again[1] in {Reason.UNRESOLVED, Reason.AMOUNT}
    corner.guard.settle(first.id, Outcome(Result.DECLINED))
    assert scan(corner, "wechat_2").allowed
    assert charge(corner, "wechat_2", number="O-3").allowed


def test_g3_the_next_customer_is_not_held_up_by_an_unknown_payment(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    corner.guard.settle(charge(corner, "wechat").id, Outcome(Result.UNKNOWN))
    owes(corner, 300, "B")
    assert scan(corner, "wechat_2").allowed


def test_g3_a_code_is_charged_once_and_survives_no_restart(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    first = charge(corner, "wechat")
    corner.guard.settle(first.id, Outcome(Result.DECLINED))
    assert corner.guard.context().code is None
    assert refused(scan(corner, "wechat")) == ("code-fresh", Reason.CODE)
    later = corner.reopened()
    assert refused(scan(later, "wechat")) == ("code-fresh", Reason.CODE)
    assert refused(charge(later, "wechat", number="O-2"))[0] == "code-fresh"
    later.store.close()


def test_g4_a_wechat_code_is_charged_within_a_minute_of_its_first_scan(corner: Shop) -> None:
    owes(corner, 1250, "A")
    assert scan(corner, "wechat").allowed
    corner.clock.advance(40)
    assert scan(corner, "wechat").allowed, "scanned twice"
    corner.clock.advance(21)
    assert refused(charge(corner, "wechat")) == ("code-fresh", Reason.CODE)
    assert refused(scan(corner, "wechat")) == ("code-fresh", Reason.CODE)
    assert scan(corner, "wechat_2").allowed
    corner.clock.advance(60)
    assert charge(corner, "wechat_2").allowed


def test_g4_age_is_time_since_boot_not_what_the_clock_says(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    corner.clock.step_wall(3600)
    assert charge(corner, "wechat").allowed


def test_g5_an_unknown_result_is_not_failed_and_prints_nothing(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    first = charge(corner, "wechat")
    corner.guard.settle(first.id, Outcome(Result.UNKNOWN))
    paper = Receipt(claims_paid=True, order_id="A", total=Money(1250, "CNY"))
    assert not corner.guard.judge_receipt(paper, link="printer").allowed
    assert refused(charge(corner, "wechat_2", number="O-2"))[1] in {
        Reason.UNRESOLVED,
        Reason.AMOUNT,
    }
    corner.guard.settle(first.id, Outcome(Result.APPROVED, 1250, "CNY"))
    assert corner.guard.judge_receipt(paper, link="printer").allowed


def test_g6_a_reply_about_another_amount_freezes_the_link(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    first = charge(corner, "wechat")
    words = corner.guard.settle(first.id, Outcome(Result.APPROVED, 12500, "CNY"))
    assert words is not None
    assert corner.store.links.frozen("wechat") is not None


def test_g7_a_refund_takes_the_right_and_never_exceeds_what_was_paid(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    paid = charge(corner, "wechat")
    corner.guard.settle(paid.id, Outcome(Result.APPROVED, 1250, "CNY", receipt="4200001"))
    back = Intent(IntentKind.REFUND, Tender.WECHAT, 1251, "CNY", "O-1", MERCHANT, reference="R-1")
    assert refused(corner.guard.judge(back, link="wechat"))[1] is Reason.NOT_SIGNED_IN
    corner.sign_in("anna")
    assert refused(corner.guard.judge(back, link="wechat"))[1] is Reason.NOT_PERMITTED
    corner.sign_in("ben")
    assert refused(corner.guard.judge(back, link="wechat"))[1] is Reason.REMAINING
    first = corner.guard.judge(replace(back, amount=1250), link="wechat")
    assert first.allowed
    assert corner.guard.judge(replace(back, amount=1250), link="wechat").id == first.id


def test_g7_parts_of_a_refund_are_a_minute_apart_fifty_at_most_and_within_a_year(
    corner: Shop,
) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    paid = charge(corner, "wechat")
    corner.guard.settle(paid.id, Outcome(Result.APPROVED, 1250, "CNY", receipt="4200001"))

    def part(number: int) -> Decision:
        back = Intent(
            IntentKind.REFUND, Tender.WECHAT, 1, "CNY", "O-1", MERCHANT, reference=f"R-{number}"
        )
        corner.sign_in("ben")
        return corner.guard.judge(back, link="wechat")

    for number in range(50):
        decision = part(number)
        assert decision.allowed, decision.say.en
        corner.guard.settle(decision.id, Outcome(Result.APPROVED, 1, "CNY"))
        assert refused(part(1000 + number))[0] == "refund-window"
        corner.clock.advance(60)
    assert refused(part(50)) == ("refund-window", Reason.REMAINING)
    corner.clock.advance(366 * 86_400)
    assert refused(part(51)) == ("refund-window", Reason.ORIGINAL)


@pytest.mark.parametrize(
    ("name", "order", "expected"),
    [
        ("promptpay_30", 3000, None),
        ("promptpay_30", 3001, ("code-amount", Reason.AMOUNT)),
        ("promptpay_open", 3000, None),
        ("promptpay_other", 2015, ("payee-known", Reason.PAYEE)),
        ("fps", 5500, ("payee-known", Reason.PAYEE)),
    ],
)
def test_g8_a_merchant_code_pays_a_listed_id_the_orders_amount_in_our_currency(
    tmp_path: Path, name: str, order: int, expected: tuple[str, Reason] | None
) -> None:
    corner = shop(tmp_path, policy=BAHT)
    owes(corner, order, "A")
    decision = scan(corner, name)
    assert (None if decision.allowed else refused(decision)) == expected
    rules = {finding.rule: finding.level for finding in decision.verdict.findings}
    assert rules["code-amount"] is (Level.DENY if name == "fps" or order == 3001 else Level.ALLOW)
    corner.store.close()


def test_g8_a_checksum_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    corner = shop(tmp_path, policy=BAHT)
    owes(corner, 4000, "A")
    altered = CODES["promptpay_30"].replace("540530.00", "540540.00")
    assert altered != CODES["promptpay_30"]
    decision = corner.guard.judge_code(classify(altered), link="scanner")
    assert refused(decision)[0] == "code-kind"
    corner.store.close()


def test_g9_paid_on_paper_needs_a_payment(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    paper = Receipt(claims_paid=True, order_id="A", total=Money(1250, "CNY"))
    assert not corner.guard.judge_receipt(paper, link="printer").allowed


@pytest.mark.parametrize("aim", ["]Z0", "]Z6"])
def test_g10_set_up_codes_and_menu_replies_are_no_scans(corner: Shop, aim: str) -> None:
    reply = classify("CBRENA1,SSX0,CK20,CCT1,MIN2,MAX60,DFT.", aim=aim)
    decision = corner.guard.judge_code(reply, link="scanner")
    assert refused(decision) == ("code-kind", Reason.CODE)


def test_a_lookalike_is_named_as_fraud(corner: Shop) -> None:
    decision = scan(corner, "lookalike")
    assert refused(decision) == ("code-lookalike", Reason.CODE)
    assert "qr.alipay.com" in decision.say.zh


@pytest.mark.parametrize(
    "around",
    [
        " {}",
        "{} ",
        "{}\t\t",
        "{},",
        "+{}",
        "\ufeff{}",
        "{}\u200b",
        "{}\r{}",
        "lane 2\n{}\n",
    ],
)
def test_a_payment_code_among_other_signs_is_no_text_for_the_till(
    corner: Shop, around: str
) -> None:
    """A till that trims what it reads would charge it, though no check has seen it."""
    shown = around.format(CODES["wechat"], CODES["wechat"])
    decision = corner.guard.judge_code(classify(shown), link="scanner")
    assert refused(decision) == ("code-kind", Reason.CODE)
    assert "付款码" in decision.say.zh


@pytest.mark.parametrize("zero", ["\uff10", "\u0660", "\u0966"])
def test_digits_of_another_script_are_digits_to_a_till(corner: Shop, zero: str) -> None:
    shown = "".join(chr(ord(zero) + int(digit)) for digit in CODES["wechat"])
    decision = corner.guard.judge_code(classify(shown), link="scanner")
    assert refused(decision) == ("code-kind", Reason.CODE)


@pytest.mark.parametrize(
    "text",
    [
        "A134621000053364349",
        "2026-11-22 14:02:28 0001",
        "13-46-21",
        "\u4f1a\u5458 134621000053364349",
        "-",
    ],
)
def test_other_text_with_digits_passes(corner: Shop, text: str) -> None:
    assert corner.guard.judge_code(classify(text), link="scanner").allowed


class TestTyped:
    def test_a_typed_code_is_sent_back_to_the_scanner_then_takes_the_right(
        self, corner: Shop
    ) -> None:
        owes(corner, 1250, "A")
        assert refused(scan(corner, "wechat", typed=True)) == ("code-typed", Reason.CODE)
        assert refused(scan(corner, "wechat", typed=True)) == ("code-typed", Reason.NOT_PERMITTED)
        corner.sign_in("ben")
        assert refused(scan(corner, "wechat", typed=True)) == ("code-typed", Reason.NOT_PERMITTED)
        corner.sign_in("anna")
        assert scan(corner, "wechat", typed=True).allowed
        assert charge(corner, "wechat").allowed

    def test_a_charge_says_that_its_code_was_typed(self, corner: Shop) -> None:
        owes(corner, 1250, "A")
        corner.sign_in("anna")
        assert refused(charge(corner, "wechat", typed=True)) == ("code-typed", Reason.CODE)
        assert charge(corner, "wechat", number="O-2", typed=True).allowed

    def test_what_no_scanner_saw_was_typed_where_one_serves(self, corner: Shop) -> None:
        owes(corner, 1250, "A")
        corner.sign_in("ben")
        corner.guard.scanner_serves()
        assert refused(charge(corner, "wechat")) == ("code-typed", Reason.CODE)
        assert refused(charge(corner, "wechat"))[1] is Reason.NOT_PERMITTED
        assert scan(corner, "wechat").allowed
        assert charge(corner, "wechat").allowed

    def test_where_no_scanner_serves_an_unseen_code_is_a_warning(self, corner: Shop) -> None:
        owes(corner, 1250, "A")
        decision = charge(corner, "wechat")
        assert decision.verdict.level is Level.WARN
        assert decision.verdict.decisive.rule == "code-typed"

    def test_a_code_that_was_scanned_may_be_typed_again(self, corner: Shop) -> None:
        owes(corner, 1250, "A")
        assert scan(corner, "wechat").allowed
        assert scan(corner, "wechat", typed=True).allowed
        assert charge(corner, "wechat").verdict.level is Level.ALLOW

    def test_the_count_belongs_to_one_order_and_ends_with_its_payment(self, corner: Shop) -> None:
        corner.sign_in("anna")
        owes(corner, 1250, "A")
        assert not scan(corner, "wechat", typed=True).allowed
        owes(corner, 300, "B")
        assert refused(scan(corner, "wechat", typed=True)) == ("code-typed", Reason.CODE)
        assert charge(corner, "wechat", 300).allowed
        assert corner.guard.context().rescans == 0

    def test_a_second_person_is_asked_where_the_policy_wants_one(self, tmp_path: Path) -> None:
        policy = YUAN + '[rules.code-typed]\nsecond_person = "always"\n'
        corner = shop(tmp_path, policy=policy)
        corner.sign_in("anna")
        owes(corner, 1250, "A")
        assert refused(scan(corner, "wechat", typed=True)) == ("code-typed", Reason.CODE)
        assert scan(corner, "wechat", typed=True).allowed
        held = charge(corner, "wechat")
        assert held.needs_person
        assert corner.store.ledger.entry(held.id).phase is Phase.WAITING
        corner.guard.approve(held.id, "maya", PINS["maya"])
        assert corner.guard.rejudge(held.id).allowed
        corner.store.close()

    def test_the_record_says_how_the_code_was_entered_and_never_the_code(
        self, corner: Shop
    ) -> None:
        owes(corner, 1250, "A")
        scan(corner, "wechat", typed=True)
        charge(corner, "wechat", typed=True)
        for record in corner.store.audit.records():
            assert CODES["wechat"] not in json.dumps(record.as_json())
        shown = next(iter(corner.store.audit.records(kind="scan"))).body
        assert (shown["typed"], shown["masked"]) == (True, "1346**********4349")


def test_a_code_that_nobody_charged_is_forgotten_too(corner: Shop) -> None:
    scan(corner, "wechat")
    corner.clock.advance(599)
    owes(corner, 1250, "A")
    assert corner.store.context.all().get("code") is not None
    corner.clock.advance(2)
    owes(corner, 1250, "B")
    assert corner.store.context.all().get("code") is None


def test_after_a_power_cut_a_code_is_scanned_anew(corner: Shop) -> None:
    owes(corner, 1250, "A")
    scan(corner, "wechat")
    corner.clock.reboot()
    later = corner.reopened()
    owes(later, 1250, "A")
    assert refused(charge(later, "wechat")) == ("code-fresh", Reason.CODE)
    later.store.close()


def test_a_wallet_known_only_to_the_scanner_is_charged_as_it_was_scanned(corner: Shop) -> None:
    owes(corner, 1250, "A")
    number = "5678123456789012345"  # WeBank's shape: by configuration only
    code = classify(number, also=frozenset({"webank"}))
    assert code.payable
    assert corner.guard.judge_code(code, link="scanner").allowed
    charged = corner.guard.codes.charging(
        Intent(IntentKind.SALE, Tender.WECHAT, 1250, "CNY"), number
    )
    assert charged.payer is not None
    assert (charged.payer.payable, charged.payer.scheme) == (True, "webank")
