"""POSLink through the link: transactions, cancels, and a no that no client takes for a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames import stx_pax
from pos_guard.frames.stx import build
from pos_guard.frames.stx_pax_reply import parse_reply
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_line import StxLine
from pos_guard.links.stx_more import pax
from pos_guard.links.stx_pax import TIMING, PaxDialect
from pos_guard.model import IntentKind, Source, Words
from pos_guard.policy.verdict import Reason
from pos_guard.store.ledger import Phase
from pos_guard_simulator.stx_pax_twin import pax_terminal
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import TERMINAL_ID, Shop, shop

ACK, NAK = b"\x06", b"\x15"


def credit(kind: str, amount: str = "", *trace: str, version: bool = True) -> bytes:
    head = ("T00", "1.28") if version else ("T00",)
    groups = (amount, "", "\x1f".join(trace)) if trace else (amount,)
    return stx_pax.build(*head, kind, *groups)


PAY = credit("01", "1250", "1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


def rig(store: Shop, script: Script | None = None, work_s: float = 0.0) -> Rig:
    line = StxLine("till", ToDevice, stx_pax.FORMAT, TIMING)
    twin = pax_terminal(script or Script(), work_s)
    return Rig(store, lambda: pax("EUR"), twin, line)


@pytest.mark.parametrize("unit", [PAY, credit("01", "1250", version=False)])
def test_a_right_payment_passes_byte_for_byte(store: Shop, unit: bytes) -> None:
    till = rig(store)
    store.order(1250)
    (answer,) = till.send(unit)
    assert parse_reply(answer).code == "000000"
    assert bytes(till.terminal.heard) == build(stx_pax.FORMAT, unit) + ACK
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert till.running == set()


@pytest.mark.parametrize(
    ("unit", "answer"),
    [
        (credit("01", "12500"), b"0\x1cT01\x1c1.28\x1c100002\x1cABORTED"),
        (credit("01", "12500", version=False), b"100002\x1cABORTED"),
    ],
)
def test_the_refusal_has_the_form_of_the_request(store: Shop, unit: bytes, answer: bytes) -> None:
    till = rig(store)
    store.order(1250)
    assert till.send(unit) == [answer]
    assert till.terminal.heard == b""


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("version", [True, False])
def test_no_refusal_begins_with_the_zeros_of_a_yes(reason: Reason, version: bool) -> None:
    words = PaxDialect()
    ask = words.read(credit("02", "1250", version=version))
    (said,) = words.refuse(ask, reason, Words("", ""))
    assert parse_reply(said).code == "100002"
    assert not said.startswith(b"00")


def test_a_void_is_resolved_by_its_transaction_number(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    sale = parse_reply(till.send(PAY)[-1])
    assert sale.transaction is not None
    void = credit("16", "", "2", "", "", sale.transaction)
    store.sign_in("ben")
    assert parse_reply(till.send(void)[-1]).code == "000000"
    assert till.phases[-1] == (IntentKind.VOID, Phase.POSTED, 1250)
    assert parse_reply(till.send(void)[-1]).code == "100002"


def test_a_return_needs_permission(store: Shop) -> None:
    till = rig(store)
    sale = store.paid_sale(1250, link=LINK)
    for operator, code in (("anna", "100002"), ("ben", "000000")):
        store.sign_in(operator)
        store.guard.tell_original(sale, source=Source.SCAN)
        assert parse_reply(till.send(credit("02", "1250"))[-1]).code == code
    assert [(t.kind, t.amount) for t in till.terminal.moved] == [("refund", 1250)]


@pytest.mark.parametrize(
    "unit",
    [
        credit("00", "1250"),  # the terminal's own menu
        credit("05", "1250"),  # forced
        credit("06", "1250"),  # adjust
        credit("18", "1250", "1", "", "", "5"),  # void of a return
        stx_pax.build("T06", "1.28", "01", "1250"),  # gift card
        stx_pax.build("A04", "1.28", "hostUrl", "x"),
        stx_pax.build("A26", "1.28"),
    ],
)
def test_what_is_not_read_is_refused_and_never_forwarded(store: Shop, unit: bytes) -> None:
    till = rig(store)
    store.order(1250)
    assert parse_reply(till.send(unit)[-1]).code == "100002"
    assert till.terminal.heard == b""


@pytest.mark.parametrize("unit", [stx_pax.build("A00", "1.28"), stx_pax.build("B00", "1.28")])
def test_what_only_asks_passes(store: Shop, unit: bytes) -> None:
    till = rig(store)
    assert parse_reply(till.send(unit)[-1]).code == "000000"
    assert till.terminal.units == [unit]


def test_a_cancel_of_a_held_request_is_answered_here(store: Shop) -> None:
    till = rig(store)
    store.order(3000)
    sale = parse_reply(till.send(credit("01", "3000"))[-1])
    assert sale.transaction is not None
    heard = bytes(till.terminal.heard)
    store.sign_in("ben")  # may refund 20.00, not 30.00
    assert till.send(credit("16", "", "2", "", "", sale.transaction)) == []
    assert len(till.asked) == 1
    assert parse_reply(till.send(stx_pax.build("A14", "1.28"))[-1]).code == "100002"
    assert bytes(till.terminal.heard) == heard
    assert till.phases[-1] == (IntentKind.VOID, Phase.ABANDONED, 3000)


def test_a_cancel_of_a_forwarded_request_passes(store: Shop) -> None:
    till = rig(store, work_s=30.0)
    store.order(1250)
    till.send(PAY)
    stop = stx_pax.build("A14", "1.28")
    assert till.send(stop) == []
    assert till.terminal.units == [PAY, stop]
    till.advance(40)
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]


@pytest.mark.parametrize(
    ("word", "phase"),
    [
        ("decline", Phase.FAILED),
        ("decline:100001", Phase.FAILED),
        ("decline:100023", Phase.UNKNOWN),  # no table says what this is
        ("approve", Phase.POSTED),
    ],
)
def test_what_a_code_says(store: Shop, word: str, phase: Phase) -> None:
    till = rig(store, Script({1250: word}))
    store.order(1250)
    assert len(till.send(PAY)) == 1
    assert till.phases == [(IntentKind.SALE, phase, 1250)]


@pytest.mark.parametrize("word", ["silent-before", "silent-after", "reset"])
def test_silence_is_unknown_and_stays_with_a_person(store: Shop, word: str) -> None:
    till = rig(store, Script({1250: word}))
    store.order(1250)
    assert till.send(PAY) == []
    till.advance(300)
    assert till.phases == [(IntentKind.SALE, Phase.UNKNOWN, 1250)]
    assert till.terminal.units == [PAY]


@pytest.mark.parametrize("word", ["late:30000", "split", "duplicate", "bad-check"])
def test_a_bad_line_loses_nothing(store: Shop, word: str) -> None:
    till = rig(store, Script({1250: word}))
    store.order(1250)
    till.send(PAY)
    till.advance(60)
    assert [parse_reply(answer).code for answer in till.till] == ["000000"]
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]


@pytest.mark.parametrize(
    "wrong",
    [
        credit("01", "12.50"),
        credit("01", "1250\x1f200"),  # a tip
        credit("01", "1250\x1f\x1f5000"),  # cash back
        credit("01"),
        credit("16"),
        credit("16", "", "1", "", "", "5", "", "", "6"),  # two originals
        stx_pax.build("T00", "1.28", "01", "1250", "", "", "", "", "", "", "TIPREQ=1"),
        stx_pax.build("T00", "1.28", "01", "1250", "", "", "", "", "", "", "HREF=1\x1fHREF=2"),
        stx_pax.build("T00", "1.28", "01", "1250", "", "", "", "", "", "", "", "", "x"),
        b"\x1c" * 40,
        b"PAY",
    ],
)
def test_what_says_more_than_one_thing_is_answered_with_a_nak(store: Shop, wrong: bytes) -> None:
    till = rig(store)
    till.auto = False
    store.order(1250)
    assert till.raw(build(stx_pax.FORMAT, wrong)) == NAK
    assert till.terminal.heard == b""


def test_the_currency_is_that_of_the_merchant_account(store: Shop) -> None:
    line = StxLine("till", ToDevice, stx_pax.FORMAT, TIMING)
    till = Rig(store, lambda: pax(""), pax_terminal(), line)
    store.order(1250)
    assert parse_reply(till.send(PAY)[-1]).code == "100002"  # dollars where euros are due
    with pytest.raises(LocalError):
        pax("XXXX")
