"""The provider link: a local reverse proxy between the till and a payment provider, sans-IO.

Which requests there are and what they mean stands in the provider's profile
(``frames.provider_profile``): WeChat Pay, Alipay, or one of your own.

The till's base URL points here. One whole request is read, judged, made durable, and only then
sent on: same target, same body, same headers but those that belong to one hop. One request at a
time goes upstream; each answer closes the till's connection, so that no second request can hide
behind a first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pos_guard.errors import FrameError
from pos_guard.frames.http import Exchange, HttpReply, HttpRequest, RequestReader, build_reply
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_profile_file import profile as shipped_profile
from pos_guard.frames.provider_request import Asked, Meaning, intent_of, read
from pos_guard.guard import Decision, Guard
from pos_guard.links import provider_words as words
from pos_guard.links.provider_money import Money
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
    ToApp,
    ToDevice,
)
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Level, Reason


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each wait may last, in seconds.

    ``request``: for the rest of a request that has begun; a local client sends it at once.
    ``connect``: for the connection to the provider; longer than the shell's longest pause.
    ``hold``: for a second person; below the 60 s that patient clients wait.
    ``reply``: for the provider's answer; its documents advise clients to wait 30 s at most.
    """

    request: float = 10.0
    connect: float = 8.0
    hold: float = 50.0
    reply: float = 30.0


WAITS = Waits()


class _Stage(Enum):
    CONNECT = "the provider is not connected yet, nothing is judged"
    HELD = "a second person is asked"
    ANSWERED = "the person answered, to be judged again"
    SENT = "forwarded, the answer is awaited"


@dataclass(slots=True)
class _Task:
    """One request of the till on its way. ``heard``: the till still waits for the answer."""

    request: HttpRequest
    meaning: Meaning
    exchange: Exchange
    stage: _Stage = _Stage.CONNECT
    decision: int | None = None
    heard: bool = True

    @property
    def frame(self) -> bytes:
        """What is judged, as bytes."""
        return f"{self.request.method} {self.request.target}\n".encode() + self.request.body


