"""What a terminal says of an earlier payment while something else is asked of it.

The payment of 12.50 was cut off by a pulled cable and the terminal works on. Whatever comes next
must neither be taken for another request's result nor settle the payment more than it proves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.frames import bcd, zvt_build
from pos_guard.frames.zvt_apdu import Apdu, ApduFramer
from pos_guard.links.session import CloseDevice, Effects, SetTimer, Tell, ToApp, ToDevice
from pos_guard.links.zvt import ZvtSession
from pos_guard.links.zvt_model import MAX_STRANGE
from pos_guard.model import IntentKind
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Phase
from tests.links.zvt_rig import PAY_1250
from tests.shop import TERMINAL_ID, Shop, shop

ACK = zvt_build.ack
BUSY = zvt_build.negative(0x9C)
DONE = zvt_build.completion()
FAILED = zvt_build.abort(0x6C)
REPEAT = zvt_build.repeat_receipt("000000")
END_OF_DAY = zvt_build.end_of_day("000000")
NOT_READY = zvt_build.abort(0xA0)
PAY_700 = zvt_build.authorisation(700, "EUR")


def result(receipt: int, amount: int = 1250, code: int = 0) -> bytes:
    """04 0F as our terminal says it."""
    return zvt_build.status_information(
        (
            (0x27, bytes([code])),
            (0x04, bcd.from_int(amount, 6)),
            (0x49, bytes.fromhex("0978")),
            (0x29, bytes.fromhex(TERMINAL_ID)),
            (0x87, bcd.from_int(receipt, 2)),
        )
    )


OURS, OLDER = result(100), result(99, 300)


@dataclass
class Desk:
    """A session whose terminal says what the test says, and a till that acknowledges it all."""

    shop: Shop

    def __post_init__(self) -> None:
        self.shop.guard.payee_reported("zvt", TERMINAL_ID)
        self.shop.paid_sale(300, receipt="0099")
        self.session = ZvtSession("zvt", self.shop.guard)
        self.till: list[bytes] = []
        self.terminal: list[bytes] = []
        self.told: list[str] = []
        self.closed: list[str] = []
        self.timers: set[str] = set()
        self._run(self.session.app_connected())
        self._run(self.session.device_connected())

    def asks(self, command: bytes) -> None:
        """The till."""
        self._run(self.session.app_data(command))

    def says(self, *units: bytes) -> None:
        """The terminal."""
        for unit in units:
            self._run(self.session.device_data(unit))

    def fires(self, name: str) -> None:
        self._run(self.session.timer(name))

    def replug(self) -> None:
        self._run(self.session.device_closed())
        self._run(self.session.device_connected())

    def cut_off(self, *before: bytes) -> None:
        """The payment has the terminal, which says this much; then the cable is pulled."""
        self.shop.order(1250, "A1")
        self.asks(PAY_1250)
        self.says(ACK, *before)
        self._run(self.session.device_closed())
        self._run(self.session.app_closed())
        self._run(self.session.app_connected())
        self._run(self.session.device_connected())

    def phase(self) -> Phase:
        """What became of the payment of 12.50."""
        entries = self.shop.store.ledger.search()
        asked = [e.phase for e in entries if e.amount == 1250 and e.phase is not Phase.REFUSED]
        assert len(asked) == 1
        return asked[0]

    def _run(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    self._till_got(data)
                case ToDevice(data):
                    self.terminal.append(data)
                case SetTimer(name):
                    self.timers.add(name)
                case Tell(_, say):
                    self.told.append(say.en)
                case CloseDevice(reason):
                    self.closed.append(reason)
                case _:
                    pass

    def _till_got(self, data: bytes) -> None:
        framer = ApduFramer()
        framer.feed(data)
        while (unit := framer.take()) is not None:
            self.till.append(unit.raw)
            if unit.code >> 8 not in (0x80, 0x84):
                self.asks(ACK)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = shop(tmp_path)
    yield Desk(made)
    made.store.close()


def asked_in_vain(desk: Desk) -> None:
    """The guard's own 06 20 finds the terminal busy, and the link is free again."""
    desk.says(BUSY)
    desk.fires("resolve")
    desk.till.clear()
    desk.terminal.clear()


