"""ESC/POS as a printer runs it: what goes through the receive buffer, in its turn.

Real-time commands are in printer_realtime. Both act on the mechanism and speak on its line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import FrameError
from pos_guard.frames import escpos_commands as commands
from pos_guard.frames.escpos_commands import DrawerPulse, QrLevel, QrSize, QrStore
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_realtime import RealTimeFinder
from pos_guard.frames.escpos_scan import TEXT, EscPosScanner, Token
from pos_guard.frames.escpos_status import Condition, build_asb, build_status
from pos_guard.frames.escpos_text import TextReader
from pos_guard_simulator import printer_answers as answers
from pos_guard_simulator.printer_auto import ITEMS, ONLINE, triggers
from pos_guard_simulator.printer_display import CustomerDisplay
from pos_guard_simulator.printer_engine import Order
from pos_guard_simulator.printer_macro import MacroRecorder
from pos_guard_simulator.printer_mechanism import Mechanism
from pos_guard_simulator.printer_page import PageState
from pos_guard_simulator.printer_quirks import Quirks, dialect_of
from pos_guard_simulator.printer_realtime import RealTime
from pos_guard_simulator.printer_typeset import Typesetter
from pos_guard_simulator.typeset_store import MAX_NV, Memory

_ONE_BYTE_PAPER, _ONE_BYTE_DRAWER = (1, 49), (2, 50)
_ASKED_STOPPED = {"GS r": "gs-r-0f", "ESC v": "esc-v-two-bytes"}
_LINE_DONE = b"\x08"
_OUT_0F = b"\x0f"


class EscPos:
    """The language of Epson's printers and of those that speak it more or less."""

    def __init__(self, body: Mechanism) -> None:
        self._body = body
        self._dialect = dialect_of(body.model)
        self._nv_used = 0
        self._nv = Memory(MAX_NV)
        quirks = body.model.quirks
        self._asked_stopped = frozenset(
            name for name, quirk in _ASKED_STOPPED.items() if quirk in quirks
        )
        self._runs: Mapping[str, Callable[[bytes], None]] = {
            "ESC v": self._old_paper_status,
            "ESC c 4": self._stop_sensors,
            "ESC c 5": self._panel_buttons,
            "ESC B": self._beep,
            "GS ( D": self._switch_realtime,
            "GS ( H": self._responses,
            "GS ( L": self._graphics,
            "GS 8 L": self._graphics,
        }
        self.power_on()

    @property
    def asked_stopped(self) -> frozenset[str]:
        """Boards that tell "no paper" by GS r and ESC v must do so while there is none."""
        return self._asked_stopped

    @property
    def display(self) -> str:
        """The customer display's two lines."""
        return self._display.text

    @property
    def rows_arrived(self) -> int:
        """Dot rows so far of a GS v 0 picture that is still arriving."""
        head = self._scanner.pending
        if head[:3] != b"\x1dv0" or len(head) < 8:
            return 0
        columns = int.from_bytes(head[4:6], "little")
        rows = (len(head) - 8) // columns if columns else 0
        return rows * (2 if head[3] & 2 else 1)

    def power_on(self) -> None:
        """Settings and half-read commands are as new; stored pictures stay."""
        body = self._body
        self._scanner = EscPosScanner(self._dialect)
        self._finder = RealTimeFinder()
        self._quirks = Quirks(body.model)
        self._display = CustomerDisplay(TextReader.of_model(body.model))
        reader = TextReader.of_model(body.model)
        self._typesetter = Typesetter(body.roll, reader, body.model, self._nv)
        self._macro = MacroRecorder()
        self._to_printer, self._to_display = True, False
        self._default_mask = 0 if body.setup.busy_offline else ONLINE
        self._process: bytes | None = None
        self._initialize()
        if body.setup.power_notice:
            body.line.say(answers.POWER_ON_NOTICE)

    def forget(self) -> None:
        """The buffers are cleared: what was asked for with them is not answered any more."""
        self._scanner = EscPosScanner(self._dialect)
        self._typesetter.forget()
        self._process = None
        self._page.holds_data = False

    def realtime(self, data: bytes) -> list[Token]:
        """The real-time commands that these bytes complete."""
        return self._finder.feed(data)

    def at_once(self, token: Token) -> Order:
        """Act on one of them; the host's ESC = does not matter to it."""
        return self._realtime.act(token)

    def scan(self, data: bytes) -> list[Token]:
        """The tokens that these bytes complete."""
        return self._scanner.feed(data)

    def run(self, token: Token) -> None:
        """Act on one token."""
        if token.name == "ESC =":
            self._select(token)
            return
        if self._to_display:
            self._display.run(token)
        if self._to_printer:
            for each in self._macro.take(token):
                taken = self._quirks.take(each, line_open=self._typesetter.line_open)
                if taken is not None:
                    self._print(taken)

    def printed(self) -> None:
        """Everything that was set is on paper: the latest process id is answered."""
        if self._process is None or self._typesetter.line_open or self._page.holds_data:
            return
        self._body.line.answer(answers.process_id(self._process))
        self._process = None

    def changed(self, before: Condition) -> None:
        """Automatic status, if an item of GS a has changed; and the offline response."""
        body, after = self._body, self._body.condition
        if triggers(self._mask, before, after, near_end_stops=body.near_end_stops):
            body.line.say(build_asb(after))
        if before.online and not after.online:
            self._realtime.went_offline()

    def _print(self, token: Token) -> None:
        if self._page.follow(token, line_open=self._typesetter.line_open):
            self._process = None
        self._typesetter.run(token)
        if token.name in self._runs:
            self._runs[token.name](token.raw)
        elif token.name != TEXT:
            self._obey(token)

    def _obey(self, token: Token) -> None:
        try:
            command = parse(token)
        except FrameError:
            return  # parameters out of range: printers ignore such a command
        line, body = self._body.line, self._body
        match command:
            case commands.Initialize():
                self._initialize()
            case DrawerPulse(realtime=False):
                body.pulse(command)
            case commands.AutoStatus():
                self._mask = command.mask & ITEMS
                if self._mask:
                    line.say(build_asb(body.condition))  # never waits for DSR
            case commands.StatusRequest(realtime=False):
                line.answer(self._status(command.number, obsolete=token.name == "ESC u"))
            case commands.IdRequest():
                line.answer(answers.identity(command.number, body.model))
            case QrStore() | QrSize() | QrLevel() | commands.QrSizeRequest():
                self._symbol(command)
            case _:
                pass

    def _initialize(self) -> None:
        """ESC @, and power on: no automatic status, no sensors but paper end, all buttons."""
        self._mask = self._default_mask
        self._body.near_end_stops, self._body.buttons = False, True
        self._realtime = RealTime(self._body)
        self._page = PageState()
        self._qr, self._qr_level, self._qr_dots = QrStore(b""), "L", 3

    def _select(self, token: Token) -> None:
        command = parse(token)
        if isinstance(command, commands.SelectDevice):
            self._to_printer, self._to_display = command.printer, command.display

    def _status(self, number: int, *, obsolete: bool) -> bytes:
        """GS r, and ESC u, which is its older form."""
        body = self._body
        quirks, state = body.model.quirks, body.condition
        if "gs-r-serial-only" in quirks and body.setup.interface != "serial" and not obsolete:
            return b""
        if number in _ONE_BYTE_DRAWER:
            return _LINE_DONE if "gs-r2-line-done" in quirks else build_status(2, state)
        if number not in _ONE_BYTE_PAPER:
            return b""
        out = "gs-r-0f" in quirks and not state.paper
        return _OUT_0F if out else build_status(1, state)

    def _old_paper_status(self, raw: bytes) -> None:
        """ESC v: as GS r 1; serial boards of clones send two bytes, 0F in the second for none."""
        del raw
        state = self._body.condition
        if "esc-v-two-bytes" in self._body.model.quirks:
            self._body.line.answer(b"\x00" + (b"\x00" if state.paper else _OUT_0F))
        else:
            self._body.line.answer(build_status(1, state))

    def _symbol(self, command: object) -> None:
        if isinstance(command, QrStore):
            self._qr = command
        elif isinstance(command, QrSize):
            self._qr_dots = command.dots
        elif isinstance(command, QrLevel):
            self._qr_level = command.level
        else:
            width = self._body.model.dots
            size = answers.qr_size(self._qr.data, self._qr_level, self._qr_dots, width)
            self._body.line.answer(size)

    def _stop_sensors(self, raw: bytes) -> None:
        """ESC c 4: bits 0 and 1 let the near-end sensor stop printing, once this line is done."""
        before = self._body.condition
        self._body.near_end_stops = bool(raw[3] & 3)
        if self._body.condition != before:
            self.changed(before)

    def _panel_buttons(self, raw: bytes) -> None:
        self._body.buttons = not raw[3] & 1

    def _beep(self, raw: bytes) -> None:
        """ESC B n t, on models that have their buzzer there."""
        if self._body.model.buzzer == "esc-b":
            self._body.beeps += raw[2]

    def _switch_realtime(self, raw: bytes) -> None:
        self._realtime.switch(raw[6:])

    def _responses(self, raw: bytes) -> None:
        """GS ( H 48, process id: only the latest is kept. GS ( H 49, offline response."""
        function, body = raw[5:7], raw[7:]
        if function == b"00" and len(body) == 4:
            self._process = body
        elif function == b"10" and len(body) == 1 and body[0] % 48 <= 2:
            self._realtime.offline_response = body[0] % 48

    def _graphics(self, raw: bytes) -> None:
        """GS ( L 48 and 51, capacities; 67 and 68 take memory, 65 gives all of it back."""
        body = raw[5:] if raw[1] == 0x28 else raw[7:]
        function = body[1] if len(body) > 1 else None
        if function in (0, 3, 48, 51):
            self._body.line.answer(answers.capacity(function, self._nv_used))
        elif function in (67, 68):
            self._nv_used += len(body)
        elif function == 65 and body[2:] == b"CLR":
            self._nv_used = 0
