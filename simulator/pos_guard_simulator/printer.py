"""The receipt printer twin: bytes in, answers, paper and drawer pulses out. Sans-IO.

What it does as the real one (Epson's reference; Epson TM-U295 for real-time commands):
real-time commands act as their bytes arrive, also inside pictures, also when stopped; GS r, GS I,
GS a and GS ( H wait their turn in the buffer; with the paper out or the cover open everything is
held, and printed afterwards; nothing is printed before its line ends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_commands import (
    AutoStatus,
    Command,
    DrawerPulse,
    IdRequest,
    Initialize,
    ProcessId,
    SelectDevice,
    StatusRequest,
)
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_realtime import RealTimeFinder
from pos_guard.frames.escpos_scan import EscPosScanner, Token
from pos_guard.frames.escpos_status import Condition, build_asb, build_realtime, build_status
from pos_guard.frames.escpos_table import CHINA, EPSON, Dialect
from pos_guard.frames.escpos_text import TextReader
from pos_guard_simulator.paper_items import WIDTH_58MM, WIDTH_80MM
from pos_guard_simulator.paper_slip import Paper
from pos_guard_simulator.printer_display import CustomerDisplay
from pos_guard_simulator.printer_typeset import Typesetter


class Fault(StrEnum):
    """What can be wrong with a printer."""

    PAPER_OUT = "paper_out"
    PAPER_NEAR_END = "paper_near_end"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    POWER_OFF = "power_off"


_STOPS = frozenset({Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.CUTTER})


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """Which printer the twin is.

    ``encoding``, ``kanji`` and ``kanji_on`` as TextReader takes them; ``silent``: it has no line
    back to the host; ``buffer`` is its receive buffer in bytes (Epson: 4 kB).
    """

    name: str
    width: int = WIDTH_80MM
    encoding: str = "cp437"
    kanji: str = "gb18030"
    kanji_on: bool = False
    kanji_styles: bool = False
    clone: bool = False
    maker: str = "EPSON"
    near_end_sensor: bool = True
    silent: bool = False
    buffer: int = 4096

    @property
    def dialect(self) -> Dialect:
        """The commands it knows: ``clone`` adds those of Chinese makers."""
        return CHINA if self.clone else EPSON


PROFILES = {
    profile.name: profile
    for profile in (
        PrinterProfile("epson"),
        PrinterProfile("epson-58", width=WIDTH_58MM),
        PrinterProfile("china", kanji_on=True, clone=True, maker="POS80", near_end_sensor=False),
        PrinterProfile("utf-8", encoding="utf-8", clone=True, maker="POS80"),
        PrinterProfile(
            "china-58", WIDTH_58MM, kanji_on=True, kanji_styles=True, clone=True, silent=True
        ),
    )
}
"""``pos-guard simulate printer --profile``."""


class ReceiptPrinter:
    """One printer with its customer display and cash drawer.

    ``data`` takes what the host sends and gives what goes back. The shell should hand over at
    most ``room`` bytes at a time; what does not fit is lost, as on a line without handshake.
    """

    def __init__(self, profile: PrinterProfile = PROFILES["epson"]) -> None:
        self.profile = profile
        self.paper = Paper(profile.width)
        self.pulses: list[DrawerPulse] = []
        self.faults: frozenset[Fault] = frozenset()
        self.lost = 0
        self.drawer_high = False
        self._lines_left: int | None = None
        self._power_on()

    @property
    def display(self) -> str:
        """The customer display's two lines."""
        return self._display.text

    @property
    def room(self) -> int:
        """Bytes that fit in the receive buffer now; all of it while the printer prints."""
        waiting = sum(len(token.raw) for token in self._tokens)
        return max(self.profile.buffer - len(self._held) - waiting, 0)

    @property
    def condition(self) -> Condition:
        """The printer's state, as its status bytes tell it."""
        return Condition(
            online=not self.faults & _STOPS,
            paper=Fault.PAPER_OUT not in self.faults,
            near_end=Fault.PAPER_NEAR_END in self.faults,
            cover_open=Fault.COVER_OPEN in self.faults,
            cutter_error=Fault.CUTTER in self.faults,
            drawer_high=self.drawer_high,
            near_end_sensor=self.profile.near_end_sensor,
        )

    def data(self, data: bytes) -> bytes:
        """The host sent bytes: what the printer answers."""
        if Fault.POWER_OFF in self.faults:
            return b""
        answers = bytearray()
        start, done = self._arrived, 0
        self._arrived += len(data)
        for token in self._realtime.feed(data):
            end = token.at + len(token.raw) - start
            answers += self._take(data[done:end]) + self._at_once(token)
            done = end
        answers += self._take(data[done:])
        return self._sent(bytes(answers))

    def _take(self, data: bytes) -> bytes:
        """Into the buffer, as far as it goes, and print on."""
        kept = data[: self.room] if self._stopped else data
        self.lost += len(data) - len(kept)
        self._held += kept
        return self._work()

    def fail(self, fault: Fault, *, after_lines: int = 0) -> bytes:
        """A fault happens, now or when so many more lines are printed: status sent unasked."""
        if after_lines and fault is Fault.PAPER_OUT:
            self._lines_left = after_lines
            return b""
        return self._changed(self.faults | {fault})

    def clear(self, fault: Fault) -> bytes:
        """Somebody put it right: held data is printed; what the printer sends."""
        if fault is Fault.POWER_OFF and fault in self.faults:
            self._power_on()
        return self._changed(self.faults - {fault}) + self._sent(self._work())

    def _power_on(self) -> None:
        """Buffers and settings are as at power on; the paper in the printer stays."""
        look = self.profile
        self._scanner = EscPosScanner(look.dialect)
        self._realtime = RealTimeFinder()
        self._arrived = 0
        self._display = CustomerDisplay(TextReader(look.encoding, look.kanji, look.kanji_on))
        reader = TextReader(look.encoding, look.kanji, look.kanji_on)
        self._typesetter = Typesetter(self.paper, reader, kanji_styles=look.kanji_styles)
        self._held = bytearray()
        self._tokens: deque[Token] = deque()
        self._to_printer, self._to_display = True, False
        self._asb_mask = 0
        self._process: ProcessId | None = None
        self._disabled: frozenset[int] = frozenset()

    @property
    def _stopped(self) -> bool:
        return bool(self.faults & _STOPS) or Fault.POWER_OFF in self.faults

    def _sent(self, answer: bytes) -> bytes:
        return b"" if self.profile.silent else answer

    def _changed(self, faults: frozenset[Fault]) -> bytes:
        before, self.faults = self.condition, faults
        if Fault.POWER_OFF in faults or before == self.condition or not self._asb_mask:
            return b""
        return self._sent(build_asb(self.condition))

    def _work(self) -> bytes:
        """Print on until stopped or out of data."""
        answers = bytearray()
        while not self._stopped:
            if not self._tokens:
                if not self._held:
                    break
                self._tokens.extend(self._scanner.feed(bytes(self._held)))
                self._held.clear()
                continue
            answers += self._run(self._tokens.popleft())
        return bytes(answers)

    def _run(self, token: Token) -> bytes:
        if token.name == "ESC =":
            self._select(token)
            return b""
        if self._to_display:
            self._display.run(token)
        if not self._to_printer:
            return b""
        before = self._typesetter.line_open
        self._typesetter.run(token)
        answer = self._act(token)
        answer += self._ran_out(before or token.name == "LF")
        return answer + self._acknowledge()

    def _select(self, token: Token) -> None:
        command = parse(token)
        if isinstance(command, SelectDevice):
            self._to_printer, self._to_display = command.printer, command.display

    def _ran_out(self, printed: bool) -> bytes:
        """Count down to the planned end of the paper."""
        if self._lines_left is None or not printed or self._typesetter.line_open:
            return b""
        self._lines_left -= 1
        if self._lines_left > 0:
            return b""
        self._lines_left = None
        return self.fail(Fault.PAPER_OUT)

    def _acknowledge(self) -> bytes:
        """Answer the latest process id once everything before it is on paper."""
        if self._process is None or self._typesetter.line_open or self._stopped:
            return b""
        answer = b'\x37"' + self._process.id + b"\x00"
        self._process = None
        return answer

    def _act(self, token: Token) -> bytes:
        """Commands that are more than print: through the buffer, in their turn."""
        if token.name == "GS ( D":
            self._disabled = _switched(self._disabled, token.raw[6:])
            return b""
        try:
            command = parse(token)
        except FrameError:
            return b""
        if isinstance(command, ProcessId):
            self._process = command
        elif isinstance(command, Initialize):
            self._asb_mask = 0
        elif isinstance(command, DrawerPulse) and not command.realtime:
            self.pulses.append(command)
        elif isinstance(command, AutoStatus):
            self._asb_mask = command.mask
            return build_asb(self.condition) if command.mask else b""
        return self._answer(command)

    def _answer(self, command: Command | None) -> bytes:
        if isinstance(command, StatusRequest) and not command.realtime:
            return build_status(command.number, self.condition)
        if isinstance(command, IdRequest):
            return _identity(command.number, self.profile)
        return b""

    def _at_once(self, token: Token) -> bytes:
        """Real-time commands, wherever they stand."""
        if token.name == "DLE EOT":
            number = token.raw[2]
            return build_realtime(number, self.condition) if 1 <= number <= 4 else b""
        if token.name == "DLE ENQ":
            return self._recover(token.raw[2])
        if token.raw[2] == 8:
            return self._clear_buffers()
        command = parse(token)
        if isinstance(command, DrawerPulse) and 1 not in self._disabled:
            self.pulses.append(command)
        return build_asb(self.condition) if token.raw[2:] == b"\x07\x01" else b""

    def _recover(self, number: int) -> bytes:
        """DLE ENQ 1 and 2: go on after a cutter error; 2 forgets what was held."""
        if Fault.CUTTER not in self.faults or number not in (1, 2):
            return b""
        if number == 2:
            self._forget()
        return self._changed(self.faults - {Fault.CUTTER})

    def _clear_buffers(self) -> bytes:
        self._forget()
        return b"\x37\x25\x00"

    def _forget(self) -> None:
        """Held data is gone and never acknowledged."""
        self._held.clear()
        self._tokens.clear()
        self._process = None
        self._scanner = EscPosScanner(self.profile.dialect)


def _switched(disabled: frozenset[int], pairs: bytes) -> frozenset[int]:
    """GS ( D: pairs of a DLE DC4 function and 0 or 48 (off), 1 or 49 (on)."""
    for function, state in zip(pairs[::2], pairs[1::2], strict=False):
        disabled = disabled | {function} if state % 48 == 0 else disabled - {function}
    return disabled


def _identity(number: int, profile: PrinterProfile) -> bytes:
    """GS I: one byte for type ids, a block for names."""
    texts = {65: "1.00 SIM", 66: profile.maker, 67: profile.name, 68: "SIM00001", 69: "GB18030"}
    if number in texts:
        return b"\x5f" + texts[number].encode("ascii") + b"\x00"
    return {1: b"\x20", 2: b"\x02", 3: b"\x01"}.get(number % 48, b"")
