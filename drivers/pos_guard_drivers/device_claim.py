"""The first steps of the UnifiedPOS life cycle of an exclusive device: open, claim, enable."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from pos_guard.errors import DeviceError
from pos_guard_drivers.device_lock import DeviceLock

CLAIM_SECONDS = 5.0
"""How long ``with device:`` waits for another user to let go."""


class ExclusiveDevice:
    """What every driver's device is: named, and claimed by one user at a time.

    ``device`` names it for everybody on this machine (its address); two objects with the same
    name exclude each other.
    """

    def __init__(self, name: str, device: str | None = None) -> None:
        self.name = name
        self._claim = DeviceLock(device or f"{name}@{id(self)}")
        self._opened = False

    def __enter__(self) -> Self:
        self.open()
        try:
            self.claim(CLAIM_SECONDS)
        except BaseException:
            self.close()
            raise
        self.enable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Begin; opening twice is fine. Nothing is sent and nothing connected yet."""
        self._opened = True

    def claim(self, seconds: float = 0.0) -> None:
        """Take the device, from all other programs and threads.

        :raises DeviceError: ``E_CLOSED``; ``E_CLAIMED`` or, after waiting, ``E_TIMEOUT``.
        """
        if not self._opened:
            raise DeviceError("E_CLOSED", f"open {self.name} first")
        self._claim.take(seconds)

    def enable(self) -> None:
        """Let calls through from now on. For subclasses."""
        raise NotImplementedError

    def close(self, seconds: float = 2.0) -> None:
        """Release and close, within about ``seconds``. For subclasses."""
        raise NotImplementedError

    def _check_claimed(self) -> None:
        if not self._opened:
            raise DeviceError("E_CLOSED", f"open {self.name} first")
        if not self._claim.held:
            raise DeviceError("E_NOTCLAIMED", f"claim {self.name} first")
