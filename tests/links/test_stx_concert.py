"""Concert E+ through the link: ENQ before every frame, in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames import stx_concert
from pos_guard.frames.stx import build
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_concert_line import ConcertLine, ConcertTiming
from pos_guard.links.stx_more import concert
from pos_guard.model import IntentKind, Source
from pos_guard.store.ledger import Phase
from pos_guard_simulator.stx_concert_twin import concert_terminal
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import TERMINAL_ID, Shop, shop

VECTORS = {
    v["id"]: bytes.fromhex(v["hex"])
    for v in json.loads((Path(__file__).parents[1] / "golden" / "stx_more.json").read_text())
}
DEBIT = VECTORS["concert-e+-001"][1:-2]
"""55.10, whole answer, wait for the transaction."""
SHORT = DEBIT[:10] + b"0" + DEBIT[11:]
REFUND = VECTORS["concert-e+-003"][1:-2]
ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


def rig(store: Shop, script: Script | None = None) -> Rig:
    timing = ConcertTiming(listen_s=3.0)
    line = ConcertLine("till", ToDevice, stx_concert.FORMAT, timing)
    twin = concert_terminal(script or Script())
    return Rig(store, lambda: concert(""), twin, line)


@pytest.mark.parametrize(("unit", "size"), [(DEBIT, 80), (SHORT, 25)])
def test_a_right_payment_passes_byte_for_byte(store: Shop, unit: bytes, size: int) -> None:
    till = rig(store)
    store.order(5510)
    (answer,) = till.send(unit)
    assert len(answer) == size
    assert answer.startswith(b"01000005510")
    assert bytes(till.terminal.heard) == ENQ + build(stx_concert.FORMAT, unit) + EOT + ACK + ACK
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 5510)]
    assert till.running == set()


def test_the_refusal_is_the_published_one(store: Shop) -> None:
    till = rig(store)
    till.auto = False
    unit = REFUND[:10] + b"0" + REFUND[11:]
    store.sign_in("anna")
    assert till.raw(ENQ) == ACK
    assert till.raw(build(stx_concert.FORMAT, unit)) == ACK
    assert till.raw(EOT) == ENQ
    assert till.raw(ACK).hex() == VECTORS["concert-e+-005"].hex()
    assert bytes(till.terminal.heard) == b""
    assert till.told[-1].level != "ALLOW"


def test_a_slip_in_the_amount_is_not_completed_and_never_reaches_the_terminal(
    store: Shop,
) -> None:
    till = rig(store)
    store.order(1250)
    (answer,) = till.send(DEBIT)
    assert answer == b"0170000551019780000000000"[:11] + b"1" + b" " * 55 + b"978" + b"0" * 10
    assert till.terminal.heard == b""
    assert [phase for _, phase, _ in till.phases] == [Phase.REFUSED]


def test_a_refund_with_permission_passes_and_a_second_one_does_not(store: Shop) -> None:
    till = rig(store)
    sale = store.paid_sale(1000, link=LINK)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    assert till.send(REFUND)[-1][2:3] == b"0"
    assert [(t.kind, t.amount) for t in till.terminal.moved] == [("refund", 1000)]
    store.guard.tell_original(sale, source=Source.SCAN)
    assert till.send(REFUND)[-1][2:3] == b"7"
    assert len(till.terminal.moved) == 1


def test_a_credit_gives_money_back_as_well(store: Shop) -> None:
    till = rig(store)
    store.order(1000)
    assert till.send(VECTORS["concert-e+-004"][1:-2])[-1][2:3] == b"7"
    assert till.terminal.heard == b""


def test_a_type_that_is_not_read_is_refused(store: Shop) -> None:
    till = rig(store)
    store.order(5510)
    assert till.send(DEBIT[:12] + b"4" + DEBIT[13:])[-1][2:3] == b"7"
    assert till.terminal.heard == b""


def test_a_declined_payment_is_declined_for_everybody(store: Shop) -> None:
    till = rig(store, Script({5510: "decline"}))
    store.order(5510)
    assert till.send(DEBIT)[-1][2:3] == b"7"
    assert till.phases == [(IntentKind.SALE, Phase.FAILED, 5510)]


def test_not_verified_is_neither_yes_nor_no(store: Shop) -> None:
    till = rig(store, Script({5510: "decline:9"}))
    store.order(5510)
    assert till.send(DEBIT)[-1][2:3] == b"9"
    assert till.phases == [(IntentKind.SALE, Phase.UNKNOWN, 5510)]


def test_an_answer_before_the_payment_says_nothing_of_it(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    till.send(VECTORS["concert-e+-002"][1:-2])
    assert till.phases == [(IntentKind.SALE, Phase.UNKNOWN, 1250)]


@pytest.mark.parametrize("word", ["silent-before", "silent-after", "reset"])
def test_silence_is_unknown_and_only_a_person_can_say(store: Shop, word: str) -> None:
    till = rig(store, Script({5510: word}))
    store.order(5510)
    assert till.send(DEBIT) == []
    till.advance(200)
    assert till.phases == [(IntentKind.SALE, Phase.UNKNOWN, 5510)]
    assert till.till == []
    assert len([u for u in till.terminal.units if u == DEBIT]) == 1


@pytest.mark.parametrize("word", ["late:30000", "split", "duplicate", "bad-check"])
def test_a_bad_line_loses_nothing(store: Shop, word: str) -> None:
    till = rig(store, Script({5510: word}))
    store.order(5510)
    till.send(DEBIT)
    till.advance(60)
    assert [answer[2:3] for answer in till.till] == [b"0"]
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 5510)]
    assert len(till.terminal.moved) == 1


@pytest.mark.parametrize("wrong", [DEBIT[:-1], DEBIT[:2] + b"0000551x" + DEBIT[10:], b"?"])
def test_what_is_no_request_is_answered_with_a_nak(store: Shop, wrong: bytes) -> None:
    till = rig(store)
    store.order(5510)
    assert till.raw(ENQ) == ACK
    assert till.raw(build(stx_concert.FORMAT, wrong)) == NAK
    assert till.raw(build(stx_concert.FORMAT, DEBIT)) == ACK  # once more, and right
    till.raw(EOT)
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 5510)]


def test_a_wrong_checksum_is_answered_with_a_nak(store: Shop) -> None:
    till = rig(store)
    store.order(5510)
    till.raw(ENQ)
    frame = build(stx_concert.FORMAT, DEBIT)
    assert till.raw(frame[:-1] + b"\x00") == NAK
    assert till.terminal.heard == b""


def test_a_frame_without_a_conversation_goes_nowhere(store: Shop) -> None:
    till = rig(store)
    store.order(5510)
    assert till.raw(build(stx_concert.FORMAT, DEBIT)) == b""
    assert till.terminal.heard == b""


def test_asking_whether_the_terminal_is_there_is_answered_here(store: Shop) -> None:
    till = rig(store)
    assert till.raw(ENQ) == ACK
    assert till.raw(EOT) == b""
    store.order(5510)
    assert till.send(DEBIT)[-1][2:3] == b"0"


def test_half_a_frame_is_given_up(store: Shop) -> None:
    till = rig(store)
    till.raw(ENQ + b"\x02010000")
    till.advance(4)
    assert bytes(till.wire) == ACK + NAK
    store.order(5510)
    till.raw(EOT)
    assert till.send(DEBIT)[-1][2:3] == b"0"


def test_a_till_that_never_listens_loses_nothing(store: Shop) -> None:
    till = rig(store)
    store.order(5510)
    till.raw(ENQ + build(stx_concert.FORMAT, DEBIT) + EOT)
    till.advance(300)
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 5510)]
    assert till.running == set()


def test_without_a_terminal_the_answer_is_not_completed(store: Shop) -> None:
    till = rig(store)
    till.unplug()
    store.order(5510)
    assert till.send(DEBIT)[-1][2:3] == b"7"
    assert till.phases == []


def test_both_ask_at_once_and_both_are_heard(store: Shop) -> None:
    till = rig(store, Script({5510: "late:1000"}))
    till.auto = False
    store.order(5510)
    till.raw(ENQ + build(stx_concert.FORMAT, DEBIT) + EOT)
    till.advance(1.5)  # the guard asks with its answer
    assert till.wire.endswith(ENQ)
    assert till.raw(ENQ) == ACK  # and the till asks for something else
    assert till.raw(EOT) == ENQ  # nothing: now it is our turn again
    assert till.raw(ACK)[1:4] == b"010"


def test_after_a_restart_nothing_is_sent_twice_and_a_person_decides(store: Shop) -> None:
    till = rig(store, Script({5510: "silent-after"}))
    store.order(5510)
    till.send(DEBIT)
    till.shop = store.reopened()
    till.open()
    till.advance(300)
    assert till.phases == [(IntentKind.SALE, Phase.UNKNOWN, 5510)]
    assert till.terminal.units == [DEBIT]
    till.shop.store.close()


def test_a_native_serial_port_has_seven_bits_and_parity(store: Shop) -> None:
    form = replace(stx_concert.FORMAT, parity7=True)
    twin = concert_terminal(form=form)
    line = ConcertLine("till", ToDevice, stx_concert.FORMAT, ConcertTiming())
    till = Rig(store, lambda: concert("7e1"), twin, line)
    store.order(5510)
    assert till.send(DEBIT)[-1][2:3] == b"0"
    assert bytes(twin.heard).endswith(b"\x84\x06\x06")  # EOT with its parity bit
    with pytest.raises(LocalError, match="7e1"):
        concert("8n1")
