"""A shop's store as it is when it is new: made once in a run, and copied for each test.

A store is made durable as it is made, whatever it is for; sixty syncs are too many for each test.
"""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import ManualClock, SystemClock
from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from pos_guard.store.store import Store

TERMINAL_ID = "52001233"
"""A ZVT terminal's id: public test value of a capture."""

MERCHANT = "1900000109"
"""The merchant id that the simulated providers know: WeChat Pay's documented sample."""

PEOPLE = {
    "anna": ("cashier", "482915"),
    "ben": ("senior", "730264"),
    "maya": ("manager", "918357"),
}
"""Role and PIN: a cashier, a senior who may refund, the manager. A test's PINs are no secrets."""

POLICY = """
name = "test shop"
version = 1
currency = "{currency}"

[payees]
terminals = ["{terminal}"]
wechat = ["{merchant}"]
codes = []

[roles.cashier]
may = ["sale", "preauth", "completion"]

[roles.senior]
may = ["sale", "refund", "void", "reversal", "refund_unreferenced", "preauth_void"]
refund_limit = "20.00"
unreferenced_limit = "50.00"

[roles.manager]
may = ["sale", "refund", "void", "reversal", "refund_unreferenced"]
refund_limit = "100.00"
unreferenced_limit = "100.00"
may_approve = true
approve_limit = "500.00"
may_resolve = true
"""

CHEAP = 4
"""log2 of what a PIN check costs."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a store, or a folder (``data`` is None), by its place in the store."""

    place: Path
    mode: int
    data: bytes | None


@functools.cache
def new_store(*, frozen: bool) -> tuple[Kept, ...]:
    """The files of a new store with its people; its first records are as old as the clock is."""
    with tempfile.TemporaryDirectory(prefix="pos-guard-shop-") as folder:
        root = Path(folder) / "state"
        clock = ManualClock() if frozen else SystemClock()
        with Store.create(
            root, clock=clock, terminal_id="TEST", durable=False, scrypt_log2n=CHEAP
        ) as store:
            for person, (role, pin) in PEOPLE.items():
                store.people.add(person, person.title(), role, pin)
        return tuple(_kept(root, path) for path in (root, *sorted(root.rglob("*"))))


def copy_to(directory: Path, kept: tuple[Kept, ...]) -> None:
    """Write the files."""
    for one in kept:
        path = directory / one.place
        if one.data is None:
            path.mkdir(mode=one.mode)
        else:
            path.touch(mode=one.mode)
            path.write_bytes(one.data)


@functools.cache
def policy_in(currency: str) -> Policy:
    """The shop's policy.

    :raises PosGuardError: for a currency that there is not.
    """
    text = POLICY.format(currency=currency, terminal=TERMINAL_ID, merchant=MERCHANT)
    return parse_policy(text, "policy.toml")


def _kept(root: Path, path: Path) -> Kept:
    data = None if path.is_dir() else path.read_bytes()
    return Kept(path.relative_to(root), path.stat().st_mode & 0o777, data)
