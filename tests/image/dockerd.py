"""Docker itself, by a daemon of our own with a store of its own, and its builder BuildKit.

It needs root, and leaves its bridge ``docker0`` and its tables of the packet filter behind, so it
is for whoever asks for it, or for a machine that is thrown away.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.image.engine import LIMIT, SECONDS, Engine, UnavailableError, needed, with_docker

PROGRAMS = (("dockerd", "docker.io"), ("mmdebstrap", "mmdebstrap"))


@contextmanager
def docker(place: Path) -> Generator[Engine, None, None]:
    """Start it in that folder, which is gone with all that is in it afterwards.

    :raises UnavailableError: when something is missing, or it does not start.
    """
    needed(PROGRAMS)
    address = f"unix://{place}/socket"
    # The client of the daemon's own package first: others may come without their builder.
    client = shutil.which("docker", path=f"/usr/bin{os.pathsep}{os.environ['PATH']}")
    environment = with_docker(
        place,
        str(client),
        DOCKER_HOST=address,
        DOCKER_CONFIG=f"{place}/config",
        DOCKER_BUILDKIT="1",
    )
    limits = [f"--default-ulimit={name}={LIMIT}:{LIMIT}" for name in ("nofile", "nproc")]
    command = [
        *("dockerd", f"--host={address}", f"--data-root={place}/data"),
        *(f"--exec-root={place}/exec", f"--pidfile={place}/pid", *limits),
    ]
    with (place / "dockerd.log").open("wb") as log, _heard(place / "notify") as heard:
        daemon = subprocess.Popen(
            command,
            env={**os.environ, "NOTIFY_SOCKET": f"{place}/notify"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(heard, place)
            yield Engine(place, environment, locked="", watches=True)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(SECONDS)
    shutil.rmtree(place)


@contextmanager
def _heard(path: Path) -> Generator[socket.socket, None, None]:
    """Where a service says that it is ready (systemd's sd_notify)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        heard.settimeout(60)
        yield heard


def _wait(heard: socket.socket, place: Path) -> None:
    try:
        while b"READY=1" not in heard.recv(4096):
            pass
    except TimeoutError:
        log = (place / "dockerd.log").read_text(encoding="utf-8", errors="replace")
        raise UnavailableError(f"dockerd: {log[-500:]}") from None
