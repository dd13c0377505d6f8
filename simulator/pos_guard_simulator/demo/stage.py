"""Sets the shop up: twins on real ports, the daemon as a process of its own, and the till."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast

from pos_guard.api.client import DecisionClient
from pos_guard_simulator import till as tills
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import ShopDevices, make_store, stop_keeper
from pos_guard_simulator.demo.ears import SOON, Ears, StageError
from pos_guard_simulator.demo.house import House
from pos_guard_simulator.demo.lifeline import Lifeline
from pos_guard_simulator.paper import Slip
from pos_guard_simulator.zvt_book import Script

T = TypeVar("T")

# The daemon starts in half a second; a machine whose processors and disk are busy takes far longer.
START_SECONDS = 60.0

# A code shown sooner after the guard opened its scanner would be taken for the end of an old one.
CALM_SECONDS = 0.3

# Amounts for which the simulated terminals misbehave, in minor units.
SILENT_AMOUNT = 666
LOST_AMOUNT = 777

# The guard asks a silent terminal by itself only after so long: not while a scene counts what the
# terminal hears.
AGAIN_MS = 60_000

# How long the till looks at its scanner before the scene looks for a refusal.
_GLANCE = 0.05


class Stage:
    """One shop, ready to sell. Use it as a context manager."""

    def __init__(
        self, directory: Path, mode: str, lang: str = "en", house: House | None = None
    ) -> None:
        self.directory = directory
        self.mode = mode
        self.lang = lang
        self.house = house or House()
        script = Script({SILENT_AMOUNT: "silent-after", LOST_AMOUNT: "silent-before"})
        self._devices = ShopDevices(script)
        self.bench = self._devices.bench
        self.printer = self._devices.printer
        self.scanner = self._devices.scanner
        self.terminal = self._devices.terminal
        self.terminal_serial = self._devices.terminal_serial
        self.wechat = self._devices.wechat
        self.ears = Ears(lang)
        self._threads = ThreadPoolExecutor(4, "demo")
        self._undo = contextlib.ExitStack()

    # -- up and down -------------------------------------------------------------------------

    def __enter__(self) -> Stage:
        with contextlib.ExitStack() as undo:
            undo.callback(self._threads.shutdown, wait=True)
            undo.enter_context(self._devices)
            self.badges = make_store(self.directory, self.house)
            addresses = self._devices.open()
            self.settings = shop.write_files(
                self.directory, self.mode, addresses, again_ms=AGAIN_MS
            )
            self.house.write_policy(self.directory)
            self._lifeline = undo.enter_context(contextlib.closing(Lifeline(self.directory)))
            undo.callback(stop_keeper, self.directory)
            self.start_guard()
            undo.callback(self._stop_guard)
            self._open_till(undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._undo.close()

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a manager does at the shop's own machine, beside the running guard."""
        return subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "pos_guard", *words],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=START_SECONDS,
            check=False,
        )

    def start_guard(self) -> None:
        """Start the daemon and wait until it serves.

        :raises StageError: when it does not come up.
        """
        log = (self.directory / "guard.log").open("ab")
        with log:
            self._guard = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "pos_guard", "run", "--config", str(self.settings)],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        self._lifeline.guards(self._guard.pid)
        ready = self._threads.submit(self._first_line)
        try:
            self.addresses = ready.result(START_SECONDS)
        except (TimeoutError, ValueError) as error:
            self._guard.kill()
            text = (self.directory / "guard.log").read_text(encoding="utf-8", errors="replace")
            raise StageError(f"the guard did not start:\n{text[-2000:]}") from error
        self.ears.listen(self.socket())
        threading.Event().wait(CALM_SECONDS)

    def kill_guard(self) -> None:
        """``kill -9``: no good-bye, no clean-up."""
        self._guard.send_signal(signal.SIGKILL)
        self._reap()

    def _stop_guard(self) -> None:
        self._guard.terminate()
        self._reap()

    def _reap(self) -> None:
        self._guard.wait(SOON)
        self._lifeline.guards(None)
        if self._guard.stdout is not None:
            self._guard.stdout.close()

    def _first_line(self) -> dict[str, str]:
        output = self._guard.stdout
        line = b"" if output is None else output.readline()
        links = cast("list[dict[str, str]]", json.loads(line)["links"])
        return {link["name"]: link["app"] for link in links}

    def _open_till(self, undo: contextlib.ExitStack) -> None:
        run = self.directory / "run"
        host, _, port = self.addresses["terminal"].removeprefix("tcp:").rpartition(":")
        framing = tills.TcpFraming(tills.TcpLine(host, int(port)))
        self.impatient_link = self._zvt(framing, result_seconds=0.9)
        printer = tills.Printer(
            tills.SerialLine(str(run / "till-printer"), 115200), tills.Shop(currency=shop.CURRENCY)
        )
        self.till = tills.Till(
            printer,
            self._zvt(framing),
            tills.Scanner(tills.SerialLine(str(run / "till-scanner"))),
            self.wechat_for(shop.MERCHANT),
        )
        undo.callback(self.till.close)
        serial = tills.SerialLine(str(run / "till-terminal"), 115200)
        self.serial_link = self._zvt(
            tills.SerialFraming(serial, ack_seconds=SOON), result_seconds=START_SECONDS + SOON
        )
        undo.callback(self.serial_link.close)

    @staticmethod
    def _zvt(
        framing: tills.TcpFraming | tills.SerialFraming, result_seconds: float = 2 * SOON
    ) -> tills.ZvtLink:
        return tills.ZvtLink(
            framing,
            currency=shop.CURRENCY_NUMBER,
            answer_seconds=result_seconds,
            result_seconds=result_seconds,
        )

    # -- what scenes use ---------------------------------------------------------------------

    @property
    def terminal_link(self) -> tills.ZvtLink:
        """The till's payment terminal."""
        if self.till.terminal is None:
            raise StageError("this till has no terminal")
        return self.till.terminal

    @property
    def wechat_client(self) -> tills.WeChatClient:
        """The till's provider."""
        if self.till.wechat is None:
            raise StageError("this till has no provider")
        return self.till.wechat

    def wechat_for(self, merchant: str) -> tills.WeChatClient:
        """A provider client that is set up for this merchant id."""
        base = f"http://{self.addresses['wechat'].removeprefix('tcp:')}"
        return tills.WeChatClient(base, mchid=merchant, currency=shop.CURRENCY, seconds=4.0)

    def ask(self, question: Callable[[], T]) -> T:
        """Read a twin, in the thread where it lives."""
        return self.bench.ask(question)

    def socket(self) -> DecisionClient:
        """A connection to the decision socket."""
        return DecisionClient(self.directory / "run" / "decide.sock")

    def pin(self, person: str) -> str:
        """The PIN of one of the shop's people."""
        return self.house.people[person][2]

    def aside(self, act: Callable[[], T]) -> Future[T]:
        """Let somebody do something while the scene goes on."""
        return self._threads.submit(act)

    def mend_terminal(self) -> None:
        """From now on the terminal answers every amount."""
        self.terminal.script = Script()

    def bill(self, sale: tills.Sale) -> None:
        """Print a bill, and wait until the guard has read it.

        Bill and payment go over two lines: without a wait the payment may be there first.
        """
        self.till.printer.bill(sale)
        self.slips()

    def slips(self) -> list[Slip]:
        """What lies under the printer, once everything that the till sent has arrived.

        The till's status question stands in line behind its jobs, so its answer means: all done.
        """
        self.till.printer.status(SOON)
        return self.ask(lambda: self.printer.paper.receipts)

    def show_code(self, payload: str) -> str | None:
        """Hold a code before the scanner; what the till got, or None when the guard kept it."""
        self._scan(payload)
        scanner = self.till.scanner
        if scanner is None:
            raise StageError("this till has no scanner")
        # The code arrives or a refusal is told, however slow the machine is; silence is neither.
        for _ in range(int(SOON / _GLANCE)):
            got = _read(scanner)
            if got is not None or self.ears.refused("scanner"):
                return got
        raise StageError("the scan was neither passed on nor refused")

    def scan_own(self, payload: str) -> None:
        """Hold a badge or a receipt's sale code before the scanner: it ends at the guard.

        :raises StageError: when the guard does not take it.
        """
        self._scan(payload)
        own_id = payload.partition(":")[2].rpartition(".")[0]
        self.ears.taken("scanner", own_id)

    def _scan(self, payload: str) -> None:
        self.ears.forget()
        self.bench.call("scanner", lambda: self.scanner.scan(payload))

    def last_words(self, link: str) -> str:
        """What the guard told the cashier last on this link."""
        return self.ears.last_words(link)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so at a twin.

        :raises StageError: when it took too long.
        """
        tick = threading.Event()
        for _ in range(int(SOON / 0.02)):
            if self.ask(condition):
                return
            tick.wait(0.02)
        raise StageError("a device did not come to what the scene waits for")


def _read(scanner: tills.Scanner) -> str | None:
    try:
        return scanner.read(_GLANCE)
    except tills.TillTimeoutError:
        return None
