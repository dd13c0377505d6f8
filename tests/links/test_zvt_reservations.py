"""Reservations, bookings, tips, top-ups, sales by phone: read strictly, judged, resolved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_table import BOOK_TOTAL, BOOKING, RELEASE
from pos_guard.model import IntentKind
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.zvt_rig import ACK, DONE, Rig, phases
from tests.shop import POLICY, TERMINAL_ID, Shop, shop

MAY_TIP = POLICY.replace('may = ["sale", "preauth", "completion"]', 'may = ["sale", "tip"]')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


def reserved(rig: Rig, amount: int = 5000) -> int:
    """A reservation that the terminal took; returns its receipt number."""
    rig.shop.sign_in("anna")
    assert rig.send(zvt_build.reservation(amount, "EUR"))[-1] == DONE
    return rig.terminal.book.transactions[-1].receipt


def test_a_reservation_holds_and_its_booking_takes_what_the_order_says(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    store.order(1250)
    booking = zvt_build.of_reservation(BOOKING, number, 1250)
    assert rig.send(booking)[-1] == DONE
    assert phases(rig) == [
        (IntentKind.PREAUTH, Phase.POSTED, 5000),
        (IntentKind.COMPLETION, Phase.POSTED, 1250),
    ]
    assert booking.hex() in rig.heard()
    assert [(t.kind, t.amount) for t in rig.terminal.moved] == [("booking", 1250)]


def test_a_slip_in_a_booking_never_reaches_the_terminal(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    store.order(1250)
    assert rig.send(zvt_build.of_reservation(BOOKING, number, 12500)) == [ACK, "061e01b7"]
    assert rig.heard().count("0623") == 0


def test_a_booking_of_all_stands_for_the_amount_of_its_reservation(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    store.order(5000)
    assert rig.send(zvt_build.of_reservation(BOOK_TOTAL, number))[-1] == DONE
    assert phases(rig)[-1] == (IntentKind.COMPLETION, Phase.POSTED, 5000)


def test_a_booking_of_all_of_nothing_that_is_known_is_refused(store: Shop) -> None:
    rig = Rig(store)
    store.order(5000)
    assert rig.send(zvt_build.of_reservation(BOOK_TOTAL, 77)) == [ACK, "061e01b7"]
    assert rig.heard() == ""


def test_a_release_stands_for_the_amount_of_its_reservation(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    store.sign_in("ben")
    assert rig.send(zvt_build.of_reservation(RELEASE, number))[-1] == DONE
    assert phases(rig)[-1] == (IntentKind.PREAUTH_VOID, Phase.POSTED, 5000)
    assert rig.terminal.book.reservations == []


@pytest.mark.parametrize(("operator", "end"), [("ben", "061e01b5"), ("anna", "061e01b5")])
def test_a_release_of_nothing_that_is_known_is_refused(
    store: Shop, operator: str, end: str
) -> None:
    rig = Rig(store)
    store.sign_in(operator)
    assert rig.send(zvt_build.of_reservation(RELEASE, 77)) == [ACK, end]
    assert rig.heard() == ""


def test_a_release_by_somebody_who_may_not(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    assert rig.send(zvt_build.of_reservation(RELEASE, number)) == [ACK, "061e0183"]


def test_a_release_cannot_undo_a_sale(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    assert rig.send(zvt_build.authorisation(1250, "EUR"))[-1] == DONE
    store.sign_in("ben")
    number = rig.terminal.moved[-1].receipt
    assert rig.send(zvt_build.of_reservation(RELEASE, number)) == [ACK, "061e01b5"]


def test_a_reservation_of_another_terminal_is_not_released_here(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    with store.store.transaction():
        store.store.links.set_payee("zvt", "52009999")
    store.sign_in("ben")
    heard = rig.heard()
    assert rig.send(zvt_build.of_reservation(RELEASE, number)) == [ACK, "061e01b5"]
    assert rig.heard() == heard


def test_in_observe_mode_a_release_goes_to_the_terminal(tmp_path: Path) -> None:
    made = shop(tmp_path, mode=Mode.OBSERVE)
    rig = Rig(made)
    assert rig.send(zvt_build.of_reservation(RELEASE, 77))[-1] == "061e04b887ffff"
    made.store.close()


def test_asking_for_open_reservations_moves_nothing_and_passes(store: Shop) -> None:
    rig = Rig(store)
    asked = zvt_build.open_reservations()
    assert asked.hex() == "06230387ffff"
    assert rig.send(asked) == [ACK, "061e04b887ffff"]
    number = reserved(rig)
    before = phases(rig)
    assert rig.send(asked) == [ACK, f"061e04b887{number:04d}"]
    assert phases(rig) == before


def test_a_top_up_and_a_sale_by_phone_are_sales(store: Shop) -> None:
    rig = Rig(store)
    for amount, command in (
        (1500, zvt_build.prepaid(206, 1, 1500)),
        (2500, zvt_build.telephonic(2500, bytes.fromhex("3132333435360000"))),
    ):
        store.order(amount)
        assert rig.send(command)[-1] == DONE
        assert phases(rig)[-1] == (IntentKind.SALE, Phase.POSTED, amount)
        store.order(amount)
        wrong = zvt_build.prepaid(206, 1, 10 * amount)
        assert rig.send(wrong) == [ACK, "061e01b7"]


@pytest.mark.parametrize("password", ["000000", ""])
def test_a_tip_comes_on_top_of_its_payment(tmp_path: Path, password: str) -> None:
    made = shop(tmp_path, policy=MAY_TIP)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    made.sign_in("anna")
    rig = Rig(made)
    made.order(1250, "T7")
    assert rig.send(zvt_build.authorisation(1250, "EUR"))[-1] == DONE
    made.order(1250, "T7")
    number = rig.terminal.moved[-1].receipt
    assert rig.send(zvt_build.tip(password, number, 12500)) == [ACK, "061e01b7"]
    assert rig.send(zvt_build.tip(password, number, 100))[-1] == DONE
    assert phases(rig)[-1] == (IntentKind.TIP, Phase.POSTED, 100)
    made.store.close()


MALFORMED = {
    "reservation without an amount": "062200",
    "reservation with a receipt": "06220a" + "870001" + "04000000005000",
    "booking without an amount": "062303" + "870001",
    "booking of no receipt": "06230a" + "87ffff" + "04000000005000",
    "booking of two receipts": "06230d" + "870001" + "870002" + "04000000005000",
    "booking of all without a receipt": "062407" + "04000000005000",
    "release of no receipt": "062503" + "87ffff",
    "release with letters": "062503" + "87000a",
    "tip without a receipt": "060c07" + "04000000000100",
    "top-up without a product": "060907" + "04000000001500",
    "phone sale without an amount": "062109" + "3b" + "31323334353600" + "00",
    "long length form": "0622ff0700" + "04000000005000",
}


@pytest.mark.parametrize("command", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_two_readers_could_read_differently_is_refused(store: Shop, command: str) -> None:
    rig = Rig(store)
    store.order(5000)
    store.sign_in("ben")
    assert rig.send(bytes.fromhex(command)) == [ACK, "061e019a"]
    assert rig.heard() == ""


def test_a_booking_whose_terminal_is_silent_is_unknown(store: Shop) -> None:
    rig = Rig(store)
    number = reserved(rig)
    rig.terminal.script = type(rig.script)({1250: "silent-after"})
    store.order(1250)
    rig.send(zvt_build.of_reservation(BOOKING, number, 1250))
    rig.advance(180.5)
    assert phases(rig)[-1] == (IntentKind.COMPLETION, Phase.UNKNOWN, 1250)
    rig.advance(2)
    assert phases(rig)[-1] == (IntentKind.COMPLETION, Phase.POSTED, 1250)


# -- who is paid --------------------------------------------------------------------------------

LISTS_VU = POLICY.replace('["52001233"]', '["52001233", "vu:455600000599"]')


@pytest.mark.parametrize(
    ("policy", "vu_number", "frozen"),
    [
        (LISTS_VU, "455600000599", False),
        (LISTS_VU, "455600000600", True),
        (LISTS_VU, None, False),
        (POLICY, "455600000600", False),
    ],
    ids=["listed", "another", "not said", "none listed"],
)
def test_the_contract_number_of_a_reply_is_held_against_the_list(
    tmp_path: Path, policy: str, vu_number: str | None, *, frozen: bool
) -> None:
    made = shop(tmp_path, policy=policy)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    rig = Rig(made, settings=TerminalSettings(vu_number=vu_number))
    made.order(1250)
    assert rig.send(zvt_build.authorisation(1250, "EUR"))[-1] == DONE
    assert (made.store.links.frozen("zvt") is not None) is frozen
    made.order(700)
    assert (rig.send(zvt_build.authorisation(700, "EUR"))[-1] == "061e01a0") is frozen
    reports = made.store.audit.records(kind="payee", link="zvt")
    strange = [one for one in reports if str(one.body["payee"]).startswith("vu:")]
    assert len(strange) == frozen
    made.store.close()
