"""Runs one simulated device at its place until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.unix_listen import listen_unix
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.simulate_control import MAX_CONNECTIONS, Control
from pos_guard_simulator.simulate_device import Device, Fields, carry_out
from pos_guard_simulator.simulate_scanner import scan_stdin


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is found: a TCP address, or a pty (``link`` names it); and its controls."""

    tcp: Address | None = None
    link: str | None = None
    control: Path | None = None


def place_of(tcp: str | None, pty: str | None, control: Path | None, *, usual: Kind) -> Place:
    """Read the options; without any the device is at its usual kind of place.

    :raises click.UsageError: no address, or two places at once.
    """
    if tcp is not None and pty is not None:
        raise click.UsageError("One place, please: --tcp or --pty.")
    if tcp is None and pty is None and usual is Kind.TCP:
        tcp = "127.0.0.1:0"
    if tcp is None:
        return Place(link=pty or None, control=control)
    try:
        return Place(Address.parse(f"tcp:{tcp}"), control=control)
    except ValueError as error:
        raise click.UsageError(f"--tcp {tcp!r}: write HOST:PORT, such as 127.0.0.1:9100") from error


def run(device: Device, place: Place) -> None:
    """Simulate the device until SIGTERM or SIGINT.

    :raises click.UsageError: when the place cannot be had.
    """
    try:
        asyncio.run(_run(device, place))
    finally:
        device.finish()


async def _run(device: Device, place: Place) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as undo:
        listener = None
        if place.control is not None:
            path = place.control
            with _named(f"--control {path}"):
                listener = listen_unix(path, 0o600, MAX_CONNECTIONS)
            undo.callback(path.unlink, missing_ok=True)
            undo.callback(listener.close)
        bench = undo.enter_context(Bench())
        addresses = _seat(bench, device, place)
        control = Control(lambda op, fields: _ask(bench, device, op, fields))
        if listener is not None:
            await control.start(listener)
        ready: dict[str, Json] = {"ready": True, "device": device.kind, **device.facts}
        ready |= {
            "addresses": dict(addresses),
            "control": None if place.control is None else str(place.control),
        }
        click.echo(json.dumps(ready, ensure_ascii=False))
        if device.scan is not None:
            scan_stdin(bench, device.kind, device.scan)
        await stop.wait()
        await control.close()


def _seat(bench: Bench, device: Device, place: Place) -> Mapping[str, Json]:
    if place.tcp is None:
        with _named(f"--pty {place.link}"):
            return {"pty": bench.pty(device.kind, device.twin, place.link)}
    with _named(f"--tcp {place.tcp.host}:{place.tcp.port}"):
        host, port = place.tcp.host, place.tcp.port
        address = bench.tcp(device.kind, device.twin, host, port, second=device.second)
    if device.kind == "provider":
        return {"tcp": address, "http": f"http://{address}"}
    return {"tcp": address}


def _ask(bench: Bench, device: Device, op: str, fields: Fields) -> Mapping[str, Json]:
    """Carry out a request in the bench's thread, where the twin lives."""
    answer: Mapping[str, Json] = {}

    def act() -> Effects:
        nonlocal answer
        reply = carry_out(device, op, fields)
        answer = reply.answer
        return reply.effects

    bench.call(device.kind, act)
    return answer


@contextlib.contextmanager
def _named(what: str) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"{what}: {error.strerror or error}") from error
