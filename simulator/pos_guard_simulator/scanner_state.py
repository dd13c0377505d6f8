"""What can be seen of any serial scanner twin: whether it reads, its beeps and lamps, its lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import Op
from pos_guard.frames.ssi_parameters import Parameter, build_parameters
from pos_guard.links.session import Effects
from pos_guard.scanners.ssi import SsiSettings
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.scanner_menu import NewlandScanner
from pos_guard_simulator.scanner_menu_bytes import DatalogicScanner
from pos_guard_simulator.scanner_menu_session import SessionScanner
from pos_guard_simulator.scanner_register import RegisterScanner
from pos_guard_simulator.scanner_ssi import SsiScanner

SerialTwin = Scanner | SsiScanner

_SSI_YES = SsiSettings().yes
_LOW_HZ = 1000
"""A Newland scanner beeps at any frequency; a low one is a complaint to anybody who hears it."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the cashier heard and saw at the scanner: complaints, good reads, and LED commands."""

    beeps: int = 0
    good_beeps: int = 0
    leds: int = 0


def why_not(twin: SerialTwin) -> str:
    """Why it reads no code now; empty: it reads."""
    if isinstance(twin, SsiScanner):
        return _why_not_ssi(twin)
    if not isinstance(twin, SessionScanner):
        return ""
    if not twin.enabled:
        return "disabled"
    return "" if twin.free or twin.reading else "not triggered"


def pull(twin: SerialTwin) -> Effects:
    """Somebody pulls the trigger: one reading session, as the host's command begins one."""
    if isinstance(twin, SsiScanner):
        # In host mode, too: Zebra, "interprets an actual trigger pull as a Level triggering".
        twin.decoder.in_session = twin.decoder.enabled
        return []
    if isinstance(twin, SessionScanner) and twin.enabled:
        return twin.start()
    return []


def enabled(twin: SerialTwin) -> bool:
    """The host did not forbid it to read."""
    if isinstance(twin, SsiScanner):
        return twin.decoder.enabled
    return not isinstance(twin, SessionScanner) or twin.enabled


def locked(twin: SerialTwin) -> bool:
    """Whether a set-up code that somebody shows it changes nothing."""
    if isinstance(twin, SsiScanner):
        return not twin.decoder.memory[param.PARAMETER_SCANNING]
    if isinstance(twin, RegisterScanner) and "setup-codes" in twin.model.registers:
        off = twin.model.registers["setup-codes"].values["off"]
        return twin.register("setup-codes") == off
    return False


def set_up(twin: SerialTwin) -> Callable[[], None]:
    """A set-up code that leaves out the line end, or SSI's packets; returns what undoes it."""
    if isinstance(twin, SsiScanner):
        before = twin.decoder.memory[param.PACKET_FORMAT]
        _set_packets(twin, 0)
        return lambda: _set_packets(twin, before)
    settings = twin.settings
    twin.settings = replace(settings, terminator=b"", suffix=b"")

    def undo() -> None:
        twin.settings = settings

    return undo


def signals(twin: SerialTwin) -> Signals:
    """What it showed and sounded so far."""
    if isinstance(twin, SsiScanner):
        good = sum(beep == _SSI_YES for beep in twin.beeps)
        leds = sum(told.opcode in (Op.LED_ON, Op.LED_OFF) for told in twin.told)
        return Signals(len(twin.beeps) - good, good, leds)
    if isinstance(twin, DatalogicScanner):
        return Signals(twin.error_beeps, twin.good_beeps)
    if isinstance(twin, NewlandScanner):
        beeps = [one for one in twin.signals if one.startswith("BEEPON")]
        low = sum(_hertz(beep) < _LOW_HZ for beep in beeps)
        return Signals(low, len(beeps) - low, len(twin.signals) - len(beeps))
    return Signals(twin.beeps)


def _hertz(beep: str) -> int:
    number = beep.removeprefix("BEEPON").partition("F")[0]
    return int(number) if number.isdecimal() else _LOW_HZ


def _why_not_ssi(twin: SsiScanner) -> str:
    if not twin.decoder.enabled:
        return "disabled"
    host = twin.decoder.memory[param.TRIGGER_MODE] == param.TRIGGER_HOST
    return "not triggered" if host and not twin.decoder.in_session else ""


def _set_packets(twin: SsiScanner, value: int) -> None:
    told = build_parameters([Parameter(param.PACKET_FORMAT, bytes([value]))])
    twin.decoder.memory.change(told, permanent=True)
