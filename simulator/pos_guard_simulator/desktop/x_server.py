"""An X server by python-xlib: its keymap, and keys that are pressed by XTEST.

The one place that knows python-xlib (LGPL); import it when somebody wants to type.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from Xlib import X
from Xlib.display import Display
from Xlib.error import (
    ConnectionClosedError,
    DisplayError,
    XauthError,
    XNoAuthError,
)
from Xlib.ext import xtest
from Xlib.protocol import rq

from pos_guard.errors import PortClosedError, PortError
from pos_guard_simulator.desktop.keys import Keys, KeyState, read_keys

XKEYBOARD = "XKEYBOARD"
_CORE_KEYBOARD = 0x100
"""XkbUseCoreKbd of the X Keyboard Extension."""


class XServer:
    """A connection to the display of this name (``:0``); close it.

    :raises PortError: there is none, it lets nobody in, or it has no XTEST.
    :raises PortClosedError: of every method, once the server has gone.
    """

    def __init__(self, name: str) -> None:
        self._display = _opened(name)
        self.name = name
        self._ours: dict[int, int] = {}
        with _there():
            self._keyboard_opcode = self._xkeyboard()
            if not self._display.has_extension(xtest.extname):
                self._display.close()
                raise PortError("this X server has no XTEST, by which keys are pressed")

    def keys(self) -> Keys:
        """What can be typed now: people change layouts, and the one in use."""
        info = self._display.display.info
        first, last = int(info.min_keycode), int(info.max_keycode)
        with _there():
            rows = self._display.get_keyboard_mapping(first, last - first + 1)
            return read_keys(first, rows, self._state(), self._ours)

    def put(self, keysyms: Mapping[int, int]) -> None:
        """Put these keysyms on spare keys; 0 takes ours away."""
        with _there():
            for keycode, keysym in keysyms.items():
                # With and without Shift, so that Caps Lock does not change it.
                self._display.change_keyboard_mapping(keycode, [(keysym, keysym)])
                self._ours[keycode] = keysym

    def key(self, keycode: int, *, down: bool) -> None:
        """Press or release a key; ``flush`` sends it."""
        kind = X.KeyPress if down else X.KeyRelease
        with _there():
            xtest.fake_input(self._display, kind, keycode)

    def flush(self) -> None:
        """All keys are pressed when this returns; what they do in the window comes later."""
        with _there():
            self._display.sync()

    def close(self) -> None:
        """Hang up; the keymap is as it was."""
        try:
            left = {code: 0 for code, keysym in self.keys().spare.items() if keysym}
            self.put(left)
            self.flush()
            with _there():
                self._display.close()
        except PortClosedError:
            return  # it went before us

    def _xkeyboard(self) -> int | None:
        """The extension's opcode, once we are its client; None: it has none."""
        found = self._display.query_extension(XKEYBOARD)
        if found is None or not found.present:
            return None
        opcode = int(found.major_opcode)
        _UseExtension(display=self._display.display, opcode=opcode, major=1, minor=0)
        return opcode

    def _state(self) -> KeyState:
        if self._keyboard_opcode is None:
            return KeyState()
        state = _GetState(
            display=self._display.display, opcode=self._keyboard_opcode, device=_CORE_KEYBOARD
        )
        return KeyState(int(state.group), bool(int(state.locked_mods) & X.LockMask))


def _opened(name: str) -> Display:
    with warnings.catch_warnings():
        # It leaves the socket of a server that is not there to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return Display(name)
        except (DisplayError, XauthError, XNoAuthError, ConnectionClosedError) as error:
            reason = f"no X server lets us in: {error}"
    raise PortError(reason)


@contextmanager
def _there() -> Generator[None, None, None]:
    try:
        yield
    except ConnectionClosedError as error:
        raise PortClosedError("the X server has gone") from error


# Two requests of the X Keyboard Extension (its protocol, 4.1 and 5.2.1), which python-xlib lacks.


class _UseExtension(rq.ReplyRequest):
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor")
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Bool("supported"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card16("major"),
        rq.Card16("minor"),
        rq.Pad(20),
    )


class _GetState(rq.ReplyRequest):
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2)
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card8("mods"),
        rq.Card8("base_mods"),
        rq.Card8("latched_mods"),
        rq.Card8("locked_mods"),
        rq.Card8("group"),
        rq.Card8("locked_group"),
        rq.Pad(18),
    )
