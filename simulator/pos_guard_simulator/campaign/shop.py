"""The shop of a campaign: simulated devices, a guard before them, and a till that knows nothing.

Devices are made in the words of ``pos-guard simulate``, so that a fault here is one that any user
can ask for.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import cast

import click

from pos_guard.api.client import DecisionClient
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator import simulate
from pos_guard_simulator import till as tills
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.campaign.guard_process import GuardProcess
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import make_store, stop_keeper
from pos_guard_simulator.demo.ears import Ears, StageError
from pos_guard_simulator.seats.site import Site
from pos_guard_simulator.simulate_device import Device, Fields, OnUsb, carry_out
from pos_guard_simulator.simulate_place import Place

PRINTER, SCANNER, TERMINAL, PROVIDER = "printer", "scanner", "terminal", "provider"
_SERIAL_TERMINAL = "terminal-serial"

DEVICES: Mapping[str, tuple[str, ...]] = {
    PRINTER: ("printer", "--profile", "china", "--pty"),
    SCANNER: ("scanner", "--pty"),
    TERMINAL: ("terminal", "zvt", "--tcp", "127.0.0.1:0", "--terminal-id", shop.TERMINAL_ID),
    _SERIAL_TERMINAL: ("terminal", "zvt", "--pty", "--terminal-id", shop.TERMINAL_ID),
    PROVIDER: ("provider", "wechat", "--tcp", "127.0.0.1:0", "--merchant", shop.MERCHANT),
}
"""What stands in the shop, in the words of ``pos-guard simulate``."""

ANSWER_SECONDS = 3.0
"""How long this till waits for its terminal: longer than the guard's own time-outs."""

PRINT_SECONDS = 2.0
"""And for its printer's status."""

CALM_SECONDS = 0.3
"""A code shown sooner after the guard opened its scanner would be taken for an old one's end."""

SCAN_TRIES = 6

REACH_TRIES = 6
"""Questions to the printer until the guard must have reached it: longer than the pause between two
of its own tries."""

AGAIN_MS = 700
"""When the guard asks a terminal that fell silent."""


def device_of(words: tuple[str, ...]) -> tuple[Device, Place]:
    """A device as the command line makes it."""
    group: click.Command = getattr(simulate, words[0])
    made: tuple[Device, Place] = group.main(list(words[1:]), standalone_mode=False)
    return made


