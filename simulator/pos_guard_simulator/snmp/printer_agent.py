"""SNMP beside a simulated network printer: what it tells is how the twin is at that moment."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard.ports.address import Address
from pos_guard_simulator.printer import Fault, ReceiptPrinter
from pos_guard_simulator.printer_on_usb import usb_identity
from pos_guard_simulator.simulate_device import Beside, Seated
from pos_guard_simulator.snmp.agent import Agent
from pos_guard_simulator.snmp.port import answering
from pos_guard_simulator.snmp.printer_view import PrinterFacts, PrinterNow, printer_view
from pos_guard_simulator.snmp.view import View
from pos_guard_simulator.usb_printer import device_id

_TICK_US = 10_000
"""sysUpTime counts hundredths of a second."""

_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


def printer_agent(printer: ReceiptPrinter, profile: str, place: Address) -> Beside:
    """What answers for this printer at a UDP port; a click.UsageError says that it is taken."""

    @contextlib.contextmanager
    def beside(seat: Seated) -> Generator[Mapping[str, Json], None, None]:
        facts = printer_facts(printer, profile, str(seat.addresses.get("tcp", "")))
        since_us = printer.clock.boot_us()
        agent = Agent(lambda: _view(printer, facts, since_us))

        def answer(datagram: bytes) -> bytes | None:
            told: bytes | None = None

            def ask() -> Effects:
                nonlocal told
                told = agent.answer(datagram)
                return []

            seat.do(ask)
            return told

        with answering(place, answer) as address:
            yield {"snmp": address}

    return beside


def printer_facts(printer: ReceiptPrinter, profile: str, tcp: str) -> PrinterFacts:
    """What does not change of a printer that is at a TCP address, ``HOST:PORT``."""
    identity = usb_identity(printer.model)
    host, _, port = tcp.rpartition(":")
    known = host.strip("[]") not in {"", *_EVERYWHERE}
    return PrinterFacts(
        identity.maker,
        identity.name,
        identity.serial,
        device_id(identity),
        profile,
        f"socket://{tcp}" if known else "",
        int(port or 0),
    )


def _view(printer: ReceiptPrinter, facts: PrinterFacts, since_us: int) -> View | None:
    """Its objects now; nothing while it is switched off."""
    if Fault.POWER_OFF in printer.faults:
        return None
    up = (printer.clock.boot_us() - since_us) // _TICK_US
    printing = printer.deadline_us is not None
    return printer_view(facts, PrinterNow(printer.condition, printing, up))
