"""The demo's shop as devices: every twin on a real port, a store with people, settings that fit."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from pos_guard.clock import SystemClock
from pos_guard.errors import PosGuardError
from pos_guard.frames.printer_models import printer_model
from pos_guard.links.zvt_wire import Framing
from pos_guard.own_codes import OwnCodes, OwnKind
from pos_guard.ports.keeper_client import KeeperClient
from pos_guard.store.store import Store
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.house import House
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.simulated_printer import PrinterSeat
from pos_guard_simulator.wechat import WechatTwin
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal


class ShopDevices:
    """Every device of the shop. Use it as a context manager; then they are on real ports."""

    def __init__(self, script: Script | None = None) -> None:
        self.printer = ReceiptPrinter(printer_model("china"))
        self.scanner = Scanner()
        self.terminal = ZvtTerminal(TerminalSettings(shop.TERMINAL_ID), script or Script())
        slow = TerminalSettings(shop.TERMINAL_ID, Framing.SERIAL, work_s=0.4, first_receipt=501)
        self.terminal_serial = ZvtTerminal(slow)
        self.wechat = WechatTwin(SystemClock(), frozenset({shop.MERCHANT, shop.OTHER_MERCHANT}))
        self.bench = Bench()

    def __enter__(self) -> ShopDevices:
        self.bench.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.bench.__exit__(kind, error, at)

    def open(self) -> dict[str, str]:
        """Put them on their ports: addresses as ``shop.write_files`` takes them."""
        return {
            "printer": self.bench.pty("printer", PrinterSeat(self.printer)),
            "scanner": self.bench.pty("scanner", self.scanner),
            "terminal": self.bench.tcp("terminal", self.terminal),
            "terminal_serial": self.bench.pty("terminal-serial", self.terminal_serial),
            "wechat": self.bench.tcp("wechat", self.wechat),
        }


def make_store(directory: Path, house: House | None = None) -> dict[str, str]:
    """A new store with a shop's people; returns the code on each one's badge.

    PINs are hashed more cheaply than a real shop's.
    """
    clock, house = SystemClock(), house or House()
    state = directory / "state"
    with Store.create(state, clock=clock, terminal_id="DEMO", scrypt_log2n=14) as store:
        house.settle_in(store, clock)
        codes = OwnCodes(store.keys)
        return {person: codes.make(OwnKind.BADGE, person) for person in house.people}


def stop_keeper(directory: Path) -> None:
    """End the keeper of this shop's ptys, if it runs."""
    with contextlib.suppress(PosGuardError):
        client = KeeperClient(directory / "run" / "keeper.sock")
        client.stop()
        client.close()
