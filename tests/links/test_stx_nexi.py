"""ECR17 through the link: payments, reversals, the last result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames import stx_nexi
from pos_guard.frames.stx import build
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_asked_line import bare
from pos_guard.links.stx_more import nexi
from pos_guard.links.stx_nexi import TIMING, NexiLine
from pos_guard.model import IntentKind, Source
from pos_guard.store.ledger import Phase
from pos_guard_simulator.stx_nexi_twin import NexiWords, nexi_terminal
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import PINS, TERMINAL_ID, Shop, shop

VECTORS = {
    v["id"]: bytes.fromhex(v["hex"])
    for v in json.loads((Path(__file__).parents[1] / "golden" / "stx_more.json").read_text())
}
TID = TERMINAL_ID.encode()
ACK, NAK = bytes.fromhex("06037a"), bytes.fromhex("150369")


def payment(amount: int, code: bytes = b"P") -> bytes:
    unit = VECTORS["nexi-p17-001"][1:-2]
    return TID + b"0" + code + unit[10:23] + b"%08d" % amount + unit[31:]


def reversal(stan: int) -> bytes:
    return TID + b"0S00000001" + b"%06d" % stan + b"00"


PAY = payment(1250)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


def rig(store: Shop, script: Script | None = None, words: NexiWords | None = None) -> Rig:
    line = NexiLine("till", ToDevice, stx_nexi.FORMAT, TIMING)
    return Rig(store, lambda: nexi(""), nexi_terminal(script or Script(), words=words), line)


@pytest.mark.parametrize("code", [b"P", b"X"])
def test_a_right_payment_passes_byte_for_byte(store: Shop, code: bytes) -> None:
    till = rig(store)
    store.order(1250)
    (answer,) = till.send(payment(1250, code))
    assert answer[:12] == TID + b"0E00"
    assert bytes(till.terminal.heard) == build(stx_nexi.FORMAT, payment(1250, code)) + ACK
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert till.running == set()


def test_the_refusal_is_the_published_one_but_for_its_reason(store: Shop) -> None:
    till = rig(store)
    till.auto = False
    store.order(1250)
    got = till.raw(build(stx_nexi.FORMAT, payment(12500)))
    published = VECTORS["nexi-p17-003"]
    assert got[: len(ACK)] == ACK
    frame = got[len(ACK) :]
    assert frame[1:13] == TID + b"0E01"
    assert frame[13:37] == b"WRONG AMOUNT".ljust(24)
    assert frame[37:-1] == published[37:-1]
    assert till.terminal.heard == b""


def test_a_reversal_is_resolved_by_its_stan(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    assert till.send(PAY)[-1][10:12] == b"00"
    stan = till.terminal.moved[0].receipt
    store.sign_in("anna")
    assert till.send(reversal(stan))[-1][10:12] == b"01"  # a cashier may not
    store.sign_in("ben")
    assert till.send(reversal(stan))[-1][10:12] == b"00"
    assert till.phases[-1] == (IntentKind.REVERSAL, Phase.POSTED, 1250)
    assert [t.kind for t in till.terminal.moved] == ["reversal"]
    assert till.send(reversal(stan))[-1][10:12] == b"01"  # nothing is left of it


@pytest.mark.parametrize("stan", [0, 777])
def test_a_reversal_of_no_known_sale_is_refused(store: Shop, stan: int) -> None:
    till = rig(store)
    sale = store.paid_sale(1250, link=LINK)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    assert till.send(reversal(stan))[-1][10:12] == b"01"
    assert till.terminal.heard == b""


def test_a_person_approves_while_the_till_is_kept_waiting(store: Shop) -> None:
    till = rig(store)
    store.order(3000)
    till.send(payment(3000))
    store.sign_in("ben")  # may refund 20.00, not 30.00
    got = till.send(reversal(till.terminal.moved[0].receipt))
    assert got == []
    till.advance(12)
    assert till.till[-1] == b"\x01WAIT FOR APPROVAL   \x04"
    (decision,) = till.asked
    store.guard.approve(decision, "maya", pin=PINS["maya"])
    till.run(till.session.answered(decision))
    assert till.till[-1][10:12] == b"00"


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        (TID + b"0s", b"s"),
        (TID + b"0T00000001" + b"0" * 8, b"T"),
        (TID + b"0C00000001" + b"0" * 8, b"C"),
        (TID + b"0G00000001" + b"0000", b"E"),
    ],
)
def test_what_only_asks_or_closes_the_day_passes(store: Shop, unit: bytes, code: bytes) -> None:
    till = rig(store)
    (answer,) = till.send(unit)
    assert bare(answer)[9:10] == code  # the till's own line marks it too
    store.order(1250)
    assert till.send(PAY)[-1][10:12] == b"00"


def test_printing_on_the_till_is_not_managed(store: Shop) -> None:
    till = rig(store)
    till.auto = False
    assert till.raw(build(stx_nexi.FORMAT, TID + b"0E1")) == NAK
    assert till.terminal.heard == b""
    assert till.raw(build(stx_nexi.FORMAT, TID + b"0E0")) == ACK
    assert till.terminal.units == [TID + b"0E0"]


@pytest.mark.parametrize(
    "wrong",
    [
        PAY[:-1],
        PAY + b"0",
        PAY[:18] + b"1" + PAY[19:],  # additional data follows
        PAY[:23] + b"0000x250" + PAY[31:],
        PAY[:8] + b"1" + PAY[9:],
        PAY[:9] + b"U" + PAY[10:],
        PAY[:-8] + b"00000001",
    ],
)
def test_what_is_no_message_is_answered_with_a_nak(store: Shop, wrong: bytes) -> None:
    till = rig(store)
    till.auto = False
    store.order(1250)
    assert till.raw(build(stx_nexi.FORMAT, wrong)) == NAK
    assert till.terminal.heard == b""


def test_the_other_reading_of_the_checksum_is_a_setting(store: Shop) -> None:
    form = stx_nexi.FORMAT_WITHOUT_STX
    line = NexiLine("till", ToDevice, form, TIMING)
    till = Rig(store, lambda: nexi("lrc-without-stx"), nexi_terminal(form=form), line)
    store.order(1250)
    assert till.send(PAY)[-1][10:12] == b"00"
    with pytest.raises(LocalError, match="lrc-without-stx"):
        nexi("lrc")


@pytest.mark.parametrize("word", ["late:30000", "split", "duplicate", "bad-check"])
def test_a_bad_line_loses_nothing(store: Shop, word: str) -> None:
    till = rig(store, Script({1250: word}))
    store.order(1250)
    till.send(PAY)
    till.advance(60)
    assert [answer[10:12] for answer in till.till] == [b"00"]
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert len(till.terminal.moved) == 1


def test_what_a_terminal_said_no_to_each_time_never_moved_anything(store: Shop) -> None:
    till = rig(store, Script({1250: "nak"}))
    store.order(1250)
    till.send(PAY)
    till.advance(300)
    assert till.phases == [(IntentKind.SALE, Phase.FAILED, 1250)]
    assert [answer[9:12] for answer in till.till] == [b"E01"]
    assert till.terminal.moved == []


def test_the_last_result_of_about_that_time_is_the_answer(store: Shop) -> None:
    till = rig(store, Script({1250: "silent-after"}), NexiWords(date=_italian(store)))
    store.order(1250)
    assert till.send(PAY) == []
    till.advance(200)
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert len([unit for unit in till.terminal.units if unit == PAY]) == 1


def test_an_older_customers_result_is_never_taken_for_this_ones(store: Shop) -> None:
    till = rig(store, Script({1250: "silent-before"}), NexiWords(date=_italian(store)))
    store.order(2000)
    assert till.send(payment(2000))[-1][10:12] == b"00"
    store.order(1250)
    till.send(PAY)
    till.advance(300)
    assert till.phases[-1] == (IntentKind.SALE, Phase.UNKNOWN, 1250)
    assert b"G" in {unit[9:10] for unit in till.terminal.units}


def test_a_result_from_before_the_guard_is_never_taken_for_this_ones(store: Shop) -> None:
    till = rig(store, Script(), NexiWords(date="2000900"))
    till.unplug()
    till.terminal.data(build(stx_nexi.FORMAT, payment(1250)))
    assert [done.amount for done in till.terminal.moved] == [1250]
    till.terminal.script = Script({1250: "silent-before"})
    till.plug()
    store.order(1250)
    till.send(PAY)
    till.advance(300)
    assert till.phases[-1] == (IntentKind.SALE, Phase.UNKNOWN, 1250)


def test_after_a_restart_the_last_result_is_asked_before_anything_else(store: Shop) -> None:
    till = rig(store, Script({1250: "silent-after"}), NexiWords(date=_italian(store)))
    store.order(1250)
    till.send(PAY)
    till.terminal.script = Script()
    till.shop = store.reopened()  # the process died; the terminal is connected anew
    till.open()
    till.advance(30)
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert [unit[9:10] for unit in till.terminal.units] == [b"P", b"G"]
    till.shop.store.close()


def _italian(store: Shop) -> str:
    """The host's time in winter, one minute from now."""
    minutes = store.clock.wall_us() // 60_000_000 + 61
    days, minute = divmod(minutes, 24 * 60)
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)
    return f"{day.timetuple().tm_yday:03d}{minute // 60:02d}{minute % 60:02d}"
