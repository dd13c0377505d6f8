from __future__ import annotations

import pytest

from pos_guard.errors import FrameError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import parse
from pos_guard.frames.zvt_apdu import Apdu, ApduFramer, single
from pos_guard.frames.zvt_serial import frame
from pos_guard.links.session import Effects, SetTimer, ToApp
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator.zvt_book import MAX_RECEIPT, Book, Script
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal

ACK = "800000"
PAY = zvt_build.authorisation(1250, "EUR")


class Ecr:
    """A till that acknowledges everything, with the bytes it got."""

    def __init__(self, terminal: ZvtTerminal, answer: bytes = zvt_build.ack) -> None:
        self.terminal = terminal
        self.answer = answer
        self.got: list[str] = []
        self.timers: set[str] = set()
        self.take(terminal.connected())

    def send(self, data: bytes) -> list[str]:
        before = len(self.got)
        self.take(self.terminal.data(data))
        return self.got[before:]

    def take(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, SetTimer):
                self.timers.add(effect.name)
            if not isinstance(effect, ToApp):
                continue
            framer = ApduFramer()
            framer.feed(effect.data)
            unit = framer.take()
            assert unit is not None
            self.got.append(unit.raw.hex())
            if unit.code >> 8 not in (0x80, 0x84) and self.answer:
                self.take(self.terminal.data(self.answer))


def test_registration_tells_the_terminal_id() -> None:
    ecr = Ecr(ZvtTerminal(TerminalSettings(terminal_id="12345678")))
    got = ecr.send(zvt_build.registration("000000", 0x82, "EUR"))
    assert got[0] == ACK
    assert parse(single(bytes.fromhex(got[1]))).terminal_id == "12345678"


def test_a_payment_is_reported_and_counted() -> None:
    terminal = ZvtTerminal(TerminalSettings(first_receipt=41))
    ecr = Ecr(terminal)
    status = parse(single(bytes.fromhex(ecr.send(PAY)[1])))
    assert (status.amount, status.currency, status.receipt) == (1250, 978, "0041")
    assert (status.result, status.terminal_id) == (0, "52001233")
    ecr.send(PAY)
    assert [t.receipt for t in terminal.moved] == [41, 42]
    assert bytes(terminal.heard) == (PAY + zvt_build.ack * 2) * 2
    assert terminal.idle


@pytest.mark.parametrize(
    ("behaviour", "units", "moved"),
    [
        ("approve", ["8000", "040f", "060f"], [1250]),
        ("approve:1300", ["8000", "040f", "060f"], [1300]),
        ("decline:65", ["8000", "040f", "061e"], []),
        ("abort:6C", ["8000", "040f", "061e"], []),
        ("refuse:83", ["8483"], []),
        ("silent-before", ["8000"], []),
        ("silent-after", ["8000"], [1250]),
        ("hang", [], []),
    ],
)
def test_what_the_script_says(behaviour: str, units: list[str], moved: list[int]) -> None:
    terminal = ZvtTerminal(script=Script({1250: behaviour}))
    ecr = Ecr(terminal)
    assert [unit[:4] for unit in ecr.send(PAY)] == units
    assert [t.amount for t in terminal.moved] == moved
    assert ecr.send(zvt_build.status_enquiry("000000")) == [ACK, "060f0100"]  # and works again


def test_reversal_refund_and_end_of_day() -> None:
    terminal = ZvtTerminal()
    ecr = Ecr(terminal)
    for _ in range(2):
        ecr.send(PAY)
    assert ecr.send(zvt_build.reversal("000000", 1))[-1] == "060f00"
    assert ecr.send(zvt_build.reversal("000000", 1)) == [ACK, "061e01b5"]  # only once
    assert ecr.send(zvt_build.reversal("000000", 99)) == [ACK, "061e01b5"]
    assert ecr.send(zvt_build.refund("000000", 250, "EUR"))[-1] == "060f00"
    assert [(t.kind, t.amount) for t in terminal.moved] == [
        ("sale", 1250),
        ("reversal", 1250),
        ("refund", 250),
    ]
    total = parse(single(bytes.fromhex(ecr.send(zvt_build.end_of_day("000000"))[1])))
    assert total.amount == 1000


