"""What other systems have, but do otherwise: for elsewhere.py, each with its source."""

from __future__ import annotations

import asyncio
import os
import re
import select
import selectors
import signal
import socket
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

SIGBREAK = signal.SIGUSR1
"""Stands for Windows' signal: nobody here uses it, and it ends a program that does not take it."""

CTRL_C_EVENT, CTRL_BREAK_EVENT = 0, 1
"""Their numbers in the Windows API (GenerateConsoleCtrlEvent)."""

CREATE_NEW_PROCESS_GROUP = 0x200
CONTROL_C_EXIT = 0xC000013A
"""How a program ends that CTRL_BREAK_EVENT has ended (STATUS_CONTROL_C_EXIT)."""

SUN_PATH = {"darwin": 104}
"""Bytes of a local socket's path with its zero (unix(4) of macOS)."""


def of(system: str) -> Mapping[str, Mapping[str, object]]:
    """By module what it has otherwise there; loops and files are changed for the whole process."""
    loop = _Windows if system == "win32" else _MacOs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(_policy(loop))
    sys.addaudithook(_Files(system).heard)
    if system == "darwin":
        own = {"TCP_KEEPALIVE": socket.TCP_KEEPIDLE}
        return {
            "sys": {"platform": system},
            "asyncio": {"SelectorEventLoop": _MacOs},
            "socket": own,
        }
    return {
        "sys": {"platform": system},
        "asyncio": {"SelectorEventLoop": _WindowsSelector},
        "os": {
            "name": "nt",
            "rename": _rename,
            **{name: _no_socket(getattr(os, name)) for name in ("read", "write", "close", "dup")},
        },
        "select": {"select": _select},
        "selectors": {"DefaultSelector": _Selector, "SelectSelector": _Selector},
        "signal": {
            "signal": _signal,
            "SIGBREAK": SIGBREAK,
            "CTRL_C_EVENT": CTRL_C_EVENT,
            "CTRL_BREAK_EVENT": CTRL_BREAK_EVENT,
        },
        "subprocess": {"Popen": _Popen, "CREATE_NEW_PROCESS_GROUP": CREATE_NEW_PROCESS_GROUP},
    }


# -- event loops: https://docs.python.org/3.11/library/asyncio-platforms.html -----------------


class _MacOs(asyncio.SelectorEventLoop):
    """Without epoll. (kqueue is not to be had on Linux.)"""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())


class _Windows(_MacOs):
    """ProactorEventLoop: it watches no descriptors for others, knows neither signals nor local
    sockets."""


class _WindowsSelector(_MacOs):
    """SelectorEventLoop: it watches sockets, and nothing else; it starts no programs."""


_WATCH = ("add_reader", "add_writer", "remove_reader", "remove_writer")
_POSIX = (
    "add_signal_handler",
    "remove_signal_handler",
    "create_unix_server",
    "create_unix_connection",
)
_PROGRAMS = ("subprocess_exec", "subprocess_shell", "connect_read_pipe", "connect_write_pipe")


def _missing(self: object, *args: object, **options: object) -> Any:
    raise NotImplementedError("there is no such thing in this loop")


def _watching(name: str) -> Callable[..., object]:
    method: Callable[..., object] = getattr(asyncio.SelectorEventLoop, name)

    def watch(self: object, file: Any, *rest: object) -> object:
        _only_sockets([file])
        return method(self, file, *rest)

    return watch


for _name in (*_WATCH, *_POSIX):
    setattr(_Windows, _name, _missing)
for _name in (*_POSIX, *_PROGRAMS):
    setattr(_WindowsSelector, _name, _missing)
for _name in _WATCH[:2]:
    setattr(_WindowsSelector, _name, _watching(_name))


def _policy(loop: type[asyncio.AbstractEventLoop]) -> asyncio.AbstractEventLoopPolicy:
    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return loop()

    return Policy()


# -- descriptors: sockets are none (https://docs.python.org/3.11/library/select.html) ---------


def _is_socket(file: Any) -> bool:
    number = file if isinstance(file, int) else file.fileno()
    return stat.S_ISSOCK(os.fstat(number).st_mode)


def _only_sockets(files: Iterable[Any]) -> None:
    if not all(map(_is_socket, files)):
        raise OSError(10038, "An operation was attempted on something that is not a socket")


def _select(read: Any, write: Any, strange: Any, timeout: float | None = None) -> Any:
    _only_sockets([*read, *write, *strange])
    return select.select(read, write, strange, timeout)


