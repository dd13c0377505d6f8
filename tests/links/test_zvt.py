from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_serial import frame
from pos_guard.links.session import ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard.model import IntentKind, Source
from pos_guard.policy.verdict import Mode
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.zvt_rig import ACK, DONE, PAY_1250, Rig, phases
from tests.shop import TERMINAL_ID, Shop, shop

PAY_12500 = zvt_build.authorisation(12500, "EUR")
FRAMINGS = [(app, device) for app in Framing for device in Framing]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


# -- what passes --------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda f: f"{f[0]}-{f[1]}")
def test_a_right_payment_passes_byte_for_byte_on_every_framing(
    store: Shop, framing: tuple[Framing, Framing]
) -> None:
    rig = Rig(store, settings=TerminalSettings(framing=framing[1]), framing=framing)
    store.order(1250)
    got = rig.send(PAY_1250)
    assert [unit[:4] for unit in got] == ["8000", "040f", "060f"]
    assert [(t.kind, t.amount) for t in rig.terminal.moved] == [("sale", 1250)]
    assert phases(rig) == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert rig.running == set()
    if framing[1] is Framing.TCP:
        assert rig.heard() == PAY_1250.hex() + ACK * 2


@pytest.mark.parametrize(
    ("command", "ends"),
    [
        (zvt_build.registration("000000", 0x8A, "EUR"), "060f"),
        (zvt_build.status_enquiry("000000"), "060f"),
        (zvt_build.repeat_receipt("000000"), "061e"),
        (zvt_build.end_of_day("000000"), "060f"),
        (zvt_build.abort_command(), "8000"),
        (Apdu.of(0x0602).raw, "8000"),
    ],
    ids=lambda c: c if isinstance(c, str) else c.hex()[:4],
)
def test_what_only_asks_or_stops_passes(store: Shop, command: bytes, ends: str) -> None:
    rig = Rig(store)
    got = rig.send(command)
    assert got[0] == ACK
    assert got[-1][:4] == ends
    assert rig.heard().startswith(command.hex())
    store.order(1250)
    assert rig.send(PAY_1250)[-1] == DONE  # and the link is free again


