"""Runs the command line in this process, as a shell would."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pytest

from pos_guard.cli.main import run


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Done]


def shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, usual: str = ""
) -> Cli:
    """Calls with arguments; ``stdin`` is what a pipe brings, ``usual`` if it is left out."""

    def call(*arguments: str, stdin: str = usual) -> Done:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = 0
        try:
            run(arguments)
        except SystemExit as end:
            code = cast("int", end.code or 0)
        return Done(code, *capsys.readouterr())

    return call
