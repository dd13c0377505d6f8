"""A till, an STX link and a simulated terminal on one virtual clock, without I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.frames import stx_hypercom, stx_transbank
from pos_guard.frames.stx import StxFormat
from pos_guard.guard import Guard
from pos_guard.links import stx
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effects,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.links.stx_transbank import POLLS
from pos_guard.model import IntentKind, Source
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.ports.address import Kind
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_hypercom import HypercomSpeech
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.zvt_book import Script
from tests.shop import PINS, POLICY, Shop

LINK = "card"
LISTED = ("ABCD1234", "597029414300", "597029414301", "12345678", "000000000000001")
"""The simulated terminals, and the merchants behind them."""
CURRENCIES = {"transbank": "CLP", "hypercom-ecr": "EUR", "credibanco": "COP"}


def stx_shop(directory: Path, profile: str) -> Shop:
    """The test shop in the currency of the profile, with the simulated terminal on its list."""
    text = POLICY.replace("EUR", CURRENCIES[profile])
    text = text.replace('"52001233"', ", ".join(f'"{item}"' for item in LISTED))
    if profile == "transbank":
        for limit in ("20", "50", "100", "500"):
            text = text.replace(f'"{limit}.00"', f'"{limit}00"')
    clock = ManualClock()
    state = directory / "state"
    store = Store.create(state, clock=clock, terminal_id="T1", durable=False, scrypt_log2n=4)
    for person, role in (("anna", "cashier"), ("ben", "senior"), ("maya", "manager")):
        store.people.add(person, person.title(), role, PINS[person])
    return Shop(Guard(store, parse_policy(text, "policy.toml"), clock), store, clock, state)


class StxRig:
    """What the till got is in ``till``, one entry a unit; what it was told in ``told``."""

    def __init__(
        self, shop: Shop, profile: str, script: Script | None = None, work_s: float = 0.0
    ) -> None:
        self.shop = shop
        self.profile = profile
        self.script = script or Script()
        self.till: list[bytes] = []
        self.told: list[Tell] = []
        self.asked: list[int] = []
        self.closed: list[str] = []
        self.to_till = bytearray()
        self.deaf = False
        self._events: deque[Callable[[], None]] = deque()
        self._timers: dict[tuple[str, str], float] = {}
        self._now = 0.0
        form, timing, anew = _line_of(profile)
        self.form = form
        self.line = StxLine("till", ToDevice, form, timing, anew)
        self.terminal = StxTerminal(_speech(profile), self.script, work_s)
        self.open()

    def open(self) -> None:
        """A new session over the shop's guard: at first, or after the process died."""
        self._timers = {key: at for key, at in self._timers.items() if key[0] != "guard"}
        parts = stx.make(option_of(self.profile), Kind.PTY, Kind.SERIAL)
        self.session = ExchangeSession(LINK, self.shop.guard, parts)
        self._guard(self.session.app_connected())
        self._twin(self.terminal.connected())
        self._guard(self.session.device_connected())
        self.settle()

    def order(self, amount: int) -> None:
        """The till prints a bill."""
        money = Money(amount, CURRENCIES[self.profile])
        self.shop.guard.tell_order(None, money, Source.BILL)

    def send(self, unit: bytes) -> list[bytes]:
        """The till sends a unit; what it got from then on."""
        before = len(self.till)
        self._till(self.line.send(unit))
        self.settle()
        return self.till[before:]

    def raw(self, data: bytes) -> None:
        """Bytes of the till, as they are."""
        self._guard(self.session.app_data(data))
        self.settle()

    def advance(self, seconds: float) -> None:
        """Let time pass; timers fire in order."""
        end = self._now + seconds
        while True:
            due = [(at, key) for key, at in self._timers.items() if at <= end]
            if not due:
                break
            at, key = min(due)
            self._pass(at - self._now)
            del self._timers[key]
            self._fire(*key)
            self.settle()
        self._pass(end - self._now)

    def answered(self, decision: int) -> None:
        """A person said something about a decision."""
        self._guard(self.session.answered(decision))
        self.settle()

    @property
    def phases(self) -> list[tuple[IntentKind, Phase, int | None]]:
        """The ledger of the link, oldest first."""
        entries = self.shop.store.ledger.search(link=LINK, limit=50)
        ordered = sorted(entries, key=lambda entry: entry.id)
        return [(entry.kind, entry.phase, entry.amount) for entry in ordered]

    # -- moving bytes --------------------------------------------------------------------------

    def settle(self) -> None:
        """Until nothing moves any more."""
        while self._events:
            self._events.popleft()()

    def _pass(self, seconds: float) -> None:
        self._now += seconds
        self.shop.clock.advance(seconds)

    def _fire(self, who: str, name: str) -> None:
        if who == "guard":
            self._guard(self.session.timer(name))
        elif who == "rig":  # a serial port is opened anew: the terminal behind it notices nothing
            self._guard(self.session.device_connected())
        elif who == "twin":
            self._twin(self.terminal.timer(name))
        else:
            heard = self.line.timer(name)
            self._till(heard.effects if heard else [])

    def _guard(self, effects: Effects) -> None:
        for effect in effects:
            match effect:
                case ToApp(data):
                    self.to_till += data
                    self._events.append(partial(self._till_hears, data))
                case ToDevice(data):
                    self._events.append(partial(self._twin_hears, data))
                case Tell():
                    self.told.append(effect)
                case AskPerson(decision, _):
                    self.asked.append(decision)
                case CloseDevice(reason):
                    self.closed.append(reason)
                    self._guard(self.session.device_closed())
                    self._timers["rig", "plug"] = self._now + 1.0
                case CloseApp(reason):
                    self.closed.append(reason)
                case _:
                    self._time("guard", effect)

    def _twin(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToApp):
                self._events.append(partial(self._device_says, effect.data))
            else:
                self._time("twin", effect)

    def _till(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._events.append(partial(self._till_says, effect.data))
            else:
                self._time("till", effect)

    def _twin_hears(self, data: bytes) -> None:
        self._twin(self.terminal.data(data))

    def _device_says(self, data: bytes) -> None:
        self._guard(self.session.device_data(data))

    def _till_says(self, data: bytes) -> None:
        self._guard(self.session.app_data(data))

    def _till_hears(self, data: bytes) -> None:
        if self.deaf:
            return
        heard = self.line.receive(data)
        self._till(heard.effects)
        if heard.error is not None:
            self._till(self.line.rejected())
        for unit in heard.units:
            self.till.append(unit)
            self._till(self.line.took())

    def _time(self, who: str, effect: object) -> None:
        if isinstance(effect, SetTimer):
            self._timers[who, effect.name] = self._now + effect.seconds
        elif isinstance(effect, CancelTimer):
            self._timers.pop((who, effect.name), None)


def option_of(profile: str) -> str:
    """The profile as it stands in a config: Hypercom's messages name no currency."""
    return f"{profile}:EUR" if profile == "hypercom-ecr" else profile


def _line_of(profile: str) -> tuple[StxFormat, StxTiming, frozenset[bytes]]:
    if profile == "transbank":
        return stx_transbank.FORMAT, StxTiming(), POLLS
    return stx_hypercom.FORMAT, stx.HYPERCOM_LINE, frozenset()


def _speech(profile: str) -> TransbankSpeech | HypercomSpeech:
    if profile == "transbank":
        return TransbankSpeech()
    variants = {"hypercom-ecr": stx_hypercom.HYPERCOM, "credibanco": stx_hypercom.CREDIBANCO}
    return HypercomSpeech(variants[profile])
