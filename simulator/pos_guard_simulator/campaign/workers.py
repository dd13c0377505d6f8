"""Plays cells in processes of their own, so many at once; one that hangs is ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from pos_guard_simulator.campaign.outcome import Cell, Outcome, Result
from pos_guard_simulator.demo.devices import stop_keeper

CELL_SECONDS = 120.0
"""A cell takes three seconds, the slowest twenty; whatever takes so long hangs."""

END_SECONDS = 10.0
"""Until a process that was told to end is gone."""

Play = Callable[[Cell, Path], Result]


def played(
    cells: Sequence[Cell], play: Play, jobs: int, out: Path | None = None
) -> Iterator[Result]:
    """The results in the order of the cells, each as soon as it and those before it are there.

    ``play`` must be a function of a module. ``out``: a folder that keeps what each cell left.
    """
    waiting: queue.SimpleQueue[tuple[int, Cell]] = queue.SimpleQueue()
    for numbered in enumerate(cells):
        waiting.put(numbered)
    done: queue.SimpleQueue[tuple[int, Result]] = queue.SimpleQueue()
    threads = [
        threading.Thread(target=_work, args=(waiting, done, play, out), name="campaign")
        for _ in range(min(jobs, len(cells)))
    ]
    for thread in threads:
        thread.daemon = True  # whoever interrupts a campaign does not wait for its cells
        thread.start()
    early: dict[int, Result] = {}
    for number in range(len(cells)):
        while number not in early:
            at, result = done.get()
            early[at] = result
        yield early.pop(number)
    for thread in threads:
        thread.join(END_SECONDS)


def _work(
    waiting: queue.SimpleQueue[tuple[int, Cell]],
    done: queue.SimpleQueue[tuple[int, Result]],
    play: Play,
    out: Path | None,
) -> None:
    """One cell after another in a process, which is replaced when it hangs or dies."""
    worker: _Worker | None = None
    with contextlib.suppress(queue.Empty):
        while True:
            number, cell = waiting.get_nowait()
            worker = worker or _Worker(play)
            with _folder(out, number) as folder:
                result = worker.play(cell, folder)
                if result is None:
                    worker.kill()
                    stop_keeper(folder)
                    worker = None
            late = f"hung: no end after {CELL_SECONDS:.0f} s, or its process died"
            done.put((number, result or Result(cell, Outcome.BROKEN, late, CELL_SECONDS)))
    if worker is not None:
        worker.end()


class _Worker:
    """A process that plays cells, the head of a process group of its own."""

    def __init__(self, play: Play) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, play), daemon=False)
        self._process.start()
        theirs.close()

    def play(self, cell: Cell, folder: Path) -> Result | None:
        """Play it; None: it hung, or the process died."""
        try:
            self._line.send((cell, folder))
            if not self._line.poll(CELL_SECONDS):
                return None
            result = self._line.recv()
        except (EOFError, OSError):
            return None
        return result if isinstance(result, Result) else None

    def kill(self) -> None:
        """End it, and what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.kill()
        self.end()

    def end(self) -> None:
        """There is no more to do."""
        self._line.close()
        self._process.join(END_SECONDS)
        self._process.close()


def _serve(line: Connection, play: Play) -> None:
    os.setsid()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            cell, folder = line.recv()
            line.send(play(cell, folder))


@contextlib.contextmanager
def _folder(out: Path | None, number: int) -> Generator[Path, None, None]:
    """Where a cell lives: in ``out``, or in a folder that goes away."""
    if out is not None:
        folder = out / f"{number + 1:04d}"
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(
        prefix="pos-guard-campaign-", ignore_cleanup_errors=True
    ) as name:
        yield Path(name)
