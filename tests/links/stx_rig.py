"""A till, an STX link and a simulated terminal on one virtual clock, without I/O."""

from __future__ import annotations

from pathlib import Path

from pos_guard.clock import ManualClock
from pos_guard.frames import stx_hypercom, stx_transbank
from pos_guard.frames.stx import StxFormat
from pos_guard.guard import Guard
from pos_guard.links import stx
from pos_guard.links.session import (
    ToDevice,
)
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.links.stx_transbank import POLLS
from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.policy.load import parse_policy
from pos_guard.ports.address import Kind
from pos_guard.store.store import Store
from pos_guard_simulator.stx_terminal import StxTerminal
from pos_guard_simulator.stx_terminal_hypercom import HypercomSpeech
from pos_guard_simulator.stx_terminal_transbank import TransbankSpeech
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import Rig
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


class StxRig(Rig):
    """A till in the shop of its profile."""

    def __init__(
        self, shop: Shop, profile: str, script: Script | None = None, work_s: float = 0.0
    ) -> None:
        self.profile = profile
        self.form, timing, anew = _line_of(profile)
        super().__init__(
            shop,
            lambda: stx.make(option_of(profile), Kind.PTY, Kind.SERIAL),
            StxTerminal(_speech(profile), script or Script(), work_s),
            StxLine("till", ToDevice, self.form, timing, anew),
            name=LINK,
            plug_s=1.0,
        )

    def order(self, amount: int) -> None:
        """The till prints a bill."""
        money = Money(amount, CURRENCIES[self.profile])
        self.shop.guard.tell_order(None, money, Source.BILL)

    def answered(self, decision: int) -> None:
        """A person said something about a decision."""
        self.run(self.session.answered(decision))


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
