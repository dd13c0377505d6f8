"""A counter with a socket for scanners, in memory, and the driver at it."""

from __future__ import annotations

import threading
import time

import pytest

from pos_guard.errors import DeviceError
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.ports.base import Port
from pos_guard.ports.memory import MemoryPort, memory_pair
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.device_power import PowerState
from pos_guard_drivers.scanner import (
    BarcodeScanner,
    LostScanError,
    ScannerSettings,
)

SLOW = LanguageSettings(idle_seconds=0.4)
QUICK = LanguageSettings(idle_seconds=0.02, reply_seconds=0.2)


class Counter:
    """A till's socket for scanners: each connection is another cable."""

    def __init__(self) -> None:
        self.far: MemoryPort | None = None
        self.error: Exception | None = None
        self.dialled = 0
        self._ports: list[MemoryPort] = []

    def connect(self, seconds: float) -> Port:
        assert seconds > 0
        self.dialled += 1
        if self.error is not None:
            raise self.error
        near, self.far = memory_pair()
        self._ports += [near, self.far]
        return near

    def say(self, data: bytes) -> None:
        assert self.far is not None
        self.far.write(data, 1)

    def heard(self, seconds: float = 1.0) -> bytes:
        assert self.far is not None
        return self.far.read(4096, seconds)

    def unplug(self) -> None:
        assert self.far is not None
        self.far.close()

    def clear(self) -> None:
        for port in self._ports:
            port.close()


def scanner_on(counter: Counter, model: str = "generic-serial", **more: object) -> BarcodeScanner:
    settings = more.pop("settings", ScannerSettings(language=QUICK))
    return BarcodeScanner(counter.connect, scanner_model(model), settings, name="till-1", **more)  # type: ignore[arg-type]  # passed on as they are


def code_of(error: pytest.ExceptionInfo[DeviceError]) -> str:
    return error.value.code


def outcomes(scanner: BarcodeScanner, count: int) -> list[str | None]:
    """The next scans; a lost one is its reason."""
    found: list[str | None] = []
    for _ in range(count):
        try:
            found.append(scanner.read(2).text)
        except LostScanError as error:
            found.append(error.extended)
    return found


def wait_for_power(scanner: BarcodeScanner, connections: int = 1) -> None:
    """Until it is there, and was connected so often."""

    def there() -> bool:
        made = scanner.statistics.retrieve()["connections"]
        return scanner.power is PowerState.ONLINE and made >= connections

    end = time.monotonic() + 10
    while not there() and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert there()