class ProviderSession(QuietSession):
    """One provider link. ``host`` is the provider's name, for the Host header.

    Without a ``profile`` it is WeChat Pay v3.
    """

    def __init__(
        self,
        name: str,
        guard: Guard,
        host: str,
        waits: Waits = WAITS,
        profile: Profile | None = None,
    ) -> None:
        self.name = name
        self._guard = guard
        self._profile = profile or shipped_profile("wechat-v3")
        self._money = Money(name, guard, self._profile)
        self._host = host
        self._waits = waits
        self._up = False
        self._reader: RequestReader | None = None
        self._task: _Task | None = None
        self._next: _Task | None = None

    # -- the till ----------------------------------------------------------------------------

    def app_connected(self) -> Effects:
        """The till opened a connection: for one request."""
        self._reader = RequestReader()
        return []

    def app_data(self, data: bytes) -> Effects:
        """Bytes of the till; what follows a whole request is never read."""
        reader = self._reader
        if reader is None:
            return []
        begun = reader.started
        try:
            request = reader.feed(data)
            if request is None:
                interim = reader.take_interim()
                effects: Effects = [ToApp(interim)] if interim else []
                return effects if begun else [*effects, SetTimer("request", self._waits.request)]
            self._reader = None
            task = self._read(request)
        except FrameError as error:
            self._reader = None
            return [CancelTimer("request"), *self._malformed(error, data)]
        self._next = task
        return [CancelTimer("request"), *self._advance()]

    def app_closed(self) -> Effects:
        """The till hung up: what is not forwarded yet never will be."""
        self._reader = None
        self._next = None
        effects: Effects = [CancelTimer("request")]
        task = self._task
        if task is None:
            return effects
        task.heard = False
        if task.stage is _Stage.SENT:
            return effects
        self._abandon(task)
        return [*effects, *self._done()]

    # -- the provider ------------------------------------------------------------------------

    def device_connected(self) -> Effects:
        """The provider is there."""
        self._up = True
        return self._advance()

    def device_data(self, data: bytes) -> Effects:
        """Bytes of the provider."""
        task = self._task
        if task is None or task.stage is not _Stage.SENT:
            return self._hang_up("it speaks without being asked")
        try:
            reply = task.exchange.feed(data)
        except FrameError as error:
            return self._lost(task, error.code)
        return [] if reply is None else self._answer(task, reply)

    def device_closed(self) -> Effects:
        """The provider hung up, perhaps to end its reply."""
        self._up = False
        task = self._task
        if task is None or task.stage is not _Stage.SENT:
            return []
        try:
            reply = task.exchange.closed()
        except FrameError as error:
            return self._lost(task, error.code)
        return self._answer(task, reply)

    # -- time and people ---------------------------------------------------------------------

    def timer(self, name: str) -> Effects:
        """A wait is over."""
        task = self._task
        if name == "request" and self._reader is not None:
            self._reader = None
            return self._malformed(FrameError("truncated", "the request stopped half-way"), b"")
        if task is None:
            return []
        if name == "reply" and task.stage is _Stage.SENT:
            return self._lost(task, "silent")
        if name == "connect" and task.stage is _Stage.CONNECT:
            return self._unconnected(task)
        if name == "hold" and task.stage in {_Stage.HELD, _Stage.ANSWERED}:
            self._abandon(task)
            reply = self._no(Reason.DECLINED_BY_PERSON, words.NOBODY_ANSWERED, task.meaning)
            return [Tell(Level.DENY.name, words.NOBODY_ANSWERED), *self._reply(task, reply)]
        return []

    def answered(self, decision: int) -> Effects:
        """A person approved or refused what is held."""
        task = self._task
        if task is None or task.stage is not _Stage.HELD or task.decision != decision:
            return []
        task.stage = _Stage.ANSWERED
        return self._advance()

    # -- one request's way -------------------------------------------------------------------

    def _read(self, request: HttpRequest) -> _Task:
        asked = Asked(request.method, request.target, request.body, request.header)
        return _Task(request, read(self._profile, asked), Exchange(request, self._host))

    def _advance(self) -> Effects:
        """Bring the current request as far as it can go now."""
        if self._task is None:
            self._task, self._next = self._next, None
        task = self._task
        if task is None:
            return []
        if task.stage is _Stage.CONNECT:
            return self._judge(task) if self._up else [SetTimer("connect", self._waits.connect)]
        if task.stage is _Stage.ANSWERED and self._up and task.decision is not None:
            decision = self._guard.rejudge(task.decision)
            if decision.allowed:
                return [CancelTimer("hold"), *self._send(task)]
            return self._refuse(task, decision)
        return []

    def _judge(self, task: _Task) -> Effects:
        effects: Effects = [CancelTimer("connect")]
        intent = self._money.intent(task.meaning)
        if intent is None:
            return [*effects, *self._send(task)]
        decision = self._guard.judge(intent, link=self.name, frame=task.frame)
        if decision.allowed:
            task.decision = decision.id
            if decision.verdict.level is not Level.ALLOW:
                effects.append(Tell(decision.verdict.level.name, decision.say))
            return [*effects, *self._send(task)]
        if decision.needs_person:
            task.decision = decision.id
            task.stage = _Stage.HELD
            effects.append(SetTimer("hold", self._waits.hold))
            return [*effects, AskPerson(decision.id, decision.say)]
        return [*effects, *self._refuse(task, decision)]

    def _send(self, task: _Task) -> Effects:
        task.stage = _Stage.SENT
        return [ToDevice(task.exchange.to_send), SetTimer("reply", self._waits.reply)]

    def _answer(self, task: _Task, reply: HttpReply) -> Effects:
        misfit = self._money.answered(task.meaning, task.decision, reply)
        told: Effects = [] if misfit is None else [Tell(Level.DENY_LOCKED.name, misfit)]
        hang_up = [] if task.exchange.reusable else self._hang_up("no further use")
        return [*told, *hang_up, *self._reply(task, reply)]

    def _lost(self, task: _Task, code: str) -> Effects:
        """Forwarded, and no answer: unknown to the ledger, the cashier and the till."""
        told: Effects = []
        if task.decision is not None:
            self._money.settle(task.decision, Outcome(Result.UNKNOWN, code=code))
            told = [Tell(Level.WARN.name, words.UNKNOWN)]
        hang_up = self._hang_up(code) if self._up else []
        return [*told, *hang_up, *self._reply(task, words.unknown(self._profile, task.meaning))]

    def _unconnected(self, task: _Task) -> Effects:
        if intent_of(self._profile, task.meaning) is None:
            return self._reply(task, words.unknown(self._profile, task.meaning))
        return self._refuse(task, self._refusal(Reason.GUARD, words.NOT_CONNECTED, task.frame))

    def _refuse(self, task: _Task, decision: Decision) -> Effects:
        told = Tell(decision.verdict.level.name, decision.say)
        return [told, *self._reply(task, self._no(decision.reason, decision.say, task.meaning))]

    def _malformed(self, error: FrameError, data: bytes) -> Effects:
        """Refuse what is no known request; nothing of it was or will be forwarded."""
        decision = self._refusal(Reason.MALFORMED, words.MALFORMED, data)
        reply = build_reply(self._no(decision.reason, decision.say, None), close=True)
        told = Tell(decision.verdict.level.name, decision.say)
        return [told, ToApp(reply), CloseApp(f"refused: {error.code}")]

    def _no(self, reason: Reason, say: Words, meaning: Meaning | None) -> HttpReply:
        return words.refusal(self._profile, reason, say, meaning)

    def _refusal(self, reason: Reason, say: Words, frame: bytes) -> Decision:
        return self._guard.refuse(link=self.name, reason=reason, say=say, frame=frame)

    def _reply(self, task: _Task, reply: HttpReply) -> Effects:
        """Answer the till if it still listens, then take the next request."""
        effects: Effects = []
        if task.heard:
            effects = [ToApp(build_reply(reply, close=True)), CloseApp("answered")]
        return [*effects, *self._done()]

    def _done(self) -> Effects:
        self._task = None
        timers: Effects = [CancelTimer(name) for name in ("connect", "hold", "reply")]
        return [*timers, *self._advance()]

    def _abandon(self, task: _Task) -> None:
        if task.decision is not None:
            self._guard.abandon(task.decision)

    def _hang_up(self, reason: str) -> Effects:
        self._up = False
        return [CloseDevice(reason)]
