"""Scanners that are USB keyboards, read as reports.

No other program sees the keys then, and no layout of the system changes them.
"""

from __future__ import annotations

from pos_guard.errors import DeviceError, FrameError
from pos_guard.frames.hid_descriptor import parse_descriptor
from pos_guard.frames.hid_keyboard import (
    BOOT,
    NOTHING,
    KeyReport,
    changes,
    find_keys,
    parse_keys,
)
from pos_guard.scanners.evdev_line import KeyLines, KeySettings
from pos_guard.scanners.language import Command, Items, Reply, Send


class HidKeyboardLanguage:
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    ``boot``: the port has put the keyboard into the boot protocol, as HidPort does; without, as
    on hidraw, the report descriptor says where the keys are.
    """

    can: frozenset[Command] = frozenset()

    def __init__(self, settings: KeySettings | None = None, *, boot: bool = True) -> None:
        self.settings = settings or KeySettings()
        self._lines = KeyLines(self.settings)
        self._boot = boot
        self._shape: KeyReport = BOOT
        self._held = NOTHING

    @property
    def report_size(self) -> int:
        """Bytes of a report: the ``raw`` of a scan is so many for each of its own."""
        return self._shape.size

    @property
    def wait(self) -> float | None:
        """While a line is open, or a key is down."""
        return self._lines.wait

    def connected(self, descriptor: bytes = b"") -> Items:
        """The keyboard is there (again)."""
        self._lines.reset()
        self._held = NOTHING
        self._shape = BOOT
        if descriptor and not self._boot:
            try:
                self._shape = find_keys(parse_descriptor(descriptor)) or BOOT
            except FrameError:
                self._shape = BOOT  # its reports will fit, or be told as foreign ones
        return []

    def feed(self, data: bytes) -> Items:
        """One input report."""
        try:
            held = parse_keys(data, self._shape)
        except FrameError:
            return [Reply(data)]  # of a volume knob, say
        if held is None:
            return self._lines.step(data, [], damaged=True)
        strange = set(held.unknown) - set(self._held.unknown)
        events = changes(self._held, held)
        self._held = held
        return self._lines.step(data, events, damaged=bool(strange))

    def silence(self) -> Items:
        """See :class:`~pos_guard.scanners.evdev_line.KeyLines`."""
        return self._lines.silence()

    def command(self, command: Command) -> Items:
        """A keyboard has no commands.

        :raises DeviceError: ``E_ILLEGAL`` always.
        """
        raise DeviceError("E_ILLEGAL", f"a keyboard has no command for {command}")

    def passing(self, data: bytes) -> Items:
        """The till's LED report."""
        return [Send(data)]
