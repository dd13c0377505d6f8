"""Coverage-guided fuzzing of one framer or reader: ``atheris_one.py NAME [libFuzzer options]``.

Any error but FrameError is a crash: libFuzzer keeps the input. Started by ``tox -e fuzz``.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it ships no types

with atheris.instrument_imports(include=["pos_guard"]):
    from tests.fuzz.framers import FRAMERS
    from tests.fuzz.readers import READERS

from pos_guard.errors import FrameError


def target(name: str) -> Callable[[bytes], None]:
    """What gets the bytes: a reader, or a framer in two pieces cut where the first byte says."""
    if name.startswith("framer "):
        framed = FRAMERS[name.removeprefix("framer ")]

        def frame(data: bytes) -> None:
            feed, cut = framed.make(), data[0] if data else 0
            feed(data[1 : cut + 1])
            feed(data[cut + 1 :])

        return frame
    reading = READERS[name]

    def read(data: bytes) -> None:
        with contextlib.suppress(FrameError):
            reading.read(data)

    return read


def main() -> None:
    """Fuzz the one that is named, from what it is known to read."""
    names = [f"framer {name}" for name in FRAMERS] + list(READERS)
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit("name one of:\n  " + "\n  ".join(names))
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as corpus:
        seeds = READERS[name].seeds if name in READERS else (FRAMERS[name[7:]].opens,)
        for number, seed in enumerate(seeds):
            Path(corpus, str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], target(name))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
