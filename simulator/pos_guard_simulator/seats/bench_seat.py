"""A twin at a pty or a TCP port of the bench, which may be a serial line (RFC 2217)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Bench, Twin
from pos_guard_simulator.rfc2217_line import Rfc2217Line
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_place import Place, named


class BenchSeat:
    """A twin at a port of the bench, under a ``name`` that no other seat has.

    :raises click.UsageError: when the place cannot be had.
    """

    def __init__(self, bench: Bench, name: str, device: Device, twin: Twin, place: Place) -> None:
        self._bench = bench
        self._name = name
        self._device = device
        self._twin = twin
        self._place = place
        self._remote = Rfc2217Line(twin) if place.rfc2217 else None
        self._addresses: Mapping[str, Json] = self._sit()

    @property
    def addresses(self) -> Mapping[str, Json]:
        """Where it is; a pty that was unplugged is nowhere."""
        if "pty" in self._addresses:  # it may have come back at another one
            return {"pty": self._bench.address(self._name)}
        return self._addresses

    @property
    def line(self) -> Mapping[str, Json]:
        """Of RFC 2217; nobody tells how a pty's speed was set."""
        return {} if self._remote is None else {"line": self._remote.settings.told}

    def do(self, act: Callable[[], Effects]) -> None:
        """In the bench's thread."""
        remote = self._remote
        if remote is None:
            self._bench.call(self._name, act)
        else:
            self._bench.call(self._name, lambda: remote.outward(act()))

    def plug(self) -> None:
        """A new pty under the same link; a TCP port has stayed where it is."""
        if self._place.tcp is None:
            self._bench.unplug(self._name)
            self._addresses = self._sit()

    def unplug(self) -> None:
        """Hang up on whoever is there; a pty and its link are gone."""
        self._bench.unplug(self._name)
        if self._place.tcp is None:
            self._addresses = {}

    def set_lines(self, wires: Mapping[str, bool]) -> None:
        """Only RFC 2217 carries them."""
        remote = self._remote
        if remote is None:
            raise LocalError("a pty and a TCP port have no modem lines: --usb ftdi, or --rfc2217")
        self._bench.call(self._name, lambda: remote.set_lines(wires))

    def close(self) -> None:
        """What was sent has arrived; the bench takes it down."""
        self._bench.drain(self._name)

    def _sit(self) -> Mapping[str, Json]:
        place, twin = self._place, self._remote or self._twin
        if place.tcp is None:
            with named(f"--pty {place.link}"):
                return {"pty": self._bench.pty(self._name, twin, place.link)}
        host, port = place.tcp.host, place.tcp.port
        option = "--rfc2217" if place.rfc2217 else "--tcp"
        with named(f"{option} {host}:{port}"):
            second = self._device.second
            address = self._bench.tcp(self._name, twin, host, port, second=second)
        if place.rfc2217:
            return {"rfc2217": f"rfc2217://{address}"}
        if self._device.kind == "provider":
            return {"tcp": address, "http": f"http://{address}"}
        return {"tcp": address}
