"""Types texts on an X server's keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard_simulator.desktop.keys import Keys, Press, Wanted, wanted

if TYPE_CHECKING:
    from pos_guard_simulator.desktop.x_server import XServer

SETTLE_SECONDS = 0.3
"""Before a key that was typed gets another character: a window asks for the keymap when it handles
the key, and nothing tells when it has."""


class Typist:
    """One for a display; of any thread, one text at a time. Close it.

    Every method raises PortClosedError once the server has gone.
    """

    def __init__(self, server: XServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._pause = threading.Event()  # never set: whoever waits for it lets time pass
        self._borrowed = False

    @property
    def display(self) -> str:
        """The display's name."""
        return self._server.name

    def type(self, text: str) -> None:
        """Type it where the focus is, in the layout that is in use.

        Characters that the layout has no key for are put on keys that it leaves free.

        :raises LocalError: it leaves none free; nothing is typed.
        """
        with self._lock:
            keys = self._server.keys()
            for part in _parts(list(wanted(text)), keys):
                keys = self._able(part, keys)
                for one in part:
                    press = keys.press(one)
                    if press is not None:
                        self._press(press)
                self._server.flush()

    def key(self, keycode: int, *, down: bool) -> None:
        """One key, as a keyboard has it."""
        with self._lock:
            self._server.key(keycode, down=down)
            self._server.flush()

    def close(self) -> None:
        """Hang up, with the keymap as it was."""
        with self._lock:
            if self._borrowed:
                self._settle()
            self._server.close()

    def _able(self, part: Sequence[Wanted], keys: Keys) -> Keys:
        """The keys, with all that this part needs."""
        needed = {one.keysym for one in part}
        lacking = sorted(needed - keys.presses.keys())
        if not lacking:
            return keys
        free = [code for code, keysym in keys.spare.items() if not keysym]
        if len(free) < len(lacking):
            free += [code for code, ours in keys.spare.items() if ours and ours not in needed]
            self._settle()
        self._server.put(dict(zip(free, lacking, strict=False)))
        self._borrowed = True
        return self._server.keys()

    def _press(self, press: Press) -> None:
        keys = (*press.held, press.keycode)
        for keycode in keys:
            self._server.key(keycode, down=True)
        for keycode in reversed(keys):
            self._server.key(keycode, down=False)

    def _settle(self) -> None:
        self._pause.wait(SETTLE_SECONDS)


def _parts(text: Sequence[Wanted], keys: Keys) -> Iterator[list[Wanted]]:
    """Parts of which each needs no more new characters than there are spare keys."""
    own = {keysym for keysym in keys.spare.values() if keysym}
    known = keys.presses.keys() - own
    if not keys.spare and any(one.keysym not in known for one in text):
        raise LocalError("the keyboard layout has no key for a character, and leaves none free")
    part: list[Wanted] = []
    new: set[int] = set()
    for one in text:
        if one.keysym not in known and one.keysym not in new:
            if len(new) == len(keys.spare):
                yield part
                part, new = [], set()
            new.add(one.keysym)
        part.append(one)
    yield part
