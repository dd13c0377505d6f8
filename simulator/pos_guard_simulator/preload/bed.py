"""The folder that stands for ``/dev`` and ``/sys``, and what is served in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from pos_guard.errors import LocalError
from pos_guard_simulator.preload import uevent
from pos_guard_simulator.preload.caller import Caller, Node

LIBRARY = "libumockdev-preload.so.0"
"""Of Debian's and Fedora's package ``umockdev``."""

PRELOAD = "LD_PRELOAD"
"""By what the loader of programs knows such a library."""

PLACES = (
    "/usr/lib/*-linux-gnu*",
    "/usr/lib64",
    "/usr/lib",
    "/lib/*-linux-gnu*",
    "/usr/local/lib*",
)


@dataclass(frozen=True, slots=True)
class SysDevice:
    """A folder of ``/sys``: ``path`` begins with ``/devices``.

    ``properties`` are those of its uevent; ``links`` point from it to other places, relative to
    it. ``of_class``: its subsystem is a class (``/sys/class``), and not a bus.
    """

    path: str
    subsystem: str
    attributes: Mapping[str, str | bytes] = field(default_factory=dict[str, str | bytes])
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    of_class: bool = False


class Bed:
    """A private folder with what one program, and what it starts, takes for the machine.

    Use it as a context manager. Other programs of the same user can join by ``environment``.

    :raises LocalError: when the preload library is not installed.
    """

    def __init__(self) -> None:
        self.library = find_library()
        self.root = Path(tempfile.mkdtemp(prefix="pos-guard-"))
        for name in ("dev/.node", "sys/bus", "sys/class", "sys/devices", "ioctl", "run"):
            (self.root / name).mkdir(parents=True)
        self._servers: dict[str, socket.socket] = {}
        self._callers: set[Caller] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._numbers = 0

    def __enter__(self) -> Bed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """``base`` (this process's own environment) and what makes a program see the devices."""
        found = dict(os.environ if base is None else base)
        before = found.get(PRELOAD)
        found[PRELOAD] = f"{self.library} {before}" if before else self.library
        found["UMOCKDEV_DIR"] = str(self.root)
        return found

    def node(self, name: str, number: str) -> Path:
        """Where ``/dev/NAME`` is made; ``number`` are its major and minor: ``189:1``."""
        path = self.root / "dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mark = self.root / "dev/.node" / name.replace("/", "_")
        mark.unlink(missing_ok=True)
        mark.symlink_to(number)
        return path

    def serve(self, name: str, node: Node) -> None:
        """Answer what programs do with ``/dev/NAME``."""
        path = self.root / "ioctl/dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen(16)
        self._servers[name] = server
        self._run(self._accept, server, name, node)

    def add(self, device: SysDevice) -> None:
        """Make its folder."""
        folder = self._folder(device)
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{name}={value}\n" for name, value in device.properties.items())
        (folder / "uevent").write_text(lines)
        for name, value in device.attributes.items():
            data = value if isinstance(value, bytes) else f"{value}\n".encode()
            (folder / name).write_bytes(data)
        group = self._group(device)
        listing = group if device.of_class else group / "devices"
        listing.mkdir(parents=True, exist_ok=True)
        _link(listing / folder.name, folder)
        _link(folder / "subsystem", group)
        for name, target in device.links.items():
            (folder / name).symlink_to(target)
        number = self._number(device)
        if number is not None:  # by which programs look up a node that they have open
            number.parent.mkdir(parents=True, exist_ok=True)
            _link(number, folder)
        for link, node in self._aliases(device):
            link.parent.mkdir(parents=True, exist_ok=True)
            _link(link, node)

    def announce(self, device: SysDevice, action: str = "add") -> None:
        """Tell listening programs that it was added, or is about to be removed."""
        with self._lock:
            self._numbers += 1
            number = self._numbers
        head = {
            "ACTION": action,
            "DEVPATH": device.path,
            "SUBSYSTEM": device.subsystem,
            "SEQNUM": str(number),
        }
        uevent.tell(self.root, uevent.packet({**head, **device.properties}))

    def remove(self, device: SysDevice, *nodes: str) -> None:
        """Take a device and its nodes away. Who has one open still holds its end."""
        group = self._group(device)
        folder = self._folder(device)
        shutil.rmtree(folder, ignore_errors=True)
        listing = group if device.of_class else group / "devices"
        (listing / folder.name).unlink(missing_ok=True)
        number = self._number(device)
        if number is not None:
            number.unlink(missing_ok=True)
        for link, node in self._aliases(device):
            if _points_to(link, node):  # another device of the same name may have it by now
                link.unlink()
        for name in nodes:
            server = self._servers.pop(name, None)
            if server is not None:
                _end(server)
            (self.root / "ioctl/dev" / name).unlink(missing_ok=True)
            (self.root / "dev" / name).unlink(missing_ok=True)
            (self.root / "dev/.node" / name.replace("/", "_")).unlink(missing_ok=True)

    def close(self) -> None:
        """End every thread; the folder is gone then."""
        for server in self._servers.values():
            _end(server)
        self._servers.clear()
        with self._lock:
            callers = list(self._callers)
        for caller in callers:
            caller.hang_up()
        for thread in self._threads:
            thread.join(5)
        shutil.rmtree(self.root, ignore_errors=True)

    def _group(self, device: SysDevice) -> Path:
        kind = "class" if device.of_class else "bus"
        return self.root / "sys" / kind / device.subsystem

    def _number(self, device: SysDevice) -> Path | None:
        """``/sys/dev/char/MAJOR:MINOR``, where it has a node."""
        if "MAJOR" not in device.properties:
            return None
        pair = f"{device.properties['MAJOR']}:{device.properties['MINOR']}"
        return self.root / "sys/dev/char" / pair

    def _aliases(self, device: SysDevice) -> list[tuple[Path, Path]]:
        """Its other names under ``/dev``, each with the node; and the same of what serves it."""
        links = device.properties.get("DEVLINKS", "").split()
        node = device.properties.get("DEVNAME", "").removeprefix("/")
        folders = (self.root, self.root / "ioctl")
        return [(at / link.removeprefix("/"), at / node) for link in links for at in folders]

    def _folder(self, device: SysDevice) -> Path:
        return self.root / "sys" / device.path.removeprefix("/")

    def _accept(self, server: socket.socket, name: str, node: Node) -> None:
        path = self.root / "dev" / name
        with server, contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with self._lock:
                    caller = Caller(connection, path, self._callers)
                    self._callers.add(caller)
                self._run(self._serve, caller, node)

    def _serve(self, caller: Caller, node: Node) -> None:
        try:
            caller.serve(node)
        finally:
            with self._lock:
                self._callers.discard(caller)

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads = [item for item in self._threads if item.is_alive()]
        thread.start()
        self._threads.append(thread)


def find_library(places: Sequence[str] = PLACES) -> str:
    """The preload library.

    :raises LocalError: it is not installed.
    """
    for place in places:
        for path in sorted(Path("/").glob(f"{place[1:]}/{LIBRARY}")):
            return str(path)
    raise LocalError(
        f"{LIBRARY} is not here: programs see simulated devices through it; "
        "install umockdev (apt-get install umockdev)"
    )


def _link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(target, path.parent))


def _points_to(path: Path, target: Path) -> bool:
    return path.is_symlink() and os.readlink(path) == os.path.relpath(target, path.parent)


def _end(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()
