"""One provider, judged in the app's own process: before a request leaves, after its answer came.

The transports and client hooks beside this file call it; they differ only in whose HTTP client
they sit in. Where the link is a proxy, this is the same profile and the same guard without one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pos_guard.consoles.callback import Console, converse
from pos_guard.decision import Decision
from pos_guard.errors import FrameError
from pos_guard.frames.http import MAX_BODY, HttpReply, HttpRequest
from pos_guard.frames.http_head import parse_head
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_request import Asked, Meaning, read
from pos_guard.guard import Guard
from pos_guard.links import provider_words as words
from pos_guard.links.provider_money import Money
from pos_guard.model import Intent, Outcome, Result, Words
from pos_guard.policy.verdict import Level, Reason

Told = Callable[[Words], None]
"""Hears what the cashier must know: warnings, refusals, answers that do not fit."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as the HTTP client is about to send it. ``target``: path and query.

    ``headers`` as text; ``body`` None where it is not there yet (a stream).
    """

    method: str
    host: str
    target: str
    headers: Iterable[tuple[str, str]]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that may be sent now. ``decision`` is None where no money moves."""

    meaning: Meaning
    decision: int | None


class ProviderHook:
    """Judges the requests to one provider. Any thread may call it; one is served at a time.

    ``name`` is the link's in ledger and log. ``hosts`` are those that requests may go to, the
    profile's own if left out: whatever a guarded client sends elsewhere is refused. ``console``
    asks people where a second one is needed; without it such requests are refused.
    """

    def __init__(
        self,
        name: str,
        guard: Guard,
        profile: Profile,
        *,
        hosts: frozenset[str] | None = None,
        console: Console | None = None,
        tell: Told | None = None,
    ) -> None:
        self.name = name
        self._guard = guard
        self._profile = profile
        self._money = Money(name, guard, profile)
        self._hosts = hosts or frozenset({profile.host})
        self._console = console
        self._tell = tell
        self._lock = threading.Lock()

    def before(self, outgoing: Outgoing) -> Passed | HttpReply:
        """Judge a request, durably. A reply is the refusal: nothing may be sent then."""
        with self._lock:
            try:
                request = self._as_request(outgoing)
                asked = Asked(request.method, request.target, request.body, request.header)
                meaning = read(self._profile, asked)
            except FrameError as error:
                return self._malformed(outgoing, error)
            intent = self._money.intent(meaning)
            if intent is None:
                return Passed(meaning, None)
            return self._judge(meaning, intent, request)

    def after(self, passed: Passed, reply: HttpReply) -> None:
        """Settle what an answer settles, durably; only then may the app have it."""
        with self._lock:
            misfit = self._money.answered(passed.meaning, passed.decision, reply)
            self._say(misfit)

    def lost(self, passed: Passed, code: str) -> None:
        """It was sent, or perhaps, and no answer came: unknown, to be asked for by the app."""
        self._settle(passed, Outcome(Result.UNKNOWN, code=code))

    def unsent(self, passed: Passed) -> None:
        """No connection was made: surely nothing left."""
        self._settle(passed, Outcome(Result.DECLINED, code="not-sent"))

    def _settle(self, passed: Passed, outcome: Outcome) -> None:
        if passed.decision is None:
            return
        with self._lock:
            self._say(self._money.settle(passed.decision, outcome))
            if outcome.result is Result.UNKNOWN:
                self._say(words.UNKNOWN)

    def _judge(self, meaning: Meaning, intent: Intent, request: HttpRequest) -> Passed | HttpReply:
        frame = f"{request.method} {request.target}\n".encode() + request.body
        decision = self._guard.judge(intent, link=self.name, frame=frame)
        if decision.needs_person and self._console is not None:
            decision = converse(self._guard, decision, intent, self._console)
        if decision.allowed:
            if decision.verdict.level is not Level.ALLOW:
                self._say(decision.say)
            return Passed(meaning, decision.id)
        if decision.needs_person:
            self._guard.abandon(decision.id)
        return self._refused(decision, meaning)

    def _malformed(self, outgoing: Outgoing, error: FrameError) -> HttpReply:
        say, reason = words.malformed(error), Reason.MALFORMED
        frame = outgoing.body or b""
        decision = self._guard.refuse(link=self.name, reason=reason, say=say, frame=frame)
        self._say(decision.say)
        return words.not_understood(self._profile, error)

    def _refused(self, decision: Decision, meaning: Meaning) -> HttpReply:
        self._say(decision.say)
        return words.refusal(self._profile, decision.reason, decision.say, meaning)

    def _say(self, say: Words | None) -> None:
        if say is not None and self._tell is not None:
            self._tell(say)

    def _as_request(self, outgoing: Outgoing) -> HttpRequest:
        """The request as a server would read it, by the same strict reader as on the wire.

        :raises FrameError: it goes elsewhere, could be read in more than one way, or its body is
            not there yet.
        """
        if outgoing.host not in self._hosts:
            raise FrameError("target", "not a host of this provider")
        if outgoing.body is None or len(outgoing.body) > MAX_BODY:
            raise FrameError("length", "the body is a stream, or too long")
        lines = [f"{outgoing.method} {outgoing.target} HTTP/1.1", f"Host: {outgoing.host}"]
        lines += [f"{name}: {value}" for name, value in outgoing.headers if name.lower() != "host"]
        try:
            head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        except UnicodeEncodeError as error:
            raise FrameError("header", "a header is not Latin-1") from error
        if head.count(b"\r\n") != len(lines) + 1:
            raise FrameError("header", "a line end within a header")
        parsed = parse_head(head)
        return HttpRequest(parsed.method, parsed.target, parsed.headers, outgoing.body)
