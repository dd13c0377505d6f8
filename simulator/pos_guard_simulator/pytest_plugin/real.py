"""``--pos-real printer=/dev/ttyUSB0``: the same tests, with real devices at the end of the line.

What goes to a real printer goes through us: its paper is read from the bytes by the twin of the
same model, and is printed as well. What only a hand or an eye can do skips the test and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeVar

import pytest

from pos_guard.errors import PortError, PortTimeoutError
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.base import Port
from pos_guard.ports.tcp import TcpPort
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.pytest_plugin.wanted import WantedError, one_of
from pos_guard_simulator.systems.having import Needs, lacking

T = TypeVar("T")

REAL = ("printer", "scanner", "terminal")
"""Devices that can be real ones."""

OPEN_S = 5.0
"""To a printer on the network; it answers in milliseconds, or is not there."""

WRITE_S = 30.0
"""For one piece: a printer that is busy with a long picture takes nothing for some seconds."""

LOOK_S = 0.2
"""How often the reader looks whether the test is over."""

PIECE = 4096

_KINDS = (Kind.SERIAL, Kind.TCP)
_HELP = "write printer=/dev/ttyUSB0:115200 or printer=tcp:HOST:9100"


def read_real(options: Iterable[str]) -> Mapping[str, Address]:
    """The devices that are real ones.

    :raises WantedError: for an option that names no such device, or no address; and where the
        system has nothing to reach them by.
    """
    if why := lacking(Needs.REAL):
        raise WantedError(f"--pos-real: {why}")
    found: dict[str, Address] = {}
    for option in options:
        device, equals, where = option.partition("=")
        one_of("real device", device, REAL)
        if not equals:
            raise WantedError(f"--pos-real {option}: {_HELP}")
        text = f"serial:{where}" if where.startswith("/") else where
        try:
            address = Address.parse(text)
        except ValueError as error:
            raise WantedError(f"--pos-real {option}: {error}") from error
        if address.kind not in _KINDS:
            raise WantedError(f"--pos-real {option}: {_HELP}")
        found[device] = address
    return found


def told(address: Address) -> str:
    """The address as an app takes it."""
    return address.path if address.kind is Kind.SERIAL else f"{address.host}:{address.port}"


def by_hand(what: str) -> NoReturn:
    """End the test: this needs a person.

    :raises pytest.skip.Exception: always.
    """
    pytest.skip(f"on real hardware: {what}")


class RealPlace:
    """A real device that the app opens itself. Nothing can be done to it, or seen of it, by us."""

    def __init__(self, address: Address, name: str) -> None:
        self.address = told(address)
        self._name = name

    def do(self, act: Callable[[], Effects]) -> None:
        """Skip: a person does it."""
        del act
        by_hand(f"what is done to the {self._name}, or read of it, takes a person")

    def ask(self, question: Callable[[], T]) -> T:
        """Skip: a person sees it."""
        del question
        by_hand(f"what the {self._name} did, a person must see")

    def settle(self) -> None:
        """The app's own business."""

    def cut(self) -> None:
        """Skip: a person does it."""
        by_hand(f"the power of the {self._name} is cut by a person")

    def unplug(self) -> None:
        """Skip: a person does it."""
        by_hand(f"the cable of the {self._name} is pulled by a person")

    def plug(self) -> None:
        """Skip: a person does it."""
        self.unplug()

    def close(self) -> None:
        """It stays as it is."""


class RealLine:
    """A real printer behind the bench, and beside it a twin that prints the same on paper of ours.

    The app gets the real one's answers, and none of the twin's.
    """

    def __init__(self, address: Address, shadow: ReceiptPrinter) -> None:
        """Open the printer.

        :raises PortError: it is not there, or another program has it.
        """
        self._shadow = shadow
        self._port = _opened(address)
        self._over = threading.Event()
        self._reader: threading.Thread | None = None

    def listen(self, say: Callable[[Effects], None]) -> None:
        """Hand on what the printer says, from now on."""
        self._reader = threading.Thread(target=self._read, args=(say,), name="real", daemon=True)
        self._reader.start()

    def connected(self) -> Effects:
        """The app opened its port."""
        return []

    def data(self, data: bytes) -> Effects:
        """Print it; where the printer does not take it, the app is hung up on."""
        try:
            self._port.write(data, WRITE_S)
        except PortError as error:
            return [CloseApp(str(error))]
        self._shadow.data(data)
        return []

    def closed(self) -> Effects:
        """The app closed its port."""
        return []

    def timer(self, name: str) -> Effects:
        """It sets no timers."""
        del name
        return []

    def stop(self) -> None:
        """Hand on no more: the app's side is about to go."""
        self._over.set()
        if self._reader is not None:
            self._reader.join(OPEN_S)

    def close(self) -> None:
        """Give the printer back."""
        self._port.close()

    def _read(self, say: Callable[[Effects], None]) -> None:
        while not self._over.is_set():
            try:
                data = self._port.read(PIECE, LOOK_S)
            except PortTimeoutError:
                continue
            except PortError as error:
                say([CloseApp(str(error))])
                return
            say([ToApp(data)])


def _opened(address: Address) -> Port:
    if address.kind is Kind.TCP:
        return TcpPort.connect(address.host, address.port, OPEN_S)
    from pos_guard.ports.serial import SerialPort, SerialSettings

    return SerialPort(SerialSettings(address.path, address.baudrate))
