"""The options of ``pos-guard simulate scanner``: which scanner it is, how set up, what is wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_models import scanner_names
from pos_guard.ports.address import Address, Kind
from pos_guard_simulator.scanner_faults import FAULT_NAMES
from pos_guard_simulator.scanner_make import ScannerOptions
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_options import Command, Made
from pos_guard_simulator.simulate_place import LOOPBACK, Place
from pos_guard_simulator.simulate_scanner import on_usb_only, scanner_device

PROFILES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "none": b""}
"""Line ends by name."""

AIM = "aim"
"""The profile with AIM symbology identifiers, and CR."""


class _Given(TypedDict):
    """What click hands over."""

    model: str
    profile: str | None
    encoding: str
    host_trigger: bool
    layout: str
    faults: tuple[str, ...]
    png: Path | None
    desktop: str | None


_OPTIONS: Sequence[Callable[[Command], Command]] = (
    click.option(
        "--model",
        type=click.Choice(scanner_names()),
        default="generic-serial",
        show_default=True,
        metavar="MODEL",
        help="A wrong one names them all.",
    ),
    click.option(
        "--profile",
        type=click.Choice([*PROFILES, AIM]),
        help="The line end; aim: CR, and AIM identifiers. Without it, the model's.",
    ),
    click.option("--encoding", default="", metavar="NAME", help="Of text in codes, such as gbk."),
    click.option("--host-trigger", is_flag=True, help="It reads only when it is triggered."),
    click.option("--layout", default="", metavar="NAME", help="Of its reports, or its keyboard."),
    click.option(
        "--fault",
        "faults",
        multiple=True,
        type=click.Choice(FAULT_NAMES),
        metavar="NAME",
        help="From the start on; may be repeated. A wrong one names them all.",
    ),
    click.option(
        "--png",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="A picture that it reads once it is opened.",
    ),
    click.option(
        "--desktop",
        metavar="[DISPLAY]",
        is_flag=False,
        flag_value="",
        help="It types into the focused window of this X11 session.",
    ),
)
"""Options of a scanner, in the order in which help shows them."""


def scanner_options(command: Command) -> Command:
    """The command gets the ``device`` beside its place."""

    @functools.wraps(command)
    def wrapped(place: Place, **given: Unpack[_Given]) -> Made:
        try:
            where, device = _read(place, given)
        except LocalError as error:
            raise click.UsageError(str(error)) from error
        return command(place=where, device=device)

    made: Command = wrapped
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def _read(place: Place, given: _Given) -> tuple[Place, Device]:
    """Click's values as a device and its place; without one, a USB scanner is at a USB/IP port.

    :raises LocalError: a model without such a place or option, a picture without a code.
    """
    if given["desktop"] is not None:
        if not place.usual:
            raise LocalError("One place, please: --desktop or another one.")
        place = Place(desktop=given["desktop"])
    elif on_usb_only(given["model"]) and not place.on_usb:
        if not place.usual:
            raise LocalError(f"{given['model']} is on the USB only: --usb or --usbip")
        place = replace(place, usbip=Address(Kind.TCP, host=LOOPBACK, port=0))
    profile = given["profile"]
    options = ScannerOptions(
        given["model"],
        terminator=PROFILES.get(profile) if profile is not None else None,
        aim=profile == AIM,
        encoding=given["encoding"],
        host_trigger=given["host_trigger"],
        layout=given["layout"],
        faults=given["faults"],
    )
    return place, scanner_device(options, png=given["png"])
