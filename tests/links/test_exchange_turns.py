"""Silence and lost devices: what is not known stays not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.links.exchange_model import MAX_LATER, MAX_PROGRESS
from pos_guard.model import IntentKind, Outcome, Result
from pos_guard.store.ledger import Entry, Phase
from tests.exchange_rig import Rig
from tests.exchange_toy import LINK, Device, Toy
from tests.shop import PINS, TERMINAL_ID, Shop, shop

PAY = "SALE k1 1250"
SALE = IntentKind.SALE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


def paying(store: Shop, does: str, **settings: object) -> Rig:
    rig = Rig(store, Toy(**settings), Device({1250: does}))  # type: ignore[arg-type]  # of the test
    store.order(1250)
    rig.send(PAY)
    return rig


# -- silence ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("does", "phase", "answers"),
    [
        ("silent-after", Phase.POSTED, ["OK k1 1250 r-k1"]),
        ("silent", Phase.FAILED, ["DENY k1 unresolved"]),
    ],
)
def test_silence_is_unknown_until_the_device_says_what_became_of_it(
    store: Shop, does: str, phase: Phase, answers: list[str]
) -> None:
    rig = paying(store, does)
    rig.advance(119)
    assert rig.phases == [(SALE, Phase.RESERVED, 1250)]
    rig.advance(1.5)
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    assert rig.till == []  # nothing is claimed
    rig.advance(2)
    assert rig.phases == [(SALE, phase, 1250)]
    assert rig.device.heard == [PAY, "WHAT k1"]
    assert rig.till == answers
    assert rig.running == set()


def test_a_till_that_has_a_word_for_it_hears_it_once(store: Shop) -> None:
    rig = paying(store, "silent", silent_late=False)
    rig.advance(123)
    assert rig.till == ["LATE k1"]
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]


def test_the_device_s_own_late_answer_counts(store: Shop) -> None:
    rig = paying(store, "silent", asks_last=False)
    rig.advance(121)
    rig.device_says("OK k1 1250 r-1")
    assert rig.till == ["OK k1 1250 r-1"]
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]


@pytest.mark.parametrize(
    ("reply", "phase", "answers"),
    [
        ("LAST k1 OK 1250 r-1", Phase.POSTED, ["OK k1 1250 r-1"]),
        ("LAST k1 NO 05", Phase.VOIDED, ["DENY k1 unresolved"]),
        ("LAST k1 ?", Phase.POSTED, []),
    ],
)
@pytest.mark.parametrize("between", [False, True])
def test_an_approval_after_our_question_waits_for_its_answer(
    store: Shop, reply: str, phase: Phase, answers: list[str], between: bool
) -> None:
    rig = paying(store, "silent")
    rig.device.mute = True
    rig.advance(121.5)
    if between:
        rig.advance(16)  # nothing came in time
    rig.device_says("OK k1 1250 r-1")
    assert rig.till == []
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]  # and durable
    for _ in range(4):
        rig.advance(31)
        rig.device_says(reply)
    rig.advance(60)
    assert rig.till == answers
    assert rig.phases == [(SALE, phase, 1250)]
    assert rig.running == set()
    if not answers:
        assert any("decided by hand" in tell.say.en for tell in rig.told)


@pytest.mark.parametrize(("reply", "phase"), [("NO k1 05", Phase.FAILED), ("?", Phase.UNKNOWN)])
def test_a_late_no_while_our_question_is_out_counts(store: Shop, reply: str, phase: Phase) -> None:
    rig = paying(store, "silent")
    rig.device.mute = True
    rig.advance(121.5)
    rig.device_says(reply)
    assert rig.phases == [(SALE, phase, 1250)]
    assert rig.till == (["NO k1 05"] if phase is Phase.FAILED else [])


def test_signs_of_life_keep_it_waiting_but_not_for_ever(store: Shop) -> None:
    rig = paying(store, "slow")
    for _ in range(3):
        rig.advance(100)
        rig.device_says("WORK k1")
    assert rig.phases == [(SALE, Phase.RESERVED, 1250)]
    rig.device_says(*["WORK k1"] * MAX_PROGRESS)
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]


def test_without_an_answer_it_is_asked_three_times_and_then_a_person_decides(store: Shop) -> None:
    rig = paying(store, "silent")
    rig.device.known = False
    rig.advance(300)
    assert rig.device.heard == [PAY] + ["WHAT k1"] * 3
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    store.order(500, "next")
    assert rig.send("SALE k2 500") == ["DENY k2 unresolved"]
    assert rig.send("PING k3")[-1].startswith("PONG k3")  # what only asks passes
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    assert rig.send("SALE k4 500")[-1].startswith("OK k4")


def test_the_till_s_own_question_counts_as_much(store: Shop) -> None:
    rig = paying(store, "silent-after")
    rig.device.known = False
    rig.advance(300)
    rig.device.known = True
    assert rig.send("WHAT k1") == ["LAST k1 OK 1250 r-k1"]
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]


@pytest.mark.parametrize("does", ["silent-after", "garbage"])
def test_a_lost_or_unreadable_device_is_unknown_until_it_is_back(store: Shop, does: str) -> None:
    rig = paying(store, does)
    if does == "silent-after":
        rig.unplug()
        assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
        rig.plug()
    else:
        assert rig.closed == ["device: unreadable answer: format"]
        assert "device -" in rig.signals
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    assert rig.device.heard.count(PAY) == 1


def test_an_outcome_that_the_device_itself_does_not_know(store: Shop) -> None:
    rig = paying(store, "maybe")
    assert rig.till == ["MAYBE k1"]
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    rig.advance(2)
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]


def test_a_query_without_an_answer_leaves_nothing_in_doubt(store: Shop) -> None:
    rig = Rig(store, Toy(silent_late=False))
    rig.device.mute = True
    rig.send("PING k1")
    rig.advance(121)
    assert rig.till == ["LATE k1"]
    rig.send("PING k2")
    rig.unplug()
    assert rig.till[-1] == "DENY k2 guard"
    assert rig.running == set()


def asking(store: Shop, **settings: object) -> Rig:
    """The guard's own question is out."""
    rig = paying(store, "silent", **settings)
    rig.device.mute = True
    rig.advance(121.5)
    return rig


