"""The keeper: a tiny process that holds ptys while the daemon is killed, updated, restarted.

``python -m pos_guard.ports.keeper SOCKET [--detach]``. A till that keeps its port open notices
nothing of a restart: the keeper holds each master and one slave, and hands a duplicate of the
master to the daemon. It reads none of the bytes; what a till writes meanwhile waits in the kernel.

Standard library and :mod:`pos_guard.ports.pty` only: small, and nothing in it to update often.

Protocol: SOCK_SEQPACKET, one JSON object a packet. ``{"op": "open", "name": N, "link": PATH}``
answers ``{"ok": true, "path": "/dev/pts/4", "fresh": false}`` with the master attached;
``list``, ``close`` (with ``name``) and ``stop`` are the other three.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import socket
import struct
import sys
from pathlib import Path

from pos_guard.dumps import no_dumps
from pos_guard.ports.pty import Pty, open_pty, place_link
from pos_guard.ports.unix_path import socket_address

MAX_PTYS = 64
"""Ptys held at once: a till has a handful of devices."""

MAX_CLIENTS = 16
"""Connections at once: one daemon, and a doctor or two."""

MAX_PACKET = 4096
"""Longest request: a name and a path (PATH_MAX is 4096, a link is far shorter)."""

_PEER = struct.Struct("3i")

Reply = tuple[dict[str, object], list[int]]


class Keeper:
    """Holds the ptys and answers requests; one thread, never waiting for a single client."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._ptys: dict[str, Pty] = {}
        self._clients: set[socket.socket] = set()
        self._stopping = False

    def run(self) -> None:
        """Serve until told to stop, then hang up every pty."""
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        try:
            while not self._stopping:
                for key, _ in self._selector.select():
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.fileobj, socket.socket):
                        self._serve(key.fileobj)
        finally:
            for client in tuple(self._clients):
                self._forget(client)
            for pty in self._ptys.values():
                pty.close()
            self._selector.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if len(self._clients) >= MAX_CLIENTS or peer_uid(client) not in {0, os.getuid()}:
            client.close()
            return
        client.setblocking(False)
        self._clients.add(client)
        self._selector.register(client, selectors.EVENT_READ)

    def _serve(self, client: socket.socket) -> None:
        try:
            packet = client.recv(MAX_PACKET)
            if packet:
                body, fds = self._answer(packet)
                socket.send_fds(client, [json.dumps(body).encode()], fds)
                return
        except OSError:
            pass  # a client that vanished or does not read: its connection ends, nothing else
        self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        self._clients.discard(client)
        self._selector.unregister(client)
        client.close()

    def _answer(self, packet: bytes) -> Reply:
        try:
            request = json.loads(packet)
            name = str(request.get("name", ""))
            link = request.get("link")
            return self._do(str(request["op"]), name, None if link is None else str(link))
        except (ValueError, KeyError, AttributeError, RecursionError):
            return {"ok": False, "error": "not a request of this protocol"}, []
        except OSError as error:
            return {"ok": False, "error": str(error)}, []

    def _do(self, op: str, name: str, link: str | None) -> Reply:
        if op == "open":
            return self._open(name, link)
        if op == "close" and name in self._ptys:
            self._ptys.pop(name).close()
        elif op == "stop":
            self._stopping = True
        elif op != "list":
            return {"ok": False, "error": f"no such operation or pty: {op} {name}"}, []
        held = [{"name": n, "path": p.path, "link": p.link} for n, p in self._ptys.items()]
        return {"ok": True, "ptys": held}, []

    def _open(self, name: str, link: str | None) -> Reply:
        pty = self._ptys.get(name)
        fresh = pty is None
        if pty is None:
            if not name or len(self._ptys) >= MAX_PTYS:
                return {"ok": False, "error": f"no name, or {MAX_PTYS} ptys are held already"}, []
            pty = open_pty(link)
        elif link is not None:
            place_link(Path(link), pty.path)  # /run may have been cleaned, or the setting changed
            pty = Pty(pty.master, pty.slave, pty.path, link)
        self._ptys[name] = pty
        return {"ok": True, "path": pty.path, "fresh": fresh}, [pty.master]


def peer_uid(client: socket.socket) -> int:
    """Who is at the other end of a Unix socket, as the kernel says."""
    size = _PEER.size
    _, uid, _ = _PEER.unpack(client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(uid)


def main(arguments: list[str]) -> int:
    """Run the keeper; 0 also when one is running already at that socket."""
    path = Path(arguments[0])
    no_dumps()
    os.umask(0o077)
    lock = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        with socket_address(path) as address:
            listener.bind(address)
        listener.listen(MAX_CLIENTS)
        # Only the child keeps the lock; the parent's exit tells the daemon that we listen.
        if "--detach" in arguments and os.fork() > 0:
            os._exit(0)
        os.chdir("/")
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            Keeper(listener).run()
        finally:
            path.unlink(missing_ok=True)
            os.close(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
