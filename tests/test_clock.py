"""Clocks: boot time only runs forward, wall time may be set, a reboot starts anew."""

from __future__ import annotations

from pos_guard.clock import SECOND, ManualClock, SystemClock


def test_setting_the_wall_clock_does_not_move_boot_time() -> None:
    clock = ManualClock()
    boot, wall = clock.boot_us(), clock.wall_us()
    clock.step_wall(-3600)
    assert (clock.boot_us(), clock.wall_us()) == (boot, wall - 3600 * SECOND)
    clock.advance(1.5)
    assert (clock.boot_us(), clock.wall_us()) == (
        boot + 1_500_000,
        wall - 3600 * SECOND + 1_500_000,
    )


def test_a_reboot_has_a_new_id_and_starts_boot_time_again() -> None:
    clock = ManualClock()
    clock.advance(100)
    first = clock.boot_id
    clock.reboot()
    assert clock.boot_id != first
    assert clock.boot_us() < 100 * SECOND


def test_the_systems_clock_runs_and_knows_its_boot() -> None:
    clock = SystemClock()
    assert clock.boot_us() <= clock.boot_us()
    assert clock.boot_id == SystemClock().boot_id != ""
    assert clock.wall_us() > 1_700_000_000 * SECOND
