"""Stopping and taking back, and starting anew: what was sent is taken back by the device alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.links.exchange_model import MAX_PAST, Past
from pos_guard.model import IntentKind
from pos_guard.store.ledger import Phase
from tests.exchange_rig import Rig
from tests.exchange_toy import LINK, Device, Toy
from tests.shop import TERMINAL_ID, Shop, shop

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


# -- stopping and taking back ------------------------------------------------------------------


def test_a_stop_of_what_was_forwarded_passes(store: Shop) -> None:
    rig = paying(store, "slow")
    rig.send("STOP")
    assert rig.device.heard == [PAY, "STOP"]
    rig.device_says("NO k1 05")
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]


def test_a_stop_of_nothing_is_answered_here(store: Shop) -> None:
    rig = Rig(store)
    assert rig.send("STOP") == ["STOPPED "]
    assert rig.device.heard == []


def test_taking_back_an_approval_that_the_till_had_is_a_void(store: Shop) -> None:
    rig = paying(store, "approve")
    assert rig.send("UNDO k2 k1") == ["UNDONE k2"]
    assert rig.device.book == {"k1": (1250, False)}
    assert rig.phases == [(SALE, Phase.VOIDED, 1250)]
    assert next(iter(store.store.audit.records(kind="case"))).body["why"] == (
        "revoked-after-approval"
    )
    assert rig.running == set()


@pytest.mark.parametrize("after", [1.0, 121.0])
def test_taking_back_what_has_no_answer_makes_it_not_paid(store: Shop, after: float) -> None:
    rig = paying(store, "silent-after", asks_last=False)
    rig.advance(after)
    assert rig.send("UNDO k2 k1") == ["UNDONE k2"]
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    rig.device_says("OK k1 1250 r-1")  # and its answer comes too late
    assert rig.till == ["UNDONE k2"]
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    store.order(500, "next")
    assert rig.send("SALE k3 500")[-1].startswith("OK k3")


def test_an_approval_that_comes_while_it_is_taken_back_is_void(store: Shop) -> None:
    rig = paying(store, "slow")
    rig.device.silent_undo = True
    rig.send("UNDO k2 k1")
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    rig.device_says("OK k1 1250 r-1")
    assert rig.phases == [(SALE, Phase.VOIDED, 1250)]
    rig.device_says("UNDONE k2")
    assert rig.till == ["WORK k1", "UNDONE k2"]
    assert rig.phases == [(SALE, Phase.VOIDED, 1250)]


@pytest.mark.parametrize("does", ["approve", "silent-after"])
def test_without_numbers_the_last_request_is_taken_back(store: Shop, does: str) -> None:
    rig = paying(store, does, keyed=False)
    assert rig.send("UNDO k2 k1")[-1] == "UNDONE k2"
    expected = Phase.VOIDED if does == "approve" else Phase.FAILED
    assert rig.phases == [(SALE, expected, 1250)]


def test_taking_back_a_request_that_still_waits_its_turn(store: Shop) -> None:
    rig = paying(store, "silent")
    rig.device.mute = True
    rig.advance(121.5)
    assert rig.send("SALE k2 500", "UNDO k3 k2") == []
    rig.device_says("LAST k1 ?")
    assert rig.till == ["DENY k2 unresolved", "UNDONE k3"]
    assert rig.device.heard == [PAY, "WHAT k1"]


def test_taking_back_that_goes_on_for_a_while(store: Shop) -> None:
    rig = paying(store, "approve")
    rig.device.silent_undo = True
    rig.send("UNDO k2 k1")
    rig.advance(100)
    rig.device_says("WORK k2")
    rig.advance(100)
    rig.hang_up()
    rig.device_says("UNDONE k2")
    assert rig.till[-1] == "WORK k2"
    assert rig.running == set()
    rig.send("UNDO k2 k1")
    assert rig.till[-1] == "UNDONE k2"  # it had not taken that answer


def test_a_stop_while_nobody_knows_passes_if_it_can(store: Shop) -> None:
    rig = paying(store, "silent", asks_last=False, silent_late=False)
    rig.advance(121)
    rig.send("STOP")
    assert rig.device.heard == [PAY, "STOP"]
    rig.unplug()
    assert rig.send("STOP") == ["LATE "]


def test_what_was_never_forwarded_is_undone_here(store: Shop) -> None:
    rig = Rig(store)
    assert rig.send("SALE k1 12500")[-1].startswith("DENY k1")
    assert rig.send("UNDO k2 k1") == ["UNDONE k2"]
    assert rig.device.heard == []


def test_what_nobody_knows_is_taken_back_all_the_same_and_recorded(store: Shop) -> None:
    rig = Rig(store)
    assert rig.send("UNDO k2 k77") == ["UNDONE k2"]
    assert rig.device.heard == ["UNDO k2 k77"]
    assert next(iter(store.store.audit.records(limit=1))).kind == "undo"


def test_a_repeat_of_it_passes_again_and_counts_once(store: Shop) -> None:
    rig = paying(store, "approve")
    rig.device.silent_undo = True
    rig.send("UNDO k2 k1")
    rig.send("UNDO k2 k1")
    rig.send("UNDO k3 k1")  # another one waits
    assert rig.device.heard == [PAY, "UNDO k2 k1", "UNDO k2 k1"]
    assert len(list(store.store.audit.records(kind="case"))) == 1
    rig.device.silent_undo = False
    rig.device_says("UNDONE k2")
    assert rig.till[-2:] == ["UNDONE k2", "UNDONE k3"]


def test_a_device_that_does_not_take_it_back(store: Shop) -> None:
    rig = paying(store, "silent", asks_last=False)
    rig.device.refuses_undo = True
    assert rig.send("UNDO k2 k1") == ["KEPT k2"]
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    assert "not confirmed" in rig.told[-1].say.en


@pytest.mark.parametrize("gone", [False, True])
def test_taking_back_without_an_answer_is_told_and_asked_again(store: Shop, gone: bool) -> None:
    rig = paying(store, "silent-after", silent_late=False)
    rig.device.silent_undo = True
    rig.send("UNDO k2 k1")
    assert rig.send("SALE k3 500") == ["DENY k3 malformed"] or rig.till == []
    if gone:
        rig.unplug()
        assert rig.send("UNDO k2 k1")[-1] == "LATE k2"
        rig.plug()
    else:
        rig.advance(122)
    assert "LATE k2" in rig.till
    assert rig.phases[0][1] is Phase.VOIDED  # the device says that it was paid: taken back
    assert rig.device.heard[-1] == "WHAT k1"


# -- starting anew ------------------------------------------------------------------------------


def restarted(rig: Rig) -> None:
    rig.shop.store.close()
    rig.shop = rig.shop.reopened()
    rig.open()


@pytest.mark.parametrize("does", ["silent-after", "silent"])
def test_what_was_open_is_found_out_before_anything_else_moves(store: Shop, does: str) -> None:
    rig = paying(store, does)
    restarted(rig)
    assert rig.phases == [(SALE, Phase.POSTED if does == "silent-after" else Phase.FAILED, 1250)]
    assert rig.device.heard == [PAY, "WHAT k1"]
    rig.shop.store.close()


def test_a_till_that_survives_may_wait_in_silence_for_what_is_found_out(store: Shop) -> None:
    rig = paying(store, "silent", asks_last=False)
    rig.app_survives = True
    restarted(rig)
    assert rig.send(PAY) == []
    rig.device_says("NO k1 05")
    assert rig.till == ["NO k1 05"]
    rig.shop.store.close()


@pytest.mark.parametrize("survives", [False, True])
def test_a_till_that_repeats_after_a_restart_is_not_charged_again(
    store: Shop, survives: bool
) -> None:
    rig = paying(store, "silent", asks_last=False, keyed=not survives, silent_late=False)
    rig.app_survives = survives
    restarted(rig)
    assert rig.send(PAY)[-1].startswith("LATE")
    assert rig.device.heard == [PAY]
    rig.device_says("NO k1 05")
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    rig.shop.store.close()


def test_taking_back_after_a_restart_finds_the_request_by_its_number(store: Shop) -> None:
    rig = paying(store, "approve")
    restarted(rig)
    assert rig.send("UNDO k2 k1") == ["UNDONE k2"]
    assert rig.phases == [(SALE, Phase.VOIDED, 1250)]
    rig.shop.store.close()


def test_a_refusal_now_does_not_hide_what_was_forwarded_before(store: Shop) -> None:
    rig = paying(store, "approve")
    restarted(rig)
    assert rig.send("SALE k1 12500")[-1].startswith("DENY k1")
    rig.send("UNDO k2 k1")
    assert rig.device.book == {"k1": (1250, False)}
    rig.shop.store.close()


def test_fates_are_bounded_and_forwarding_is_not_forgotten_for_a_refusal() -> None:
    past = Past()
    past.forwarded("a", 7)
    past.kept("a")
    assert not past.was_kept("a")
    for number in range(MAX_PAST):
        past.kept(str(number))
    assert past.entry("a") is None
    assert past.was_kept("0")
    assert past.newest == 7
