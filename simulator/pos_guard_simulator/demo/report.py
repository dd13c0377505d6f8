"""What came of a shift: a table for people, ``scenes.json`` for machines, the paper, the log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.store.store import Store
from pos_guard_simulator.demo.scene import Got, Scene
from pos_guard_simulator.paper import Slip

_WOULD_HAVE = Words(
    "观察模式不拦截任何操作。若强制执行，本会是：",
    "In observe mode nothing was blocked. Enforced, it would have been:",
)


@dataclass(frozen=True, slots=True)
class Played:
    """A scene and what came of it.

    ``observed``: played where nothing may be blocked. ``said``: the guard's words meanwhile.
    """

    scene: Scene
    got: Got
    observed: bool
    seconds: float
    said: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What had to come of it."""
        return "nothing blocked" if self.observed else self.scene.expected

    @property
    def outcome(self) -> str:
        """What came of it, in the terms of ``expected``."""
        if not self.observed:
            return self.got.outcome
        return f"blocked: {self.got.outcome}" if self.got.blocked else "nothing blocked"

    @property
    def ok(self) -> bool:
        """It ended as it had to."""
        return self.expected == self.outcome


def scene_json(played: Played, shift: str) -> dict[str, Json]:
    """One line of ``scenes.json``; one that went wrong has all that the guard said in it."""
    said: dict[str, Json] = {} if played.ok else {"said": list(played.said)}
    return {
        "shift": shift,
        "id": played.scene.id,
        "title": {"zh": played.scene.title.zh, "en": played.scene.title.en},
        "source": played.scene.source,
        "expected": played.expected,
        "got": played.outcome,
        "ok": played.ok,
        "words": played.got.words,
        "ms": int(played.seconds * 1000),
        **said,
    }


def show_line(played: Played, lang: str) -> None:
    """One scene as it falls."""
    mark = click.style("ok  ", fg="green") if played.ok else click.style("BAD ", fg="red")
    click.echo(f"{mark} {played.scene.title.to(lang)}  [{played.scene.source}]")
    click.echo(f"       {played.outcome}")
    if not played.ok:
        click.echo(f"       expected: {played.expected}")
        for line in played.said:
            click.echo(f"       said: {line}")
    click.secho(f"       {played.seconds:.2f} s", dim=True)
    if played.got.words:
        click.echo(f'       "{played.got.words}"')


def show_table(shifts: dict[str, Sequence[Played]]) -> None:
    """All scenes, expected and got, aligned."""
    rows = [
        (shift, played.scene.id, played.expected, played.outcome, "ok" if played.ok else "BAD")
        for shift, scenes in shifts.items()
        for played in scenes
    ]
    heads = ("shift", "scene", "expected", "got", "")
    shown = [tuple(_short(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    click.echo("")
    for row in shown:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def show_would_have(state: Path, lang: str) -> int:
    """What an enforced policy would have stopped in an observed shift; returns how many."""
    count = 0
    click.echo(f"\n{_WOULD_HAVE.to(lang)}")
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        for record in store.audit.records():
            would_be = record.body.get("would_be")
            if would_be in {None, "ALLOW", "WARN"}:
                continue
            count += 1
            rules = ", ".join(_rules(record.body))
            click.echo(f"  #{record.seq:<4} {record.kind:8} {would_be:8} {rules}")
    return count


def show_explained(file: Path, lang: str) -> None:
    """The table that says why a request was refused."""
    title = Words(
        "经理看到的说明（pos-guard policy explain）：",
        "What the manager was shown (pos-guard policy explain):",
    )
    if file.exists():
        click.echo(f"\n{title.to(lang)}\n{file.read_text(encoding='utf-8')}", nl=False)


def show_audit(state: Path, shift: str, lang: str) -> None:
    """Verify the audit log of one shift.

    :raises TamperError: when it was changed.
    """
    with Store.open(state, clock=SystemClock(), readonly=True) as store:
        verified = store.audit.verify()
    words = Words(
        f"审计日志（{shift}）：{verified.count} 条记录，已验证",
        f"audit log of the {shift} shift: {verified.count} records, verified",
    )
    click.echo(words.to(lang))


def write_slips(slips: Sequence[Slip], directory: Path) -> None:
    """Each slip as a picture and as text."""
    directory.mkdir(parents=True, exist_ok=True)
    for number, slip in enumerate(slips, 1):
        slip.png(directory / f"{number:02d}.png")
        (directory / f"{number:02d}.txt").write_text(slip.text + "\n", encoding="utf-8")


def write_scenes(shifts: dict[str, Sequence[Played]], file: Path) -> None:
    """All scenes as JSON."""
    scenes = [scene_json(played, shift) for shift, all_of in shifts.items() for played in all_of]
    text = json.dumps({"scenes": scenes}, ensure_ascii=False, indent=1)
    file.write_text(text + "\n", encoding="utf-8")


def _rules(body: Mapping[str, Json]) -> list[str]:
    trace = cast("list[dict[str, str]]", body["trace"])
    strict = {"REQUIRE", "DENY_OVERRIDABLE", "DENY", "DENY_LOCKED"}
    return [finding["rule"] for finding in trace if finding["level"] in strict]


def _short(text: str) -> str:
    return text if len(text) <= 54 else text[:51] + "..."
