"""What a run leaves in ``--out DIR``: every event, the verdict, and the receipts of each printer.

``events.jsonl``, ``verdict.json``, ``NAME/receipt-0001.txt`` and ``.png``; ``NAME/paper.txt`` is
what was not cut off. Card numbers are blanked in all text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.pytest_plugin.shown import blanked
from pos_guard_simulator.scenario.checks import Snapshot
from pos_guard_simulator.scenario.plan import Expectation
from pos_guard_simulator.scenario.seen import Seen
from pos_guard_simulator.scenario.verdict import Verdict
from pos_guard_simulator.simulate_device import Fields
from pos_guard_simulator.stage.journal import Event
from pos_guard_simulator.stage.stage import Stage
from pos_guard_simulator.systems.files import file_name

EVENTS, VERDICT = "events.jsonl", "verdict.json"

MAX_PICTURES = 500
"""Receipts of one printer that are drawn; the newest ones. Each takes some 20 ms."""


class Artifacts:
    """Writes them, event by event; use it as a context manager.

    :raises OSError: the folder cannot be made or written, also later.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._events = (directory / EVENTS).open("w", encoding="utf-8")

    def __enter__(self) -> Artifacts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._events.close()

    def event(self, event: Event) -> None:
        """One more."""
        line = json.dumps(_blank(event.as_json()), ensure_ascii=False)
        self._events.write(line + "\n")

    def receipts(self, stage: Stage, seen: Mapping[str, Seen]) -> None:
        """Every slip, as text and picture."""
        for name, device in stage.devices.items():
            if "picture" not in device.ops:
                continue
            folder = self._directory / file_name(name)
            folder.mkdir(exist_ok=True)
            for old in (*folder.glob("receipt-*.*"), *folder.glob("paper.*")):
                old.unlink()  # of an earlier run: they would be taken for this one's
            for number, text in seen[name].numbered[-MAX_PICTURES:]:
                _slip(stage, name, folder / f"receipt-{number:04d}", (number, text))
            if seen[name].loose:
                _slip(stage, name, folder / "paper", (0, seen[name].loose))

    def verdict(self, verdict: Verdict) -> None:
        """The last thing that is written."""
        text = json.dumps(_blank(verdict.as_json()), ensure_ascii=False, indent=2)
        (self._directory / VERDICT).write_text(text + "\n", encoding="utf-8")


def _slip(stage: Stage, name: str, stem: Path, slip: tuple[int, str]) -> None:
    number, text = slip
    stem.with_suffix(".txt").write_text(f"{blanked(text)}\n", encoding="utf-8")
    try:
        picture = stage.ask(name, "picture", Fields({"number": number} if number else {}))
    except LocalError:
        return  # no Pillow, or the printer does not keep so many: there is the text
    stem.with_suffix(".png").write_bytes(base64.b64decode(str(picture["png"])))


def _blank(value: Json) -> Json:
    if isinstance(value, str):
        return blanked(value)
    if isinstance(value, list):
        return [_blank(item) for item in value]
    if isinstance(value, dict):
        return {key: _blank(item) for key, item in value.items()}
    return value


def update(expectations: Iterable[Expectation], seen: Mapping[str, Seen]) -> None:
    """Keep what was printed as the texts that it is compared with.

    :raises OSError: a file cannot be written.
    """
    snapshots = (
        (one.device, check)
        for one in expectations
        for check in one.checks
        if isinstance(check, Snapshot)
    )
    for device, check in snapshots:
        printed = check.printed(seen[device])
        if printed is not None:
            check.file.parent.mkdir(parents=True, exist_ok=True)
            check.file.write_text(printed, encoding="utf-8")
