"""The scanner driver: callbacks, and what a scanner is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from pos_guard.errors import DeviceError
from pos_guard.frames import ssi
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.ports.memory import memory_pair
from pos_guard.scanners.language import Command
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner import (
    BarcodeScanner,
    Callbacks,
    LostScanError,
    Scan,
    ScannerSettings,
)
from tests.drivers.scanner_counter import (
    Counter,
    code_of,
    scanner_on,
)

CODE = "134621000053364349"


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.clear()


class Till:
    """Notes what it is told, in order."""

    def __init__(self) -> None:
        self.told: SimpleQueue[object] = SimpleQueue()
        self.callbacks = Callbacks(self.scan, self.told.put, self.told.put)

    def scan(self, scan: Scan) -> None:
        self.told.put(scan.text)
        if scan.text == "bad":
            raise RuntimeError("a till's own fault")

    def next(self) -> object:
        return self.told.get(timeout=5)


def test_callbacks_hear_everything_in_order(counter: Counter) -> None:
    till = Till()
    with scanner_on(counter, callbacks=till.callbacks) as scanner:
        assert till.next() is PowerState.ONLINE
        counter.say(b"a\rbad\rb\r")
        assert [till.next() for _ in range(3)] == ["a", "bad", "b"]
        counter.say(b"13")
        lost = till.next()
        assert isinstance(lost, LostScanError)
        counter.unplug()
        assert till.next() is PowerState.OFF_OFFLINE
        gone = till.next()
        assert isinstance(gone, DeviceError)
        assert till.next() is PowerState.ONLINE
        with pytest.raises(DeviceError) as error:
            scanner.read(0)
        assert code_of(error) == "E_ILLEGAL"
        with pytest.raises(DeviceError):
            next(iter(scanner))


def test_a_callback_may_use_the_scanner_and_close_it(counter: Counter) -> None:
    done = threading.Event()
    answers: list[bool | None] = []

    def scanned(_: Scan) -> None:
        answers.append(scanner.reject())
        scanner.close()
        done.set()

    scanner = scanner_on(counter, "honeywell-serial", callbacks=Callbacks(scanned))
    with scanner:
        counter.say(b"a\r")
        assert done.wait(5)
    assert answers == [None]
    assert b"\x16\x07\r" in counter.heard()


def test_what_a_scanner_cannot_do_is_said_and_a_beep_is_no_error(counter: Counter) -> None:
    with scanner_on(counter) as scanner:
        assert scanner.can == frozenset()
        with pytest.raises(DeviceError) as error:
            scanner.trigger()
        assert code_of(error) == "E_ILLEGAL"
        assert (scanner.accept(), scanner.reject()) == (False, False)


def test_a_command_without_an_answer_is_neither_done_nor_refused(counter: Counter) -> None:
    with scanner_on(counter, "honeywell-serial") as scanner:
        assert scanner.trigger() is None
        assert counter.heard() == b"\x16T\r"


def test_an_answer_that_does_not_come_ends_at_the_deadline(counter: Counter) -> None:
    settings = ScannerSettings(language=LanguageSettings(reply_seconds=30))
    with scanner_on(counter, "honeywell-serial", settings=settings) as scanner:
        for code in ("E_TIMEOUT", "E_BUSY"):
            with pytest.raises(DeviceError) as error:
                scanner.identify(0.05)
            assert code_of(error) == code


def test_a_scan_before_an_answer_is_a_scan(counter: Counter) -> None:
    with scanner_on(counter, "honeywell-serial") as scanner:
        told: list[str] = []
        thread = threading.Thread(target=lambda: told.append(scanner.identify(5)))
        thread.start()
        assert counter.heard() == b"\x16M\rREVINF."
        counter.say(b"a\rProduct Name: X\r\nREVINF\x06.")
        thread.join(5)
        assert scanner.read(2).text == "a"
    assert told == ["Product Name: X"]


def test_a_makers_own_command_and_its_answer(counter: Counter) -> None:
    with scanner_on(counter, "honeywell-serial") as scanner:
        told: list[bytes] = []
        thread = threading.Thread(target=lambda: told.append(scanner.direct_io(b"\x16M\rCBRENA?.")))
        thread.start()
        assert counter.heard() == b"\x16M\rCBRENA?."
        counter.say(b"CBRENA1\x06.")
        thread.join(5)
    assert told == [b"CBRENA1\x06."]


def test_a_scanner_that_takes_no_bytes_still_gives_scans() -> None:
    near, far = memory_pair(capacity=8)
    model = scanner_model("datalogic-magellan")
    with BarcodeScanner(lambda _: near, model, ScannerSettings(stop_device=False)) as scanner:
        with pytest.raises(DeviceError) as error:
            scanner.direct_io(b"more than it takes", 5)
        assert code_of(error) == "E_FAILURE"
        assert scanner.accept() is False
        far.write(b"a\r", 1)
        assert scanner.read(2).text == "a"
    far.close()


def test_an_acknowledgement_that_does_not_get_through_is_no_lost_scan() -> None:
    near, far = memory_pair(capacity=400)
    with BarcodeScanner(lambda _: near, scanner_model("zebra-ssi")) as scanner:
        far.read(400, 1)
        near.write(bytes(400), 1)  # from now on the line takes nothing
        far.write(ssi.build(ssi.Op.ACK, source=ssi.DECODER), 1)  # it has heard this host
        far.write(ssi.build(ssi.Op.DECODE_DATA, b"\x1c" + CODE.encode(), source=ssi.DECODER), 1)
        assert scanner.read(5).text == CODE
        while not scanner.statistics.retrieve()["communication_errors"]:
            threading.Event().wait(0.01)
        assert scanner.power is PowerState.ONLINE
    far.close()


def test_a_scanner_that_still_reads_set_up_codes_is_named(counter: Counter) -> None:
    till = Till()
    with scanner_on(counter, "gm65", callbacks=till.callbacks) as scanner:
        assert till.next() is PowerState.ONLINE
        told = till.next()
        assert isinstance(told, DeviceError)
        assert "set-up codes" in str(told)
        assert scanner.locked is None


def test_a_disabled_scanner_is_told_to_stop_where_it_can(counter: Counter) -> None:
    with scanner_on(counter, "datalogic-magellan") as scanner:
        assert Command.DISABLE in scanner.can
        assert counter.heard() == b"E"
        far = counter.far
        scanner.disable()
        assert far is not None
        assert far.read(9, 1) == b"D"


def test_or_it_is_left_alone(counter: Counter) -> None:
    settings = ScannerSettings(stop_device=False)
    with scanner_on(counter, "datalogic-magellan", settings=settings) as scanner:
        scanner.trigger if Command.TRIGGER in scanner.can else scanner.reject()
        assert counter.heard() == b"F"
