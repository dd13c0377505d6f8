"""``pos-guard simulate scanner``."""

from __future__ import annotations

import click

from pos_guard.ports.address import Kind
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_options import Made, placed
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_scanner_options import scanner_options


@click.command("scanner")
@placed(Kind.PTY)
@scanner_options
def scanner(place: Place, device: Device) -> Made:
    """A scanner; each line of standard input is a code that it is shown."""
    return device, place
