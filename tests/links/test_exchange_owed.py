"""What a till is owed: the end of its request, also one found out, also when the guard died.

The same request again is answered from the record, and never asked or counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.links import owed
from pos_guard.links.exchange_model import TOLD_S
from pos_guard.links.session import Effects, ToApp
from pos_guard.model import IntentKind, Result
from pos_guard.store.ledger import Phase
from tests.exchange_rig import Rig
from tests.exchange_toy import LINK, Device, Toy
from tests.shop import PINS, TERMINAL_ID, Shop, shop

PAY = "SALE k1 1250"
SALE = IntentKind.SALE
PAID = "OK k1 1250 r-k1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


@dataclass
class Rigged(Rig):
    """``told`` False: the process dies before the till gets any answer."""

    answers: bool = True

    def _do(self, effects: Effects) -> None:
        super()._do([e for e in effects if self.answers or not isinstance(e, ToApp)])


def restarted(rig: Rig) -> Rig:
    rig.shop.store.close()
    rig.shop = rig.shop.reopened()
    if isinstance(rig, Rigged):
        rig.answers = True
    rig.open()
    return rig


def died_unanswered(store: Shop, does: str, toy: Toy | None = None) -> Rig:
    rig = Rigged(store, toy or Toy(), Device({1250: does} if does else {}), acks=False)
    rig.answers = False
    store.order(1250)
    assert rig.send(PAY) == []
    return restarted(rig)


# -- after the guard died ------------------------------------------------------------------------


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(
    ("does", "phase", "answer"),
    [
        ("", Phase.POSTED, PAID),
        ("silent-after", Phase.POSTED, PAID),
        ("decline", Phase.FAILED, "DENY k1 unresolved"),
        ("silent", Phase.FAILED, "DENY k1 unresolved"),
    ],
)
def test_the_same_request_after_a_restart_is_answered_from_the_record(
    store: Shop, does: str, phase: Phase, answer: str, keyed: bool
) -> None:
    rig = died_unanswered(store, does, Toy(keyed=keyed))
    rig.advance(3)
    assert rig.send(PAY) == [answer if keyed else answer.replace("k1", "", 1)]
    assert rig.device.heard.count(PAY) == 1
    assert rig.phases == [(SALE, phase, 1250)]
    rig.shop.store.close()


def test_without_words_for_it_a_paid_request_is_at_least_not_refused(store: Shop) -> None:
    rig = died_unanswered(store, "", Toy(says_paid=False))
    assert rig.send(PAY) == []
    assert rig.send(PAY) == []
    assert "went through" in rig.told[-1].say.en
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    rig.shop.store.close()


def test_what_was_answered_in_time_is_closed_and_judged_anew(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    assert rig.send(PAY)[-1].startswith("OK k1")
    rig.advance(TOLD_S + 1)
    assert next(iter(store.store.audit.records(limit=1))).kind == owed.CLOSED
    restarted(rig)
    assert rig.send(PAY)[0].startswith("DENY k1")
    rig.shop.store.close()


def test_an_answer_that_was_not_taken_stays_owed(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "slow"}))
    store.order(1250)
    rig.send(PAY)
    rig.hang_up()
    rig.device_says("OK k1 1250 r-k1")
    rig.advance(TOLD_S + 1)
    restarted(rig)
    assert rig.send(PAY) == [PAID]
    assert rig.send(PAY)[0].startswith("DENY k1")
    rig.shop.store.close()


@pytest.mark.parametrize("when", ["another order", "another request", "a minute", "an hour"])
def test_another_customer_is_not_told_the_last_one_s_approval(store: Shop, when: str) -> None:
    rig = died_unanswered(store, "", Toy(keyed=False))
    if when == "another order":
        rig.shop.order(1250, "order-2")
    elif when == "another request":
        rig.send("SALE k2 77700")
    elif when == "a minute":
        rig.advance(61)
    else:
        rig.shop.clock.advance(3600)
        restarted(rig)
    rig.till.clear()
    assert not [unit for unit in rig.send(PAY) if unit.startswith(PAID)]
    rig.shop.store.close()


# -- found out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [True, False])
def test_a_till_that_asks_again_after_it_was_found_out_is_told_that_it_is_paid(
    store: Shop, late: bool
) -> None:
    rig = Rig(store, Toy(silent_late=late), Device({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY)
    if late:
        rig.hang_up()
    rig.advance(123)
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    assert rig.till == ([] if late else ["LATE k1"])
    assert rig.send(PAY) == [PAID]
    assert rig.device.heard == [PAY, "WHAT k1"]
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]


def test_what_a_person_says_is_paid_is_told_to_the_till_that_waits(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "silent"}, known=False))
    store.order(1250)
    rig.send(PAY)
    rig.advance(123)
    store.guard.resolve(1, Result.APPROVED, "maya", PINS["maya"])
    rig.advance(60)
    assert rig.till == ["OK k1 1250 -"]
    assert rig.running == set()


def test_another_amount_than_asked_is_never_told_from_the_record(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "silent"}, mute=True))
    store.order(1250)
    rig.send(PAY)
    rig.advance(121.5)
    rig.device_says("LAST k1 OK 700 r-k1")
    assert rig.phases == [(SALE, Phase.POSTED, 700)]
    assert rig.till == []
    assert rig.send(PAY) == []


def test_what_was_taken_back_meanwhile_is_never_told_as_paid(store: Shop) -> None:
    rig = Rig(store, device=Device({1250: "silent-after"}, silent_undo=True))
    store.order(1250)
    rig.send(PAY)
    rig.send("UNDO k2 k1")
    rig.advance(125)
    assert rig.phases == [(SALE, Phase.VOIDED, 1250)]
    assert not [unit for unit in rig.send(PAY) if unit.startswith("OK")]


# -- never taken ----------------------------------------------------------------------------------


def test_what_the_device_said_no_to_each_time_is_not_done(store: Shop) -> None:
    rig = Rig(store, device=Device(naks=3))
    store.order(1250)
    assert rig.send(PAY) == ["DENY k1 guard"]
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    assert rig.closed == []
    assert rig.device.book == {}
    assert "did not take" in rig.told[-1].say.en
    assert rig.send("SALE k2 1250")[-1].startswith("OK k2")


def test_a_question_that_the_device_does_not_take_leaves_nothing_in_doubt(store: Shop) -> None:
    rig = Rig(store, device=Device(naks=3))
    assert rig.send("PING k1") == ["DENY k1 guard"]
    assert rig.phases == []


def test_one_sending_without_an_answer_may_have_arrived(store: Shop) -> None:
    rig = Rig(store, Toy(asks_last=False), Device(deaf=True))
    store.order(1250)
    rig.send(PAY)
    rig.device.deaf, rig.device.naks = False, 2
    rig.advance(2.5)
    assert rig.closed == ["device: no acknowledgement"]
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]


def test_a_stranger_s_terminal_is_a_case_for_a_person_once(store: Shop) -> None:
    rig = Rig(store, device=Device(terminal_id="99999999"))
    rig.send("PING k1")
    rig.send("PING k2")
    (case,) = store.store.audit.records(kind="case")
    assert dict(case.body) == {"link": LINK, "payee": "99999999", "why": "strange-payee"}
    assert store.store.links.frozen(LINK) is not None
