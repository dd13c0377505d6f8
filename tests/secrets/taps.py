"""Listens where secrets could leave: logs, errors, outputs of commands, the decision socket.

Every tap only looks on: what it stands before is called with the same arguments and its result
is returned as it is. All are taken out again at the end.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result

import pos_guard.api.server as decision_server
from pos_guard.api import message
from pos_guard.errors import PosGuardError
from pos_guard.frames.decoded import Json

LOGGERS = ("pos_guard", "pos_guard_drivers", "pos_guard_simulator")

MAX_HELD = 4 * 1024 * 1024
"""Characters of one channel of one test; a fuzz test that raises a million errors repeats them."""

Put = Callable[[str, str], None]


@dataclass
class Heard:
    """What one test said, by channel; equal texts once."""

    texts: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    _sizes: dict[str, int] = field(default_factory=dict[str, int])

    def put(self, channel: str, text: str) -> None:
        """Keep a text for the search at the end of the test."""
        size = self._sizes.get(channel, 0)
        if text and size < MAX_HELD:
            self.texts.setdefault(channel, {})[text] = None
            self._sizes[channel] = size + len(text)

    def take(self) -> dict[str, str]:
        """Everything since the last time, a text a channel."""
        texts, self.texts, self._sizes = self.texts, {}, {}
        return {channel: "\n".join(said) for channel, said in texts.items()}


class _LogTap(logging.Handler):
    def __init__(self, put: Put) -> None:
        super().__init__(logging.NOTSET)
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        self._put("log", self.format(record))


class Taps:
    """All taps; ``open`` and ``close`` any number of times."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._log = _LogTap(put)
        self._spools: dict[Path, int] = {}
        self._levels: dict[str, int] = {}
        self._patch: pytest.MonkeyPatch | None = None

    def open(self) -> None:
        """Begin to listen."""
        if self._patch is not None:
            return
        self._patch = patch = pytest.MonkeyPatch()
        logging.getLogger().addHandler(self._log)
        for name in LOGGERS:
            # Everything, also what nobody sees at the usual level.
            self._levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(logging.DEBUG)
        self._tap_errors(patch)
        self._tap_events(patch)
        self._tap_commands(patch)
        self._tap_captures(patch)
        self._tap_processes(patch)

    def close(self) -> None:
        """Stop, and put everything back."""
        if self._patch is not None:
            self._patch.undo()
            self._patch = None
            for name, level in self._levels.items():
                logging.getLogger(name).setLevel(level)
            logging.getLogger().removeHandler(self._log)

    def read_spools(self, *, last: bool = False) -> None:
        """What daemons wrote, where their tests wanted nothing: whole lines since the last time."""
        for spool, start in self._spools.items():
            said = spool.read_bytes()[start:]
            end = len(said) if last else said.rfind(b"\n") + 1
            self._put("stderr of a process", _text(said[:end]))
            self._spools[spool] = start + end

    def drop_spools(self) -> None:
        """At the end of the run."""
        for spool in self._spools:
            spool.unlink(missing_ok=True)
        self._spools.clear()

    def _tap_errors(self, patch: pytest.MonkeyPatch) -> None:
        put = self._put

        def init(error: PosGuardError, *arguments: object) -> None:
            put("error", f"{type(error).__name__}: {' '.join(map(str, arguments))}")
            super(PosGuardError, error).__init__(*arguments)

        patch.setattr(PosGuardError, "__init__", init, raising=False)

    def _tap_events(self, patch: pytest.MonkeyPatch) -> None:
        put, write = self._put, message.write_line

        def write_line(body: Mapping[str, Json]) -> bytes:
            line = write(body)
            put("decision socket", _text(line))
            return line

        patch.setattr(decision_server, "write_line", write_line)

    def _tap_commands(self, patch: pytest.MonkeyPatch) -> None:
        put, invoke = self._put, CliRunner.invoke

        def tapped(runner: CliRunner, *arguments: Any, **options: Any) -> Result:
            result = invoke(runner, *arguments, **options)
            put("output of a command", result.output)
            return result

        patch.setattr(CliRunner, "invoke", tapped)

    def _tap_captures(self, patch: pytest.MonkeyPatch) -> None:
        put = self._put
        capture: Any = pytest.CaptureFixture
        readouterr = capture.readouterr

        def tapped(fixture: Any) -> Any:
            said = readouterr(fixture)
            for text in said:
                put("output of a command", text if isinstance(text, str) else _text(text))
            return said

        patch.setattr(capture, "readouterr", tapped)

    def _tap_processes(self, patch: pytest.MonkeyPatch) -> None:
        taps, begin, communicate = self, subprocess.Popen.__init__, subprocess.Popen.communicate

        def init(process: Any, *arguments: Any, **options: Any) -> None:
            with ExitStack() as stack:
                if options.get("stderr") == subprocess.DEVNULL:
                    options["stderr"] = stack.enter_context(taps._spool())
                begin(process, *arguments, **options)
            for name in ("stdout", "stderr"):
                stream = getattr(process, name, None)
                if stream is not None:
                    setattr(process, name, _Tapped(stream, name, taps._put))

        def communicated(process: Any, *arguments: Any, **options: Any) -> Any:
            said = communicate(process, *arguments, **options)
            for name, text in zip(("stdout", "stderr"), said, strict=True):
                taps._put(f"{name} of a process", _text(text))
            return said

        patch.setattr(subprocess.Popen, "__init__", init)
        patch.setattr(subprocess.Popen, "communicate", communicated)

    def _spool(self) -> Any:
        """A file in place of nowhere: logs of daemons are searched, too."""
        descriptor, name = tempfile.mkstemp(prefix="pos-guard-stderr-")
        self._spools[Path(name)] = 0
        return os.fdopen(descriptor, "wb")


class _Tapped:
    """A pipe whose reader is watched."""

    def __init__(self, stream: Any, name: str, put: Put) -> None:
        self._stream = stream
        self._channel = f"{name} of a process"
        self._put = put

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Tapped:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[Any]:
        while line := self.readline():
            yield line

    def __next__(self) -> Any:
        if not (line := self.readline()):
            raise StopIteration
        return line

    def read(self, *size: int) -> Any:
        return self._tapped(self._stream.read(*size))

    def read1(self, *size: int) -> Any:
        return self._tapped(self._stream.read1(*size))

    def readline(self, *size: int) -> Any:
        return self._tapped(self._stream.readline(*size))

    def readlines(self) -> Any:
        return list(self)

    def _tapped(self, said: Any) -> Any:
        self._put(self._channel, _text(said))
        return said


def _text(said: object) -> str:
    if isinstance(said, bytes | bytearray):
        return said.decode("utf-8", "replace")
    return said if isinstance(said, str) else ""


def record_databases(seen: Callable[[Path], None], gone: Callable[[Path, bool], None]) -> None:
    """Tell of each database that this process opens, and of what is removed, before it is.

    An audit hook stays until the process ends.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "sqlite3.connect":
            seen(_database_path(os.fsdecode(arguments[0])))
        elif event in {"shutil.rmtree", "os.remove"}:
            gone(Path(os.fsdecode(arguments[0])), event == "shutil.rmtree")

    sys.addaudithook(hook)


def _database_path(name: str) -> Path:
    return Path(unquote(urlsplit(name).path) if name.startswith("file:") else name)
