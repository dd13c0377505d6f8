"""The scanner driver: open, claim, enable, and connections that come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import islice
from queue import SimpleQueue

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import DeviceError, LocalError, PortBusyError, PortClosedError
from pos_guard.frames.lines import End, LineSettings
from pos_guard.ports.base import Port
from pos_guard.ports.memory import memory_pair
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner import (
    BarcodeScanner,
    LostScanError,
    Scan,
    ScannerSettings,
)
from tests.drivers.scanner_counter import (
    Counter,
    code_of,
    scanner_on,
    wait_for_power,
)


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.clear()


def test_open_claim_and_enable_come_first(counter: Counter) -> None:
    scanner = scanner_on(counter)
    calls = (lambda: scanner.read(0), scanner.trigger, scanner.accept, scanner.identify)
    for step, code in ((scanner.open, "E_CLOSED"), (scanner.claim, "E_NOTCLAIMED")):
        for call in (scanner.enable, *calls):
            with pytest.raises(DeviceError) as error:
                call()
            assert code_of(error) == code
        step()
    for call in calls:
        with pytest.raises(DeviceError) as error:
            call()
        assert code_of(error) == "E_DISABLED"
    assert counter.dialled == 0
    scanner.close()


def test_one_user_at_a_time(counter: Counter) -> None:
    first = BarcodeScanner(counter.connect, device="test:one-user")
    second = BarcodeScanner(counter.connect, device="test:one-user")
    second.open()
    with first:
        with pytest.raises(DeviceError) as error:
            second.claim()
        assert code_of(error) == "E_CLAIMED"
        with pytest.raises(DeviceError) as error:
            second.claim(0.05)
        assert code_of(error) == "E_TIMEOUT"
    second.claim(1)
    second.close()


def test_scans_made_before_enabling_are_dropped(counter: Counter) -> None:
    with scanner_on(counter) as scanner:
        counter.say(b"old\r")
        while not scanner.statistics.retrieve()["scans"]:
            time.monotonic()
        scanner.disable()
        with pytest.raises(DeviceError) as error:
            scanner.read(0)
        assert code_of(error) == "E_DISABLED"
        assert list(islice(iter_if(scanner), 1)) == []
        scanner.enable()
        counter.say(b"new\r")
        assert scanner.read(2).text == "new"


def iter_if(scanner: BarcodeScanner) -> list[Scan]:
    return list(scanner) if scanner.enabled else []


def test_what_was_on_its_way_when_it_was_enabled_is_no_scan() -> None:
    near, far = memory_pair()
    far.write(b"34\r", 1)  # the end of a code that began before
    with BarcodeScanner(lambda _: near) as scanner:
        far.write(b"new\r", 1)
        assert scanner.read(2).text == "new"
    far.close()


def test_a_read_ends_at_its_deadline(counter: Counter) -> None:
    with scanner_on(counter) as scanner:
        started = time.monotonic()
        with pytest.raises(DeviceError) as error:
            scanner.read(0.05)
    assert code_of(error) == "E_TIMEOUT"
    assert 0.05 <= time.monotonic() - started < 5


@pytest.mark.parametrize("end", ["disable", "release", "close"])
def test_a_reader_in_another_thread_is_let_go(counter: Counter, end: str) -> None:
    codes: SimpleQueue[str] = SimpleQueue()
    with scanner_on(counter) as scanner:

        def wait() -> None:
            try:
                scanner.read(60)
            except DeviceError as error:
                codes.put(error.code)

        thread = threading.Thread(target=wait)
        thread.start()
        getattr(scanner, end)()
        assert codes.get(timeout=5) in ("E_DISABLED", "E_CLOSED", "E_NOTCLAIMED")
        thread.join(5)


def test_iteration_ends_when_it_is_disabled(counter: Counter) -> None:
    with scanner_on(counter) as scanner:
        counter.say(b"a\r")
        seen: list[str | None] = []
        for scan in scanner:
            seen.append(scan.text)
            scanner.disable()
    assert seen == ["a"]


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (PortClosedError("nothing there"), "E_NOHARDWARE"),
        (PortBusyError("held"), "E_CLAIMED"),
        (LocalError("pip install something"), "E_FAILURE"),
    ],
)
def test_a_scanner_that_is_not_there_is_said_and_found_later(
    counter: Counter, problem: Exception, code: str
) -> None:
    counter.error = problem
    with scanner_on(counter) as scanner:
        with pytest.raises(DeviceError) as error:
            scanner.read(0.01)
        assert code_of(error) == code
        assert scanner.power is PowerState.OFF_OFFLINE
        assert scanner.accept(0.01) is False
        counter.error = None
        wait_for_power(scanner)
        counter.say(b"a\r")
        assert scanner.read(2).text == "a"


def test_a_scan_cut_by_the_unplug_is_reported_and_the_next_is_whole(counter: Counter) -> None:
    with scanner_on(counter, settings=ScannerSettings()) as scanner:
        counter.say(b"1346")
        threading.Event().wait(0.05)
        counter.unplug()
        with pytest.raises(LostScanError, match="broke off"):
            scanner.read(2)
        wait_for_power(scanner)
        counter.say(b"21\r")
        assert scanner.read(2).text == "21"
        assert scanner.statistics.retrieve()["connections"] == 2


def test_where_silence_ends_a_scan_an_unplug_does_not(counter: Counter) -> None:
    language = LanguageSettings(lines=LineSettings(end=End.IDLE), idle_seconds=5)
    with scanner_on(counter, settings=ScannerSettings(language=language)) as scanner:
        counter.say(b"1346")
        threading.Event().wait(0.05)
        counter.unplug()
        with pytest.raises(LostScanError, match="broke off"):
            scanner.read(2)


class BrokenClock(ManualClock):
    """Somebody's own clock, which fails once."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = 1

    def wall_us(self) -> int:
        self.fails -= 1
        return super().wall_us() if self.fails < 0 else 1 // 0


