"""The provider link: a local reverse proxy between the till and a payment provider, sans-IO.

Which requests there are and what they mean stands in the provider's profile
(``frames.provider_profile``): WeChat Pay, Alipay, or one of your own.

The till's base URL points here. One whole request is read, judged, made durable, and only then
sent on: same target, same body, same headers but those that belong to one hop. Connections stay
open on both sides (``provider_till``, ``provider_upstream``), but one request at a time is served.
A request that may move money is sent once: if its connection breaks, the outcome is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pos_guard.errors import FrameError
from pos_guard.frames.http import Exchange, HttpReply, HttpRequest
from pos_guard.frames.provider_profile import Op, Profile
from pos_guard.frames.provider_profile_file import profile as shipped_profile
from pos_guard.frames.provider_request import Asked, Meaning, intent_of, read
from pos_guard.guard import Decision, Guard
from pos_guard.links import provider_words as words
from pos_guard.links.provider_money import Money
from pos_guard.links.provider_till import IDLE, REQUEST, TillSide
from pos_guard.links.provider_upstream import STALE, Upstream
from pos_guard.links.session import (
    AskPerson,
    CancelTimer,
    Effects,
    QuietSession,
    SetTimer,
    Tell,
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
    ``idle``: for the till's next request; a payment is queried every 5 to 10 s.
    ``stale``: an idle connection to the provider older than this is made anew; servers and
    routers close idle ones after 60 s and more.
    """

    request: float = 10.0
    connect: float = 8.0
    hold: float = 50.0
    reply: float = 30.0
    idle: float = 60.0
    stale: float = 45.0


_ASKS = frozenset({Op.QUERY, Op.REFUND_QUERY})
"""Requests that may be sent twice, besides every GET."""

WAITS = Waits()


class _Stage(Enum):
    CONNECT = "the provider is not connected yet, nothing is judged"
    HELD = "a second person is asked"
    ANSWERED = "the person answered, to be judged again"
    SENT = "forwarded, the answer is awaited"


