"""What happened on a stage: in order, of any thread, and nothing lost before a watch begins."""

from __future__ import annotations

import threading

from pos_guard.clock import ManualClock
from pos_guard_simulator.stage.journal import Event, Journal


def test_events_count_from_one_and_from_the_begin_of_the_journal() -> None:
    clock = ManualClock()
    clock.advance(7)
    journal = Journal(clock)
    journal.tell("printer", "receipt", {"number": 1})
    clock.advance(1.5)
    journal.tell("", "step")
    first, second = journal.since(0)
    assert (first.seq, first.at_ms, second.seq, second.at_ms) == (1, 0, 2, 1500)
    assert first.as_json() == {
        "seq": 1,
        "at_ms": 0,
        "device": "printer",
        "kind": "receipt",
        "body": {"number": 1},
    }
    assert journal.since(1) == [second]


def test_the_oldest_go_first() -> None:
    journal = Journal(ManualClock(), keep=3)
    for number in range(5):
        journal.tell("printer", "beeps", {"now": number})
    assert [event.seq for event in journal.since(0)] == [3, 4, 5]


def test_a_watcher_hears_what_is_kept_and_then_everything_until_it_ends() -> None:
    journal = Journal(ManualClock())
    journal.tell("a", "one")
    journal.tell("a", "two")
    heard: list[str] = []
    end = journal.watch(lambda event: heard.append(event.kind), since=1)
    journal.tell("a", "three")
    end()
    end()  # twice does no harm
    journal.tell("a", "four")
    assert heard == ["two", "three"]


def test_many_threads_tell_and_whoever_joins_misses_nothing_and_hears_nothing_twice() -> None:
    journal = Journal(ManualClock())
    threads = [
        threading.Thread(target=lambda: [journal.tell("a", "tick") for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    heard: list[Event] = []
    journal.watch(heard.append, since=0)
    for thread in threads:
        thread.join()
    assert [event.seq for event in heard] == list(range(1, 2001))


def test_a_watcher_may_tell_and_may_end_itself() -> None:
    journal = Journal(ManualClock())
    kinds: list[str] = []

    def once(event: Event) -> None:
        end()
        kinds.append(event.kind)
        journal.tell("", "heard")

    end = journal.watch(once)
    journal.tell("a", "first")
    journal.tell("a", "second")
    assert kinds == ["first"]
    assert [event.kind for event in journal.since(0)] == ["first", "heard", "second"]
