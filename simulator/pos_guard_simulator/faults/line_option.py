"""``--line-fault``: what is wrong with the line of any simulated device from the start."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

import click

from pos_guard_simulator.faults.on_device import with_faults
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_faults import parse_line_fault
from pos_guard_simulator.simulate_place import Place

Command = Callable[..., tuple[Device, Place]]


def line_faults(command: Command) -> Command:
    """The command's device gets ``fault`` and ``clear`` for its line, and the faults named."""

    @click.option(
        "--line-fault",
        "line_faults",
        multiple=True,
        metavar="NAME[@[out:]BYTE[xAMOUNT]]",
        help="What happens on its line: drop@out:5; pos-guard faults --group link names them.",
    )
    @functools.wraps(command)
    def wrapped(**given: object) -> tuple[Device, Place]:
        texts = cast("tuple[str, ...]", given.pop("line_faults"))
        try:
            plans = [parse_line_fault(text) for text in texts]
            device, place = command(**given)
            return with_faults(device, plans, serial=place.serial), place
        except ValueError as error:
            raise click.UsageError(f"--line-fault: {error}") from error

    return wrapped