class Shop:
    """Use it as a context manager; then everything is there, and the guard serves.

    ``begun``: so many moves of money were made before what a scenario is about.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.state = directory / "state"
        self.ears = Ears("en")
        self.begun = 0
        self._bench = Bench()
        self._site = Site(self._bench)
        self._devices: dict[str, Device] = {}
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Shop:
        with contextlib.ExitStack() as undo:
            undo.enter_context(self._bench)
            undo.enter_context(self._site)
            self.badges = make_store(self.directory)
            settings = shop.write_files(
                self.directory, "enforce", self._open(), decide_ms=2500, again_ms=AGAIN_MS
            )
            undo.callback(stop_keeper, self.directory)
            self.guard = GuardProcess(settings)
            self.guard.start()
            undo.callback(self.guard.stop)
            self._meet_guard()
            self._open_till(undo)
            self._wait_for_printer()
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._undo.close()

    # -- devices -----------------------------------------------------------------------------

    def ask(self, device: str, op: str, /, **fields: Json) -> Mapping[str, Json]:
        """What a device answers to a request of ``pos-guard simulate``'s control socket.

        :raises LocalError: it cannot do that.
        """
        answer: Mapping[str, Json] = {}

        def act() -> Effects:
            nonlocal answer
            reply = carry_out(self._devices[device], op, Fields(fields))
            answer = reply.answer
            return reply.effects

        self._bench.call(device, act)
        return answer

    def _open(self) -> dict[str, str]:
        """Put the devices at their places: addresses as ``shop.write_files`` takes them."""
        addresses: dict[str, str] = {}
        for name, words in DEVICES.items():
            device, place = device_of(_linked(words, self.directory / f"dev-{name}"))
            if isinstance(device.twin, OnUsb):
                raise TypeError(f"the {name} of a campaign is on a line")
            seat = self._site.seat(device, place, name)
            self._devices[name] = device
            addresses[name] = str(seat.addresses.get("pty") or seat.addresses["tcp"])
        addresses["terminal_serial"] = addresses.pop(_SERIAL_TERMINAL)
        addresses["wechat"] = addresses.pop(PROVIDER)
        return addresses

    # -- guard -------------------------------------------------------------------------------

    def restart_guard(self) -> None:
        """It is started again after it was killed."""
        self.guard.start()
        self._meet_guard()

    def socket(self) -> DecisionClient:
        """A connection to the decision socket."""
        return DecisionClient(self.directory / "run" / "decide.sock")

    def pending(self) -> Mapping[str, list[Json]]:
        """What the guard says is waiting, unknown, and frozen."""
        with self.socket() as console:
            return cast("Mapping[str, list[Json]]", console.request("pending"))

    def _meet_guard(self) -> None:
        self.ears.listen(self.socket())
        pause(CALM_SECONDS)

    # -- till --------------------------------------------------------------------------------

    def _open_till(self, undo: contextlib.ExitStack) -> None:
        run = self.directory / "run"
        self.printer = tills.Printer(
            tills.SerialLine(str(run / "till-printer"), 115200), tills.Shop(currency=shop.CURRENCY)
        )
        undo.callback(self.printer.close)
        self.scanner = tills.Scanner(tills.SerialLine(str(run / "till-scanner")))
        undo.callback(self.scanner.close)
        self._links: list[tills.ZvtLink] = []
        undo.callback(self._hang_up)
        self.terminal = self.dial()

    def _wait_for_printer(self) -> None:
        """On a busy machine the guard reaches its devices seconds after it serves.

        :raises StageError: it does not reach its printer.
        """
        for _ in range(REACH_TRIES):
            try:
                self.printer.status(PRINT_SECONDS)
            except tills.TillTimeoutError:
                continue
            return
        raise StageError("the guard does not reach its printer")

    def dial(self) -> tills.ZvtLink:
        """Hang up, and make a new connection to the terminal.

        :raises TillError: nobody answers.
        """
        self._hang_up()
        host, _, port = self.guard.links["terminal"].removeprefix("tcp:").rpartition(":")
        self.terminal = tills.ZvtLink(
            tills.TcpFraming(tills.TcpLine(host, int(port))),
            currency=shop.CURRENCY_NUMBER,
            answer_seconds=ANSWER_SECONDS,
            result_seconds=ANSWER_SECONDS,
        )
        self._links = [self.terminal]
        return self.terminal

    def provider(self) -> tills.WeChatClient:
        """The till's way to the provider."""
        base = f"http://{self.guard.links['wechat'].removeprefix('tcp:')}"
        return tills.WeChatClient(
            base, mchid=shop.MERCHANT, currency=shop.CURRENCY, seconds=ANSWER_SECONDS
        )

    def scan_own(self, code: str) -> None:
        """Show the scanner a badge or a sale code, which ends at the guard.

        A guard that has just opened its scanner takes a code for the end of an old one, so that a
        person shows it again.

        :raises StageError: the guard does not take it.
        """
        for tries in range(SCAN_TRIES, 0, -1):
            self.ears.forget()
            self.ask(SCANNER, "scan", payload=code)
            try:
                self.ears.taken("scanner", code.partition(":")[2].rpartition(".")[0])
            except StageError:
                if tries == 1:
                    raise
                pause(CALM_SECONDS)
            else:
                return

    def _hang_up(self) -> None:
        for link in self._links:
            link.close()


def _linked(words: tuple[str, ...], link: Path) -> tuple[str, ...]:
    """A pty gets a name that stays, as udev gives one."""
    return tuple(f"--pty={link}" if word == "--pty" else word for word in words)


def pause(seconds: float) -> None:
    """Let so much time pass, as people do."""
    threading.Event().wait(seconds)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for something for so long at most; whether it came."""
    tick, step = threading.Event(), 0.05
    for _ in range(int(seconds / step)):
        if condition():
            return True
        tick.wait(step)
    return condition()
