"""A small blocking client of the decision socket, for Python programs and consoles."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from pos_guard.api.message import VERSION
from pos_guard.errors import LocalError, PortClosedError, PortError, PortTimeoutError
from pos_guard.frames.decoded import Json
from pos_guard.ports.unix_path import socket_address

SECONDS = 5.0
"""An answer comes within milliseconds; ``wait`` adds its own time."""

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer: ``pending`` lists what waits, a few hundred bytes each."""


class RequestRefusedError(LocalError):
    """The guard could not do a request; ``code`` is the socket's stable name for why."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class DecisionClient:
    """One connection. Keep it open from ``ask`` to ``result``: a lost one means "unknown".

    :raises PortClosedError: from every method, when the guard is not there: submit nothing.
    """

    def __init__(self, path: Path | str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(SECONDS)
        self._rest = b""
        try:
            with socket_address(path) as address:
                self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise PortClosedError(f"no pos-guard at {path}: {error.strerror or error}") from error

    def __enter__(self) -> DecisionClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def request(self, op: str, **fields: Json) -> dict[str, Json]:
        """One operation and its answer; fields that are None are left out.

        :raises RequestRefusedError: when the guard says why it cannot.
        :raises PortTimeoutError: when no answer came: the outcome of an ``ask`` is then "no".
        """
        return self._request(op, fields, SECONDS)

    def context(self, **pieces: Json) -> dict[str, Json]:
        """Tell ``operator``, ``order`` (id, total, currency), ``original``, ``tender``."""
        return self.request("context", **pieces)

    def ask(self, kind: str, tender: str, amount: int | None, **more: Json) -> dict[str, Json]:
        """Ask before submitting: the verdict, with ``decision``, ``allowed``, ``say``."""
        return self.request("ask", kind=kind, tender=tender, amount=amount, **more)

    def wait(self, decision: int, seconds: int) -> dict[str, Json]:
        """Wait for the second person: the new verdict, or ``waiting`` true."""
        return self._request("wait", {"decision": decision, "seconds": seconds}, seconds + SECONDS)

    def check_sticker(self, name: str | None, seconds: int) -> dict[str, Json]:
        """Make the next scan a sticker check: what it found; ``found`` is None in vain."""
        fields: dict[str, Json] = {"name": name, "seconds": seconds}
        return self._request("payees_scan", fields, seconds + SECONDS)

    def result(self, decision: int, result: str, **more: Json) -> dict[str, Json]:
        """Report ``approved``, ``declined`` or ``unknown``, with what the device said."""
        return self.request("result", decision=decision, result=result, **more)

    def events(self, seconds: float) -> Iterator[dict[str, Json]]:
        """Listen from now on: events as they come, until none came for ``seconds``.

        The connection is used up by this.
        """
        self._request("events", {}, SECONDS)
        self._socket.settimeout(seconds)
        return self._events()

    def _events(self) -> Iterator[dict[str, Json]]:
        while True:
            try:
                yield self._read()
            except PortTimeoutError:
                return

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _request(self, op: str, fields: dict[str, Json], seconds: float) -> dict[str, Json]:
        known = {name: value for name, value in fields.items() if value is not None}
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(json.dumps({"v": VERSION, "op": op, **known}).encode() + b"\n")
        except OSError as error:
            raise PortClosedError("pos-guard hung up") from error
        body = self._read()
        if body.pop("ok") is not True:
            error_fields = cast("dict[str, str]", body["error"])
            raise RequestRefusedError(error_fields["code"], error_fields["message"])
        return body

    def _read(self) -> dict[str, Json]:
        while b"\n" not in self._rest:
            try:
                data = self._socket.recv(65536)
            except TimeoutError as error:
                raise PortTimeoutError("pos-guard did not answer") from error
            except OSError as error:
                raise PortClosedError("pos-guard hung up") from error
            if not data:
                raise PortClosedError("pos-guard hung up")
            self._rest += data
            if len(self._rest) > MAX_ANSWER:
                raise PortError("pos-guard sent an answer without an end")
        line, _, self._rest = self._rest.partition(b"\n")
        return cast("dict[str, Json]", json.loads(line))
