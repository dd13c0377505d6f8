"""The plugin's parts by themselves: a port in memory, the clock, the log of a line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import serial

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.pytest_plugin.clock import Alarm, PosClock
from pos_guard_simulator.pytest_plugin.frames import MAX_BYTES, MAX_SHOWN, FrameLog
from pos_guard_simulator.pytest_plugin.memory import MemoryPlace, place_at
from pos_guard_simulator.pytest_plugin.news import News
from pos_guard_simulator.pytest_plugin.port import PosPort, register_urls
from pos_guard_simulator.pytest_plugin.urls.protocol_sim import Serial
from pos_guard_simulator.pytest_plugin.wanted import Wanted, WantedError, wanted_of
from pos_guard_simulator.pytest_plugin.watched import Watched
from pos_guard_simulator.simulated_printer import PrinterSeat

ASK_PAPER = b"\x10\x04\x04"


class Bed:
    """A printer in memory."""

    def __init__(self) -> None:
        register_urls()
        self.clock = PosClock(frozen=True)
        self.printer = ReceiptPrinter(printer_model("epson"), clock=self.clock.source)
        self.seat = PrinterSeat(self.printer)
        log, news = FrameLog("printer", "escpos"), News()
        self.watched = Watched(self.seat, self.clock, log, news, frozen=True)
        self.place = MemoryPlace("printer", self.watched)

    def open(self, timeout: float | None = None, write_timeout: float | None = None) -> Serial:
        opened = serial.serial_for_url(
            self.place.address, timeout=timeout, write_timeout=write_timeout
        )
        assert isinstance(opened, Serial)
        return opened


@pytest.fixture
def bed() -> Iterator[Bed]:
    made = Bed()
    yield made
    made.place.close()


def test_a_port_in_memory_is_a_serial_port(bed: Bed) -> None:
    with bed.open(timeout=0) as port:
        assert isinstance(port, serial.SerialBase)
        assert port.read(1) == b""
        port.write(ASK_PAPER)
        assert port.in_waiting == 1
        assert port.read(5) == b"\x12"
        port.baudrate, port.parity = 115200, "E"
        port.write(ASK_PAPER)
        port.reset_input_buffer()
        assert (port.in_waiting, port.out_waiting) == (0, 0)
        assert (port.cts, port.dsr, port.cd, port.ri) == (True, True, True, False)
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)


def test_what_came_before_it_was_opened_is_lost(bed: Bed) -> None:
    with bed.open() as port:
        port.write(ASK_PAPER)
    with bed.open(timeout=0) as port:
        assert port.read(1) == b""


def test_one_program_at_a_time(bed: Bed) -> None:
    with bed.open(), pytest.raises(serial.SerialException, match="open already"):
        bed.open()


def test_a_read_waits_for_another_thread(bed: Bed) -> None:
    with bed.open(timeout=10) as port:
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(port.read(1)))
        reader.start()
        port.write(ASK_PAPER)
        reader.join(10)
        assert got == [b"\x12"]


def test_a_read_can_be_cancelled(bed: Bed) -> None:
    with bed.open(timeout=10) as port:
        ended = threading.Event()

        def read() -> None:
            port.read(1)
            ended.set()

        threading.Thread(target=read).start()
        while not ended.wait(0.01):
            port.cancel_read()


def test_a_full_printer_takes_no_more(bed: Bed) -> None:
    bed.place.do(lambda: bed.seat.fail(Fault.PAPER_OUT))
    size = bed.printer.room + 1
    with bed.open(write_timeout=0.01) as port:
        with pytest.raises(serial.SerialTimeoutException):
            port.write(b"\n" * size)
        assert not port.cts
        bed.place.do(lambda: bed.seat.clear(Fault.PAPER_OUT))
        assert port.write(b"\n") == 1


def test_a_device_that_is_gone(bed: Bed) -> None:
    with bed.open(timeout=1) as port:
        bed.place.unplug()
        with pytest.raises(serial.SerialException, match="no data"):
            port.read(1)
        with pytest.raises(serial.SerialException, match="Errno 5"):
            port.write(b"x")
    with pytest.raises(serial.SerialException, match="no such device"):
        bed.open()
    assert place_at("sim://0/nothing") is None


def test_an_address_that_is_not_on_the_network(bed: Bed) -> None:
    with pytest.raises(ValueError, match="not on the network"):
        _ = PosPort("printer", bed.place).port


def test_a_clock_rings_in_order() -> None:
    clock = PosClock(frozen=True)
    start = clock.boot_us()
    due = {"late": start + 3_000_000, "soon": start + 1_000_000}
    rung: list[tuple[str, int]] = []

    def ring(name: str) -> None:
        if name in due and due[name] <= clock.boot_us():
            del due[name]
            rung.append((name, clock.boot_us() - start))

    for name in ("late", "soon"):
        clock.alarms.append(Alarm(partial(due.get, name), partial(ring, name)))
    clock.advance(2)
    clock.advance(2)
    assert rung == [("soon", 1_000_000), ("late", 3_000_000)]
    assert clock.boot_us() == start + 4_000_000


def test_timers_without_end_are_told() -> None:
    clock = PosClock(frozen=True)
    clock.alarms.append(Alarm(clock.boot_us, lambda: None))
    with pytest.raises(RuntimeError, match="ran out within 1 s"):
        clock.advance(1)


def test_a_running_clock_runs_and_jumps() -> None:
    clock = PosClock()
    before, wall = clock.boot_us(), clock.wall_us()
    clock.advance(3600)
    assert clock.boot_us() - before >= 3_600_000_000
    assert clock.wall_us() - wall >= 3_600_000_000


def test_news_are_waited_for() -> None:
    news, seen = News(), threading.Event()

    def happen() -> None:
        seen.set()
        news.tell()

    threading.Thread(target=happen).start()
    assert news.wait(seen.is_set, 10)
    assert not news.wait(lambda: False, 0.01)


def test_a_log_shows_the_newest_frames_and_keeps_so_much() -> None:
    log = FrameLog("printer", "escpos")
    log.note(b"x\n" * (MAX_SHOWN + 5), outward=False)
    lines = log.lines()
    assert len(lines) == MAX_SHOWN + 1
    assert lines[0] == f"({MAX_SHOWN + 10} earlier frames)"
    for _ in range(3):
        log.note(bytes(MAX_BYTES), outward=True)
        log.note(b"x", outward=False)
    assert log.lines()[-1].startswith("printer > TEXT")


def test_a_log_blanks_what_may_be_a_code() -> None:
    log = FrameLog("scanner", "lines")
    log.note(b"6901234567892\r", outward=True)
    log.note(b"\x16T\r", outward=False)
    assert log.lines() == ["scanner < (14 bytes)", "scanner > (3 bytes)"]


def test_the_nearest_marker_wins() -> None:
    wanted = wanted_of([{"level": "usb", "timed": True}, {"level": "tcp"}])
    assert (wanted.level, wanted.timed) == ("tcp", True)
    assert Wanted(level="usb").level_of("host") == "tcp"
    assert Wanted(level="memory").level_of("host") == "memory"
    with pytest.raises(WantedError, match="levels is a mapping"):
        wanted_of([{"levels": "tcp"}])
    with pytest.raises(WantedError, match="printer is a name"):
        wanted_of([{"printer": Path("epson")}])
