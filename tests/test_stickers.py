"""The shop's own stickers: recognised, checked, and told from swapped and changed ones."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.errors import LocalError, StoreError
from pos_guard.frames.codes import Code, classify
from pos_guard.model import Receipt, Source
from pos_guard.money import Money
from pos_guard.policy.payees import Match
from pos_guard.stickers import MAX_EXPECT_S, MAX_NAME, Checked, Found
from pos_guard.store.stickers import Sticker
from tests.shop import POLICY, Shop, shop

GOLDEN = Path(__file__).parent / "golden" / "scan_checks.json"
CODES = {name: entry["payload"] for name, entry in json.loads(GOLDEN.read_text("utf-8")).items()}
OURS, WALLET, OPEN = CODES["receive_wechat"], CODES["receive_alipay_upper"], CODES["promptpay_open"]
AGGREGATOR = "https://qr.shop-bank.example/s/8812"


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=POLICY.replace('"EUR"', '"THB"'))
    yield made
    made.store.close()


def add(corner: Shop, name: str, payload: str, place: str = "counter") -> Sticker:
    return corner.guard.stickers.add(name, place, classify(payload), by="maya", account="app")


def check(corner: Shop, payload: str, name: str | None = None) -> Checked:
    return corner.guard.stickers.check(classify(payload), name, by="anna")


@pytest.mark.parametrize("payload", [OURS, WALLET, OPEN, AGGREGATOR, CODES["unionpay_shop"]])
def test_the_same_sticker_is_right_with_and_without_its_name(corner: Shop, payload: str) -> None:
    add(corner, "one", payload)
    add(corner, "two", "https://elsewhere.example/x")
    for name in ("one", None):
        found = check(corner, payload + "\r\n", name)
        assert (found.found, found.name, found.ok, found.match) == (
            Found.SAME,
            "one",
            True,
            Match.MATCH,
        )


@pytest.mark.parametrize("payload", [OURS, WALLET, OPEN, AGGREGATOR])
@pytest.mark.parametrize(
    "other", [CODES["receive_alipay"], CODES["promptpay_other"], CODES["lookalike"], "hello"]
)
def test_anything_else_was_swapped(corner: Shop, payload: str, other: str) -> None:
    add(corner, "one", payload)
    found = check(corner, other, "one")
    assert (found.found, found.ok) == (Found.SWAPPED, False)
    assert "被调换" in found.say.zh
    unnamed = check(corner, other)
    assert (unnamed.found, unnamed.name, unnamed.ok) == (Found.UNKNOWN, None, False)


def test_one_character_of_an_opaque_code_is_another_payee_and_close(corner: Shop) -> None:
    add(corner, "one", OURS)
    found = check(corner, OURS.replace("in9x", "in9y"), "one")
    assert (found.found, found.match) == (Found.SWAPPED, Match.CLOSE)


def test_the_same_payee_with_an_amount_was_changed_and_says_how(corner: Shop) -> None:
    add(corner, "one", OPEN)
    for name in ("one", None):
        found = check(corner, CODES["promptpay_30"], name)
        assert (found.found, found.name, found.ok) == (Found.CHANGED, "one", False)
        assert "amount" in found.changed
        assert "amount" in found.say.en
        assert "金额" in found.say.zh
        assert "amount" not in found.say.zh


def test_a_wallets_code_with_another_parameter_was_changed(corner: Shop) -> None:
    add(corner, "one", CODES["receive_alipay"])
    found = check(corner, CODES["receive_alipay"].partition("?")[0], "one")
    assert (found.found, found.changed) == (Found.CHANGED, ("text",))
    assert "写法" in found.say.zh


def test_a_changed_name_in_an_emv_code_is_named(corner: Shop) -> None:
    def emv(name: str) -> str:
        body = (
            "00020101021129370016A00000067701011101130066812223333520454115303764"
            f"5802TH59{len(name):02d}{name}6007BANGKOK6304"
        )
        return body + f"{binascii.crc_hqx(body.encode(), 0xFFFF):04X}"

    add(corner, "one", emv("CORNER SHOP"))
    found = check(corner, emv("CORNER SH0P"), "one")
    assert found.found is Found.CHANGED
    assert len(found.changed) == 1
    assert "name" in found.changed[0]
    assert "名称" in found.say.zh


def test_a_sticker_of_ours_at_the_wrong_place(corner: Shop) -> None:
    add(corner, "one", OURS)
    add(corner, "two", WALLET)
    found = check(corner, WALLET, "one")
    assert (found.found, found.name) == (Found.OTHER, "one")
    assert "two" in found.say.en


def test_a_check_is_kept_and_recorded_masked(corner: Shop) -> None:
    add(corner, "one", OURS)
    corner.clock.advance(60)
    check(corner, OURS, "one")
    kept = corner.store.stickers.get("one")
    assert kept is not None
    assert (kept.checked_by, kept.checked_as) == ("anna", "same")
    assert kept.checked_us == corner.clock.wall_us()
    records = list(corner.store.audit.records(kind="sticker"))
    assert [record.body["what"] for record in records] == ["added", "same"]
    assert [record.actor for record in records] == ["maya", "anna"]
    assert OURS not in json.dumps([record.as_json() for record in records])


@pytest.mark.parametrize(
    "payload",
    [
        CODES["wechat"],
        CODES["consumer"],
        CODES["friend"],
        CODES["order_alipay"],
        CODES["lookalike"],
        OPEN[:-4] + "0000",
        "6901028225168",
        "hello",
        "",
    ],
)
def test_only_whole_static_codes_are_registered(corner: Shop, payload: str) -> None:
    with pytest.raises(LocalError) as refused:
        add(corner, "one", payload)
    assert corner.store.stickers.all() == ()
    # The words for a customer's code are not for whoever registers one.
    assert "may be charged" not in str(refused.value)
    assert "Ask for" not in str(refused.value)


@pytest.mark.parametrize("name", ["", " one", "one\n", "x" * (MAX_NAME + 1), "\u202eeno"])
def test_a_name_and_a_place_are_words(corner: Shop, name: str) -> None:
    with pytest.raises(LocalError, match="name or place"):
        add(corner, name, OURS)
    with pytest.raises(LocalError, match="name or place"):
        add(corner, "one", OURS, name)


def test_names_and_codes_are_registered_once(corner: Shop) -> None:
    add(corner, "one", OURS)
    with pytest.raises(StoreError, match="already"):
        add(corner, "one", WALLET)
    with pytest.raises(StoreError, match="registered as 'one'"):
        add(corner, "two", OURS)
    with pytest.raises(LocalError, match="no sticker 'three'"):
        check(corner, OURS, "three")


@pytest.mark.parametrize("shown", [OURS, WALLET, WALLET.lower()])
def test_at_the_scanner_our_own_sticker_is_known_as_ours(corner: Shop, shown: str) -> None:
    add(corner, "one", OURS)
    add(corner, "two", WALLET)
    decision = corner.guard.judge_code(classify(shown), link="scanner")
    assert not decision.allowed
    assert decision.verdict.decisive.rule == "code-own"
    assert "付款码" in decision.say.zh


def test_a_code_made_for_one_order_is_not_the_sticker_with_the_same_payee(corner: Shop) -> None:
    add(corner, "one", OPEN)
    corner.guard.tell_order("A", Money(3000, "THB"), Source.BILL)
    assert corner.guard.judge_code(classify(CODES["promptpay_30"]), link="scanner").allowed
    assert not corner.guard.judge_code(classify(OPEN), link="scanner").allowed


def test_registered_payees_may_be_paid_until_they_are_forgotten(corner: Shop) -> None:
    paper = Receipt(
        claims_paid=False,
        order_id=None,
        total=Money(3000, "THB"),
        payees=classify(OPEN).payees,
    )

    def rule() -> bool:
        decision = corner.guard.judge_receipt(paper, link="printer")
        return decision.allowed

    assert not rule()
    add(corner, "one", OPEN)
    assert rule()
    corner.guard.stickers.remove("one", by="maya", account="app")
    assert not rule()


class TestNextScan:
    def expect(self, corner: Shop, name: str | None = None, seconds: int = 30) -> list[Checked]:
        found: list[Checked] = []
        corner.guard.stickers.expect(name, seconds, found.append, by="anna")
        return found

    def scanned(self, corner: Shop, payload: str) -> Checked | None:
        return corner.guard.stickers.scanned(classify(payload))

    def test_the_next_scan_is_the_check_and_only_that_one(self, corner: Shop) -> None:
        add(corner, "one", OURS)
        found = self.expect(corner, "one")
        first = self.scanned(corner, OURS)
        assert first is not None
        assert first.ok
        assert found == [first]
        assert self.scanned(corner, OURS) is None

    def test_a_customers_payment_code_is_judged_as_always(self, corner: Shop) -> None:
        add(corner, "one", OURS)
        found = self.expect(corner)
        assert self.scanned(corner, CODES["wechat"]) is None
        assert self.scanned(corner, WALLET) is not None
        assert [one.found for one in found] == [Found.UNKNOWN]

    def test_goods_and_what_the_scanner_says_itself_are_no_stickers(self, corner: Shop) -> None:
        """The cashier goes on selling while somebody walks to the sticker."""
        add(corner, "one", OURS)
        found = self.expect(corner, "one")
        assert self.scanned(corner, "6901028225168") is None
        assert corner.guard.stickers.scanned(classify("DFT.", aim="]Z6")) is None
        assert found == []
        assert self.scanned(corner, OURS) is not None

    def test_it_ends_with_its_time_or_when_it_is_given_up(self, corner: Shop) -> None:
        add(corner, "one", OURS)
        found = self.expect(corner, seconds=30)
        corner.clock.advance(31)
        assert self.scanned(corner, OURS) is None
        self.expect(corner)
        corner.guard.stickers.give_up()
        assert self.scanned(corner, OURS) is None
        assert found == []

    @pytest.mark.parametrize("seconds", [0, -1, MAX_EXPECT_S + 1])
    def test_it_is_bounded_and_for_one_at_a_time(self, corner: Shop, seconds: int) -> None:
        with pytest.raises(LocalError, match="seconds"):
            self.expect(corner, seconds=seconds)
        with pytest.raises(LocalError, match="no sticker"):
            self.expect(corner, "nothing")
        self.expect(corner)
        with pytest.raises(LocalError, match="another"):
            self.expect(corner)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80), st.sampled_from([*CODES.values()])))
def test_whatever_is_scanned_is_checked_and_only_statics_are_kept(
    corner: Shop, payload: bytes | str
) -> None:
    code = classify(payload)
    corner.guard.stickers.check(code, by="anna")
    try:
        corner.guard.stickers.add("fuzz", "wall", code, by="maya", account="app")
    except LocalError:
        assert corner.guard.stickers.of(code) is None
        return
    assert corner.guard.stickers.check(code, "fuzz", by="anna").ok
    assert not corner.guard.judge_code(code, link="scanner").allowed
    corner.guard.stickers.remove("fuzz", by="maya", account="app")


def test_stickers_outlive_the_process(corner: Shop) -> None:
    add(corner, "one", OURS)
    later = corner.reopened()
    code: Code = classify(OURS)
    assert later.guard.stickers.check(code, by="anna").ok
    later.store.close()
