"""A simulated scan engine with registers (``7E 00``), of any model that has a map of them."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames import registers as wire
from pos_guard.frames.registers import HostFrame, HostFramer, Kind, Status
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard_simulator.scanner import ScannerTwinSettings
from pos_guard_simulator.scanner_menu_session import SessionScanner

COMMAND = "command"
"""The timer after which an unfinished command is forgotten."""

COMMAND_SECONDS = 0.4
"""Time for a whole command from its first bytes on (Grow GM65 manual p. 31)."""

_MODE = 0xD4
"""Register 0000 as an FM30 gave it (manual p. 25), without its mode."""

_SAVE, _FACTORY = b"\x00", b"\x02"


class RegisterScanner(SessionScanner):
    """Keeps registers and answers for them; sees codes only while its mode lets it read.

    ``free``: it reads all the time (continuous mode), else it waits for a trigger. ``mute``: it
    answers nothing, as with a broken wire to the host. A power cut forgets what was not saved.
    """

    def __init__(
        self,
        model: ScannerModel | None = None,
        settings: ScannerTwinSettings | None = None,
        *,
        free: bool = True,
    ) -> None:
        super().__init__(settings, free=free)
        self.model = model or scanner_model("gm65")
        self.mute = False
        self.frames: list[HostFrame] = []
        self._host = HostFramer()
        self._factory = self._defaults(free=free)
        self._flash = dict(self._factory)
        self._now = dict(self._factory)

    def register(self, name: str) -> int:
        """What a register holds now, by its name in the model: the bits of its mask."""
        found = self.model.registers[name]
        data = bytes(self._now.get(found.address + at, 0) for at in range(found.size))
        whole = int.from_bytes(data, "little")
        return whole & found.mask if found.size == 1 else whole

    def power_cut(self) -> None:
        """It starts anew, with what was saved."""
        self._now = dict(self._flash)
        self._host.drop()
        self.reading = False

    def set_up(self, name: str, value: int) -> bool:
        """Somebody shows it a set-up code for a register; whether it took it."""
        if "setup-codes" in self.model.registers:
            off = self.model.registers["setup-codes"].values["off"]
            if self.register("setup-codes") == off:
                return False
        found = self.model.registers[name]
        old = self._now.get(found.address, 0)
        self._now[found.address] = old & ~found.mask & 0xFF | value
        return True

    def data(self, data: bytes) -> Effects:
        """The host sent bytes: the replies to the commands in them."""
        super().data(data)
        effects: Effects = []
        for frame in self._host.feed(data):
            effects += self._obey(frame)
        effects.append(
            SetTimer(COMMAND, COMMAND_SECONDS) if self._host.pending else CancelTimer(COMMAND)
        )
        return effects

    def timer(self, name: str) -> Effects:
        """A command stayed unfinished, or nobody showed a code."""
        if name == COMMAND:
            self._host.drop()
        return super().timer(name)

    def closed(self) -> Effects:
        """The host hung up."""
        self._host.drop()
        return super().closed()

    @property
    def free(self) -> bool:
        """Its mode is a continuous one; without a register for it, as it was made."""
        return self.register("mode") > 1 if "mode" in self.model.registers else super().free

    def _defaults(self, *, free: bool) -> dict[int, int]:
        values = {0: _MODE | (2 if free else 1)}
        known = {"software": 0x69, "hardware": 0x64, "read-timeout": self.model.read_ms // 100}
        for name, value in known.items():
            if name in self.model.registers:
                values[self.model.registers[name].address] = value
        return values

    def _obey(self, frame: HostFrame | FrameError) -> Effects:
        if isinstance(frame, FrameError):
            return self._refuse(Status.BAD_CRC)
        self.frames.append(frame)
        match frame.kind:
            case Kind.READ:
                return self._answer(self._bytes(frame.address, frame.count))
            case Kind.WRITE:
                return [*self._answer(wire.OK), *self._write(frame)]
            case Kind.SAVE if frame.data in (_SAVE, _FACTORY):
                if frame.data == _FACTORY:
                    self._now = dict(self._factory)
                self._flash = dict(self._now)
                return self._answer(wire.OK)
            case Kind.HEARTBEAT:
                return self._answer(wire.OK, alive=True)
            case _:
                return self._refuse(Status.UNKNOWN)

    def _write(self, frame: HostFrame) -> Effects:
        if self._resets(frame):
            self._now = dict(self._factory)
            return []
        if (session := self._session(frame)) is not None:
            return session
        for at, value in enumerate(frame.data):
            self._now[(frame.address + at) & 0xFFFF] = value
        return []

    def _resets(self, frame: HostFrame) -> bool:
        reset = self.model.registers.get("reset")
        return (
            reset is not None
            and frame.address == reset.address
            and frame.data[0] == reset.values.get("factory")
        )

    def _session(self, frame: HostFrame) -> Effects | None:
        """The trigger register starts and stops, it keeps nothing."""
        trigger = self.model.registers.get("trigger")
        if trigger is None or frame.address != trigger.address:
            return None
        started = frame.data[0] == trigger.values["start"]
        return self.start(self._read_seconds()) if started else self.stop()

    def _read_seconds(self) -> float:
        """Tenths of a second in their register; 0 is without end (Hamlet manual p. 14)."""
        if "read-timeout" in self.model.registers:
            return self.register("read-timeout") / 10
        return self.model.read_ms / 1000

    def _bytes(self, start: int, count: int) -> bytes:
        return bytes(self._now.get((start + at) & 0xFFFF, 0) for at in range(count))

    def _answer(self, data: bytes, *, alive: bool = False) -> Effects:
        return [] if self.mute else [ToApp(wire.reply(Status.DONE, data, alive=alive))]

    def _refuse(self, status: Status) -> Effects:
        if self.mute or "mute-on-error" in self.model.quirks:
            return []
        return [ToApp(wire.reply(status))]