def test_an_end_of_day_that_passes_settles_what_was_taken_before(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    assert rig.send(PAY_1250)[-1] == DONE
    (entry,) = store.store.ledger.search()
    batches = store.store.batches
    assert batches.settled(entry.link, entry.id) is not True
    assert rig.send(zvt_build.status_enquiry("000000"))[-1][:4] == "060f"
    assert batches.settled(entry.link, entry.id) is not True
    assert rig.send(zvt_build.end_of_day("000000"))[-1][:4] == "060f"
    assert batches.settled(entry.link, entry.id) is True


def test_a_declined_payment_is_declined_for_everybody(store: Shop) -> None:
    rig = Rig(store, Script({1250: "decline:65"}))
    store.order(1250)
    got = rig.send(PAY_1250)
    assert got[-1] == "061e0165"
    assert phases(rig) == [(IntentKind.SALE, Phase.FAILED, 1250)]


def test_a_negative_answer_to_a_payment_means_that_nothing_moved(store: Shop) -> None:
    rig = Rig(store, Script({1250: "refuse:83"}))
    store.order(1250)
    assert rig.send(PAY_1250) == ["848300"]
    assert phases(rig) == [(IntentKind.SALE, Phase.FAILED, 1250)]


def test_printed_lines_and_intermediate_status_reach_the_till(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(work_s=3.0))
    rig.send(zvt_build.registration("000000", 0x8A, "EUR"))
    store.order(1250)
    rig.send(PAY_1250)
    rig.advance(4)
    codes = [unit[:4] for unit in rig.till]
    assert codes[2:] == ["8000", "04ff", "040f", "06d1", "06d1", "06d1", "060f"]


def test_an_abort_of_a_forwarded_payment_passes(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(work_s=30.0))
    store.order(1250)
    rig.send(PAY_1250)
    assert rig.send(zvt_build.abort_command()) == [ACK, "061e016c"]
    assert rig.terminal.moved == []
    assert phases(rig) == [(IntentKind.SALE, Phase.FAILED, 1250)]


# -- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda f: f"{f[0]}-{f[1]}")
def test_a_slip_in_the_amount_never_reaches_the_terminal(
    store: Shop, framing: tuple[Framing, Framing]
) -> None:
    rig = Rig(store, settings=TerminalSettings(framing=framing[1]), framing=framing)
    store.order(1250)
    assert rig.send(PAY_12500) == [ACK, "061e01b7"]
    assert rig.heard() == ""
    assert rig.told[-1].level == "DENY"


def test_a_refund_by_somebody_without_permission(store: Shop) -> None:
    rig = Rig(store)
    sale = store.paid_sale(1250)
    heard = rig.heard()
    store.sign_in("anna")
    store.guard.tell_original(sale, source=Source.SCAN)
    assert rig.send(zvt_build.refund("000000", 1250, "EUR")) == [ACK, "061e0183"]
    assert rig.heard() == heard


def test_a_refund_with_permission_passes_and_a_second_one_does_not(store: Shop) -> None:
    rig = Rig(store)
    sale = store.paid_sale(1250)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    refund = zvt_build.refund("000000", 1250, "EUR")
    assert rig.send(refund)[-1] == DONE
    assert [(t.kind, t.amount) for t in rig.terminal.moved] == [("refund", 1250)]
    store.guard.tell_original(sale, source=Source.SCAN)
    assert rig.send(refund) == [ACK, "061e01b5"]
    assert len(rig.terminal.moved) == 1


MALFORMED = {
    "two amounts": "06010e0400000000010004000000099900",
    "letters in the amount": "06010704" + "00000000125a",
    "unknown field": "06010904000000001250fe00",
    "long length form": "0601ff070004000000001250",
    "amount in the container": "06010d0400000000125006041f0400" + "aa",
    "container slack": "06010b040000000012500602aaaa",
    "no amount": "060100",
    "no such currency": "06010a04000000001250490000",
    "refund without password": "06310704000000001250",
    "reversal with an amount": "06300d" + "000000" + "870042" + "04000000001250",
    "reversal of no receipt": "063006" + "000000" + "87ffff",
}


@pytest.mark.parametrize("command", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_money_command_is_refused_in_every_mode(tmp_path: Path, command: str) -> None:
    for mode in (None, Mode.OBSERVE):
        made = shop(tmp_path / str(mode), mode=mode)
        rig = Rig(made)
        made.order(1250)
        assert rig.send(bytes.fromhex(command)) == [ACK, "061e019a"]
        assert rig.heard() == ""
        made.store.close()


@pytest.mark.parametrize("code", [0x061B, 0x0810, 0x0812, 0x0FA1, 0x4745, 0x0000], ids=hex)
def test_commands_that_are_not_known_or_not_harmless_are_refused(store: Shop, code: int) -> None:
    rig = Rig(store)
    assert rig.send(Apdu.of(code).raw) == ["848300"]
    assert rig.heard() == ""


def test_a_refund_glued_behind_a_harmless_command_is_refused_in_its_turn(store: Shop) -> None:
    rig = Rig(store)
    sale = store.paid_sale(1250)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    refund = zvt_build.refund("000000", 1250, "EUR")
    got = rig.send(zvt_build.status_enquiry("000000"), refund)
    assert [unit[:4] for unit in got] == ["8000", "060f", "8000", "061e"]
    assert got[-1] == "061e019a"
    assert refund.hex() not in rig.heard()
    assert rig.terminal.moved == []


def test_too_many_commands_at_once_close_the_connection(store: Shop) -> None:
    rig = Rig(store, settings=TerminalSettings(work_s=30.0))
    store.order(1250)
    rig.send(PAY_1250, *[PAY_1250] * 5)
    assert rig.closed == ["app: till: too many commands at once"]
    assert rig.heard() == PAY_1250.hex()


def test_an_unasked_answer_of_the_till_stays_here(store: Shop) -> None:
    rig = Rig(store)
    assert rig.send(zvt_build.not_authentic, zvt_build.ack) == []
    assert rig.heard() == ""


def test_without_a_terminal_the_answer_is_not_ready(store: Shop) -> None:
    rig = Rig(store, connect=False)
    store.order(1250)
    assert rig.send(PAY_1250) == [ACK, "061e01a0"]
    assert rig.send(zvt_build.status_enquiry("000000")) == [ACK, "061e01a0"]
    assert phases(rig) == []


def test_another_currency_is_refused_with_the_right_one(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    assert rig.send(zvt_build.authorisation(1250, "CHF")) == [ACK, "061e036f0978"]


def test_a_registration_in_another_currency_changes_what_the_amount_means(store: Shop) -> None:
    rig = Rig(store)
    rig.send(zvt_build.registration("000000", 0x8A, "CHF"))
    store.order(1250)
    assert rig.send(zvt_build.authorisation(1250)) == [ACK, "061e036f0978"]


# -- broken streams -----------------------------------------------------------------------------


def test_a_unit_is_judged_wherever_segments_end(store: Shop) -> None:
    rig = Rig(store)
    store.order(1250)
    for byte in PAY_1250:
        rig.raw(bytes([byte]))
    assert rig.till[-1] == DONE


def test_half_a_unit_is_dropped_and_the_till_hung_up_on(store: Shop) -> None:
    rig = Rig(store)
    rig.raw(PAY_1250[:-3])
    assert rig.running == {"app-half"}
    rig.advance(3)
    assert rig.closed == ["app: till: truncated"]
    rig.raw(PAY_1250[-3:])
    assert rig.heard() == ""


def test_a_unit_longer_than_any_command_is_not_waited_for(store: Shop) -> None:
    rig = Rig(store)
    rig.raw(bytes.fromhex("0601ffffff"))
    assert rig.closed == ["app: till: length"]


def test_a_serial_repeat_of_an_open_request_is_judged_once(store: Shop) -> None:
    rig = Rig(store, Script({1250: "hang"}), framing=(Framing.SERIAL, Framing.TCP))
    store.order(1250)
    serial = frame(PAY_1250)
    rig.run([effect for effect in rig.session.app_data(serial) if not isinstance(effect, ToApp)])
    for _ in range(2):  # the ACK was lost on the way: the till repeats
        rig.raw(serial)
    assert phases(rig) == [(IntentKind.SALE, Phase.RESERVED, 1250)]
    assert rig.heard() == PAY_1250.hex()


def test_two_units_in_one_serial_frame_are_refused(store: Shop) -> None:
    rig = Rig(store, framing=(Framing.SERIAL, Framing.TCP))
    rig.raw(frame(zvt_build.status_enquiry("000000") + PAY_1250))
    assert rig.till == [ACK, "061e019a"]
    assert rig.heard() == ""


def test_in_observe_mode_nothing_well_formed_is_blocked(tmp_path: Path) -> None:
    made = shop(tmp_path, mode=Mode.OBSERVE)
    rig = Rig(made)
    made.order(1250)
    assert rig.send(PAY_12500)[-1] == DONE
    assert rig.send(zvt_build.refund("000000", 99900, "EUR"))[-1] == DONE
    made.store.close()


def test_words_for_the_cashier_come_in_both_languages(store: Shop) -> None:
    rig = Rig(store)
    rig.send(bytes.fromhex("060100"))
    assert rig.told[-1].say.zh
    assert rig.told[-1].say.en.endswith("support.")
