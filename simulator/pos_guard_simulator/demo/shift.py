"""Plays the shifts, enforced, observed and managed, and says what came of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from pos_guard.errors import PosGuardError
from pos_guard.model import Words
from pos_guard_simulator.demo import (
    report,
    scenes_closing,
    scenes_code,
    scenes_patterns,
    scenes_people,
    scenes_refund,
    scenes_sale,
    scenes_trouble,
)
from pos_guard_simulator.demo.ears import StageError
from pos_guard_simulator.demo.house import House, evening
from pos_guard_simulator.demo.report import Played
from pos_guard_simulator.demo.scene import Got, Scene
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.till import TillError

SCENES: tuple[Scene, ...] = (
    *scenes_sale.SCENES,
    *scenes_code.SCENES,
    *scenes_refund.SCENES,
    *scenes_trouble.SCENES,
)

MANAGED: tuple[Scene, ...] = (
    *scenes_people.SCENES,
    *scenes_patterns.SCENES,
    *scenes_closing.SCENES,
)
"""Played in the second shop, enforced."""

_SHIFTS = {"enforced": "enforce", "observed": "observe", "managed": "enforce"}
_TITLES = {
    "managed": Words(
        "第二家店：经理的规则", "managed shift: a second shop, with what its manager orders"
    ),
    "enforced": Words(
        "强制班次：模拟设备，等待时间缩短", "enforced shift: simulated hardware, short time-outs"
    ),
    "observed": Words(
        "观察班次：模拟设备，等待时间缩短", "observed shift: simulated hardware, short time-outs"
    ),
}


def play_all(out: Path | None, lang: str) -> bool:
    """Play all shifts; True when every scene ended as it had to.

    :raises PosGuardError: when the shop cannot be set up, or an audit log was changed.
    """
    shifts: dict[str, list[Played]] = {}
    with _place(out) as place:
        for shift, mode in _SHIFTS.items():
            shifts[shift] = _play(place / shift, shift, mode, lang)
        report.show_explained(place / "managed" / f"explain-{lang}.txt", lang)
        report.show_table(dict(shifts))
        would_have = report.show_would_have(place / "observed" / "state", lang)
        click.echo("")
        for shift in shifts:
            report.show_audit(place / shift / "state", shift, lang)
        report.write_scenes(dict(shifts), place / "scenes.json")
        if out is not None:
            where = Words(
                f"小票、scenes.json 和数据在 {out}",
                f"receipts, scenes.json and the stores are in {out}",
            )
            click.echo(where.to(lang))
    played = [scene for scenes in shifts.values() for scene in scenes]
    good = sum(scene.ok for scene in played)
    count = Words(
        f"{len(played)} 个场景，{good} 个符合预期",
        f"{good} of {len(played)} scenes ended as expected",
    )
    click.echo(count.to(lang))
    return good == len(played) and would_have > 0


def _play(directory: Path, shift: str, mode: str, lang: str) -> list[Played]:
    click.secho(f"\n{_TITLES[shift].to(lang)}", bold=True)
    observed = mode == "observe"
    directory.mkdir(parents=True)
    scenes: list[Played] = []
    managed = shift == "managed"
    with Stage(directory, mode, lang, evening() if managed else House()) as stage:
        stage.terminal_link.register()
        for scene in MANAGED if managed else SCENES:
            if scene.both or not observed:
                scenes.append(play_one(scene, stage, observed=observed))
                report.show_line(scenes[-1], lang)
        report.write_slips(stage.slips(), directory / "receipts")
    return scenes


def play_one(scene: Scene, stage: Stage, *, observed: bool) -> Played:
    """Play one scene; one that breaks off ended otherwise than it had to."""
    start, said = time.monotonic(), len(stage.ears.said)
    try:
        got = scene.play(stage)
    except (TillError, PosGuardError, TimeoutError) as error:
        got = Got(f"broke off: {error}", blocked=True)
    seconds = time.monotonic() - start
    return Played(scene, got, observed, seconds, tuple(stage.ears.said[said:]))


@contextmanager
def _place(out: Path | None) -> Generator[Path]:
    """Where the shifts live: the folder asked for, else one that goes away."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="pos-guard-demo-") as place:
            yield Path(place)
        return
    if out.exists() and any(out.iterdir()):
        raise StageError(f"{out} is not empty: name a new folder, or empty it")
    out.mkdir(parents=True, exist_ok=True)
    yield out.resolve()
