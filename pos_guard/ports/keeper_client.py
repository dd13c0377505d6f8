"""The daemon's side of the keeper: start it once, get the same ptys again after every restart."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pos_guard.errors import PortClosedError, PortError
from pos_guard.ports.keeper import peer_uid
from pos_guard.ports.unix_path import socket_address

START_SECONDS = 10.0
"""A keeper starts in 50 ms; a slow SD card under load takes seconds."""

REPLY_SECONDS = 5.0
"""The keeper answers in microseconds; longer means that it is stopped."""

MAX_REPLY = 65536
"""64 ptys with their paths and links fit."""


@dataclass(frozen=True, slots=True)
class KeptPty:
    """A pty that the keeper holds. ``fresh``: it was made just now, no till can have it open."""

    master: int
    path: str
    fresh: bool


class KeeperClient:
    """One connection to the keeper.

    :raises PortClosedError: from every method, when no keeper answers at that socket.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(REPLY_SECONDS)
        try:
            with socket_address(path) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise PortClosedError(f"no keeper at {path}: {error.strerror or error}") from error
        if peer_uid(self._socket) not in {0, os.getuid()}:
            self._socket.close()
            raise PortError(f"{path} belongs to another user's program")

    @classmethod
    def start(cls, path: Path) -> KeeperClient:
        """Connect, starting a keeper of its own session first when none runs.

        :raises PortError: when it cannot be started.
        """
        try:
            return cls(path)
        except PortClosedError:
            _launch(path)
            return cls(path)

    def open(self, name: str, link: str | None) -> KeptPty:
        """The pty of that name, made at the first call; the caller closes ``master``.

        :raises PortError: when the system has no pty left, or ``link`` cannot be placed.
        """
        body, fds = self._ask({"op": "open", "name": name, "link": link})
        if len(fds) != 1:
            raise PortError("the keeper sent no terminal")
        return KeptPty(fds[0], str(body["path"]), bool(body["fresh"]))

    def names(self) -> dict[str, str]:
        """The ptys held now: name and path."""
        body, _ = self._ask({"op": "list"})
        held = cast("list[dict[str, str]]", body["ptys"])
        return {pty["name"]: pty["path"] for pty in held}

    def close_pty(self, name: str) -> None:
        """Hang up one pty for good.

        :raises PortError: when none of that name is held.
        """
        self._ask({"op": "close", "name": name})

    def stop(self) -> None:
        """Hang up all ptys and end the keeper."""
        self._ask({"op": "stop"})

    def close(self) -> None:
        """Leave the keeper running, with all its ptys."""
        self._socket.close()

    def _ask(self, request: dict[str, str | None]) -> tuple[dict[str, object], list[int]]:
        try:
            self._socket.sendall(json.dumps(request).encode())
            packet, fds, _, _ = socket.recv_fds(self._socket, MAX_REPLY, 1)
        except OSError as error:
            raise PortClosedError(f"the keeper does not answer: {error}") from error
        for fd in fds:  # recv_fds of Python 3.11 drops its flags, MSG_CMSG_CLOEXEC too
            os.set_inheritable(fd, False)
        if not packet:
            raise PortClosedError("the keeper is gone")
        body = json.loads(packet)
        if not body["ok"]:
            raise PortError(f"keeper: {body['error']}")
        return body, fds


def _launch(path: Path) -> None:
    """Start a keeper that outlives us, and return once it listens."""
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": root if not known else f"{root}{os.pathsep}{known}"}
    command = [sys.executable, "-P", "-m", "pos_guard.ports.keeper", str(path), "--detach"]
    try:
        started = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=START_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PortError(f"the keeper cannot be started: {error}") from error
    if started.returncode != 0:
        raise PortError(f"the keeper cannot be started at {path}: is its directory writable?")
