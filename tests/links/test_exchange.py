"""One session for request and answer protocols: what passes, what does not, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.links.exchange_model import MAX_LATER
from pos_guard.links.exchange_words import NOT_APPROVED
from pos_guard.model import IntentKind, Source
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Phase
from tests.exchange_rig import Rig
from tests.exchange_toy import LINK, Device, Toy
from tests.shop import PINS, TERMINAL_ID, Shop, shop

PAY = "SALE k1 1250"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


# -- what passes --------------------------------------------------------------------------------


@pytest.mark.parametrize("acks", [True, False])
def test_a_right_payment_passes_byte_for_byte(store: Shop, acks: bool) -> None:
    rig = Rig(store, acks=acks)
    store.order(1250)
    assert rig.send(PAY) == ["WORK k1", f"OK k1 1250 r-k1 {TERMINAL_ID}"]
    assert rig.device.heard == [PAY]
    assert rig.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert rig.running == set()


@pytest.mark.parametrize(("ask", "answer"), [("PING k1", "PONG k1"), ("SET k1", None)])
def test_what_only_asks_passes(store: Shop, ask: str, answer: str | None) -> None:
    rig = Rig(store)
    got = rig.send(ask)
    assert [unit[:7] for unit in got] == ([] if answer is None else [answer])
    assert rig.device.heard == [ask]
    store.order(1250)
    assert rig.send("SALE k2 1250")[-1].startswith("OK k2")
    assert rig.running == set()


def test_a_declined_payment_is_declined_for_everybody(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "decline"}))
    store.order(1250)
    assert rig.send(PAY) == ["NO k1 05"]
    assert rig.phases == [(IntentKind.SALE, Phase.FAILED, 1250)]


def test_what_the_device_sends_unasked_is_acknowledged_and_stays_here(store: Shop) -> None:
    rig = Rig(store)
    rig.device_says("OK k9 500 r-9", "WORK k9")
    assert rig.till == []
    assert rig.signals == ["device +"] * 2
    assert rig.phases == []


def test_in_observe_mode_nothing_well_formed_is_blocked(tmp_path: Path) -> None:
    made = shop(tmp_path, mode=Mode.OBSERVE)
    rig = Rig(made)
    made.order(1250)
    assert rig.send("SALE k1 99900")[-1].startswith("OK k1")
    assert rig.send("REFUND k2 99900 r-1")[-1].startswith("OK k2")
    made.store.close()


# -- what does not ------------------------------------------------------------------------------


def test_a_refused_request_never_reaches_the_device(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    assert rig.send("SALE k1 12500") == ["DENY k1 amount"]
    assert rig.device.heard == []
    assert rig.phases == [(IntentKind.SALE, Phase.REFUSED, 12500)]
    assert rig.told[-1].say.zh


@pytest.mark.parametrize(
    ("unit", "answer"),
    [
        ("SALE k1 12x0", "BAD digits"),
        ("SALE k1 1250 ", "BAD format"),
        ("sale k1 1250", "BAD format"),
        ("ODD k1", "DENY k1 not-permitted"),
    ],
)
def test_what_is_not_understood_is_refused_and_recorded(
    store: Shop, unit: str, answer: str
) -> None:
    rig = Rig(store)
    store.order(1250)
    assert rig.send(unit) == [answer]
    assert rig.device.heard == []
    assert next(iter(store.store.audit.records(limit=1))).kind == "refusal"


@pytest.mark.parametrize("unit", ["SALE k1 12x0", "ODD k1", "SALE k1 12500"])
@pytest.mark.parametrize(("acks", "ends"), [(True, ["app -"]), (False, [])])
def test_without_words_for_a_no_the_line_says_it_or_hangs_up(
    store: Shop, unit: str, acks: bool, ends: list[str]
) -> None:
    rig = Rig(store, Toy(speechless=True), acks=acks)
    store.order(1250)
    assert rig.send(unit) == []
    assert rig.signals == ends
    assert len(rig.closed) == (0 if acks else 1)
    assert rig.device.heard == []


def test_every_unit_of_a_segment_is_judged_by_itself(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    got = rig.send(PAY, "REFUND k2 99900 r-1")
    assert "DENY k2 malformed" in got
    assert rig.device.heard == [PAY]
    assert rig.send("REFUND k3 99900 r-1")[-1].startswith("DENY k3")
    assert rig.device.heard == [PAY]


def test_behind_a_hang_up_nothing_is_read(store: Shop) -> None:
    rig = Rig(store, Toy(speechless=True), acks=False)
    store.order(1250)
    rig.send("garbage", PAY)
    assert rig.device.heard == []
    assert rig.phases == []


def test_segments_may_end_anywhere(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    for byte in f"{PAY}\n".encode():
        rig.raw(bytes([byte]))
    assert rig.till[-1].startswith("OK k1")


def test_a_broken_line_is_said_no_to_and_an_endless_one_hung_up_on(store: Shop) -> None:
    rig = Rig(store)
    rig.raw(b"!broken\n")
    assert (rig.signals, rig.closed) == (["app -"], [])
    rig.raw(b"x" * 200)
    assert rig.closed == ["till: length"]
    assert rig.device.heard == []


def test_without_a_device_nothing_is_judged_as_sent(store: Shop) -> None:
    rig = Rig(store)
    rig.unplug()
    store.order(1250)
    assert rig.send(PAY) == ["DENY k1 guard"]
    assert rig.send("PING k2") == ["DENY k2 guard"]
    assert rig.phases == []
    assert "not connected" in rig.told[-1].say.en


def test_another_amount_than_asked_freezes_the_link(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "silent"}))
    store.order(1250)
    rig.send(PAY)
    rig.device_says("OK k1 1300 r-1")
    assert any("13.00" in tell.say.en for tell in rig.told)
    store.order(500)
    assert rig.send("SALE k2 500") == ["DENY k2 frozen"]


def test_a_swapped_device_freezes_the_link(store: Shop) -> None:
    rig = Rig(store, device=Device(terminal_id="99999999"))
    rig.send("PING k1")
    store.order(1250)
    assert rig.send("SALE k2 1250") == ["DENY k2 frozen"]


def test_a_known_terminal_id_is_recorded_once(store: Shop) -> None:
    rig = Rig(store)
    before = len(list(store.store.audit.records(kind="payee")))
    for number in range(3):
        rig.send(f"PING k{number}")
    assert len(list(store.store.audit.records(kind="payee"))) == before


# -- the same bytes again, and a second request --------------------------------------------------


def test_the_same_bytes_while_open_are_judged_once(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "slow"}))
    store.order(1250)
    rig.send(PAY)
    assert rig.send(PAY, PAY) == []
    assert rig.signals.count("app +") == 3
    assert rig.device.heard == [PAY]
    assert rig.phases == [(IntentKind.SALE, Phase.RESERVED, 1250)]
    rig.device_says("OK k1 1250 r-1")
    assert rig.till[-1] == "OK k1 1250 r-1"


def test_an_answer_that_was_not_acknowledged_is_given_again(store: Shop) -> None:
    rig = Rig(store, polite=False)
    store.order(1250)
    rig.send(PAY)
    rig.advance(7)  # three tries, then the till counts as gone
    rig.till.clear()
    rig.polite = True
    assert rig.send(PAY) == [f"OK k1 1250 r-k1 {TERMINAL_ID}"]
    assert rig.device.heard == [PAY]
    assert rig.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]


def test_a_till_that_came_back_gets_the_answer_once_and_for_its_own_order(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "slow"}))
    store.order(1250)
    rig.send(PAY)
    rig.hang_up()
    rig.device_says("OK k1 1250 r-1")
    assert rig.till == ["WORK k1"]
    assert rig.send(PAY) == ["OK k1 1250 r-1"]
    assert rig.send(PAY)[0].startswith("DENY k1")  # it had it: this is another payment
    assert rig.device.heard == [PAY]


def test_a_new_customer_s_same_amount_is_not_answered_with_the_last_approval(store: Shop) -> None:
    rig = Rig(store, Toy(keyed=False), device=Device({1250: "slow"}))
    store.order(1250)
    rig.send(PAY)
    rig.hang_up()
    rig.device_says("OK k1 1250 r-1")
    store.order(1250, "order-2")
    assert rig.send(PAY) == ["DENY  duplicate"]


def test_after_a_while_an_untaken_answer_is_forgotten(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "slow"}))
    store.order(1250)
    rig.send(PAY)
    rig.hang_up()
    rig.device_says("OK k1 1250 r-1")
    rig.advance(61)
    assert rig.send(PAY)[0].startswith("DENY k1")


def test_a_second_request_is_refused_at_once_where_numbers_tell_them_apart(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "slow"}))
    store.order(1250)
    assert rig.send(PAY)
    assert rig.send("SALE k2 500") == ["DENY k2 malformed"]
    assert rig.device.heard == [PAY]


@pytest.mark.parametrize(
    ("acks", "second"), [(True, "SALE k2 500"), (True, "PING k2"), (False, "SALE k2 500")]
)
def test_without_numbers_a_second_request_is_said_no_to_at_once(
    store: Shop, acks: bool, second: str
) -> None:
    """Words that came later would be taken for the answer to the request after it."""
    rig = Rig(store, Toy(keyed=False), device=Device({1250: "slow"}), acks=acks)
    store.order(1250)
    rig.send(PAY)
    assert rig.send(second) == []
    assert rig.signals[-1:] == (["app -"] if acks else [])
    assert rig.closed == []
    rig.device_says("OK k1 1250 r-1")
    assert rig.till == ["WORK k1", "OK k1 1250 r-1"] + ([] if acks else ["DENY  malformed"])
    assert rig.closed == ([] if acks else ["till: a second request while one was open"])
    store.order(500)
    assert rig.send("SALE k3 500")[-1].startswith("OK k3 500")  # and nothing came before it
    assert rig.device.heard == [PAY, "SALE k3 500"]


def test_too_many_at_once_are_hung_up_on_where_no_line_says_no(store: Shop) -> None:
    rig = Rig(store, Toy(keyed=False), device=Device({1250: "slow"}), acks=False)
    store.order(1250)
    rig.send(PAY)
    rig.send(*[f"PING k{number}" for number in range(MAX_LATER + 1)])
    assert rig.closed == ["till: too many requests at once"]
    rig.device_says("OK k1 1250 r-1")
    assert rig.till == ["WORK k1"]
    assert rig.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]


def test_who_waits_for_nothing_is_told_in_words(store: Shop) -> None:
    rig = Rig(store, Toy(keyed=False), device=Device({1250: "slow"}))
    store.order(1250)
    rig.send(PAY)
    rig.hang_up()
    assert rig.send("SALE k2 500") == ["DENY  malformed"]
    rig.device_says("OK k1 1250 r-1")
    assert rig.till[-1] == "DENY  malformed"
    assert rig.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]


# -- a person decides ---------------------------------------------------------------------------

REFUND = "REFUND k1 2500 r-0"


def held(store: Shop, rig: Rig) -> int:
    sale = store.paid_sale(2500, link=LINK)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    assert rig.send(REFUND) == []
    assert rig.signals[-1] == "app +"
    assert rig.device.heard == []
    return rig.asked[-1]


def test_an_approved_request_goes_on_with_the_same_bytes(store: Shop) -> None:
    rig = Rig(store)
    decision = held(store, rig)
    rig.advance(25)
    assert rig.till == ["WAIT k1"] * 2
    store.guard.approve(decision, "maya", PINS["maya"])
    rig.answer(decision)
    assert rig.device.heard == [REFUND]
    assert rig.till[-1].startswith("OK k1 2500")
    assert rig.phases[-1] == (IntentKind.REFUND, Phase.POSTED, 2500)
    assert rig.running == set()


def test_a_declined_request_is_refused(store: Shop) -> None:
    rig = Rig(store)
    decision = held(store, rig)
    store.guard.decline(decision, "maya")
    rig.answer(decision)
    assert rig.till == ["DENY k1 declined-by-person"]
    assert rig.told[-1].say == NOT_APPROVED
    assert rig.device.heard == []


def test_nobody_decides_in_time(store: Shop) -> None:
    rig = Rig(store)
    decision = held(store, rig)
    rig.advance(61)
    assert rig.till[-1] == "DENY k1 declined-by-person"
    assert rig.phases[-1][1] is Phase.ABANDONED
    rig.answer(decision)
    assert rig.device.heard == []


@pytest.mark.parametrize(
    ("how", "answer"), [("STOP", "STOPPED k1"), ("UNDO k2 k1", "UNDONE k2"), (None, None)]
)
def test_a_till_that_gives_up_while_held(store: Shop, how: str | None, answer: str | None) -> None:
    rig = Rig(store)
    decision = held(store, rig)
    if how is None:
        rig.hang_up()
    else:
        assert rig.send(how) == [answer]
    assert rig.phases[-1][1] is Phase.ABANDONED
    rig.answer(decision)
    assert rig.device.heard == []
    assert rig.running == set()


def test_approved_when_the_device_is_gone_it_is_not_sent(store: Shop) -> None:
    rig = Rig(store)
    decision = held(store, rig)
    rig.unplug()
    store.guard.approve(decision, "maya", PINS["maya"])
    rig.answer(decision)
    assert rig.till[-1] == "DENY k1 guard"
    assert rig.phases[-1][1] is Phase.FAILED
    rig.plug()
    assert rig.device.heard == []


def test_a_held_request_repeated_is_asked_about_once(store: Shop) -> None:
    rig = Rig(store)
    held(store, rig)
    rig.send(REFUND)
    assert len(rig.asked) == 1
    assert rig.send("SALE k2 500") == ["DENY k2 malformed"]
