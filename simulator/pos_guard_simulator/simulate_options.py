"""Options that many simulated devices have: where they are, and what they do by amount.

A command returns the device that was asked for and its place; the group runs it (commands), so a
test can ask for a device in the same words.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TypedDict, TypeVar, cast

import click

from pos_guard.ports.address import Kind
from pos_guard_simulator.faults.line_option import line_faults
from pos_guard_simulator.payment_words import parse_amount
from pos_guard_simulator.running.options import run_options
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_place import (
    USB_AS,
    USBIP,
    Place,
    Places,
    UsbAs,
    place_of,
)
from pos_guard_simulator.zvt_book import Script

T = TypeVar("T")
Made = tuple[Device, Place]
Command = Callable[..., Made]


class Scripted(TypedDict):
    """What ``scripted`` hands to a command."""

    script: Script
    work_s: float


MAX_WORK_MS = 600_000
"""Ten minutes: longer than any till or cardholder waits."""


class _Where(TypedDict):
    """What click read of the options of a place."""

    tcp: str | None
    pty: str | None
    rfc2217: str | None
    usb: UsbAs | None
    usbip: str | None


def placed(usual: Kind = Kind.PTY, *, serial: bool = True) -> Callable[[Command], Command]:
    """The options that say where a device is found; the command gets a ``place``.

    ``serial``: it can be on a serial line or on the USB.
    """

    def wrap(command: Command) -> Command:
        @functools.wraps(command)
        def with_place(**given: object) -> Made:
            where = cast("_Where", {name: given.pop(name) for name in _Where.__annotations__})
            place = place_of(Places(**where), usual=usual, serial=serial)
            return command(place=place, **given)

        wrapped = line_faults(run_options(with_place))
        for option in reversed((*_network(), *_wired(hidden=not serial))):
            wrapped = option(wrapped)
        return wrapped

    return wrap


Option = Callable[[Command], Command]


def _network() -> Iterable[Option]:
    yield click.option("--tcp", metavar="HOST:PORT", help="Listen there; port 0: any free one.")


def _wired(*, hidden: bool) -> Iterable[Option]:
    """Options of what has a serial line, or is on the USB."""
    yield click.option(
        "--pty",
        metavar="[LINK]",
        is_flag=False,
        flag_value="",
        hidden=hidden,
        help="A serial port; LINK will point to it.",
    )
    yield click.option(
        "--rfc2217",
        metavar="HOST:PORT",
        hidden=hidden,
        help="A serial port over the network, as pyserial opens it: rfc2217://HOST:PORT.",
    )
    yield click.option(
        "--usb",
        type=click.Choice(USB_AS),
        is_flag=False,
        flag_value=USB_AS[0],
        hidden=hidden,
        help="On the USB, for the COMMAND; ftdi: its serial line behind an adapter.",
    )
    yield click.option(
        "--usbip",
        metavar="[HOST:PORT]",
        is_flag=False,
        flag_value=USBIP,
        hidden=hidden,
        help="A USB device that usbip attaches; port 0: any free one, usually 3240.",
    )


def scripted(check: Callable[[str], str], words: str) -> Callable[[Command], Command]:
    """What a payment device does by amount; the command gets a ``script`` and ``work_s``."""

    def wrap(command: Command) -> Command:
        @click.option("--work-ms", type=click.IntRange(0, MAX_WORK_MS), default=0,
                      show_default=True, help="How long customer and host take.")  # fmt: skip
        @click.option("--fault", metavar="DO", help="What happens to every amount without script.")
        @click.option("--script", "scripts", multiple=True, metavar="AMOUNT=DO",
                      help=f"What happens to this amount. DO: {words}.")  # fmt: skip
        @functools.wraps(command)
        def with_script(
            work_ms: int, fault: str | None, scripts: tuple[str, ...], **options: object
        ) -> Made:
            default = "approve" if fault is None else usage("--fault", lambda: check(fault))
            script = Script(by_amount("--script", check, scripts), default)
            return command(script=script, work_s=work_ms / 1000, **options)

        return with_script

    return wrap


def by_amount(option: str, word: Callable[[str], T], texts: Iterable[str]) -> dict[int, T]:
    """Every ``AMOUNT=DO`` of an option.

    :raises click.UsageError: with what is wrong.
    """

    def read(text: str) -> tuple[int, T]:
        amount, mark, what = text.partition("=")
        if not mark:
            raise ValueError(f"{text!r}: write AMOUNT=DO, such as 500=decline")
        return parse_amount(amount), word(what)

    return dict(usage(option, lambda: [read(text) for text in texts]))


def usage(option: str, read: Callable[[], T]) -> T:
    """What an option says.

    :raises click.UsageError: with the option's name, where ``read`` raises ValueError.
    """
    try:
        return read()
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from error
