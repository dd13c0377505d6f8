"""The options of ``pos-guard simulate printer`` that say which printer it is, and how set up."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import click

from pos_guard_simulator.bench import Second
from pos_guard_simulator.printer_setup import Handshake, Interface, Setup
from pos_guard_simulator.simulate_faults import parse_fault
from pos_guard_simulator.simulate_options import Command, Made
from pos_guard_simulator.simulate_place import Place, read_address
from pos_guard_simulator.simulate_printer import PrinterOptions, profiles

MAX_IDLE_SECONDS = 86_400
"""A day: whoever wants longer wants no limit."""


class _Given(TypedDict):
    """What click hands over."""

    profile: str
    faults: tuple[str, ...]
    timed: bool
    handshake: Handshake
    busy: Literal["offline", "full"]
    cover: Literal["closing", "dle-enq"]
    drawer: bool
    idle_seconds: int | None
    second: Second
    seed: int
    snmp: str | None


_OPTIONS: Sequence[Callable[[Command], Command]] = (
    click.option(
        "--profile",
        type=click.Choice(profiles()),
        default="epson",
        show_default=True,
        metavar="MODEL",
        help="A wrong one names them all.",
    ),
    click.option(
        "--fault",
        "faults",
        multiple=True,
        metavar="NAME[@LINES|@[out:]BYTE[xAMOUNT]]",
        help="paper_out@3: after three lines; drop@out:5: the sixth byte said.",
    ),
    click.option("--timed", is_flag=True, help="Printing takes its time."),
    click.option(
        "--handshake",
        type=click.Choice(["none", "dtr", "xonxoff"]),
        default="none",
        help="How it says on a serial line that it takes no more.",
    ),
    click.option(
        "--busy",
        type=click.Choice(["offline", "full"]),
        default="offline",
        help="Busy when offline too, or only with a full buffer.",
    ),
    click.option(
        "--cover",
        type=click.Choice(["closing", "dle-enq"]),
        default="closing",
        help="What ends the error of a cover opened while printing.",
    ),
    click.option("--drawer", is_flag=True, help="A cash drawer is connected."),
    click.option(
        "--idle-seconds",
        type=click.IntRange(1, MAX_IDLE_SECONDS),
        metavar="SECONDS",
        help="Hang up on a TCP client that sends nothing for so long.",
    ),
    click.option(
        "--second",
        type=click.Choice(["wait", "refuse", "newest"]),
        default="wait",
        show_default=True,
        help="Of two TCP clients the second waits, or else.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, help="Of garbled bytes."),
    click.option(
        "--snmp",
        metavar="HOST:PORT",
        help="Answer print queues there; they ask port 161, port 0: any free one.",
    ),
)
"""Options of a printer, in the order in which help shows them."""


def printer_options(command: Command) -> Command:
    """The command gets ``options``, a PrinterOptions, beside its place and folder."""

    @functools.wraps(command)
    def wrapped(place: Place, out: Path | None, **given: Unpack[_Given]) -> Made:
        return command(place=place, options=_read(place, given), out=out)

    made: Command = wrapped
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def _read(place: Place, given: _Given) -> PrinterOptions:
    """Click's values as one.

    :raises click.UsageError: a fault that is none, or a network's option without a network.
    """
    if place.serial and given["idle_seconds"] is not None:
        raise click.UsageError("--idle-seconds is for network printers: --tcp")
    if place.serial and given["snmp"] is not None:
        raise click.UsageError("--snmp is for network printers: --tcp")
    try:
        troubles = [parse_fault(text) for text in given["faults"]]
    except ValueError as error:
        raise click.UsageError(f"--fault: {error}") from error
    setup = Setup(
        timed=given["timed"],
        interface=_interface(place),
        handshake=given["handshake"],
        busy_offline=given["busy"] == "offline",
        cover_needs_enq=given["cover"] == "dle-enq",
        drawer=given["drawer"],
    )
    return PrinterOptions(
        given["profile"],
        setup,
        troubles,
        given["idle_seconds"],
        given["second"],
        given["seed"],
        None if given["snmp"] is None else read_address("--snmp", given["snmp"]),
    )


def _interface(place: Place) -> Interface:
    """What the printer is connected by, as its commands can tell."""
    if not place.serial:
        return "tcp"
    return "usb" if place.on_usb and place.usb != "ftdi" else "serial"
