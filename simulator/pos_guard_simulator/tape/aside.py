"""Keeps the tape in a thread of its own: nobody's bytes wait while secrets are looked for."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from pos_guard_simulator.tape.lines import Happening, To
from pos_guard_simulator.tape.recording import Recording

MAX_BEHIND = 4096
"""Pieces that may wait to be kept; then the line waits too. A printer takes minutes for so many."""


class Aside:
    """A recording in the background. What went wrong there is raised at the next call."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tape")
        self._waiting: deque[Future[None]] = deque()

    def said(self, to: To, data: bytes) -> None:
        """Bytes went by.

        :raises OSError: the tape could not be written.
        """
        self._add(self._thread.submit(self._recording.said, to, data, self._recording.now()))

    def happened(self, what: Happening) -> None:
        """Something without bytes.

        :raises OSError: the tape could not be written.
        """
        self._add(self._thread.submit(self._recording.happened, what, self._recording.now()))

    def close(self) -> None:
        """Keep all that waits.

        :raises OSError: the tape could not be written.
        """
        self._waiting.append(self._thread.submit(self._recording.finish))
        self._thread.shutdown(wait=True)
        for done in self._waiting:
            done.result()

    def _add(self, work: Future[None]) -> None:
        self._waiting.append(work)
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > MAX_BEHIND):
            self._waiting.popleft().result()
