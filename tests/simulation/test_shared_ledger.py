"""Three terminals, one shared ledger, broken cables, deaths, and an acquirer with its own book.

``--seeds=N`` plays more, ``--seed=K`` one.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.chain import Chain, make_templates


@pytest.fixture(scope="module")
def templates(memory: Path) -> Path:
    directory = memory / "chain"
    directory.mkdir(exist_ok=True)
    return make_templates(directory)


def play(seed: int, templates: Path, root: Path) -> Counter[str]:
    root.mkdir()
    chain = Chain(seed, templates, root)
    try:
        chain.play()
    finally:
        chain.close()
        shutil.rmtree(root)
    return chain.seen


def test_no_terminal_gives_back_what_another_gave(
    seeds: range, templates: Path, memory: Path
) -> None:
    seen: Counter[str] = Counter()
    for seed in seeds:
        try:
            seen += play(seed, templates, memory / f"chain-{seed}")
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    assert seen["allowed"] > 0


def test_the_seeds_reach_what_they_are_for(templates: Path, memory: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(12):
        seen += play(seed, templates, memory / f"reach-{seed}")
    assert all(seen[name] > 0 for name in ("allowed", "offline", "remaining", "killed")), seen