def test_requests_wait_their_turn_while_the_guard_asks(store: Shop) -> None:
    rig = asking(store)
    assert rig.send("SALE k2 500", "PING k3") == []
    rig.device.mute = False
    rig.device_says("LAST k1 ?")
    assert rig.till == ["DENY k2 unresolved", f"PONG k3 {TERMINAL_ID}"]
    assert rig.signals.count("app +") == 3


def test_a_request_that_waits_its_turn_can_be_stopped(store: Shop) -> None:
    rig = asking(store)
    assert rig.send("SALE k2 500", "STOP") == ["STOPPED k2"]
    rig.device_says("LAST k1 ?")
    assert rig.till == ["STOPPED k2"]
    assert rig.send("STOP") == []  # what the device may have is for the device to stop
    assert rig.device.heard == [PAY, "WHAT k1", "STOP"]


@pytest.mark.parametrize(("keyed", "most"), [(True, MAX_LATER), (False, 1)])
def test_no_more_wait_than_can_be_told_apart(store: Shop, keyed: bool, most: int) -> None:
    rig = asking(store, keyed=keyed)
    rig.send(*[f"PING k{number}" for number in range(2, most + 2)])
    assert (rig.closed, rig.signals.count("app -")) == ([], 0)
    rig.send("PING k9")
    if keyed:
        assert rig.closed == ["till: too many requests at once"]
    else:
        assert (rig.closed, rig.signals[-1]) == ([], "app -")


