"""A terminal that speaks wrongly, and a guard that loses nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import zvt_build
from pos_guard.frames.zvt_apdu import ApduFramer
from pos_guard.frames.zvt_bmp import TlvObject, build_tlv
from pos_guard.links.session import SetTimer, ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard.store.ledger import Phase
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal
from pos_guard_simulator.zvt_wrongs import GARBAGE, Wrong, Wrongs
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
        (Wrong.GLUE, []),
        (Wrong.NAK, [UNIT]),
    ],
)
def test_what_comes_out(wrong: Wrong, said: list[bytes]) -> None:
    wrongs = Wrongs()
    wrongs.next(wrong)
    assert wrongs.done_to([ToApp(UNIT)]) == [ToApp(data) for data in said]


def test_late_and_glued_words_come_in_the_end() -> None:
    wrongs = Wrongs()
    wrongs.next(Wrong.LATE, Wrong.GLUE)
    (timer,) = wrongs.done_to([ToApp(UNIT)])
    assert isinstance(timer, SetTimer)
    assert wrongs.late() == [ToApp(UNIT)]
    assert wrongs.late() == []
    assert wrongs.done_to([ToApp(UNIT), ToApp(b"\x80\x00\x00")]) == [ToApp(UNIT + b"\x80\x00\x00")]


@pytest.mark.parametrize("framing", list(Framing))
@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("wrong", list(Wrong))
def test_whatever_a_terminal_does_wrong_ledger_and_till_never_say_more_than_it_moved(
    store: Shop, wrong: Wrong, place: int, framing: Framing
) -> None:
    store.paid_sale(300, receipt="0099")
    settings = TerminalSettings(framing=framing, first_receipt=100)
    rig = Rig(store, settings=settings, framing=(Framing.TCP, framing))
    rig.run(rig.session.device_data(b""))
    store.order(1250, "A1")
    later = [Wrong.SPLIT] * place  # harmless: the wrong one is the one behind
    rig.terminal.wrongs.next(*later, wrong)
    rig.send(PAY_1250)
    rig.advance(400)
    moved = [t.amount for t in rig.terminal.moved]
    assert moved == [1250]
    phase = phases(rig)[-1][1]
    assert phase in (Phase.POSTED, Phase.UNKNOWN, Phase.VOIDED)
    if rig.till[-1] == DONE:
        assert phase is Phase.POSTED


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
