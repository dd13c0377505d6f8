"""The end of a run may be asked for by a signal handler, at any moment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from time import perf_counter_ns

import pytest

from pos_guard_simulator.stage.ending import Ending

ROUNDS = 4_000
"""Signals that strike at some moment of ``wait``; a threading.Event sleeps on within 6,000."""


@pytest.fixture
def strikes() -> Iterator[SimpleQueue[int]]:
    """Put a number of nanoseconds into it, and so much later a SIGUSR1 comes."""
    orders: SimpleQueue[int] = SimpleQueue()

    def strike() -> None:
        while (wait_ns := orders.get()) >= 0:
            until = perf_counter_ns() + wait_ns
            while perf_counter_ns() < until:
                pass
            os.kill(os.getpid(), signal.SIGUSR1)

    thread = threading.Thread(target=strike)
    thread.start()
    former = signal.getsignal(signal.SIGUSR1)
    yield orders
    orders.put(-1)
    thread.join()
    signal.signal(signal.SIGUSR1, former)


def test_a_signal_in_the_midst_of_waiting_ends_it(strikes: SimpleQueue[int]) -> None:
    endings: list[Ending] = []
    signal.signal(signal.SIGUSR1, lambda *_: endings[-1].set())
    for number in range(ROUNDS):
        endings.append(Ending())
        strikes.put(number % 40 * 500)
        assert endings[-1].wait(20)


def test_everybody_who_waits_hears_of_it_and_it_stays_so() -> None:
    ending = Ending()
    assert not ending.is_set()
    assert not ending.wait(0)
    heard: list[bool] = []
    waiting = [threading.Thread(target=lambda: heard.append(ending.wait(10))) for _ in range(5)]
    for thread in waiting:
        thread.start()
    ending.set()
    ending.set()
    for thread in waiting:
        thread.join()
    assert heard == [True] * 5
    assert ending.wait(0)
    assert ending.is_set()
