"""What the page is told of the devices when it is opened. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import cache

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.money import MoneyError, currency_of_number, exponent
from pos_guard.web.language import Language
from pos_guard_simulator.faults.catalogue import faults_for
from pos_guard_simulator.faults.entry import Ends, FaultEntry, Group, Parameter
from pos_guard_simulator.simulate_faults import Direction
from pos_guard_simulator.stage.stage import Stage
from pos_guard_simulator.web.words import LIVE_WORDS

_LASTS = frozenset({Ends.CLEARED, Ends.BY_COMMAND, Ends.BY_POWER})
"""Such a fault has a switch; any other is over by itself."""

_SCANNER_PROFILES = {"ssi": "ssi", "hid-pos": "hid-pos", "hid-keyboard": "keyboard",
                     "evdev": "keyboard"}  # fmt: skip
"""How the catalogue calls a scanner of that language; any other is ``serial``."""


def shown_stage(stage: Stage, language: Language) -> dict[str, Json]:
    """Every device with what it can do and what can go wrong with it, and the currencies."""
    devices: list[Json] = [_device(stage, name, language) for name in stage.devices]
    return {"devices": devices, "currencies": currencies()}


@cache
def currencies() -> dict[str, Json]:
    """Code and digits of every currency, by its ISO 4217 number."""
    found: dict[str, Json] = {}
    for number in range(1000):
        code = currency_of_number(number)
        if code is not None:
            with contextlib.suppress(MoneyError):  # gold has no minor units
                found[str(number)] = {"code": code, "digits": exponent(code)}
    return found


def _device(stage: Stage, name: str, language: Language) -> dict[str, Json]:
    device = stage.devices[name]
    title = LIVE_WORDS.get(f"kind-{device.kind}")
    entries = faults_for(device.kind, _profile(device.kind, device.facts))
    return {
        "name": name,
        "kind": device.kind,
        "title": device.kind if title is None else _say(title, language),
        "facts": dict(device.facts),
        "addresses": stage.facts(name)["addresses"],
        "faults": [_fault(entry, language) for entry in entries],
    }


def _profile(kind: str, facts: Mapping[str, Json]) -> str:
    if kind == "scanner":
        return _SCANNER_PROFILES.get(str(facts.get("language")), "serial")
    return str(facts.get("profile", "")).partition("-" if kind == "host" else " ")[0]


def _fault(entry: FaultEntry, language: Language) -> Json:
    own = entry.group is not Group.LINK
    parameters: list[Json] = [_parameter(one) for one in entry.parameters]
    return {
        # A device's own fault may have the name of one of its line.
        "name": entry.name if own else entry.key,
        "group": str(entry.group),
        "does": _say(entry.text.does, language),
        "real": _say(entry.text.real, language),
        "lasts": entry.text.ends in _LASTS,
        "parameters": parameters,
    }


def _parameter(one: Parameter) -> Json:
    words: list[Json] = [str(way) for way in Direction] if one.name == "direction" else []
    return {"name": one.name, "unit": one.unit, "usual": one.usual, "words": words}


def _say(words: Words, language: Language) -> str:
    return words.to(language)
