"""The settings of a guard that stands before given devices: guard.toml and policy.toml.

``guard_config`` writes both; ``pos-guard run --config`` and ``running.GuardRun`` read them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SETTINGS = "guard.toml"
POLICY = "policy.toml"

Setting = str | int | bool | Sequence[int]

_TABLES = {
    "zvt": "zvt",
    "escpos": "printer",
    "scanner": "scanner",
    "wechat": "wechat",
    "provider": "provider",
    "stx": "exchange",
    "iso8583": "exchange",
    "caisse-ap": "exchange",
}
"""Protocol, and the table of a link that its settings stand in."""


@dataclass(frozen=True, slots=True)
class GuardedDevice:
    """One device that the guard stands before.

    ``protocol`` and ``profile`` are a link's; ``device`` is where the device is, ``app`` where the
    till finds the guard instead: addresses as in guard.toml (``tcp:127.0.0.1:0`` takes a free
    port). ``settings``: the table of its protocol. ``framing``: of ZVT, where it is not as usual.
    """

    protocol: str
    device: str
    app: str = "tcp:127.0.0.1:0"
    profile: str = ""
    framing: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])


def settings_text(devices: Mapping[str, GuardedDevice]) -> str:
    """A settings file with one link for each device, of the same name."""
    lines = [f"policy = {_value(POLICY)}"]
    for name, device in devices.items():
        lines += _link(name, device)
    return "\n".join(lines) + "\n"


def guard_config(directory: Path, devices: Mapping[str, GuardedDevice], policy: str) -> Path:
    """Write guard.toml and policy.toml into a directory; returns guard.toml.

    ``policy`` is the policy's text (``policy.policy_text``). State and sockets will be below the
    directory; a store must still be made there (``store.make_store``).

    :raises OSError: a file cannot be written.
    """
    (directory / POLICY).write_text(policy, encoding="utf-8")
    settings = directory / SETTINGS
    settings.write_text(settings_text(devices), encoding="utf-8")
    return settings


def _link(name: str, device: GuardedDevice) -> Iterator[str]:
    yield "\n[[link]]"
    yield f"name = {_value(name)}"
    yield f"protocol = {_value(device.protocol)}"
    yield f"app = {_value(device.app)}"
    yield f"device = {_value(device.device)}"
    if device.profile:
        yield f"profile = {_value(device.profile)}"
    if device.framing:
        yield f"app_framing = {_value(device.framing)}"
        yield f"device_framing = {_value(device.framing)}"
    if device.settings:
        yield f"[link.{_TABLES[device.protocol]}]"
        for key, value in device.settings.items():
            yield f"{key} = {_value(value)}"


def _value(value: Setting) -> str:
    """JSON of these types is TOML too."""
    return json.dumps(value, ensure_ascii=False)
