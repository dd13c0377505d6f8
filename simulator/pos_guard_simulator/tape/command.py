"""``pos-guard tape record|show`` and ``pos-guard simulate tape`` (docs/tape.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, Unpack

import click

from pos_guard.errors import LocalError
from pos_guard.ports.address import Address, Kind
from pos_guard_simulator.simulate_options import Made, placed
from pos_guard_simulator.simulate_place import Place, read_address
from pos_guard_simulator.tape.lines import MAX_FILE, read_tape
from pos_guard_simulator.tape.protocols import PROTOCOLS, check

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("tape")
def tape() -> None:
    """Record what a real device says, and look at it; `simulate tape` plays it."""


class _Options(TypedDict):
    """What click read for ``record``, beside the device and the file."""

    protocol: str
    tcp: str | None
    pty: str | None
    max_mb: int
    keep_secrets: bool


@tape.command("record")
@click.option("--device", required=True, metavar="ADDRESS",
              help="The real one: serial:/dev/ttyUSB0:9600, tcp:HOST:PORT, usb:…")  # fmt: skip
@click.option("--protocol", required=True, metavar="NAME", help=f"{', '.join(PROTOCOLS)}.")
@click.option("--tcp", metavar="HOST:PORT", help="Where the app finds it; port 0: any free one.")
@click.option("--pty", metavar="[LINK]", is_flag=False, flag_value="",
              help="The same: a serial port (the usual); LINK will point to it.")  # fmt: skip
@click.option("--max-mb", type=click.IntRange(1, MAX_FILE >> 20), default=64, show_default=True,
              help="The tape grows no larger; what comes then is not on it.")  # fmt: skip
@click.option("--keep-secrets", is_flag=True, help="Card numbers and payment codes as they are.")
@click.argument("out", type=_FILE)
def record_command(device: str, out: Path, **options: Unpack[_Options]) -> None:
    """Stand between an app and a real device, pass everything on, and write it to OUT.

    Ends with SIGTERM or Ctrl-C. OUT must not be there yet; only its owner can read it.
    """
    from pos_guard_simulator.tape.record import Wanted, check_device, record

    if options["tcp"] is not None and options["pty"] is not None:
        raise click.UsageError("One place, please: --tcp or --pty.")
    try:
        protocol = check(options["protocol"])
        address = Address.parse(device)
        check_device(address)
    except LocalError as error:
        raise click.UsageError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(f"--device {device!r} {error}") from error
    app = None if options["tcp"] is None else read_address("--tcp", options["tcp"])
    limit = options["max_mb"] << 20
    link = options["pty"] or None
    done = record(Wanted(address, app, link, protocol, out, limit, options["keep_secrets"]))
    click.echo(f"{out}: {done.lines} lines", err=True)
    if done.withheld:
        click.echo(f"{done.withheld} bytes are withheld: they could not be read", err=True)
    if done.full:
        click.echo(f"it was full at {options['max_mb']} MB: what came then is not on it", err=True)


@tape.command("show")
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
@click.argument("file", type=_FILE)
def show_command(*, as_json: bool, file: Path) -> None:
    """What is on a tape, decoded; secrets are blanked."""
    from pos_guard_simulator.tape.show import rows, text_of

    found = read_tape(file)
    head = found.header
    if as_json:
        shown = {"device": head.device, "protocol": head.protocol, "created": head.created_us}
        click.echo(json.dumps({**shown, "masked": head.masked, "torn": found.torn}))
    else:
        secrets = "secrets replaced" if head.masked else "SECRETS KEPT"
        click.echo(f"{head.device}, {head.protocol}, {len(found.lines)} lines, {secrets}")
    for row in rows(found):
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else text_of(row))
    if found.torn:
        click.echo("the last line was not whole, and is left out", err=True)


@click.command("tape")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@placed(Kind.PTY)
@click.option("--speed", type=click.Choice(["real", "fast"]), default="real", show_default=True,
              help="With the device's own pauses, or without.")  # fmt: skip
@click.option("--strict", is_flag=True,
              help="Hang up on what is not on the tape, and end with exit code 1.")  # fmt: skip
def simulate_tape(place: Place, file: Path, speed: str, *, strict: bool) -> Made:
    """What a real device said, from a tape of `pos-guard tape record`."""
    from pos_guard_simulator.tape.device import tape_device

    try:
        return tape_device(file, fast=speed == "fast", strict=strict), place
    except LocalError as error:
        raise click.UsageError(str(error)) from error
