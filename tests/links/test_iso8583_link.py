"""The ISO 8583 link with its twin: what reaches the host, what the till and the ledger hear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.frames.iso8583 import Message, build
from pos_guard.links.session import CloseApp, ToDevice
from pos_guard.model import IntentKind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_book import Script
from tests.links.iso8583_rig import (
    MERCHANT,
    TERMINAL,
    TEST_CARD,
    Rig,
    open_shop,
    request,
    sign_on,
)
from tests.shop import Shop

SALE, REFUND, VOID = IntentKind.SALE, IntentKind.REFUND, IntentKind.VOID


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = open_shop(tmp_path)
    yield made
    made.store.close()


def codes(messages: Sequence[Message]) -> list[str]:
    return [f"{one.type} {one.get(39)}" for one in messages]


# -- what passes --------------------------------------------------------------------------------


def test_a_sale_passes_with_the_very_bytes_and_its_answer_too(store: Shop) -> None:
    rig = Rig(store)
    rig.order(1250)
    sale = request("sale", 1250, 80)
    (answer,) = rig.send(sale)
    assert rig.host.heard == [build(sale, rig.known)]
    assert (answer.type, answer.get(39), answer.get(37)) == ("0210", "00", "000000000001")
    assert answer.get(64) is not None  # the host's MAC is untouched
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    entry = store.store.ledger.search(link="iso")[0]
    assert entry.reference == "10016919/000727/000080"
    assert (entry.receipt, entry.payee) == ("000000000001", f"{MERCHANT}:{TERMINAL}")


@pytest.mark.parametrize("message", [sign_on(1), request("balance", 0, 5)])
def test_what_moves_no_money_passes(store: Shop, message: Message) -> None:
    rig = Rig(store)
    assert codes(rig.send(message)) in (["0810 00"], ["0210 00"])
    assert rig.phases == []


def test_a_refund_and_a_void_find_their_sale_by_field_61(store: Shop) -> None:
    rig = Rig(store)
    for trace in (80, 81):
        rig.order(1250)
        rig.send(request("sale", 1250, trace))
    assert codes(rig.send(request("refund", 500, 82, of=80))) == ["0230 00"]
    assert codes(rig.send(request("void", 1250, 83, of=81))) == ["0210 00"]
    sales = {entry.reference: entry.sale_id for entry in store.store.ledger.search(link="iso")}
    assert sales["10016919/000727/000082"] == sales["10016919/000727/000080"]
    assert sales["10016919/000727/000083"] == sales["10016919/000727/000081"]
    assert rig.phases[2:] == [(REFUND, Phase.POSTED, 500), (VOID, Phase.POSTED, 1250)]


def test_a_sale_is_never_refunded_twice(store: Shop) -> None:
    rig = Rig(store)
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    assert codes(rig.send(request("refund", 1000, 81, of=80))) == ["0230 00"]
    (refused,) = rig.send(request("refund", 1000, 82, of=80))
    assert (refused.type, refused.get(39), refused.get(64)) == ("0230", "61", None)
    assert len(rig.host.heard) == 2


def test_a_refund_over_the_limit_waits_for_a_second_person(store: Shop) -> None:
    rig = Rig(store)
    rig.order(5000)
    rig.send(request("sale", 5000, 80))
    assert rig.send(request("refund", 5000, 81, of=80)) == []
    assert len(rig.host.heard) == 1
    assert codes(rig.approve(rig.asked[0])) == ["0230 00"]
    assert rig.phases[-1] == (REFUND, Phase.POSTED, 5000)


def test_a_person_says_no(store: Shop) -> None:
    rig = Rig(store)
    rig.order(5000)
    rig.send(request("sale", 5000, 80))
    rig.send(request("refund", 5000, 81, of=80))
    assert codes(rig.decline(rig.asked[0])) == ["0230 05"]
    assert len(rig.host.heard) == 1
    assert rig.phases[-1] == (REFUND, Phase.REFUSED, 5000)


def test_nobody_decides(store: Shop) -> None:
    rig = Rig(store)
    rig.order(5000)
    rig.send(request("sale", 5000, 80))
    rig.send(request("refund", 5000, 81, of=80))
    assert codes(rig.advance(30)) == ["0230 05"]
    assert len(rig.host.heard) == 1
    assert rig.phases[-1][1] is Phase.ABANDONED


# -- what does not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (request("sale", 99900, 80), "0210 13"),
        (request("refund", 1250, 80, of=7, f49="840"), "0230 12"),
        (request("odd", 1250, 80), "0210 40"),
        (request("sale", 1250, 80, f42="99999999999999X"), "0210 03"),
        (request("sale", 1250, 80, f54="0201156C000000001250"), "0210 30"),
        (request("sale", 1250, 80, f60="22"), "0210 30"),
        (request("sale", 1250, 80, f6="000000099900"), "0210 30"),
    ],
    ids=["amount", "currency", "unknown", "payee", "second amount", "no batch", "billing amount"],
)
def test_a_refused_request_never_reaches_the_host(
    store: Shop, message: Message, answer: str
) -> None:
    rig = Rig(store)
    rig.order(1250)
    got = rig.send(message)
    assert codes(got) == [answer]
    assert got[0].tpdu.hex() == "6000000003"
    assert (got[0].get(2), got[0].get(64)) == (None, None)
    assert rig.host.heard == []
    assert rig.told


def test_every_message_of_a_segment_is_judged_by_itself(store: Shop) -> None:
    rig = Rig(store, Script({1250: "late:2000"}))
    rig.order(1250)
    got = rig.send(request("sale", 1250, 80), request("refund", 99900, 81, of=80))
    assert codes(got) == ["0230 30"]  # at once: the trace tells them apart
    assert codes(rig.advance(3)) == ["0210 00"]
    assert len(rig.host.heard) == 1


def test_segments_may_end_anywhere(store: Shop) -> None:
    rig = Rig(store)
    rig.order(1250)
    for byte in rig.wire(request("sale", 1250, 80)):
        rig.raw(bytes([byte]))
    assert codes(rig.till) == ["0210 00"]


@pytest.mark.parametrize("data", ["ffff00", "1001", "0000", "0014"])
def test_a_length_that_no_message_has_ends_the_call(store: Shop, data: str) -> None:
    rig = Rig(store)
    rig.raw(bytes.fromhex(data))
    assert rig.closed == ["till: length"]
    rig.hang_up()
    rig.dial()
    rig.order(1250)
    assert codes(rig.send(request("sale", 1250, 80))) == ["0210 00"]


def test_half_a_message_ends_the_call(store: Shop) -> None:
    rig = Rig(store)
    rig.raw(rig.wire(request("sale", 1250, 80))[:40])
    assert rig.closed == []
    rig.advance(31)
    assert rig.closed == ["till: truncated"]
    assert rig.host.heard == []


def test_the_same_number_is_not_sent_twice(store: Shop) -> None:
    rig = Rig(store)
    for _ in range(2):
        rig.order(1250)
        rig.send(request("sale", 1250, 80))
    assert codes(rig.till)[-1] == "0210 94"
    assert len(rig.host.heard) == 1


# -- a MAC is wanted ----------------------------------------------------------------------------


def test_where_the_till_wants_a_mac_a_no_is_silence_and_its_reversal_is_answered(
    store: Shop,
) -> None:
    rig = Rig(store, profile="iso8583-cup,mac=app-insists")
    rig.order(1250)
    assert rig.send(request("sale", 99900, 80)) == []
    assert rig.closed == ["till: refused: amount"]
    rig.hang_up()
    rig.dial()
    (answer,) = rig.send(request("reversal", 99900, 80))
    assert (answer.type, answer.get(39), answer.get(11)) == ("0410", "00", "000080")
    assert rig.host.heard == []


# -- silence and reversals ----------------------------------------------------------------------


def test_silence_is_unknown_and_the_tills_reversal_settles_it(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-after"}))
    rig.order(1250)
    assert rig.send(request("sale", 1250, 80)) == []
    assert rig.advance(60) == []
    (answer,) = rig.send(request("reversal", 1250, 80))
    assert (answer.type, answer.get(39)) == ("0410", "00")
    assert [one.type for one in rig.heard] == ["0200", "0400"]
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    assert rig.host.moved == []


def test_a_reversal_after_the_approval_voids_it(store: Shop) -> None:
    rig = Rig(store)
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    assert codes(rig.send(request("reversal", 1250, 80))) == ["0410 00"]
    assert rig.phases == [(SALE, Phase.VOIDED, 1250)]
    assert len(list(store.store.audit.records(kind="case"))) == 1


def test_a_reversal_that_nobody_knows_passes(store: Shop) -> None:
    rig = Rig(store)
    assert codes(rig.send(request("reversal", 1250, 80))) == ["0410 25"]
    assert [one.type for one in rig.heard] == ["0400"]


def test_a_late_answer_is_recorded_and_not_taken_for_another(store: Shop) -> None:
    rig = Rig(store, Script({1250: "late:80000"}))
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.advance(76)
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    rig.advance(10)
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]


def test_the_guards_own_reversal_where_no_mac_is_wanted(store: Shop) -> None:
    rig = Rig(
        store, Script({1250: "silent-after"}), "iso8583-cup,reverse=6000030000", name="reversing"
    )
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.hang_up()
    rig.advance(90)
    sale, reversal = rig.heard
    assert (reversal.type, reversal.get(11), reversal.get(60)) == ("0400", "000080", "22000727000")
    assert (reversal.get(2), reversal.get(41)) == (None, sale.get(41))
    assert rig.host.moved == []
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]


def test_a_refund_is_never_reversed_by_the_guard(store: Shop) -> None:
    rig = Rig(store, Script({500: "silent-after"}), "iso8583-cup,reverse=6000030000")
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.send(request("refund", 500, 81, of=80))
    rig.advance(600)
    assert [one.type for one in rig.heard] == ["0200", "0220"]
    assert rig.phases[-1] == (REFUND, Phase.UNKNOWN, 500)


def test_no_such_original_proves_nothing_to_the_guard(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-before"}), "iso8583-cup,reverse=6000030000")
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.hang_up()
    rig.advance(600)
    assert "0400" in [one.type for one in rig.heard]
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]


def test_after_a_restart_what_was_under_way_is_unknown(store: Shop) -> None:
    rig = Rig(store, Script({1250: "silent-after"}))
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.shop = store.reopened()
    rig.open()
    assert rig.phases == [(SALE, Phase.UNKNOWN, 1250)]
    assert codes(rig.send(request("reversal", 1250, 80))) == ["0410 00"]
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]
    rig.shop.store.close()


# -- a host that answers wrongly ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "till", "phase"),
    [
        ("split", ["0210 00"], Phase.POSTED),
        ("glue", ["0210 00"], Phase.POSTED),
        ("duplicate", ["0210 00"], Phase.POSTED),
        ("wrong-tpdu", ["0210 00"], Phase.POSTED),
        ("approve:1000", ["0210 10"], Phase.POSTED),
        ("decline:51", ["0210 51"], Phase.FAILED),
        ("decline:98", ["0210 98"], Phase.FAILED),
        ("wrong-trace", [], Phase.UNKNOWN),
        ("foreign", [], Phase.UNKNOWN),
        ("bad-length", [], Phase.UNKNOWN),
        ("garbage", [], Phase.UNKNOWN),
        ("reset", [], Phase.UNKNOWN),
        ("silent-before", [], Phase.UNKNOWN),
    ],
)
def test_right_and_wrong_answers(store: Shop, word: str, till: list[str], phase: Phase) -> None:
    rig = Rig(store, Script({1250: word}))
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.advance(76)
    assert codes(rig.till) == till
    assert rig.phases[0][1] is phase


def test_a_refund_that_the_issuer_did_not_answer_is_in_doubt(store: Shop) -> None:
    rig = Rig(store, Script({500: "decline:98"}))
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    assert codes(rig.send(request("refund", 500, 81, of=80))) == ["0230 98"]
    assert rig.phases[-1] == (REFUND, Phase.UNKNOWN, 500)


def test_another_terminal_in_an_answer_freezes_the_link(store: Shop) -> None:
    rig = Rig(store, Script({1250: "foreign"}))
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.advance(76)
    rig.order(700)
    assert codes(rig.send(request("sale", 700, 81))) in (["0210 03"], ["0210 96"])
    assert len(rig.host.heard) == 1


# -- garbage ------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_garbage_of_either_side_moves_nothing(
    store: Shop, pieces: list[bytes], from_till: bool
) -> None:
    rig = Rig(store)
    for piece in pieces:
        if from_till:
            rig.raw(piece)
        else:
            rig.from_host(piece)
    assert rig.host.moved == []
    assert rig.till == []


def test_a_message_with_a_broken_field_is_recorded_and_ends_the_call(store: Shop) -> None:
    rig = Rig(store)
    wire = bytearray(rig.wire(request("sale", 1250, 80)))
    wire[2 + 13 + 8] = 0xAA  # the count of field 2
    assert rig.raw(bytes(wire)) == []
    assert rig.closed == ["till: length"]
    assert next(iter(store.store.audit.records(limit=1))).kind == "refusal"


def test_effects_come_in_order_of_their_meaning(store: Shop) -> None:
    rig = Rig(store)
    rig.order(1250)
    effects = rig.session.app_data(rig.wire(request("sale", 1250, 80)))
    sent = [effect for effect in effects if isinstance(effect, ToDevice)]
    assert [effect.data for effect in sent] == [rig.wire(request("sale", 1250, 80))]
    assert not any(isinstance(effect, CloseApp) for effect in effects)
    entry = store.store.ledger.search(link="iso")[0]
    assert entry.phase is Phase.RESERVED  # durable before the bytes go


def test_no_file_has_the_card_number(store: Shop) -> None:
    rig = Rig(store)
    rig.order(1250)
    rig.send(request("sale", 1250, 80))
    rig.send(request("refund", 99900, 81, of=80))
    files = [path.read_bytes() for path in store.directory.rglob("*") if path.is_file()]
    assert files
    assert not any(TEST_CARD.encode() in data for data in files)
