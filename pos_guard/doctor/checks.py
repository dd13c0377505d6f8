"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.config import GuardConfig, load_config
from pos_guard.doctor.accounts import ROOT, Accounts
from pos_guard.doctor.devices import check_device, check_till_side
from pos_guard.doctor.files import check_files
from pos_guard.doctor.finding import Finding, ok, problem
from pos_guard.doctor.network import Ruleset, check_network, system_ruleset
from pos_guard.doctor.record import check_ledger, check_policy, check_store
from pos_guard.errors import SettingsError
from pos_guard.model import Words


@dataclass(frozen=True, slots=True)
class Machine:
    """Where things are on this machine, and what it says of itself."""

    clock: Clock
    sysfs: Path = Path("/sys/bus/usb/devices")
    usb_nodes: Path = Path("/dev/bus/usb")
    ruleset: Callable[[], Ruleset] = system_ruleset


def examine(
    config_file: Path, accounts: Callable[[GuardConfig], Accounts], machine: Machine
) -> Iterator[Finding]:
    """Look at everything that the settings name. ``accounts`` says who the guard and till are."""
    try:
        config = load_config(config_file)
    except SettingsError as error:
        yield problem(
            "config", str(config_file),
            Words(f"设置不能用：{error}", f"The settings cannot be used: {error}"),
            Words("改正后再查一次。", "Correct them, and look again."),
        )  # fmt: skip
        return
    yield ok("config", str(config_file), "设置可用。", f"It loads; {len(config.links)} links.")
    who = accounts(config)
    yield from _till(who)
    yield from check_files(config, config_file, who)
    policy, found = check_policy(config)
    yield from found
    yield from check_store(config.state, policy, machine.clock)
    yield from check_ledger(config.ledger)
    rules = machine.ruleset() if config.links else Ruleset(None)
    for link in config.links:
        yield from check_till_side(link, who)
        yield from check_device(link, who, machine.sysfs, machine.usb_nodes)
        yield from check_network(link, who, rules)


def _till(who: Accounts) -> Iterator[Finding]:
    if who.app is None:
        return
    name = who.name(who.app)
    if who.app in {ROOT, who.guard}:
        yield problem(
            "till-account", name,
            Words("收银软件和防护程序用同一个账户（或 root），防护拦不住它。",
                  "The till runs as root or as the guard: nothing can keep it from devices."),
            Words("让收银软件用自己的普通账户运行。", "Run the till as an account of its own."),
        )  # fmt: skip
    else:
        yield ok("till-account", name, "收银软件有自己的账户。", "The till has its own account.")