class _Selector(selectors.SelectSelector):
    """The only one there: ``select`` of sockets."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        _only_sockets([fileobj])
        return super().register(fileobj, events, data)


def _no_socket(call: Callable[..., object]) -> Callable[..., object]:
    def called(descriptor: int, *rest: object) -> object:
        if _is_socket(descriptor):
            raise OSError(9, "Bad file descriptor")  # it is a handle of another table
        return call(descriptor, *rest)

    return called


# -- signals and processes (library/signal.html, library/subprocess.html) ---------------------


def _signal(number: int, handler: Any) -> Any:
    """ "On Windows, signal() can only be called with" these."""
    known = (signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGINT, signal.SIGSEGV)
    if number not in {*known, signal.SIGTERM, SIGBREAK}:
        raise ValueError("invalid signal value")
    return signal.signal(number, handler)


class _Popen(subprocess.Popen[bytes]):
    """Popen without POSIX' options, with Windows' ways to end a program."""

    def __init__(self, args: Any, creationflags: int = 0, **options: Any) -> None:
        for name in ("preexec_fn", "pass_fds", "process_group", "user", "group", "umask"):
            if options.get(name):
                raise ValueError(f"{name} is not supported on Windows platforms")
        self.grouped = bool(creationflags & CREATE_NEW_PROCESS_GROUP)
        options["start_new_session"] = self.grouped  # else it is not looked at there
        super().__init__(args, **options)

    def send_signal(self, sig: int) -> None:
        if sig == signal.SIGTERM:
            self.kill()
        elif sig == CTRL_BREAK_EVENT and self.grouped:
            if self.poll() is None:
                os.killpg(self.pid, SIGBREAK)
        else:
            raise ValueError(f"Unsupported signal: {sig}")

    def kill(self) -> None:
        """TerminateProcess: at once, with exit code 1, and what it has started lives on."""
        super().send_signal(signal.SIGKILL)

    terminate = kill

    def wait(self, timeout: float | None = None) -> int:
        code = super().wait(timeout)
        return {-SIGBREAK: CONTROL_C_EXIT, -signal.SIGKILL: 1}.get(code, code)


# -- files ------------------------------------------------------------------------------------


def _rename(source: Any, target: Any) -> None:
    """ "On Windows, if dst exists a FileExistsError is always raised." (library/os.html)"""
    if Path(target).exists():
        raise FileExistsError(17, "the file exists", str(target))
    os.rename(source, target)


class _Files:
    """Names and files as they are there, for the whole process.

    Names: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """

    _BAD = frozenset('<>:"|?*')
    _RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
    _DEVICES = ("/proc/", "/sys/", "/dev/")
    _THERE = frozenset({"/dev/null", "/dev/urandom"})

    def __init__(self, system: str) -> None:
        self._windows = system == "win32"
        self._longest = SUN_PATH.get(system)

    def heard(self, event: str, args: tuple[Any, ...]) -> None:
        """As an audit hook."""
        if event == "open":
            self._open(args[0], args[2])
        elif event == "socket.bind" and self._longest is not None:
            self._bind(args[1])
        elif self._windows and event in {"os.remove", "os.rename", "os.mkdir"}:
            for path in args[: 2 if event == "os.rename" else 1]:
                self._name(path)
                if event != "os.mkdir":
                    _not_open(path)
        elif self._windows and event == "os.symlink":
            raise PermissionError(1314, "a required privilege is not held by the client")

    def _open(self, path: Any, flags: Any) -> None:
        if isinstance(path, int):
            return  # a descriptor: it has been opened by its name before
        name = os.fsdecode(path) if isinstance(path, str | bytes) else ""
        hidden = self._DEVICES if self._windows else self._DEVICES[:2]
        if name.startswith(hidden) and name not in self._THERE:
            raise FileNotFoundError(2, "there is no such file there", name)
        if self._windows and isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
            self._name(path)

    def _name(self, path: Any) -> None:
        for part in Path(os.fsdecode(path)).parts:
            ends = part.rstrip(" .") != part and part.strip(".")
            if ends or self._BAD.intersection(part) or self._RESERVED.fullmatch(part):
                raise OSError(22, "The filename syntax is incorrect", os.fsdecode(path))

    def _bind(self, address: Any) -> None:
        if isinstance(address, str | bytes):
            name = os.fsencode(address)
            if name[:1] == b"\0" or len(name) >= (self._longest or 0):
                raise OSError(63, "AF_UNIX path too long", address)


def _not_open(path: Any) -> None:
    """A file that Python has open can be neither removed nor replaced (sharing violation)."""
    target = os.path.realpath(os.fsdecode(path))
    for number in os.listdir("/proc/self/fd"):
        try:
            held = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if held == target and Path(target).is_file():
            raise PermissionError(13, "the file is used by another process", target)