def test_a_fault_in_the_drivers_thread_is_said_and_it_goes_on(counter: Counter) -> None:
    with scanner_on(counter, settings=ScannerSettings(clock=BrokenClock())) as scanner:
        counter.say(b"a\r")
        with pytest.raises(DeviceError, match="fault of the driver") as error:
            scanner.read(0.5)
        assert code_of(error) == "E_FAILURE"
        wait_for_power(scanner)
        counter.say(b"b\r")
        assert scanner.read(2).text == "b"


def test_iteration_goes_on_through_a_loss(counter: Counter) -> None:
    with scanner_on(counter, settings=ScannerSettings()) as scanner:
        counter.say(b"a\r13")
        seen: list[str | None] = []
        for scan in scanner:
            seen.append(scan.text)
            if len(seen) == 2:
                break
            counter.unplug()
            wait_for_power(scanner, connections=2)
            counter.say(b"b\r")
        assert scanner.statistics.retrieve()["lost"] == 1
    assert seen == ["a", "b"]


def test_close_ends_a_call_that_enables_in_another_thread() -> None:
    never = threading.Event()

    def hang(seconds: float) -> Port:
        never.wait(60)
        raise PortClosedError(f"not within {seconds} s")

    scanner = BarcodeScanner(hang)
    scanner.open()
    scanner.claim()
    thread = threading.Thread(target=scanner.enable, args=(30,))
    thread.start()
    while not scanner.enabled:
        threading.Event().wait(0.01)
    started = time.monotonic()
    scanner.close(0.2)
    assert time.monotonic() - started < 3
    thread.join(5)
    never.set()
    assert not thread.is_alive()
    assert not scanner.enabled


def test_attempts_are_spaced(counter: Counter) -> None:
    counter.error = PortClosedError("nothing there")
    with scanner_on(counter) as scanner:
        threading.Event().wait(0.6)
        assert counter.dialled <= 3
        assert scanner.enabled


def test_close_ends_while_the_system_does_not_let_go() -> None:
    never = threading.Event()

    def hang(seconds: float) -> Port:
        never.wait(60)
        raise PortClosedError(f"not within {seconds} s")

    scanner = BarcodeScanner(hang)
    scanner.open()
    scanner.claim()
    scanner.enable(0.05)
    started = time.monotonic()
    scanner.close(0.2)
    assert time.monotonic() - started < 3
    never.set()
