"""A terminal that speaks wrongly, and a guard that loses nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import ApduFramer
from pos_guard.frames.zvt_bmp import TlvObject, build_tlv
from pos_guard.frames.zvt_serial import frame
from pos_guard.links.session import SetTimer, ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt.wrongs import GARBAGE, Wrong, Wrongs
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_script import VOCABULARY
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from tests.links.zvt_rig import DONE, PAY_1250, Rig, phases
from tests.shop import TERMINAL_ID, Shop, shop

UNIT = zvt_build.completion()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported("zvt", TERMINAL_ID)
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Wrong.DUPLICATE, [UNIT, UNIT]),
        (Wrong.SPLIT, [b"\x06", b"\x0f", b"\x00"]),
        (Wrong.BAD_CHECK, [b"\x06\x0f\xff"]),
        (Wrong.BAD_LENGTH, [b"\x06\x0f\x01"]),
        (Wrong.GARBAGE, [GARBAGE + UNIT]),
        (Wrong.LOST, []),
        (Wrong.GLUE, [UNIT]),
        (Wrong.NAK, [UNIT]),
        (Wrong.NO_ACK, [UNIT]),
        (Wrong.LATE_ACK, [UNIT]),
    ],
)
def test_what_comes_of_a_message(wrong: Wrong, said: list[bytes]) -> None:
    wrongs = Wrongs()
    wrongs.next(wrong)
    assert wrongs.done_to([ToApp(UNIT)]) == [ToApp(data) for data in said]


@pytest.mark.parametrize(
    ("framing", "ack", "nak"),
    [(Framing.TCP, zvt_build.ack, bytes.fromhex("849a00")), (Framing.SERIAL, b"\x06", b"\x15")],
)
def test_what_comes_of_an_ack(framing: Framing, ack: bytes, nak: bytes) -> None:
    for wrong, said in ((Wrong.NAK, [nak]), (Wrong.NO_ACK, []), (Wrong.GARBAGE, [ack])):
        wrongs = Wrongs(framing)
        wrongs.next(wrong)
        assert wrongs.done_to([ToApp(ack)]) == [ToApp(data) for data in said]


def test_on_a_serial_line_the_check_is_right_where_the_length_is_wrong() -> None:
    wrongs = Wrongs(Framing.SERIAL)
    wrongs.next(Wrong.BAD_LENGTH, Wrong.GARBAGE)
    long, garbage = wrongs.done_to([ToApp(frame(UNIT)), ToApp(frame(UNIT))])
    assert long == ToApp(frame(b"\x06\x0f\x01"))
    assert garbage == ToApp(GARBAGE + frame(GARBAGE) + frame(UNIT))


def test_a_late_ack_comes_in_the_end_and_in_order() -> None:
    wrongs = Wrongs()
    wrongs.next(Wrong.LATE_ACK)
    (timer,) = wrongs.done_to([ToApp(zvt_build.ack), ToApp(UNIT)])
    assert isinstance(timer, SetTimer)
    assert wrongs.late() == [ToApp(zvt_build.ack), ToApp(UNIT)]
    assert wrongs.late() == []


def test_an_ack_is_glued_to_what_follows() -> None:
    wrongs = Wrongs()
    wrongs.next(Wrong.GLUE)
    assert wrongs.done_to([ToApp(UNIT), ToApp(zvt_build.ack)]) == [ToApp(UNIT)]
    assert wrongs.done_to([ToApp(UNIT), ToApp(UNIT)]) == [ToApp(zvt_build.ack + UNIT), ToApp(UNIT)]


@pytest.mark.parametrize(
    ("framing", "command", "piece"),
    [
        (Framing.TCP, PAY_1250, "800000040f"),
        # ACK of the frame, and in one piece with it the framed 80 00 00.
        (Framing.SERIAL, frame(PAY_1250), "0610028000001003f51f"),
    ],
)
def test_a_terminal_acknowledges_and_goes_on_in_one_piece(
    framing: Framing, command: bytes, piece: str
) -> None:
    terminal = ZvtTerminal(TerminalSettings(framing=framing))
    terminal.connected()
    terminal.wrongs.next(Wrong.GLUE)
    said = [one.data for one in terminal.data(command) if isinstance(one, ToApp)]
    assert said[0].hex().startswith(piece)


def test_a_connection_that_is_gone_takes_with_it_what_was_late() -> None:
    wrongs = Wrongs()
    wrongs.next(Wrong.LATE_ACK, Wrong.GLUE)
    wrongs.done_to([ToApp(zvt_build.ack)])
    wrongs.forget()
    assert wrongs.late() == []


WRONGS = sorted(VOCABULARY.wrongs)


@pytest.mark.parametrize("framing", list(Framing))
@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("wrong", WRONGS)
def test_whatever_a_terminal_does_wrong_ledger_and_till_never_say_more_than_it_moved(
    store: Shop, wrong: Wrong, place: int, framing: Framing
) -> None:
    rig = rig_of(store, Script(), framing)
    later = [Wrong.SPLIT] * place  # harmless: the wrong one is the one behind
    rig.terminal.wrongs.next(*later, wrong)
    rig.send(PAY_1250)
    rig.advance(400)
    refused = (wrong, place, framing) == (Wrong.NAK, 0, Framing.TCP)
    assert moved(rig) == ([] if refused else [1250])
    agrees(rig)


Ending = tuple[Phase, bool | None, list[int]]

OUTCOMES: dict[str, Ending] = {
    "approve": (Phase.POSTED, True, [1250]),
    "approve:700": (Phase.POSTED, True, [700]),
    "decline": (Phase.FAILED, False, []),
    "decline:65": (Phase.FAILED, False, []),
    "refuse:83": (Phase.FAILED, None, []),
    "abort:CC": (Phase.VOIDED, False, []),
    "ask": (Phase.FAILED, False, []),
    "ask:9000": (Phase.FAILED, False, []),
    "slow": (Phase.POSTED, True, [1250]),
    "slow:9000": (Phase.POSTED, True, [1250]),
    "late:200000": (Phase.POSTED, True, [1250]),
    "silent-before": (Phase.FAILED, False, []),
    "silent-after": (Phase.POSTED, True, [1250]),
    "hang": (Phase.FAILED, False, []),
    "reset": (Phase.POSTED, True, [1250]),
    "reversed": (Phase.VOIDED, False, []),
    "reversed:60000": (Phase.VOIDED, False, []),
    **{str(wrong): (Phase.POSTED, True, [1250]) for wrong in WRONGS},
}
"""By name: what stands in the ledger in the end, whether the till believes in a payment (None: it
got 84 83), what the terminal moved."""

ON_TCP: dict[str, Ending] = {
    "nak": (Phase.FAILED, None, []),  # 84 9A in place of its 80 00 00
}


@pytest.mark.parametrize("framing", list(Framing))
@pytest.mark.parametrize("word", OUTCOMES)
def test_each_word_of_a_script_ends_alike_for_ledger_till_and_terminal(
    store: Shop, word: str, framing: Framing
) -> None:
    expected = OUTCOMES[word]
    if framing is Framing.TCP:
        expected = ON_TCP.get(word, expected)
    rig = rig_of(store, Script({1250: VOCABULARY.check(word)}), framing)
    rig.send(PAY_1250)
    rig.advance(400)
    agrees(rig)
    assert (phases(rig)[-1][1], believes(rig), moved(rig)) == expected


def test_no_word_of_the_vocabulary_is_missing() -> None:
    named = {word.partition(":")[0] for word in OUTCOMES}
    shown = {word.strip("[]").partition("[")[0].partition(":")[0] for word in
             VOCABULARY.words.split(", ")}  # fmt: skip
    assert named == shown


def rig_of(store: Shop, script: Script, framing: Framing) -> Rig:
    """A terminal with a receipt behind it, and an order of 12.50."""
    store.paid_sale(300, receipt="0099")
    settings = TerminalSettings(framing=framing, first_receipt=99)
    rig = Rig(store, script, settings, framing=(Framing.TCP, framing))
    rig.terminal.book.move("sale", 300, 978)
    store.order(1250, "A1")
    return rig


def moved(rig: Rig) -> list[int]:
    """What stands of what was asked of the terminal here."""
    return [transaction.amount for transaction in rig.terminal.moved][1:]


def agrees(rig: Rig) -> None:
    """Nobody says more than the terminal moved."""
    stands = bool(moved(rig))
    phase = phases(rig)[-1][1]
    assert phase is not Phase.POSTED or stands
    assert phase is not Phase.FAILED or not stands
    if rig.till[-1] == DONE:
        assert phase is Phase.POSTED


def believes(rig: Rig) -> bool | None:
    """What the till believes of its payment."""
    if rig.till[-1][:2] == "84":
        return None
    return rig.till[-1][:4] == "060f"


def test_totals_configuration_and_receipts_are_printed_as_the_till_wants_them() -> None:
    terminal = ZvtTerminal(TerminalSettings(prints_blocks=True, vu_number="455600000599"))
    terminal.connected()
    lines = _all(terminal, zvt_build.registration("000000", 0x8A, "EUR"))
    assert [unit[:4] for unit in lines] == ["8000", "060f"]
    assert [unit[:4] for unit in _all(terminal, PAY_1250)] == ["8000", "040f", "06d3", "060f"]
    got: list[str] = []
    for command in ("0610" + "03" + "000000", "061a00"):
        got = _all(terminal, bytes.fromhex(command))
        assert got[0] == "800000"
        assert "06d3" in [unit[:4] for unit in got]
        assert got[-1] == DONE
    assert b"455600000599".hex() in "".join(got)


def test_a_result_with_a_container_reaches_the_till_unchanged(store: Shop) -> None:
    tlv = build_tlv((TlvObject(0x1F10, b"\x01"), TlvObject(0x60, b"", (TlvObject(0x43, b"A0"),))))
    rig = Rig(store, settings=TerminalSettings(tlv=tlv))
    store.order(1250)
    assert rig.send(PAY_1250)[-1] == DONE
    assert rig.till[1].endswith(f"06{len(tlv):02x}{tlv.hex()}")


def _all(terminal: ZvtTerminal, command: bytes) -> list[str]:
    """What it says, each answered by 80 00 00."""
    framer, said = ApduFramer(), list[str]()
    todo = [command]
    while todo:
        for effect in terminal.data(todo.pop(0)):
            if isinstance(effect, ToApp):
                framer.feed(effect.data)
        while (apdu := framer.take()) is not None:
            said.append(apdu.raw.hex())
            if apdu.code != 0x8000:
                todo.append(zvt_build.ack)
    return said
