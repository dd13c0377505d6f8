"""The tables of the protocol, line by line: each command, each refusal, on TCP and on serial lines.

Source of commands and codes: command list and error table of PA00P015 13.06.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_bmp import build_bmps
from pos_guard.frames.zvt_serial import frame
from pos_guard.frames.zvt_table import BOOK_TOTAL, BOOKING, MONEY, NAMES, PASSES, RELEASE
from pos_guard.links.session import ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard.model import IntentKind, Source
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_terminal import TerminalSettings
from tests.links.zvt_rig import ACK, DONE, Rig, phases
from tests.shop import PINS, POLICY, TERMINAL_ID, Shop, shop

TILL_MAY = POLICY.replace(
    'may = ["sale", "preauth", "completion"]', 'may = ["sale", "tip", "preauth", "completion"]'
)
FRAMINGS = [(app, device) for app in Framing for device in Framing]
EACH_FRAMING = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda f: f"{f[0]}-{f[1]}")
GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "zvt.json").read_text("utf-8"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=TILL_MAY)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    made.sign_in("anna")
    yield made
    made.store.close()


def rig_of(store: Shop, framing: tuple[Framing, Framing]) -> Rig:
    return Rig(store, settings=TerminalSettings(framing=framing[1]), framing=framing)


# -- each command --------------------------------------------------------------------------------


def order(rig: Rig) -> None:
    rig.shop.order(1250, "T1")


def sold(rig: Rig) -> None:
    rig.shop.order(1250, "T1")
    assert rig.send(zvt_build.authorisation(1250, "EUR"))[-1] == DONE
    rig.shop.order(1250, "T1")


def sold_and_senior(rig: Rig) -> None:
    sold(rig)
    (sale,) = rig.shop.store.ledger.search()
    assert sale.sale_id is not None
    rig.shop.sign_in("ben")
    rig.shop.guard.tell_original(sale.sale_id, source=Source.SCAN)


def held(rig: Rig) -> None:
    assert rig.send(zvt_build.reservation(1250, "EUR"))[-1] == DONE
    rig.shop.order(1250, "T1")


def held_and_senior(rig: Rig) -> None:
    held(rig)
    rig.shop.sign_in("ben")


def nothing(rig: Rig) -> None:
    del rig


Prepare = Callable[[Rig], None]
COMMANDS: dict[int, tuple[bytes, Prepare, IntentKind]] = {
    0x0601: (zvt_build.authorisation(1250, "EUR"), order, IntentKind.SALE),
    0x0609: (zvt_build.prepaid(206, 1, 1250), order, IntentKind.SALE),
    0x060C: (zvt_build.tip("000000", 1, 100), sold, IntentKind.TIP),
    0x0621: (zvt_build.telephonic(1250, b"123456\0\0"), order, IntentKind.SALE),
    0x0622: (zvt_build.reservation(1250, "EUR"), nothing, IntentKind.PREAUTH),
    0x0623: (zvt_build.of_reservation(BOOKING, 1, 1250), held, IntentKind.COMPLETION),
    0x0624: (zvt_build.of_reservation(BOOK_TOTAL, 1), held, IntentKind.COMPLETION),
    0x0625: (zvt_build.of_reservation(RELEASE, 1), held_and_senior, IntentKind.PREAUTH_VOID),
    0x0630: (zvt_build.reversal("000000", 1), sold_and_senior, IntentKind.REVERSAL),
    0x0631: (zvt_build.refund("000000", 1250, "EUR"), sold_and_senior, IntentKind.REFUND),
}
"""Money: the bytes, what goes before, and what it means. Without an amount: that of the ledger."""


@EACH_FRAMING
@pytest.mark.parametrize("code", COMMANDS, ids=lambda code: f"{code:04x}")
def test_a_money_command_is_judged_as_what_it_means(
    store: Shop, code: int, framing: tuple[Framing, Framing]
) -> None:
    command, prepare, kind = COMMANDS[code]
    rig = rig_of(store, framing)
    prepare(rig)
    got = rig.send(command)
    assert (got[0], got[-1]) == (ACK, DONE)
    assert phases(rig)[-1] == (kind, Phase.POSTED, 100 if kind is IntentKind.TIP else 1250)
    assert rig.terminal.commands[-1] == code
    assert (command if framing[1] is Framing.TCP else frame(command)).hex() in rig.heard()


def test_no_money_command_is_missing() -> None:
    assert set(COMMANDS) == MONEY


PASSED: dict[int, tuple[str, str]] = {
    0x0501: ("050103" + "000000", "060f"),
    0x0600: ("060006" + "000000" + "8a" + "0978", "060f"),
    0x0602: ("060200", "8000"),
    0x0603: ("060300", "060f"),
    0x0610: ("061003" + "000000", "060f"),
    0x0612: ("061203" + "000000", "060f"),
    0x0618: ("061800", "8483"),
    0x061A: ("061a00", "060f"),
    0x0620: ("062003" + "000000", "061e"),
    0x0650: ("065003" + "000000", "060f"),
    0x0670: ("067000", "060f"),
    0x0679: ("067900", "060f"),
    0x0691: ("069108" + "aa261122" + "0c123000", "8483"),
    0x0693: ("069303" + "000000", "060f"),
    0x06B0: ("06b000", "8000"),
    0x06C0: ("06c0010a", "8483"),
    0x06C5: ("06c500", "8483"),
    0x06E0: ("06e011" + "f005f1f0f548414c4c4ff2f0f457454c54", "8483"),
    0x0830: ("08300100", "8483"),
}
"""What asks, stops or looks after the terminal: it passes, and the terminal's answer comes back
(84 83 from the simulated one, which cannot do everything)."""


@EACH_FRAMING
@pytest.mark.parametrize("code", PASSED, ids=lambda code: f"{code:04x}")
def test_what_moves_no_money_passes_and_so_does_its_answer(
    store: Shop, code: int, framing: tuple[Framing, Framing]
) -> None:
    command, end = bytes.fromhex(PASSED[code][0]), PASSED[code][1]
    rig = rig_of(store, framing)
    got = rig.send(command)
    assert got[-1][:4] == end
    assert (command if framing[1] is Framing.TCP else frame(command)).hex() in rig.heard()
    assert phases(rig) == []
    rig.advance(6)
    assert rig.running == set()


def test_nothing_that_passes_is_missing() -> None:
    assert set(PASSED) == PASSES


REFUSED = [0x061B, 0x0695, 0x0810, 0x0811, 0x0812, 0x0813, 0x0814, 0x0850, 0x0FA1, 0x06E1, 0x06E4]


@EACH_FRAMING
@pytest.mark.parametrize("code", REFUSED, ids=lambda code: f"{code:04x}")
def test_what_changes_who_is_paid_or_what_runs_is_stopped(
    store: Shop, code: int, framing: tuple[Framing, Framing]
) -> None:
    rig = rig_of(store, framing)
    assert rig.send(Apdu.of(code, b"\x00\x00\x00").raw) == ["848300"]
    assert rig.terminal.commands == []


def test_every_command_that_has_a_name_is_in_one_of_the_tables() -> None:
    from_terminal = {0x0401, 0x040C, 0x040D, 0x040E, 0x040F, 0x04FF, 0x060F, 0x061E}
    from_terminal |= {0x06D1, 0x06D3, 0x06D8, 0x06D9, 0x06DA, 0x06DB, 0x06DD, 0x06E4, 0x8000}
    listed = set(COMMANDS) | set(PASSED) | set(REFUSED) | from_terminal
    not_asked_for = {0x0604, 0x0651, 0x06E2}
    assert set(NAMES) - listed == not_asked_for


# -- each refusal --------------------------------------------------------------------------------


def not_permitted(rig: Rig) -> bytes:
    sold(rig)
    return zvt_build.refund("000000", 1250, "EUR")


def too_much(rig: Rig) -> bytes:
    rig.shop.sign_in("ben")
    return zvt_build.refund("000000", 9_000_00, "EUR")


def nothing_left(rig: Rig) -> bytes:
    sold_and_senior(rig)
    assert rig.send(zvt_build.reversal("000000", 1))[-1] == DONE
    return zvt_build.reversal("000000", 1)


def nothing_to_undo(rig: Rig) -> bytes:
    rig.shop.sign_in("ben")
    return zvt_build.of_reservation(RELEASE, 77)


def wrong_amount(rig: Rig) -> bytes:
    order(rig)
    return zvt_build.authorisation(12500, "EUR")


def wrong_currency(rig: Rig) -> bytes:
    order(rig)
    return zvt_build.authorisation(1250, "CHF")


def malformed(rig: Rig) -> bytes:
    order(rig)
    return bytes.fromhex("06010e0400000000125004000000012500")


def terminal_away(rig: Rig) -> bytes:
    order(rig)
    rig.unplug()
    return zvt_build.authorisation(1250, "EUR")


def outcome_unknown(rig: Rig) -> bytes:
    order(rig)
    rig.unplug()
    rig.plug()
    rig.terminal.script = type(rig.script)({1250: "silent-before"})
    rig.send(zvt_build.authorisation(1250, "EUR"))
    rig.advance(400)
    return zvt_build.authorisation(1250, "EUR")


REFUSALS: dict[str, tuple[Callable[[Rig], bytes], str]] = {
    "83 not permitted": (not_permitted, "061e0183"),
    "C3 over the limit": (too_much, "061e01c3"),
    "B5 undone already": (nothing_left, "061e01b5"),
    "B5 nothing to undo": (nothing_to_undo, "061e01b5"),
    "B7 wrong amount": (wrong_amount, "061e01b7"),
    "6F and the right currency": (wrong_currency, "061e036f0978"),
    "9A malformed": (malformed, "061e019a"),
    "A0 no terminal": (terminal_away, "061e01a0"),
    "A0 not resolved": (outcome_unknown, "061e01a0"),
}


@EACH_FRAMING
@pytest.mark.parametrize(("make", "end"), REFUSALS.values(), ids=REFUSALS.keys())
def test_each_refusal_code_as_listed(
    store: Shop, make: Callable[[Rig], bytes], end: str, framing: tuple[Framing, Framing]
) -> None:
    rig = rig_of(store, framing)
    command = make(rig)
    before = len(rig.terminal.commands)
    assert rig.send(command) == [ACK, end]
    assert len(rig.terminal.commands) == before


@EACH_FRAMING
def test_a_person_s_no_is_6c(store: Shop, framing: tuple[Framing, Framing]) -> None:
    rig = rig_of(store, framing)
    sale = store.paid_sale(2500)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    assert rig.send(zvt_build.refund("000000", 2500, "EUR")) == [ACK]
    store.guard.decline(rig.asked[0], "maya")
    rig.run(rig.session.answered(rig.asked[0]))
    assert rig.till == [ACK, "061e016c"]
    assert rig.told[-1].say.en == "It was not approved: nothing was sent."
    assert rig.terminal.commands == []


@EACH_FRAMING
def test_a_person_s_yes_lets_the_same_bytes_pass(
    store: Shop, framing: tuple[Framing, Framing]
) -> None:
    rig = rig_of(store, framing)
    sale = store.paid_sale(2500)
    store.sign_in("ben")
    store.guard.tell_original(sale, source=Source.SCAN)
    rig.send(zvt_build.registration("000000", 0x08, "EUR"))
    rig.till.clear()
    assert rig.send(zvt_build.refund("000000", 2500, "EUR")) == [ACK]
    rig.advance(25)  # kept alive meanwhile
    store.guard.approve(rig.asked[0], "maya", PINS["maya"])
    rig.run(rig.session.answered(rig.asked[0]))
    assert [unit[:4] for unit in rig.till] == ["8000", "04ff", "04ff", "040f", "060f"]
    assert [(t.kind, t.amount) for t in rig.terminal.moved] == [("refund", 2500)]


def set_terminal_id(rig: Rig) -> bytes:
    del rig
    return Apdu.of(0x061B).raw


SERIAL_GOLDEN = {v["expect"]["apdu"]: v["hex"] for v in GOLDEN if "serial-refusal" in v["id"]}


@pytest.mark.parametrize(
    ("make", "end"),
    [
        (REFUSALS["83 not permitted"][0], "061e0183"),
        (REFUSALS["B5 undone already"][0], "061e01b5"),
        (set_terminal_id, "848300"),
    ],
    ids=["83", "B5", "84 83"],
)
def test_on_a_serial_line_a_refusal_has_the_very_bytes_that_were_tried(
    store: Shop, make: Callable[[Rig], bytes], end: str
) -> None:
    rig = rig_of(store, (Framing.SERIAL, Framing.TCP))
    command = make(rig)
    effects = rig.session.app_data(frame(command))
    for _ in range(2):  # the till's ACK of each frame
        effects += rig.session.app_data(b"\x06")
    said = [effect.data.hex() for effect in effects if isinstance(effect, ToApp)]
    assert said[0] == "06"
    assert said[-1] == SERIAL_GOLDEN[end]
    assert said[1:-1] in ([], [SERIAL_GOLDEN["800000"]])


# -- both length forms, on both kinds of line ----------------------------------------------------


@EACH_FRAMING
def test_the_long_length_form_goes_both_ways(store: Shop, framing: tuple[Framing, Framing]) -> None:
    rig = rig_of(store, framing)
    order(rig)
    text = b"\x10" * 300  # a longer text than one length byte can say, stuffed on a serial line
    fields = [(0x04, bytes.fromhex("000000001250")), (0x3C, text)]
    command = Apdu.of(0x0601, build_bmps(fields)).raw
    assert command[2:5].hex() == "ff3701"
    rig.send(command)
    assert rig.till[-1] == DONE
    assert (command if framing[1] is Framing.TCP else frame(command)).hex() in rig.heard()
    store.order(700)
    rig.terminal.script = type(rig.script)({700: "silent-before"})
    rig.send(zvt_build.authorisation(700, "EUR"))
    block = zvt_build.print_block(["RECEIPT"] * 60)
    assert block[2] == 0xFF
    rig.run(rig.session.device_data(block if framing[1] is Framing.TCP else frame(block)))
    assert rig.till[-1] == block.hex()