def test_the_last_receipt_again() -> None:
    ecr = Ecr(ZvtTerminal(script=Script({700: "decline:6C"})))
    assert ecr.send(zvt_build.repeat_receipt("000000")) == [ACK, "061e0183"]
    ecr.send(PAY)
    ecr.send(zvt_build.authorisation(700, "EUR"))  # declined: no receipt
    status = parse(single(bytes.fromhex(ecr.send(zvt_build.repeat_receipt("000000"))[1])))
    assert (status.amount, status.receipt) == (1250, "0001")


def test_the_till_prints_when_it_registered_so() -> None:
    ecr = Ecr(ZvtTerminal())
    ecr.send(zvt_build.registration("000000", 0x82))
    lines = [bytes.fromhex(unit)[4:].decode() for unit in ecr.send(PAY) if unit[:4] == "06d1"]
    assert lines == ["TERMINAL-ID 52001233", "RECEIPT 0001", "SALE 12.50"]


def test_an_abort_before_the_customer_paid() -> None:
    terminal = ZvtTerminal(TerminalSettings(work_s=5))
    ecr = Ecr(terminal)
    ecr.send(zvt_build.registration("000000", 0x08))
    assert ecr.send(PAY)[-1] == "04ff020a01"
    assert ecr.send(PAY) == ["849c00"]  # busy
    assert ecr.send(zvt_build.abort_command()) == [ACK, "061e016c"]
    ecr.take(terminal.timer("work"))
    assert terminal.moved == []


@pytest.mark.parametrize("auto_reverse", [False, True])
def test_a_transaction_goes_on_although_the_till_is_gone(auto_reverse: bool) -> None:
    terminal = ZvtTerminal(TerminalSettings(work_s=5, auto_reverse=auto_reverse))
    ecr = Ecr(terminal)
    ecr.send(PAY)
    terminal.closed()
    ecr.take(terminal.timer("work"))
    assert [t.amount for t in terminal.moved] == ([] if auto_reverse else [1250])
    assert terminal.idle


def test_a_result_that_nobody_acknowledges() -> None:
    terminal = ZvtTerminal(TerminalSettings(auto_reverse=True))
    ecr = Ecr(terminal, answer=b"")
    ecr.send(PAY)
    assert [t.amount for t in terminal.moved] == [1250]
    ecr.take(terminal.timer("ack"))
    assert terminal.moved == []


@pytest.mark.parametrize(
    ("answer", "last", "moved"),
    [
        (zvt_build.not_authentic, "061e016c", []),
        (Apdu.of(0x849D, bytes.fromhex("04000000001000")).raw, "060f00", [1000]),
        (Apdu.of(0x849D, bytes.fromhex("04000000009999")).raw, "061e016c", []),
    ],
)
def test_what_the_till_may_answer_to_a_result(answer: bytes, last: str, moved: list[int]) -> None:
    terminal = ZvtTerminal()
    assert Ecr(terminal, answer).send(PAY)[-1] == last
    assert [t.amount for t in terminal.moved] == moved


def test_please_wait_is_bounded() -> None:
    ecr = Ecr(ZvtTerminal(TerminalSettings(waits=2)), zvt_build.negative(0x9C))
    assert [unit[:4] for unit in ecr.send(PAY)].count("040f") == 3


def test_a_serial_line() -> None:
    terminal = ZvtTerminal(TerminalSettings(framing=Framing.SERIAL))
    terminal.connected()
    sent = [e.data for e in terminal.data(frame(PAY)) if isinstance(e, ToApp)]
    assert sent == [b"\x06", frame(zvt_build.ack)]
    sent = [e.data for e in terminal.data(b"\x06") if isinstance(e, ToApp)]
    assert sent[0][:4] == bytes.fromhex("1002040f")


def test_what_it_cannot_read_or_do() -> None:
    ecr = Ecr(ZvtTerminal())
    assert ecr.send(bytes.fromhex("06010e0400000000010004000000099900")) == ["849a00"]
    assert ecr.send(Apdu.of(0x0622).raw) == ["849a00"]
    assert ecr.send(Apdu.of(0x0810).raw) == ["848300"]
    with pytest.raises(FrameError):
        single(b"\x06\x01")


def test_receipt_numbers_go_round() -> None:
    book = Book(MAX_RECEIPT)
    assert [book.move("sale", 1, 978).receipt for _ in range(2)] == [MAX_RECEIPT, 1]