@dataclass(slots=True)
class Task:
    """One request of the till on its way. ``heard``: the till still waits for the answer.

    ``begun``: something of the answer is there. ``again``: it was sent a second time.
    """

    request: HttpRequest
    meaning: Meaning
    exchange: Exchange
    stage: _Stage = _Stage.CONNECT
    decision: int | None = None
    heard: bool = True
    begun: bool = False
    again: bool = False

    @property
    def only_asks(self) -> bool:
        """It moves nothing, however often it is sent."""
        return self.meaning.op in _ASKS or self.request.method == "GET"

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
        self._till = TillSide(waits.idle, waits.request)
        self._upstream = Upstream(waits.stale)
        self._task: Task | None = None
        self._next: Task | None = None

    # -- the till ----------------------------------------------------------------------------

    def app_connected(self) -> Effects:
        """The till opened a connection."""
        return self._till.connected()

    def app_waiting(self) -> Effects:
        """Another connection waits: an idle one makes room for it."""
        return self._till.yielding()

    def app_data(self, data: bytes) -> Effects:
        """Bytes of the till; what comes before an answer is never read as a request."""
        if not self._till.reading:
            return self._overtaken(data)
        try:
            request, effects = self._till.feed(data)
            if request is None:
                return effects
            self._next = self._read(request)
        except FrameError as error:
            return self._malformed(error, data)
        return [*effects, *self._advance()]

    def app_closed(self) -> Effects:
        """The till hung up: what is not forwarded yet never will be."""
        self._next = None
        effects = self._till.closed()
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
        return [*self._upstream.connected(), *self._advance()]

    def device_data(self, data: bytes) -> Effects:
        """Bytes of the provider."""
        task = self._task
        if task is None or task.stage is not _Stage.SENT:
            return self._upstream.hang_up("it speaks without being asked")
        task.begun = True
        try:
            reply = task.exchange.feed(data)
        except FrameError as error:
            return self._lost(task, error.code)
        return [] if reply is None else self._answer(task, reply)

    def device_closed(self) -> Effects:
        """The provider hung up, perhaps to end its reply."""
        effects = self._upstream.closed()
        task = self._task
        if task is None or task.stage is not _Stage.SENT:
            return effects
        try:
            reply = task.exchange.closed()
        except FrameError as error:
            if task.only_asks and self._upstream.used and not task.begun and not task.again:
                return [*effects, *self._ask_again(task)]
            return [*effects, *self._lost(task, error.code)]
        return [*effects, *self._answer(task, reply)]

    # -- time and people ---------------------------------------------------------------------

    def timer(self, name: str) -> Effects:
        """A wait is over."""
        if name == IDLE:
            return self._till.idle()
        if name == REQUEST and self._till.reading:
            return self._malformed(FrameError("truncated", "the request stopped half-way"), b"")
        if name == STALE:
            self._upstream.idle_too_long()
        task = self._task
        return [] if task is None else self._task_timer(task, name)

    def _task_timer(self, task: Task, name: str) -> Effects:
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

    def _read(self, request: HttpRequest) -> Task:
        asked = Asked(request.method, request.target, request.body, request.header)
        return Task(request, read(self._profile, asked), Exchange(request, self._host))

    def _advance(self) -> Effects:
        """Bring the current request as far as it can go now."""
        if self._task is None:
            self._task, self._next = self._next, None
        task = self._task
        if task is None or task.stage in {_Stage.HELD, _Stage.SENT}:
            return []
        effects = self._upstream.renewed()
        connecting = task.stage is _Stage.CONNECT
        if not self._upstream.up:
            wait: Effects = [SetTimer("connect", self._waits.connect)] if connecting else []
            return [*effects, *wait]
        return self._judge(task) if connecting else self._rejudge(task)

    def _rejudge(self, task: Task) -> Effects:
        if task.decision is None:
            return []
        decision = self._guard.rejudge(task.decision)
        if decision.allowed:
            return [CancelTimer("hold"), *self._send(task)]
        return self._refuse(task, decision)

    def _judge(self, task: Task) -> Effects:
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

    def _send(self, task: Task) -> Effects:
        task.stage = _Stage.SENT
        wait = SetTimer("reply", self._waits.reply)
        return [*self._upstream.carries(), ToDevice(task.exchange.to_send), wait]

    def _ask_again(self, task: Task) -> Effects:
        """Ask once more: the provider gave up an idle connection just when the question left."""
        task.exchange = Exchange(task.request, self._host)
        task.again = True
        task.stage = _Stage.CONNECT
        return [CancelTimer("reply"), *self._advance()]

    def _answer(self, task: Task, reply: HttpReply) -> Effects:
        misfit = self._money.answered(task.meaning, task.decision, reply)
        told: Effects = [] if misfit is None else [Tell(Level.DENY_LOCKED.name, misfit)]
        line = self._upstream.answered(reusable=task.exchange.reusable)
        return [*told, *line, *self._reply(task, reply)]

    def _lost(self, task: Task, code: str) -> Effects:
        """Forwarded, and no answer: unknown to the ledger, the cashier and the till."""
        told: Effects = []
        if task.decision is not None:
            self._money.settle(task.decision, Outcome(Result.UNKNOWN, code=code))
            told = [Tell(Level.WARN.name, words.UNKNOWN)]
        hang_up = self._upstream.hang_up(code) if self._upstream.up else []
        return [*told, *hang_up, *self._reply(task, words.unknown(self._profile, task.meaning))]

    def _unconnected(self, task: Task) -> Effects:
        if intent_of(self._profile, task.meaning) is None:
            return self._reply(task, words.unknown(self._profile, task.meaning))
        return self._refuse(task, self._refusal(Reason.GUARD, words.NOT_CONNECTED, task.frame))

    def _refuse(self, task: Task, decision: Decision) -> Effects:
        told = Tell(decision.verdict.level.name, decision.say)
        return [told, *self._reply(task, self._no(decision.reason, decision.say, task.meaning))]

    def _overtaken(self, data: bytes) -> Effects:
        """Bytes behind a request that is not answered yet: refused on record, once."""
        waits = self._next is not None or (self._task is not None and self._task.heard)
        if not waits or not self._till.overtaken():
            return []
        decision = self._refusal(Reason.MALFORMED, words.OVERTAKEN, data)
        return [Tell(decision.verdict.level.name, decision.say)]

    def _malformed(self, error: FrameError, data: bytes) -> Effects:
        """Refuse what is no known request; nothing of it was or will be forwarded."""
        decision = self._refusal(Reason.MALFORMED, words.malformed(error), data)
        told = Tell(decision.verdict.level.name, decision.say)
        reply = words.not_understood(self._profile, error)
        return [told, *self._till.refused(reply, error.code)]

    def _no(self, reason: Reason, say: Words, meaning: Meaning) -> HttpReply:
        return words.refusal(self._profile, reason, say, meaning)

    def _refusal(self, reason: Reason, say: Words, frame: bytes) -> Decision:
        return self._guard.refuse(link=self.name, reason=reason, say=say, frame=frame)

    def _reply(self, task: Task, reply: HttpReply) -> Effects:
        """Answer the till if it still listens, then take the next request."""
        effects = self._till.answer(reply) if task.heard else []
        return [*effects, *self._done()]

    def _done(self) -> Effects:
        self._task = None
        timers: Effects = [CancelTimer(name) for name in ("connect", "hold", "reply")]
        return [*timers, *self._advance()]

    def _abandon(self, task: Task) -> None:
        if task.decision is not None:
            self._guard.abandon(task.decision)