def test_a_receipt_that_another_payment_has_proves_nothing(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "silent"}))
    store.order(500)
    rig.send("SALE k0 500")
    store.order(1250)
    rig.send(PAY)
    rig.device.mute = True
    rig.advance(121.5)
    rig.device_says("LAST k1 OK 1250 r-k0")
    assert rig.phases[-1] == (SALE, Phase.UNKNOWN, 1250)


@pytest.mark.parametrize("while_asking", [False, True])
def test_the_same_approval_twice_is_no_answer_to_the_next_request(
    store: Shop, while_asking: bool
) -> None:
    """Seed 6849: where requests have no numbers, the second one came for another amount."""
    rig = Rig(store, Toy(keyed=False), Device({500: "silent"}))
    store.order(1250)
    first = rig.send(PAY)[-1]
    store.order(500, "next")
    rig.send("SALE k2 500")
    if while_asking:
        rig.device.mute = True
        rig.advance(121.5)
    rig.device_says(first)
    assert rig.phases[-1] == (SALE, Phase.UNKNOWN if while_asking else Phase.RESERVED, 500)
    if not while_asking:
        rig.device_says(f"OK k2 500 r-2 {TERMINAL_ID}")
        assert rig.phases[-1] == (SALE, Phase.POSTED, 500)


# -- a side goes away ---------------------------------------------------------------------------


def test_a_till_that_vanishes_does_not_undo_the_payment(store: Shop) -> None:
    rig = paying(store, "slow")
    rig.hang_up()
    rig.device_says("OK k1 1250 r-1")
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    assert rig.signals[-1] == "device +"
    assert rig.till == ["WORK k1"]
    assert rig.running == set()


def test_an_approval_is_durable_before_device_and_till_hear_of_it(store: Shop) -> None:
    rig = paying(store, "slow")
    effects = rig.session.device_data(b"OK k1 1250 r-1\n")
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    rig.run(effects)
    assert rig.order[-2:] == ["device +", "till OK k1 1250 r-1"]


def test_a_device_that_acknowledges_nothing_is_hung_up_on(store: Shop) -> None:
    rig = Rig(store, device=Device(deaf=True))
    store.order(1250)
    rig.send(PAY)
    rig.advance(7)
    assert rig.closed == ["device: no acknowledgement"]
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]


def test_a_lost_device_while_the_guard_asks(store: Shop) -> None:
    rig = paying(store, "silent")
    rig.device.mute = True
    rig.advance(121.5)
    rig.device_says("WORK k1")
    rig.unplug()
    rig.device.mute = False
    rig.plug()
    assert rig.till[-1] == "DENY k1 unresolved"
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]


def test_what_a_person_decided_is_told_to_a_till_that_still_waits(store: Shop) -> None:
    rig = paying(store, "silent")
    rig.device.known = False
    rig.advance(123)
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    rig.advance(60)
    assert rig.till == ["DENY k1 unresolved"]
    assert rig.running == set()


def test_what_a_person_decided_stays_when_the_device_says_something_else(store: Shop) -> None:
    rig = paying(store, "silent", asks_last=False)
    rig.advance(121)
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    rig.device_says("OK k1 1250 r-1")
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    assert "decided by hand" in rig.told[-1].say.en


def test_another_terminal_s_answer_proves_nothing(store: Shop) -> None:
    class Elsewhere(Toy):
        def found(self, entry: Entry, unit: bytes) -> Outcome | None:
            found = super().found(entry, unit)
            return None if found is None else replace(found, payee="52009999")

    rig = Rig(store, Elsewhere(), Device({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY)
    rig.advance(300)
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]


@pytest.mark.parametrize(("key", "settled"), [("k2", True), ("k9", None)])
def test_a_day_that_is_closed_settles_what_was_taken_before(
    store: Shop, key: str, settled: bool | None
) -> None:
    rig = paying(store, "approve")
    rig.send(f"CLOSE {key}")
    (entry,) = store.store.ledger.search(link=LINK)
    assert store.store.batches.settled(LINK, entry.id) is settled
