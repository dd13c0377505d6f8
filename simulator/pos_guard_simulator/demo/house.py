"""The demo's second shop: the same devices, with people, limits and hours that ask for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.store import totp
from pos_guard.store.store import Store
from pos_guard_simulator.demo import shop

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class House:
    """Who works in a shop, and by which policy; None: that of ``shop``, in the stage's mode.

    ``phones``: TOTP secrets by person. ``wallets``: a code that a person pays with, by person.
    """

    people: Mapping[str, tuple[str, str, str]] = field(default_factory=lambda: shop.PEOPLE)
    policy: str | None = None
    phones: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    wallets: Mapping[str, str] = field(default_factory=dict[str, str])

    def settle_in(self, store: Store, clock: Clock) -> None:
        """Put its people into a new store."""
        for person, (name, role, pin) in self.people.items():
            store.people.add(person, name, role, pin)
        for person, secret in self.phones.items():
            now = totp.code_at(secret, totp.step_of(clock.wall_us()))
            store.people.set_second(person, secret, now)
        for person, code in self.wallets.items():
            store.tokens.add(person, store.keys.payer_token(code))

    def write_policy(self, directory: Path) -> None:
        """Put its policy in place of the usual one, if it has one."""
        if self.policy is not None:
            (directory / "policy.toml").write_text(self.policy, encoding="utf-8")


BENS_WALLET = "134650000000000077"
"""A payment code that Ben pays with: a number of the right shape, and nobody's."""

PEOPLE = {
    **shop.PEOPLE,
    "dora": ("Dora 朵拉", "senior", "604815"),
    "hana": ("Hana 哈娜", "helper", "519273"),
    "olga": ("Olga 奥尔加", "owner", "837146"),
}

_POLICY = """\
# The policy of the demo's second shop: on top of the first one's, what a manager orders.
name = "evening-light"
version = 1
currency = "{currency}"
reasons = ["wrong-item", "defective", "goodwill"]

[roles.cashier]
may = ["sale"]

[roles.helper]
may = ["sale", "refund"]
refund_limit = "20.00"

[roles.senior]
may = ["sale", "refund", "reversal", "refund_unreferenced"]
refund_limit = "20.00"
unreferenced_limit = "15.00"

[roles.manager]
may = ["sale", "refund", "reversal", "refund_unreferenced"]
refund_limit = "100.00"
unreferenced_limit = "50.00"
may_approve = true
approve_limit = "500.00"
may_resolve = true

[roles.owner]
may = ["sale", "refund"]
refund_limit = "20.00"

[roles.owner.alone]
limit = "100.00"
totp = true

[payees]
terminals = ["{terminal}"]
wechat = ["{merchant}"]

[[limits]]
id = "refunds-of-a-helper"
operations = ["refund"]
roles = ["helper"]
window = "shift"
amount = "30.00"
then = "deny"

# Open on one day that is not today: what moves money out now needs an override.
[hours]
zone = "UTC"
{open_day} = ["09:00-20:00"]

[rules]
amount-confirmed = {{ mode = "enforce", above = 10000 }}
duplicate-window = {{ mode = "enforce", within_s = 300 }}
split-under-limit = {{ mode = "enforce", within_s = 600 }}
"""


def evening() -> House:
    """The second shop, closed today."""
    other_day = (datetime.now(UTC) + timedelta(days=3)).weekday()
    policy = _POLICY.format(
        currency=shop.CURRENCY,
        terminal=shop.TERMINAL_ID,
        merchant=shop.MERCHANT,
        open_day=_DAYS[other_day],
    )
    phones = {"olga": b"demo-secret-of-olga!"}
    return House(PEOPLE, policy, phones, {"ben": BENS_WALLET})


def next_code(secret: bytes, clock: Clock) -> str:
    """What an authenticator app shows half a minute from now: within its clock's tolerance.

    The code of now may be the one by which the phone was registered, and no code counts twice.
    """
    return totp.code_at(secret, totp.step_of(clock.wall_us()) + 1)
