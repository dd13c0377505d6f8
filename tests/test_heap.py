"""Free memory goes back to the system, and nobody sets an alarm for it."""

from __future__ import annotations

import asyncio
import gc
import platform
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_guard.config import parse_config
from pos_guard.daemon import serve
from pos_guard.heap import EVERY, give_back, tidy
from tests.shop import shop

CONFIG = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:9"
"""


class Ring:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.me = self


def old_garbage() -> weakref.ref[Ring]:
    """A ring that nobody holds any more, too old for the collections that come by themselves."""
    ring = Ring()
    gc.collect()
    return weakref.ref(ring)


def young_collections(count: int) -> None:
    for _ in range(count):
        gc.collect(0)


def test_after_so_many_collections_it_is_asked_for_once() -> None:
    asked: list[Callable[[], None]] = []
    with tidy(asked.append, every=3):
        assert gc.get_freeze_count() > 1000  # what was there is not looked through
        young_collections(2)
        assert asked == []
        young_collections(1)
        assert asked == [give_back]
        young_collections(3)
        assert len(asked) == 2
    young_collections(6)
    assert len(asked) == 2
    assert gc.get_freeze_count() == 0


def test_a_daemon_at_work_gives_back_what_is_free(tmp_path: Path) -> None:
    corner = shop(tmp_path)

    async def work() -> tuple[bool, bool]:
        stop, ready, turned = asyncio.Event(), asyncio.Event(), asyncio.Event()
        config = parse_config(CONFIG, tmp_path / "guard.toml")
        daemon = asyncio.create_task(
            serve(config, corner.guard, stop=stop, on_ready=lambda _: ready.set())
        )
        await ready.wait()
        found = old_garbage()
        before = found() is not None
        young_collections(EVERY)
        asyncio.get_running_loop().call_soon(turned.set)
        await turned.wait()
        after = found() is not None
        stop.set()
        await daemon
        return before, after

    assert asyncio.run(work()) == (True, False)
    assert gc.get_freeze_count() == 0
    corner.store.close()


GAPS = """
import os
from pos_guard.heap import give_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

kept = [bytes(20_000) for _ in range(3000)]
del kept[::2], kept[::2]
kept.append(bytes(20_000))
before = resident()
give_back()
print((before - resident()) // 2**20)
"""
"""Sixty megabytes, of which forty-five are free in gaps that the C library keeps."""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have no such call")
def test_gaps_in_the_heap_go_back_to_the_system() -> None:
    ran = subprocess.run([sys.executable, "-c", GAPS], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 20
