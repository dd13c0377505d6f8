"""The relay that a tape is made at: it passes everything on as it comes, and notes it."""

from __future__ import annotations

from typing import Protocol

from pos_guard.links.session import CloseApp, CloseDevice, Effects, QuietSession, ToApp, ToDevice
from pos_guard_simulator.tape.lines import Happening, To

MAX_EARLY = 65_536
"""Bytes that an app may send before its device is connected: a first question, or a short slip."""


class Noted(Protocol):
    """What notes down: a recording, or one in the background."""

    def said(self, to: To, data: bytes) -> None:
        """Bytes went by."""
        ...

    def happened(self, what: Happening) -> None:
        """Something without bytes."""
        ...


class TapeRelay(QuietSession):
    """Between an app and a real device.

    ``redial``: each connection of the app is a new one to the device. A serial line stays.
    """

    name = "tape"

    def __init__(self, recording: Noted, *, redial: bool) -> None:
        self._recording = recording
        self._redial = redial
        self._device = False
        self._early = b""

    def app_connected(self) -> Effects:
        """The app is there."""
        self._recording.happened("connect")
        return []

    def app_data(self, data: bytes) -> Effects:
        """The app sent bytes."""
        if self._device:
            self._recording.said("device", data)
            return [ToDevice(data)]
        if len(self._early) + len(data) > MAX_EARLY:
            self._recording.happened("lost")
            self._early = b""
            return [CloseApp("the device is not there")]
        self._early += data
        return []

    def app_closed(self) -> Effects:
        """The app hung up."""
        self._recording.happened("close")
        self._early = b""
        return [CloseDevice("the app hung up")] if self._redial and self._device else []

    def device_connected(self) -> Effects:
        """The device is there: it gets what the app has sent meanwhile."""
        self._device = True
        early, self._early = self._early, b""
        return self.app_data(early) if early else []

    def device_data(self, data: bytes) -> Effects:
        """The device sent bytes."""
        self._recording.said("app", data)
        return [ToApp(data)]

    def device_closed(self) -> Effects:
        """The device is gone; whoever waits for it is told."""
        self._device = False
        self._recording.happened("hang-up")
        return [CloseApp("the device hung up")]
