"""How the demo's till reaches its devices: serial ports by pyserial, and TCP sockets.

This till stands for anybody's: nothing in its files imports pos-guard.
"""

from __future__ import annotations

import socket
import time
from typing import Protocol

import serial

SEND_SECONDS = 5.0
"""A device that takes nothing for so long is stuck."""


class TillError(Exception):
    """A device is gone, or said something that its protocol does not know."""


class TillTimeoutError(TillError):
    """A device did not answer in time. Whatever was asked of it may still have happened."""


class Line(Protocol):
    """Bytes to and from one device."""

    def send(self, data: bytes) -> None:
        """Send everything.

        :raises TillError: the device is gone, or takes nothing.
        """
        ...

    def receive(self, seconds: float) -> bytes:
        """At least one byte.

        :raises TillTimeoutError: none came within ``seconds``.
        :raises TillError: the device is gone.
        """
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class TcpLine:
    """A device at a TCP port."""

    def __init__(self, host: str, port: int, seconds: float = 5.0) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=seconds)
        except OSError as error:
            raise TillError(f"nobody answers at {host}:{port}: {error}") from error

    def send(self, data: bytes) -> None:
        """Send everything."""
        try:
            self._socket.settimeout(SEND_SECONDS)
            self._socket.sendall(data)
        except OSError as error:
            raise TillError(f"the connection broke: {error}") from error

    def receive(self, seconds: float) -> bytes:
        """At least one byte."""
        try:
            self._socket.settimeout(max(seconds, 0.001))
            data = self._socket.recv(65536)
        except TimeoutError:
            raise TillTimeoutError("no answer") from None
        except OSError as error:
            raise TillError(f"the connection broke: {error}") from error
        if not data:
            raise TillError("the other side hung up")
        return data

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class SerialLine:
    """A device at a serial port, at a pty that stands for one, or at ``rfc2217://HOST:PORT``."""

    def __init__(self, path: str, baudrate: int = 9600) -> None:
        limit = None if "://" in path else SEND_SECONDS  # pyserial has none over a network
        try:
            self._port = serial.serial_for_url(path, baudrate, write_timeout=limit)
        except serial.SerialException as error:
            raise TillError(f"cannot open {path}: {error}") from error

    def send(self, data: bytes) -> None:
        """Send everything."""
        try:
            self._port.write(data)
        except serial.SerialException as error:
            raise TillError(f"the port broke: {error}") from error

    def receive(self, seconds: float) -> bytes:
        """At least one byte."""
        try:
            self._port.timeout = max(seconds, 0.001)
            data = self._port.read(1)
            data += self._port.read(self._port.in_waiting)
        except (serial.SerialException, OSError) as error:
            raise TillError(f"the port broke: {error}") from error
        if not data:
            raise TillTimeoutError("no answer")
        return data

    def close(self) -> None:
        """Hang up."""
        self._port.close()


class Deadline:
    """So many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left.

        :raises TillTimeoutError: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TillTimeoutError("no answer in time")
        return left
