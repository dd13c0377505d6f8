"""The printer link: reads bills, holds receipts until they are judged, numbers copies.

Bytes of a job wait until its end. A bill tells the guard what the customer owes and is printed
unchanged; a paper that claims payment is printed only when the guard allows it, with its copy
number; everything else passes. Status requests and the customer display never wait.
"""

from __future__ import annotations

from collections.abc import Iterable

from pos_guard.errors import StoreError
from pos_guard.frames import escpos_build as build
from pos_guard.frames.escpos_commands import SelectDevice
from pos_guard.frames.escpos_scan import Token
from pos_guard.frames.escpos_text import TextReader
from pos_guard.guard import Decision, Guard
from pos_guard.links.printer_display import DisplayTotal
from pos_guard.links.printer_hidden import HiddenText
from pos_guard.links.printer_job import Job
from pos_guard.links.printer_language import language_of
from pos_guard.links.printer_paper import HOLD, IDLE, RESULT, Paper
from pos_guard.links.printer_pictures import PictureReader
from pos_guard.links.printer_realtime import LiveQuestions, Outlet
from pos_guard.links.printer_settings import MAX_JOB, PrinterSettings
from pos_guard.links.printer_stream import PictureStream, is_long_picture
from pos_guard.links.printer_tokens import (
    CLEAR_NOW,
    CUTS,
    HARMLESS,
    OVERSIZED,
    QUERIES,
    REAL_TIME,
    meaning,
    opens_drawer,
    starts_job,
)
from pos_guard.links.session import (
    CancelTimer,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.model import Source, Words
from pos_guard.policy.verdict import Level, Reason

__all__ = ["HOLD", "IDLE", "RESULT", "PrinterSession"]

_OVERSIZE = Words(
    "打印数据过大，已拦下。请检查收银软件。",
    "A print command is too large and is held back. Check the till's software.",
)
_STRAY = Words(
    "设置指令中藏有实时指令，已拦下。请检查收银软件。",
    "A command that acts at once hides between settings. It is held back.",
)


class PrinterSession(QuietSession):
    """One till and one printer: ESC/POS (with or without a customer display) or Star Line Mode.

    ``pictures`` looks for codes in what the till draws; without it nobody does.

    :raises LocalError: for a printer model that is not known.
    """

    def __init__(
        self,
        name: str,
        guard: Guard,
        settings: PrinterSettings | None = None,
        pictures: PictureReader | None = None,
    ) -> None:
        self.name = name
        self._guard = guard
        self._settings = settings or PrinterSettings()
        traits = self._settings.traits
        language = language_of(traits)
        self._scanner = language.scanner
        self._meant = language.meant
        self._live = LiveQuestions(language.live)
        self._reader = TextReader(traits.encoding, traits.kanji, traits.kanji_on, traits.code_pages)
        self._display_reader = TextReader(traits.encoding, traits.kanji)
        self._hidden = HiddenText(letters_stay=traits.language == "star")
        self._pictures = pictures
        self._style = language.style
        self._screen = DisplayTotal(self._settings.display_columns)
        self._job: Job | None = None
        self._on_display = False
        self._printer_select = build.SELECT_PRINTER
        self._outlet = Outlet(lambda data: self._out.append(ToDevice(data)), language.live)
        self._picture = PictureStream(self._outlet.put)
        unread = pictures is None and self._settings.passes_pictures
        self._streams = unread and language.streams
        self._paper = Paper(name, guard, self._style, self._settings, self._send)
        self._out = self._paper.effects
        self._backlog: list[tuple[Token, bytes, str]] = []

    # -- the session's events ----------------------------------------------------------------

    def app_data(self, data: bytes) -> Effects:
        """Bytes from the till: whole commands are routed, an unfinished one waits."""
        arrived = self._live.at
        questions = self._live.feed(data)
        begin = self._stream_on(data, arrived)
        tokens = self._scanner.feed(data, begin)
        if tokens or questions:
            self._route(tokens, questions)
        self._stream()
        if self._job is not None:
            asks = self._job.asks and not self._scanner.held
            pause = self._settings.ask_ms if asks else self._settings.idle_ms
            self._out.append(SetTimer(IDLE, pause / 1000))
        self._read_display()
        return self._effects()

    def app_closed(self) -> Effects:
        """The till hung up: its job is complete, an unfinished command is not sent."""
        self._scanner.flush()
        self._live.forget()
        self._picture.finish()
        self._finish()
        return self._effects()

    def device_connected(self) -> Effects:
        """The printer is there. Nothing held from before is printed now."""
        self._outlet.there = True
        self._on_display = False
        return []

    def device_closed(self) -> Effects:
        """The printer is gone: what waited for its payment is not printed later."""
        self._outlet.there = False
        self._picture.drop()
        self._paper.forget()
        self._resume()
        return self._effects()

    def device_data(self, data: bytes) -> Effects:
        """Answers of the printer pass as they are."""
        return [ToApp(data)]

    def timer(self, name: str) -> Effects:
        """The till has paused, or the job has been held for as long as it may be."""
        if name == RESULT:
            self._paper.look_again()
            self._resume()
        elif name == HOLD and self._settings.bound == "refuse":
            self._finish(endless=True)
        elif name in (IDLE, HOLD):
            self._finish()
        return self._effects()

    # -- routing -----------------------------------------------------------------------------

    def _route(self, whole: list[Token], questions: list[Token]) -> None:
        """Each token where it belongs; ``questions`` were found wherever they stand."""
        tokens, sent = self._meant(whole, self._live.quiet)
        if questions:
            self._ask_now(questions, tokens)
        for token, raw in zip(tokens, sent, strict=True):
            self._token(token, raw)

    def _ask_now(self, questions: list[Token], tokens: list[Token]) -> None:
        """Status requests inside a command's data: a printer answers them as they arrive."""
        alone = {token.at for token in tokens if token.name in REAL_TIME}
        inside = (found for found in questions if found.at not in alone)
        # In a picture that is passed on as it comes, the printer itself finds them.
        self._outlet.put(found.raw for found in inside if found.at >= self._picture.end)

    @property
    def _may_stream(self) -> bool:
        """Whether a long picture is passed on as it comes: nothing has to wait for it."""
        free = self._streams and not self._busy and not self._on_display
        return free and self._outlet.there

    def _stream_on(self, data: bytes, arrived: int) -> int:
        """The picture under way, and others right behind it; returns where they end in ``data``."""
        if not self._live.quiet(arrived):
            return self._picture.take(data)
        place, heads = self._picture.pass_on(self._scanner, data, more=self._may_stream)
        for head in heads:
            self._paper.passed(is_cut=False, text=self._reader.read(head))
        return place

    def _stream(self) -> None:
        """A long picture has begun in what the scanner holds."""
        if self._may_stream and self._picture.begins(self._scanner):
            token = self._picture.start(self._scanner, self._live.quiet)
            self._paper.passed(is_cut=False, text=self._reader.read(token))

    def _passes(self, token: Token) -> bool:
        """Outside a job: what prints nothing, and a picture that is too long to be a logo."""
        return not starts_job(token) or (self._streams and is_long_picture(token))

    def _token(self, token: Token, raw: bytes) -> None:
        """One token; ``raw`` is what the printer gets for it."""
        if token.name in OVERSIZED:
            self._too_large(token)
            return
        if token.name in REAL_TIME and not opens_drawer(token):
            self._act_now(token, raw)
            return
        if token.name == "ESC =" and self._settings.display:
            self._select(token)
        elif self._on_display:
            self._screen.add(token, self._display_reader.read(token))
            self._pass(token.raw)
        else:
            self._print(token, raw, self._reader.read(token))

    def _act_now(self, token: Token, raw: bytes) -> None:
        if token.raw == CLEAR_NOW:
            self._drop()
        self._outlet.put([raw])

    def _drop(self) -> None:
        """The till cleared the printer's buffer: what is held here is part of that."""
        self._job = None
        self._backlog.clear()
        self._paper.forget()
        self._out += [CancelTimer(IDLE), CancelTimer(HOLD)]

    def _select(self, token: Token) -> None:
        """Display alone: what follows passes. Otherwise the printer is meant, alone or too."""
        command = meaning(token)
        if isinstance(command, SelectDevice) and command.display and not command.printer:
            self._select_display(token)
            return
        back, self._on_display = self._on_display, False
        self._printer_select = token.raw
        if back:
            self._pass(build.SELECT_PRINTER)
        if token.raw != build.SELECT_PRINTER or (self._busy and not back):
            self._hold(token, token.raw, "")
        elif not back:
            self._pass(token.raw)

    def _select_display(self, token: Token) -> None:
        if self._printer_select != build.SELECT_PRINTER and self._busy:
            printer = build.SELECT_PRINTER
            self._hold(Token(token.name, printer, token.at), printer, "")
        self._printer_select = build.SELECT_PRINTER
        self._on_display = True
        self._screen.add(token, "")
        self._pass(token.raw)

    @property
    def _busy(self) -> bool:
        return self._job is not None or self._paper.waits

    def _print(self, token: Token, raw: bytes, text: str) -> None:
        """A token for the printer: into the job, or past it."""
        if self._paper.waits:
            self._hold(token, raw, text)
            return
        job = self._job
        if job is not None and job.is_cut and not self._belongs(token):
            self._finish()
            if self._paper.waits:
                self._hold(token, raw, text)
                return
            job = None
        if job is None and self._passes(token):
            self._style.follow(token, raw)
            self._hidden.follow(token, text)
            self._paper.passed(token.name in CUTS, text)
            # No command can begin before a picture and end in it: its head stands between.
            if is_long_picture(token) or self._clean(raw):
                self._send([raw])
            return
        self._hold(token, raw, text)
        job = self._job
        if job is None:
            return
        if job.size > MAX_JOB:
            self._finish(endless=self._settings.bound == "refuse")
        elif job.is_cut and not self._paper.may_open_drawer(job):
            self._finish()

    def _belongs(self, token: Token) -> bool:
        """After the cut: the drawer pulse that some tills send last, and settings before it."""
        plain = token.name in HARMLESS and token.name not in QUERIES | CUTS
        return opens_drawer(token) or plain

    def _hold(self, token: Token, raw: bytes, text: str) -> None:
        if self._paper.waits:
            self._backlog.append((token, raw, text))
            if self._paper.full(len(raw)):
                self._paper.give_up()
                self._resume()
            return
        if self._job is None:
            self._job = Job(self._style, self._pictures)
            self._out.append(SetTimer(HOLD, self._settings.hold_ms / 1000))
        self._style.follow(token, raw)
        text += self._hidden.follow(token, text)
        self._job.disguised |= self._hidden.disguises(token, text)
        self._job.add(token, raw, text)

    def _pass(self, data: bytes) -> None:
        if self._clean(data):
            self._outlet.put([data])

    def _clean(self, data: bytes) -> bool:
        clean = self._outlet.clean([data])
        if not clean:
            self._tell(self._refused(Reason.MALFORMED, _STRAY, data))
        return clean

    def _too_large(self, token: Token) -> None:
        """No printer takes such a command, and nobody could read it: neither head nor data."""
        if token.name == "OVERSIZE":
            self._tell(self._refused(Reason.MALFORMED, _OVERSIZE, token.raw))

    # -- the end of a job --------------------------------------------------------------------

    def _finish(self, *, endless: bool = False) -> None:
        job, self._job = self._job, None
        if job is None:
            return
        self._out += [CancelTimer(IDLE), CancelTimer(HOLD)]
        if not self._outlet.there:
            self._paper.drop_unprinted(job)
        elif not self._outlet.clean(job.pieces(), job.pulses_at()):
            self._paper.hold_back(job, self._paper.judge.refuse_hidden(job))
        elif endless:
            self._paper.hold_back(job, self._paper.judge.refuse_endless(job))
        else:
            self._paper.settle(job)

    def _resume(self) -> None:
        """What came while a job waited for its payment is printed after it, in order."""
        backlog, self._backlog = self._backlog, []
        for index, (token, raw, text) in enumerate(backlog):
            if self._paper.waits:
                self._backlog += backlog[index:]
                return
            self._print(token, raw, text)
        if backlog and self._job is not None:
            self._out.append(SetTimer(IDLE, self._settings.idle_ms / 1000))

    def _send(self, pieces: Iterable[bytes]) -> None:
        """Bytes for the printer, also while the till has the display selected."""
        if self._on_display:
            pieces = [build.SELECT_PRINTER, *pieces, build.SELECT_DISPLAY]
        self._outlet.put(pieces)

    # -- telling -----------------------------------------------------------------------------

    def _read_display(self) -> None:
        policy = self._guard.policy
        total = self._screen.new_total(policy.receipts, policy.currency)
        if total is None:
            return
        try:
            self._guard.tell_order(None, total, Source.DISPLAY)
        except StoreError:
            self._out.append(self._paper.no_record())

    def _refused(self, reason: Reason, say: Words, data: bytes) -> Decision:
        return self._guard.refuse(link=self.name, reason=reason, say=say, frame=data)

    def _tell(self, decision: Decision) -> None:
        if decision.verdict.level > Level.ALLOW:
            self._out.append(Tell(decision.verdict.level.name, decision.say))

    def _effects(self) -> Effects:
        out = self._out[:]
        self._out.clear()  # the same list: paper and outlet add to it
        return out
