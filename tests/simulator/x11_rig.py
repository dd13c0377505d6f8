"""A real X server (Xvfb), and terminals on it whose ``cat`` gets what was typed into them.

What ``cat`` gets is what xterm, Xlib and the server's keymap (xkeyboard-config) make of the keys.
With POS_GUARD_REQUIRE_X11=1 nothing is skipped where they are missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

NEEDED = ("Xvfb", "xterm", "setxkbmap")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
REQUIRED = os.environ.get("POS_GUARD_REQUIRE_X11") == "1"
with_x11 = pytest.mark.skipif(
    bool(MISSING) and not REQUIRED, reason=f"needs {', '.join(MISSING)} (Debian: xvfb xterm)"
)

CAPS_LOCK = 66
"""Its keycode: KEY_CAPSLOCK of linux/input-event-codes.h, and 8."""

X_CLIENT = {**os.environ, "LC_ALL": "C.UTF-8"}


class Window:
    """A terminal with ``cat`` in it; ``read`` gives what was typed into it."""

    def __init__(self, display: str, folder: Path, name: str) -> None:
        self.name = name
        self._errors = folder / f"{name}.err"
        self._fifo = folder / name
        os.mkfifo(self._fifo)
        script = 'stty raw -echo; exec cat > "$1"'
        program = ("sh", "-c", script, "sh", str(self._fifo))
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                ["xterm", "-display", display, "-name", name, "-u8", "-e", *program],
                env=X_CLIENT,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self._typed = os.open(self._fifo, os.O_RDONLY)  # once cat is there

    def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = os.read(self._typed, count - len(data))
            assert more, f"xterm ended after {data!r}: {self._errors.read_text()}"
            data += more
        return data

    def gets(self, text: str) -> None:
        data = text.encode()
        assert self.read(len(data)).decode() == text

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._typed)


class Desktop:
    """An X server, and windows on it."""

    def __init__(self, display: str, folder: Path) -> None:
        self.name = display
        self._folder = folder
        self._x = Display(display)
        self._windows: list[Window] = []

    def window(self, name: str = "till") -> Window:
        """A new window, which gets the focus."""
        self._windows.append(Window(self.name, self._folder, name))
        self.focus(name)
        return self._windows[-1]

    def focus(self, name: str) -> None:
        root = self._x.screen().root
        for window in root.query_tree().children:
            told = window.get_wm_class()
            if told is not None and told[0] == name:
                while window.get_attributes().map_state != X.IsViewable:
                    pass
                window.set_input_focus(X.RevertToParent, X.CurrentTime)
                self._x.sync()
                return
        raise AssertionError(name)

    def layout(self, *words: str) -> None:
        subprocess.run(["setxkbmap", "-display", self.name, *words], check=True, env=X_CLIENT)

    def keymap(self) -> list[tuple[int, ...]]:
        return self._x.get_keyboard_mapping(8, 248)

    def tap(self, keycode: int) -> None:
        xtest.fake_input(self._x, X.KeyPress, keycode)
        xtest.fake_input(self._x, X.KeyRelease, keycode)
        self._x.sync()

    def keys_down(self) -> list[int]:
        return [bits for bits in self._x.query_keymap() if bits]

    def close(self) -> None:
        for window in self._windows:
            window.close()
        self._x.close()


@contextmanager
def x_server() -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "640x480x24", "-noreset",
         "-nolisten", "tcp"],
        pass_fds=(theirs,),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    with os.fdopen(ours) as told:
        display = f":{told.readline().strip()}"
    assert display != ":", "no X server"
    yield display, process
    process.terminate()
    process.wait()
