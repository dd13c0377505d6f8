"""Which link stands before a simulated device, and who it says that it is."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.decoded import Json
from pos_guard_simulator.guarded.policy import TERMINAL_ID
from pos_guard_simulator.guarded.settings import GuardedDevice, Setting
from pos_guard_simulator.simulate_payments import PROVIDERS
from pos_guard_simulator.stx_kinds import STX_KINDS

LISTS = ("terminals", "wechat", "alipay")
"""Lists of a policy's payees that devices stand on."""

_SERIAL = "serial"


def guarded_printer(model: str, device: str, app: str) -> GuardedDevice:
    """A receipt printer of a known model."""
    return GuardedDevice("escpos", device, app, settings={"model": model})


def guarded_scanner(model: str, device: str, app: str) -> GuardedDevice:
    """A scanner of a known model."""
    return GuardedDevice("scanner", device, app, settings={"model": model})


def guarded_payment(
    profile: str, facts: Mapping[str, Json], device: str, app: str
) -> GuardedDevice:
    """A payment terminal, host or provider as ``pos-guard simulate`` names it.

    ``facts`` are those of the simulated device. ``device`` is ``http://HOST:PORT`` for a provider.
    """
    if profile in ("zvt", "zvt-serial"):
        framing = _SERIAL if profile == "zvt-serial" else ""
        return GuardedDevice("zvt", device, app, framing=framing)
    if profile == "wechat":
        return GuardedDevice("wechat", device, app)
    if profile in PROVIDERS:
        return GuardedDevice("provider", device, app, PROVIDERS[profile][0])
    if profile in STX_KINDS:
        return GuardedDevice("stx", device, app, profile, settings=_payee(facts))
    if profile == "caisse-ap":
        return GuardedDevice("caisse-ap", device, app, settings=_payee(facts))
    return GuardedDevice("iso8583", device, app, profile)


def payee_lists(devices: Mapping[str, Mapping[str, Json]]) -> dict[str, list[str]]:
    """Who may be paid where these devices are the shop's own: profile and its facts."""
    found: dict[str, list[str]] = {name: [] for name in LISTS}
    for profile, facts in devices.items():
        if profile in PROVIDERS:
            kind = "alipay" if profile == "alipay" else "wechat"
            found[kind] += _texts(facts.get("merchants"))
        else:
            found["terminals"] += _texts(facts.get("payees")) or [TERMINAL_ID]
    return found


def _payee(facts: Mapping[str, Json]) -> Mapping[str, Setting]:
    """Who is at the end of the line, where the device's messages name nobody."""
    return {} if _texts(facts.get("payees")) else {"payee": TERMINAL_ID}


def _texts(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
