"""One user per device: over threads, objects and processes; a dead holder holds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import DeviceError, LocalError
from pos_guard_drivers.device_lock import DeviceLock, runtime_directory

HOLDER = """
import sys
from pathlib import Path
from pos_guard_drivers.device_lock import DeviceLock
DeviceLock("tcp:10.0.0.5:9100", Path(sys.argv[1])).take(0)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the device until its input ends."""
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_device_held_by_another_process_is_claimed(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert holder.poll() is None
    mine = DeviceLock("tcp:10.0.0.5:9100", tmp_path)
    with pytest.raises(DeviceError) as at_once:
        mine.take(0)
    with pytest.raises(DeviceError) as waited:
        mine.take(0.05)
    assert (at_once.value.code, waited.value.code) == ("E_CLAIMED", "E_TIMEOUT")
    assert not mine.held


def test_a_holder_that_was_killed_leaves_nothing_behind(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.kill()
    mine = DeviceLock("tcp:10.0.0.5:9100", tmp_path)
    mine.take(5.0)
    assert mine.held
    mine.give()


def test_two_objects_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    one, two = DeviceLock("a", tmp_path), DeviceLock("a", tmp_path)
    one.take(0)
    with pytest.raises(DeviceError):
        two.take(0)
    giving = threading.Timer(0.05, one.give)
    giving.start()
    two.take(5.0)
    giving.join()
    assert (one.held, two.held) == (False, True)
    two.give()
    two.give()


def test_another_device_is_free(tmp_path: Path) -> None:
    one, other = DeviceLock("a", tmp_path), DeviceLock("b", tmp_path)
    one.take(0)
    other.take(0)
    assert other.held
    one.give()
    other.give()


def test_taking_twice_is_the_callers_mistake(tmp_path: Path) -> None:
    lock = DeviceLock("a", tmp_path)
    lock.take(0)
    with pytest.raises(DeviceError, match="already"):
        lock.take(1.0)
    lock.give()


def test_lock_files_are_in_a_directory_of_this_user_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    place = runtime_directory()
    assert place == tmp_path / "pos-guard"
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o777)
    with pytest.raises(LocalError, match="nobody else can write"):
        runtime_directory()


def test_a_link_in_the_place_of_the_directory_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "pos-guard").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(LocalError):
        runtime_directory()
