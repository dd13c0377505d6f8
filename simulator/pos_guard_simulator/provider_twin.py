"""A simulated payment provider behind one connection at a time, sans-IO: HTTP in, HTTP out.

It reads requests by the profile that the guard uses too, and answers in the provider's own shape,
without TLS and, but for a ``seal``, without signatures; the book behind it holds the money.
"""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.clock import Clock
from pos_guard.errors import FrameError
from pos_guard.frames.http import HttpReply, HttpRequest, RequestReader, build_reply
from pos_guard.frames.provider_profile import Profile
from pos_guard.frames.provider_request import Asked, Meaning, read
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard_simulator.provider_book import Book, Move, Said, Script
from pos_guard_simulator.provider_voice import VOICES

__all__ = ["Move", "ProviderTwin", "Script", "Seal"]

Seal = Callable[[HttpReply], HttpReply]
"""Signs a reply as the provider would, for clients that check."""

_NOT_READ = Said("PARAM_ERROR", 400)


class ProviderTwin:
    """The provider. ``heard`` has method and target of all that arrived, ``book`` the money.

    :raises KeyError: it has no voice for this profile.
    """

    def __init__(
        self,
        profile: Profile,
        clock: Clock,
        merchants: frozenset[str],
        seal: Seal | None = None,
    ) -> None:
        self.book = Book(clock, merchants, profile.tender)
        self.heard: list[str] = []
        self._profile = profile
        self._voice = VOICES[profile.name]
        self._seal = seal
        self._reader: RequestReader | None = None

    @property
    def moved(self) -> list[Move]:
        """All money that really moved, in order."""
        return self.book.moved

    def connected(self) -> Effects:
        """Somebody opened the port."""
        self._reader = RequestReader()
        return []

    def data(self, data: bytes) -> Effects:
        """Bytes of the client."""
        reader = self._reader
        if reader is None:
            return []
        try:
            request = reader.feed(data)
        except FrameError as error:
            self._reader = None
            self.heard.append(f"garbage: {error.code}")
            return self._say(None, _NOT_READ, close=True)
        if request is None:
            interim = reader.take_interim()
            return [ToApp(interim)] if interim else []
        self._reader = RequestReader() if request.keep_alive else None
        return self._answer(request)

    def closed(self) -> Effects:
        """The client hung up."""
        self._reader = None
        return []

    def timer(self, name: str) -> Effects:
        """It sets no timers."""
        del name
        return []

    def _answer(self, request: HttpRequest) -> Effects:
        # Of a query only names are kept: values may be anything.
        self.heard.append(f"{request.method} {request.target.partition('&')[0]}")
        meaning: Meaning | None = None
        asked = Asked(request.method, request.target, request.body, request.header)
        try:
            meaning = read(self._profile, asked)
        except FrameError:
            said: Said | None = _NOT_READ
        else:
            said = self.book.answer(meaning)
        return [] if said is None else self._say(meaning, said, close=not request.keep_alive)

    def _say(self, meaning: Meaning | None, said: Said, *, close: bool) -> Effects:
        answer = self._voice(meaning, said)
        headers = [(b"Request-ID", b"SIM%08d" % len(self.heard))]
        if answer.body:
            headers.append((b"Content-Type", answer.type.encode()))
        reply = HttpReply(answer.status, tuple(headers), answer.body)
        raw = build_reply(reply if self._seal is None else self._seal(reply), close=close)
        return [ToApp(raw), CloseApp("answered")] if close else [ToApp(raw)]
