"""A ZVT link when people, tills and terminals take their time, change their mind or go away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.links.session import CancelTimer, ToDevice
from pos_guard.model import IntentKind, Result, Source
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.zvt_rig import ACK, DONE, PAY_1250, Rig, phases
from tests.shop import PINS, TERMINAL_ID, Shop, shop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


def sold_before(store: Shop) -> None:
    """The ledger knows a receipt of this terminal, so that a newer one can be told from it."""
    store.paid_sale(300, receipt="0099")


# -- a person decides ---------------------------------------------------------------------------


def held_refund(store: Shop, rig: Rig, amount: int = 2500) -> bytes:
    sale = store.paid_sale(amount)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    refund = zvt_build.refund("000000", amount, "EUR")
    assert rig.send(refund) == [ACK]
    assert len(rig.asked) == 1
    return refund


def test_an_approved_request_goes_on_with_the_same_bytes(store: Shop) -> None:
    rig = Rig(store)
    refund = held_refund(store, rig)
    assert rig.heard() == ""
    store.guard.approve(rig.asked[0], "maya", PINS["maya"])
    rig.run(rig.session.answered(rig.asked[0]))
    assert [unit[:4] for unit in rig.till] == ["8000", "040f", "060f"]  # one 80 00 00 only
    assert rig.heard().startswith(refund.hex())
    assert [(t.kind, t.amount) for t in rig.terminal.moved] == [("refund", 2500)]


def test_a_declined_request_is_refused(store: Shop) -> None:
    rig = Rig(store)
    held_refund(store, rig)
    store.guard.decline(rig.asked[0], "maya")
    rig.run(rig.session.answered(rig.asked[0]))
    assert rig.till[-1][:6] == "061e01"
    assert rig.heard() == ""


def test_nobody_decides_in_time(store: Shop) -> None:
    rig = Rig(store)
    held_refund(store, rig)
    rig.advance(111)
    assert rig.till == [ACK, "061e016c"]
    assert phases(rig)[-1][1] is Phase.ABANDONED
    rig.run(rig.session.answered(rig.asked[0]))
    assert rig.heard() == ""


def test_the_till_is_kept_alive_only_if_it_asked_for_it(store: Shop) -> None:
    rig = Rig(store)
    rig.send(zvt_build.registration("000000", 0x08, "EUR"))
    held_refund(store, rig)
    rig.advance(35)
    assert [unit for unit in rig.till if unit[:4] == "04ff"] == ["04ff02c801"] * 3
    quiet = Rig(store)
    sale = store.paid_sale(2600)
    store.guard.tell_original(sale, source=Source.SCAN)
    quiet.send(zvt_build.refund("000000", 2600, "EUR"))
    quiet.advance(35)
    assert quiet.till == [ACK]


def test_a_till_that_gives_up_or_goes_away_while_held(store: Shop) -> None:
    rig = Rig(store)
    held_refund(store, rig)
    assert rig.send(zvt_build.abort_command()) == [ACK, "061e016c"]
    assert phases(rig)[-1][1] is Phase.ABANDONED
    rig.send(zvt_build.refund("000000", 2500, "EUR"))
    rig.hang_up()
    assert phases(rig)[-1][1] is Phase.ABANDONED
    assert rig.heard() == ""
    assert rig.running == set()


# -- acknowledgements ---------------------------------------------------------------------------


def test_an_approval_is_durable_before_till_or_terminal_hear_of_it(store: Shop) -> None:
    rig = Rig(store)
    rig.answers[0x040F] = None
    store.order(1250)
    rig.send(PAY_1250)
    assert phases(rig) == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert rig.heard() == PAY_1250.hex()  # no 80 00 00 yet: the till owns it
    rig.advance(5.5)
    assert rig.till[-1] == DONE  # in the till's place the guard has acknowledged
    assert phases(rig) == [(IntentKind.SALE, Phase.POSTED, 1250)]


def test_a_till_that_vanishes_does_not_undo_the_payment(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(auto_reverse=True))
    rig.answers[0x040F] = None
    store.order(1250)
    rig.send(PAY_1250)
    rig.hang_up()
    assert [t.amount for t in rig.terminal.moved] == [1250]
    assert rig.terminal.idle
    assert rig.running == set()


def test_the_till_takes_an_approval_back(store: Shop) -> None:
    rig = Rig(store)
    rig.answers[0x040F] = zvt_build.not_authentic
    store.order(1250)
    rig.send(PAY_1250)
    assert rig.till[-1] == "061e016c"
    assert rig.terminal.moved == []
    assert phases(rig) == [(IntentKind.SALE, Phase.VOIDED, 1250)]


def test_please_wait_passes_and_the_approval_counts_once(store: Shop) -> None:
    rig = Rig(store)
    rig.answers[0x040F] = zvt_build.negative(0x9C)
    store.order(1250)
    rig.send(PAY_1250)
    assert [unit[:4] for unit in rig.till].count("040f") == 6
    assert rig.till[-1] == DONE
    assert phases(rig) == [(IntentKind.SALE, Phase.POSTED, 1250)]


def test_an_abort_after_an_approval_means_taken_back(store: Shop) -> None:
    rig = Rig(store, Script({1250: "abort:6C"}))
    store.order(1250)
    rig.send(PAY_1250)
    assert rig.till[-1] == "061e016c"
    assert phases(rig) == [(IntentKind.SALE, Phase.VOIDED, 1250)]


def test_another_amount_than_asked_freezes_the_link(store: Shop) -> None:
    rig = Rig(store, Script({1250: "approve:1300"}))
    store.order(1250)
    rig.send(PAY_1250)
    assert any("13.00" in tell.say.en for tell in rig.told)
    store.order(500)
    assert rig.send(zvt_build.authorisation(500, "EUR")) == [ACK, "061e01a0"]


def test_a_swapped_terminal_freezes_the_link_at_registration(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(terminal_id="99999999"))
    rig.send(zvt_build.registration("000000", 0x8A, "EUR"))
    store.order(1250)
    assert rig.send(PAY_1250) == [ACK, "061e01a0"]
    assert PAY_1250.hex() not in rig.heard()


# -- silence ------------------------------------------------------------------------------------


def test_silence_after_the_money_moved_is_resolved_and_the_till_gets_its_end(store: Shop) -> None:
    sold_before(store)
    rig = Rig(store, Script({1250: "silent-after"}))
    store.order(1250)
    assert rig.send(PAY_1250) == [ACK]
    rig.advance(179)
    assert phases(rig)[1:] == [(IntentKind.SALE, Phase.RESERVED, 1250)]
    rig.advance(1.5)
    assert phases(rig)[1:] == [(IntentKind.SALE, Phase.UNKNOWN, 1250)]
    assert rig.till == [ACK]  # nothing is claimed
    rig.advance(1)
    assert [unit[:4] for unit in rig.till] == ["8000", "040f", "060f"]
    assert phases(rig)[1:] == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert len(rig.terminal.moved) == 1


def test_a_first_payment_is_not_resolved_by_a_receipt_older_than_the_guard(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-before"}))
    rig.terminal.book.move("sale", 1250, 978)  # sold before the guard was installed
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(300)
    assert rig.terminal.commands.count(0x0620) > 0
    assert phases(rig) == [(IntentKind.SALE, Phase.UNKNOWN, 1250)]
    assert rig.till == [ACK]
    store.guard.resolve(1, Result.DECLINED, "maya", PINS["maya"])
    assert phases(rig) == [(IntentKind.SALE, Phase.FAILED, 1250)]


def test_silence_before_the_money_moved_is_resolved_as_not_paid(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-before"}))
    store.order(700)
    rig.send(zvt_build.authorisation(700, "EUR"))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(190)
    assert rig.till[-1] == "061e016c"
    assert phases(rig)[-1] == (IntentKind.SALE, Phase.FAILED, 1250)


def test_without_proof_it_stays_unknown_and_nothing_moves_until_a_person_decides(
    store: Shop,
) -> None:
    rig = Rig(store, Script({1250: "silent-before"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(400)
    assert phases(rig)[-1][1] is Phase.UNKNOWN
    assert rig.heard().count("0620") == 3  # asked three times, then no more
    assert rig.till == [ACK]
    assert rig.send(PAY_1250) == [ACK, "061e01a0"]
    assert rig.heard().count(PAY_1250.hex()) == 1


def test_the_till_may_ask_for_the_receipt_itself(store: Shop) -> None:
    sold_before(store)
    rig = Rig(store, Script({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(180.5)
    got = rig.send(zvt_build.repeat_receipt("000000"))
    assert [unit[:4] for unit in got] == ["8000", "040f", "060f"]
    assert phases(rig)[-1][1] is Phase.POSTED
    rig.advance(60)
    assert len(rig.till) == 4  # nothing more is said about it


def test_a_pulled_cable_is_unknown_until_the_terminal_is_back(store: Shop) -> None:
    sold_before(store)
    rig = Rig(store, settings=TerminalSettings(work_s=5))
    store.order(1250)
    rig.send(PAY_1250)
    rig.unplug()
    assert phases(rig)[-1][1] is Phase.UNKNOWN
    rig.advance(10)  # the terminal finishes on its own
    rig.plug()
    assert [unit[:4] for unit in rig.till] == ["8000", "040f", "060f"]
    assert phases(rig)[-1] == (IntentKind.SALE, Phase.POSTED, 1250)


@pytest.mark.parametrize("auto_reverse", [False, True])
def test_a_cable_pulled_before_the_approval_was_acknowledged(
    store: Shop, auto_reverse: bool
) -> None:
    rig = Rig(store, settings=TerminalSettings(auto_reverse=auto_reverse))
    store.order(700)
    rig.send(zvt_build.authorisation(700, "EUR"))
    rig.answers[0x040F] = None
    store.order(1250)
    rig.send(PAY_1250)
    rig.unplug()
    rig.plug()
    rig.advance(6)
    expected = (Phase.VOIDED, "061e016c") if auto_reverse else (Phase.POSTED, DONE)
    assert (phases(rig)[-1][1], rig.till[-1]) == expected


def test_an_unreadable_result_is_neither_told_nor_acknowledged(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-before"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.run(rig.session.device_data(bytes.fromhex("040f04" + "2700276c")))
    assert phases(rig)[-1][1] is Phase.UNKNOWN
    assert rig.till == [ACK]
    assert rig.closed == ["device: unreadable answer: duplicate-field"]


def test_a_late_result_after_the_silence_counts(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(work_s=180.5))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(180.2)
    assert phases(rig)[-1][1] is Phase.UNKNOWN
    rig.advance(10)
    assert rig.till[-1] == DONE
    assert phases(rig)[-1][1] is Phase.POSTED


def test_the_guard_dies_between_verdict_and_answer_and_the_till_never_notices(
    store: Shop,
) -> None:
    sold_before(store)
    rig = Rig(store, settings=TerminalSettings(work_s=5), app_survives=True)
    store.order(1250)
    rig.send(PAY_1250)
    rig.shop = store.reopened()
    rig._do_twin(rig.terminal.closed())
    rig.advance(10)
    rig.open()
    assert [unit[:4] for unit in rig.till] == ["8000", "040f", "060f"]
    assert [e.phase for e in rig.shop.store.ledger.search()] == [Phase.POSTED] * 2
    assert len(rig.terminal.moved) == 1
    rig.shop.store.close()


# -- rarer turns --------------------------------------------------------------------------------


def test_a_terminal_that_declines_an_approved_request_at_once(store: Shop) -> None:
    rig = Rig(store, Script({2500: "refuse:83"}))
    held_refund(store, rig)
    store.guard.approve(rig.asked[0], "maya", PINS["maya"])
    rig.run(rig.session.answered(rig.asked[0]))
    assert rig.till == [ACK, "061e016c"]  # the till has its 80 00 00 already
    assert phases(rig)[-1][1] is Phase.FAILED


def test_a_terminal_that_is_gone_when_the_approval_comes(store: Shop) -> None:
    rig = Rig(store)
    held_refund(store, rig)
    rig.unplug()
    store.guard.approve(rig.asked[0], "maya", PINS["maya"])
    rig.run(rig.session.answered(rig.asked[0]))
    assert rig.till == [ACK, "061e01a0"]
    assert phases(rig)[-1][1] is Phase.FAILED
    assert rig.heard() == ""


def test_a_new_till_while_the_old_one_s_payment_still_runs(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(work_s=30))
    store.order(1250)
    rig.send(PAY_1250)
    rig.hang_up()
    rig.run(rig.session.app_connected())
    assert rig.send(PAY_1250) == [ACK, "061e01a0"]
    rig.advance(31)
    assert [t.amount for t in rig.terminal.moved] == [1250]
    assert [phase for _, phase, _ in phases(rig)] == [Phase.POSTED]
    store.order(700)
    rig.send(zvt_build.authorisation(700, "EUR"))
    rig.advance(31)
    assert rig.till[-1] == DONE


def test_what_only_asks_ends_when_the_terminal_is_gone_or_silent(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(work_s=5))
    status = zvt_build.status_enquiry("000000")
    rig.run([e for e in rig.session.app_data(status) if not isinstance(e, ToDevice)])
    rig.advance(181)
    assert rig.till == [ACK, "061e016c"]
    rig.run([e for e in rig.session.app_data(status) if not isinstance(e, ToDevice)])
    rig.unplug()
    assert rig.till[2:] == [ACK, "061e01a0"]


def test_a_cable_pulled_between_approval_and_end_is_no_doubt(store: Shop) -> None:
    rig = Rig(store)
    rig.answers[0x060F] = None
    store.order(1250)
    rig.send(PAY_1250)
    rig.unplug()
    rig.advance(6)
    assert rig.till[-1] == DONE
    assert phases(rig) == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert rig.session.app_data(b"") == [CancelTimer("app-half")]


def test_a_person_decides_about_the_unknown_and_a_late_answer_does_not_change_it(
    store: Shop,
) -> None:
    rig = Rig(store, Script({1250: "silent-before"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(180.5)
    unknown = store.guard.unresolved("zvt")[0]
    store.guard.resolve(unknown.id, Result.APPROVED, "maya", PINS["maya"])
    rig.advance(2)
    assert rig.till == [ACK, DONE]  # the till that still waited gets its end
    rig.run(rig.session.device_data(zvt_build.abort(0x6C)))
    assert phases(rig) == [(IntentKind.SALE, Phase.POSTED, 1250)]


def test_commands_that_come_while_the_guard_asks_take_their_turn(store: Shop) -> None:
    sold_before(store)
    rig = Rig(store, Script({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(180.5)
    asking = rig.session.timer("again")
    rig.raw(zvt_build.status_enquiry("000000"))
    assert rig.till == [ACK]
    rig.run(asking)
    assert phases(rig)[-1][1] is Phase.POSTED
    assert rig.till[1:] == [ACK, "060f0100"]


def test_a_link_wakes_up_with_an_old_unknown_and_finds_out_first(store: Shop) -> None:
    sold_before(store)
    rig = Rig(store, Script({1250: "silent-after"}))
    store.order(1250)
    rig.send(PAY_1250)
    rig.hang_up()
    rig.shop = store.reopened()
    rig.open()
    assert [e.phase for e in rig.shop.store.ledger.search()] == [Phase.POSTED] * 2
    assert rig.till == [ACK]  # a TCP till is not there any more: nothing is said
    rig.shop.store.close()