# -- 84 9C, and then the end of something else ---------------------------------------------------

OTHERS = {
    "end of day": END_OF_DAY,
    "registration": zvt_build.registration("000000", 0x8A, "CHF"),
    "status enquiry": zvt_build.status_enquiry("000000"),
    "diagnosis": Apdu.of(0x0670).raw,
}


@pytest.mark.parametrize("command", OTHERS.values(), ids=OTHERS.keys())
def test_the_end_of_a_former_payment_is_not_the_end_of_what_found_it_busy(
    desk: Desk, command: bytes
) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.asks(command)
    desk.says(BUSY, OURS, DONE)
    assert desk.till == [BUSY, NOT_READY]
    assert desk.terminal == [command, ACK, ACK]
    assert desk.phase() is Phase.POSTED


def test_an_end_of_day_that_was_not_begun_settles_nothing(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.asks(END_OF_DAY)
    desk.says(BUSY, OURS, DONE)
    ledger, batches = desk.shop.store.ledger, desk.shop.store.batches
    assert all(batches.settled(e.link, e.id) is not True for e in ledger.search())
    desk.asks(END_OF_DAY)
    desk.says(ACK, zvt_build.status_information(((0x27, b"\x00"),)), DONE)
    assert all(batches.settled(e.link, e.id) is True for e in ledger.search())


def test_a_registration_that_was_not_begun_does_not_change_the_currency(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.asks(OTHERS["registration"])
    desk.says(BUSY, OURS, DONE)
    desk.shop.order(700)
    desk.asks(zvt_build.authorisation(700))  # no currency: that of the shop
    assert desk.terminal[-1] == zvt_build.authorisation(700)


def test_what_the_terminal_begins_after_all_ends_as_its_own(desk: Desk) -> None:
    desk.asks(END_OF_DAY)
    desk.says(BUSY, ACK, zvt_build.status_information(((0x27, b"\x00"),)), DONE)
    assert desk.till[-1] == DONE
    (sale,) = desk.shop.store.ledger.search()
    assert desk.shop.store.batches.settled(sale.link, sale.id) is True


def test_a_host_that_undoes_the_former_payment_voids_it(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.asks(END_OF_DAY)
    desk.says(BUSY, OURS, FAILED)
    assert desk.till == [BUSY, NOT_READY]
    assert desk.phase() is Phase.VOIDED


def test_a_busy_terminal_with_nothing_else_to_end_says_no(desk: Desk) -> None:
    desk.asks(END_OF_DAY)
    desk.says(BUSY, DONE)
    assert desk.till == [BUSY, NOT_READY]


def test_the_end_of_another_payment_does_not_pay_this_one(tmp_path: Path) -> None:
    made = shop(tmp_path, mode=Mode.OBSERVE)  # which lets the second one pass
    desk = Desk(made)
    desk.cut_off(OURS)  # approved, and its end is due
    asked_in_vain(desk)
    made.order(700, "A2")
    desk.asks(PAY_700)
    desk.says(BUSY, DONE)
    (second,) = [e for e in made.store.ledger.search() if e.amount == 700]
    assert second.phase is Phase.UNKNOWN
    assert DONE not in desk.till
    desk.fires("again")
    desk.says(ACK, OURS, DONE)  # the first stands,
    desk.fires("again")
    desk.says(ACK, OURS, DONE)  # and is the last one: the second never was
    assert made.store.ledger.entry(second.id).phase is Phase.FAILED
    assert desk.phase() is Phase.POSTED
    made.store.close()


def test_until_it_is_known_whether_an_approval_stands_no_other_money_moves(desk: Desk) -> None:
    desk.cut_off(OURS)
    asked_in_vain(desk)
    desk.shop.order(700, "A2")
    desk.asks(PAY_700)
    assert desk.till == [ACK, NOT_READY]
    assert desk.terminal == []
    assert "being checked" in desk.told[-1]
    desk.fires("again")
    desk.says(ACK, OURS, DONE)
    desk.asks(PAY_700)
    assert desk.terminal[-1] == PAY_700


def test_the_answer_to_a_stop_does_not_begin_what_was_busy(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.asks(REPEAT)
    desk.says(BUSY)
    desk.asks(zvt_build.abort_command())
    desk.says(ACK, OURS, FAILED)  # not the repeated receipt, but the payment: and it was undone
    assert desk.phase() is Phase.VOIDED


def test_a_till_that_took_busy_for_a_no_may_ask_again(desk: Desk) -> None:
    status = zvt_build.status_enquiry("000000")
    desk.asks(END_OF_DAY)
    desk.says(BUSY)
    desk.asks(status)
    assert desk.terminal == [END_OF_DAY, status]
    desk.says(ACK, DONE)
    assert desk.till == [BUSY, ACK, DONE]


def test_a_payment_that_was_busy_is_asked_for_before_it_is_tried_again(desk: Desk) -> None:
    desk.shop.order(1250, "A1")
    desk.asks(PAY_1250)
    desk.says(BUSY)
    desk.asks(PAY_1250)
    assert desk.till == [BUSY, ACK, NOT_READY]
    assert desk.terminal == [PAY_1250]
    desk.fires("again")
    desk.says(ACK, OLDER, DONE)
    assert desk.phase() is Phase.FAILED


def test_a_terminal_for_which_busy_means_wait_is_asked_and_believed(desk: Desk) -> None:
    desk.shop.order(1250, "A1")
    desk.asks(PAY_1250)
    desk.says(BUSY, OURS, DONE)  # its own, though it never said 80 00 00
    assert desk.phase() is Phase.UNKNOWN
    assert desk.till == [BUSY]
    assert not any("did not ask for" in words for words in desk.told)
    desk.fires("again")
    desk.says(ACK, OURS, DONE)
    assert desk.till == [BUSY, OURS, DONE]


def test_no_after_busy_is_a_no(desk: Desk) -> None:
    desk.shop.order(1250, "A1")
    desk.asks(PAY_1250)
    desk.says(BUSY, zvt_build.negative(0x83))
    assert desk.phase() is Phase.FAILED
    assert desk.till == [BUSY, zvt_build.negative(0x83)]


# -- the approval that comes by itself -----------------------------------------------------------


def test_an_approval_that_comes_by_itself_is_in_doubt_until_its_end_is_heard(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.says(OURS)
    assert desk.phase() is Phase.POSTED
    desk.replug()  # nobody knows whether our 80 00 00 arrived
    assert desk.terminal == [ACK, REPEAT]
    desk.says(ACK, OLDER, DONE)  # it did not, and the terminal took the payment back
    assert desk.phase() is Phase.VOIDED


def test_the_doubt_outlives_the_process(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.says(OURS)
    again = desk.shop.reopened()
    session = ZvtSession("zvt", again.guard)
    assert ToDevice(REPEAT) in session.device_connected()
    again.store.close()


def test_an_end_that_never_comes_is_asked_for(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.says(OURS)
    desk.fires("again")
    assert desk.terminal == [ACK, REPEAT]
    desk.says(ACK, OURS, DONE)
    assert desk.phase() is Phase.POSTED
    desk.terminal.clear()
    desk.fires("again")
    assert desk.terminal == []  # known: nothing more is asked


def test_after_its_end_a_failure_undoes_nothing(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.says(OURS, DONE, FAILED)
    assert desk.phase() is Phase.POSTED
    assert desk.terminal == [ACK, ACK, ACK]


def test_an_older_receipt_that_nobody_asked_for_proves_nothing(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.says(OLDER, DONE)
    assert desk.phase() is Phase.UNKNOWN
    desk.says(OURS, DONE)
    assert desk.phase() is Phase.POSTED


def test_a_payment_that_nobody_asked_for_is_recorded_and_told(desk: Desk) -> None:
    desk.shop.order(1250, "A1")
    desk.asks(PAY_1250)
    desk.says(zvt_build.negative(0x83), OURS, DONE)  # refused, and done all the same
    assert desk.phase() is Phase.FAILED
    assert "did not ask for" in desk.told[-1]
    (record,) = desk.shop.store.audit.records(kind="refusal", link="zvt")
    assert "unresolved" in str(record.body)
    desk.says(result(99, 300), DONE)  # the last one that is known, once more
    assert len(list(desk.shop.store.audit.records(kind="refusal", link="zvt"))) == 1


def test_an_approval_that_is_said_again_may_still_be_undone(desk: Desk) -> None:
    desk.cut_off(OURS)
    asked_in_vain(desk)
    desk.says(OURS)  # not acknowledged the first time
    assert desk.phase() is Phase.POSTED
    desk.says(FAILED)
    assert desk.phase() is Phase.VOIDED


# -- the guard's own question --------------------------------------------------------------------


def test_a_receipt_that_fails_to_print_for_us_undoes_nothing(desk: Desk) -> None:
    desk.cut_off()
    desk.says(ACK, OURS, zvt_build.abort(0xCC))  # no paper
    assert desk.phase() is Phase.POSTED
    desk.terminal.clear()
    desk.fires("again")
    assert desk.terminal == [REPEAT]  # was it a repeat? the terminal is asked once more
    desk.says(ACK, OURS, zvt_build.abort(0xCC))
    assert desk.phase() is Phase.POSTED
    desk.terminal.clear()
    desk.fires("again")
    assert desk.terminal == []


def test_a_late_80_taken_for_the_answer_to_our_question_does_not_hide_a_reversal(
    desk: Desk,
) -> None:
    desk.cut_off()
    desk.says(ACK, OURS, FAILED)  # that was the payment itself, undone by the host
    desk.fires("again")
    desk.says(ACK, OLDER, DONE)
    assert desk.phase() is Phase.VOIDED


def test_a_busy_terminal_that_answers_our_question_with_a_reversal(desk: Desk) -> None:
    desk.cut_off()
    desk.says(BUSY, OURS, FAILED)
    assert desk.phase() is Phase.VOIDED


def test_another_question_of_the_till_does_not_stop_ours(desk: Desk) -> None:
    desk.cut_off()
    asked_in_vain(desk)
    desk.asks(zvt_build.status_enquiry("000000"))
    desk.says(ACK, DONE)
    desk.terminal.clear()
    desk.fires("again")
    assert desk.terminal == [REPEAT]


# -- what means nothing --------------------------------------------------------------------------

STRANGE = {
    "garbage": bytes.fromhex("00ff0140"),
    "a command of a till": PAY_700,
    "a refund": zvt_build.refund("000000", 700, "EUR"),
    "another class": bytes.fromhex("474554" + "20" * 0x54),
    "an answer that is none": bytes.fromhex("807f00"),
}


def in_idle(desk: Desk) -> None:
    del desk


def in_relay(desk: Desk) -> None:
    desk.shop.order(1250, "A1")
    desk.asks(PAY_1250)
    desk.says(ACK)


def in_silence(desk: Desk) -> None:
    in_relay(desk)
    desk.fires("answer")


def in_resolving(desk: Desk) -> None:
    in_silence(desk)
    desk.fires("again")


def in_held(desk: Desk) -> None:
    desk.shop.sign_in("ben")
    desk.asks(zvt_build.refund("000000", 2500, "EUR"))


PLACES = {
    "idle": in_idle,
    "relay": in_relay,
    "silent": in_silence,
    "resolving": in_resolving,
    "held": in_held,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("unit", STRANGE.values(), ids=STRANGE.keys())
def test_what_means_nothing_never_reaches_the_till(desk: Desk, place: object, unit: bytes) -> None:
    assert callable(place)
    place(desk)
    before, phases = list(desk.till), [e.phase for e in desk.shop.store.ledger.search()]
    desk.terminal.clear()
    desk.says(unit)
    assert desk.till == before
    assert desk.terminal == ([] if unit[0] == 0x80 else [bytes.fromhex("848300")])
    assert [e.phase for e in desk.shop.store.ledger.search()] == phases


def test_a_payment_goes_on_around_what_means_nothing(desk: Desk) -> None:
    in_relay(desk)
    desk.says(STRANGE["garbage"], OURS, STRANGE["garbage"], DONE)
    assert desk.till == [ACK, OURS, DONE]
    assert desk.phase() is Phase.POSTED


def test_a_terminal_that_says_nothing_else_is_hung_up_on(desk: Desk) -> None:
    in_relay(desk)
    desk.says(*[STRANGE["garbage"]] * MAX_STRANGE)
    assert desk.closed == []
    desk.says(zvt_build.intermediate(0x0A), *[STRANGE["garbage"]] * (MAX_STRANGE + 1))
    assert desk.closed == ["terminal: units that mean nothing"]
    assert desk.phase() is Phase.UNKNOWN
    assert "nobody understands" in desk.told[-2]
    kinds = [record.kind for record in desk.shop.store.audit.records(link="zvt", limit=3)]
    assert "refusal" in kinds


def test_after_hanging_up_the_rest_of_the_segment_is_not_acknowledged(desk: Desk) -> None:
    in_relay(desk)
    desk.terminal.clear()
    desk.says(bytes.fromhex("040f04" + "2700276c") + OURS + DONE)  # two results, then one
    assert desk.closed == ["unreadable answer: duplicate-field"]
    assert desk.terminal == []
    assert desk.phase() is Phase.UNKNOWN


# -- out of turn, state by state -----------------------------------------------------------------

OUT_OF_TURN: dict[tuple[str, str], tuple[list[bytes], list[bytes]]] = {
    # state, unit: what the terminal gets, what the till gets
    ("idle", "80"): ([], []),
    ("idle", "84"): ([], []),
    ("idle", "04 0F"): ([ACK], []),
    ("idle", "04 FF"): ([ACK], []),
    ("idle", "06 0F"): ([ACK], []),
    ("idle", "06 1E"): ([ACK], []),
    ("idle", "06 D1"): ([ACK], []),
    ("held", "80"): ([], []),
    ("held", "84"): ([], []),
    ("held", "04 0F"): ([ACK], []),
    ("held", "04 FF"): ([ACK], []),
    ("held", "06 0F"): ([ACK], []),
    ("held", "06 1E"): ([ACK], []),
    ("held", "06 D1"): ([ACK], []),
    ("relay", "80"): ([], []),
    ("relay", "84"): ([], []),
    ("silent", "80"): ([], []),
    ("silent", "84"): ([], []),
    ("resolving", "80"): ([], []),
    ("resolving", "04 FF"): ([ACK], []),
    ("resolving", "06 0F"): ([ACK], []),
    ("resolving", "06 1E"): ([ACK], []),
    ("resolving", "06 D1"): ([ACK], []),
}
UNITS = {
    "80": ACK,
    "84": zvt_build.negative(0x83),
    "04 0F": OURS,
    "04 FF": zvt_build.intermediate(0x0A),
    "06 0F": DONE,
    "06 1E": FAILED,
    "06 D1": zvt_build.print_line("RECEIPT"),
}


@pytest.mark.parametrize(("state", "unit"), OUT_OF_TURN, ids=str)
def test_a_word_out_of_turn_reaches_nobody_and_proves_nothing(
    desk: Desk, state: str, unit: str
) -> None:
    PLACES[state](desk)
    before = [(e.kind, e.phase) for e in desk.shop.store.ledger.search()]
    desk.till.clear()
    desk.terminal.clear()
    desk.says(UNITS[unit])
    assert (desk.terminal, desk.till) == OUT_OF_TURN[state, unit]
    assert [(e.kind, e.phase) for e in desk.shop.store.ledger.search()] == before
    assert before[-1] == (IntentKind.SALE, Phase.POSTED)
