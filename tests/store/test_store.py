"""The state directory: made whole or not at all, private, one writer, nothing lost in a crash."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError, SchemaError, StoreError
from pos_guard.store import files, schema
from pos_guard.store.ledger import Phase
from pos_guard.store.store import Store
from tests.store.store_help import add_in, done_in, entry

ROOT = Path(__file__).parents[2]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def create(directory: Path, terminal_id: str = "T1") -> Store:
    return Store.create(
        directory,
        clock=ManualClock(),
        terminal_id=terminal_id,
        durable=False,
        scrypt_log2n=2,
    )


def reopen(directory: Path, *, readonly: bool = False) -> Store:
    return Store.open(directory, clock=ManualClock(), durable=False, readonly=readonly)


# -- making and opening --------------------------------------------------------------------------


def test_only_the_owner_can_read_a_store(directory: Path, store: Store) -> None:
    add_in(store, Phase.POSTED)
    assert mode(directory) == mode(directory / "keys") == 0o700
    found = [path for path in directory.rglob("*") if path.is_file()]
    assert {path.name for path in found} >= {"pos-guard.db", "pos-guard.db-wal", "pepper", "mac"}
    assert {mode(path) for path in found} == {0o600}


def test_an_open_directory_is_closed_to_others(directory: Path) -> None:
    directory.mkdir(mode=0o755)
    create(directory).close()
    assert mode(directory) == 0o700


def test_keys_are_random_and_never_shown(store: Store, tmp_path: Path) -> None:
    with create(tmp_path / "other") as other:
        assert len({*_keys(store), *_keys(other)}) == 4
    assert all(len(key) == 32 for key in _keys(store))
    assert repr(store.keys) == "Keys()"


def _keys(store: Store) -> tuple[bytes, bytes]:
    return store.keys.pepper, store.keys.mac


def test_tokens_differ_by_purpose_secret_and_store(store: Store, tmp_path: Path) -> None:
    with create(tmp_path / "other") as other:
        tokens = {
            store.keys.token("code", "1"),
            store.keys.token("code", "2"),
            store.keys.token("pin", "1"),
            other.keys.token("code", "1"),
        }
    assert len(tokens) == 4
    assert store.keys.token("code", "1") in tokens


def test_a_store_is_never_made_over_another(directory: Path, store: Store) -> None:
    before = store.audit.verify()
    with pytest.raises(StoreError, match="already"):
        create(directory)
    assert store.audit.verify() == before


def test_keys_without_their_database_are_not_taken_for_a_new_store(
    directory: Path, store: Store
) -> None:
    store.close()
    (directory / "pos-guard.db").unlink()
    with pytest.raises(StoreError, match="restore the backup"):
        create(directory)


@pytest.mark.parametrize("left", ["database", "database-and-keys", "half-filled"])
def test_an_interrupted_first_run_is_finished_by_the_next(directory: Path, left: str) -> None:
    create(directory).close()
    (directory / "pos-guard.db").rename(directory / files.UNFINISHED)
    if left == "database":
        shutil.rmtree(directory / "keys")
    if left == "half-filled":
        (directory / files.UNFINISHED).write_bytes(b"")
    with create(directory) as store:
        assert store.audit.verify().count == 2
    assert not (directory / files.UNFINISHED).exists()


@pytest.mark.parametrize("terminal_id", ["", "with space", "x" * 17, "-1", "T/1", "终端"])
def test_a_terminal_id_has_a_form(directory: Path, terminal_id: str) -> None:
    with pytest.raises(LocalError):
        create(directory, terminal_id)
    assert not directory.exists()


@pytest.mark.parametrize("log2n", [0, 21])
def test_the_cost_of_a_pin_has_bounds(directory: Path, log2n: int) -> None:
    with pytest.raises(LocalError, match="scrypt_log2n"):
        Store.create(directory, clock=ManualClock(), terminal_id="T1", scrypt_log2n=log2n)


def test_a_directory_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be made"):
        create(tmp_path / "file" / "state")


def test_opening_where_there_is_none_says_what_to_do(directory: Path) -> None:
    with pytest.raises(StoreError, match="pos-guard init"):
        reopen(directory)


@pytest.mark.parametrize("damage", ["missing", "short", "open"])
@pytest.mark.parametrize("name", ["pepper", "mac"])
def test_a_key_that_is_not_right_opens_nothing(
    directory: Path, store: Store, name: str, damage: str
) -> None:
    store.close()
    key = directory / "keys" / name
    if damage == "missing":
        key.unlink()
    elif damage == "short":
        key.write_bytes(b"short")
    else:
        key.chmod(0o644)
    with pytest.raises(StoreError, match=name):
        reopen(directory)


def test_everything_is_there_after_opening_again(directory: Path, store: Store) -> None:
    number = add_in(store, Phase.POSTED, sale_id="T1-000001")
    store.close()
    with reopen(directory) as again:
        assert again.terminal_id == "T1"
        assert again.ledger.entry(number).phase is Phase.POSTED
        assert again.audit.verify().count == 3


def test_a_store_of_a_newer_program_is_refused(directory: Path, store: Store) -> None:
    store.close()
    with closing(sqlite3.connect(directory / "pos-guard.db")) as connection:
        connection.execute(f"PRAGMA user_version = {schema.LATEST + 1}")
    for readonly in (False, True):
        with pytest.raises(SchemaError, match="newer program"):
            reopen(directory, readonly=readonly)


def test_an_empty_database_is_no_store(directory: Path, store: Store) -> None:
    store.close()
    (directory / "pos-guard.db").write_bytes(b"")
    with pytest.raises(StoreError, match="no pos-guard store"):
        reopen(directory)


# -- one writer ----------------------------------------------------------------------------------


def test_a_second_writer_is_refused_and_readers_are_not(directory: Path, store: Store) -> None:
    with pytest.raises(StoreError, match="use the running daemon, or stop it"):
        reopen(directory)
    with reopen(directory, readonly=True) as one, reopen(directory, readonly=True) as two:
        number = add_in(store, Phase.POSTED)
        for reader in (one, two):
            assert reader.ledger.entry(number).phase is Phase.POSTED
            with pytest.raises(StoreError, match="reading only"), reader.transaction():
                pass
    store.close()
    reopen(directory).close()


@pytest.mark.usefixtures("store")
def test_another_process_is_refused_too(directory: Path) -> None:
    code = f"""
        from pathlib import Path
        from pos_guard.clock import SystemClock
        from pos_guard.errors import StoreError
        from pos_guard.store.store import Store
        try:
            Store.open(Path({str(directory)!r}), clock=SystemClock())
        except StoreError as error:
            print(error)
        """
    assert "another pos-guard process writes this store" in _run(code).stdout


def test_a_failed_opening_leaves_the_lock_free(directory: Path, store: Store) -> None:
    store.close()
    pepper = directory / "keys" / "pepper"
    pepper.chmod(0o644)
    with pytest.raises(StoreError):
        reopen(directory)
    pepper.chmod(0o600)
    reopen(directory).close()


def test_a_reader_changes_nothing_of_an_earlier_run(directory: Path, store: Store) -> None:
    number = add_in(store, Phase.RESERVED)
    store.close()
    with reopen(directory, readonly=True) as reader:
        assert reader.ledger.entry(number).phase is Phase.RESERVED
        assert reader.audit.verify().count == 2


# -- what an earlier run left --------------------------------------------------------------------


def test_what_was_under_way_is_unknown_and_what_waited_is_abandoned(
    directory: Path, store: Store
) -> None:
    numbers = {phase: add_in(store, phase, operator="anna") for phase in Phase}
    store.close()
    became = {Phase.RESERVED: Phase.UNKNOWN, Phase.WAITING: Phase.ABANDONED}
    with reopen(directory) as again:
        for phase, number in numbers.items():
            assert again.ledger.entry(number).phase is became.get(phase, phase)
        records = list(again.audit.records())[2:]
        assert [record.kind for record in records] == ["start", "recovery", "recovery"]
        assert [(record.body["from"], record.body["to"]) for record in records[1:]] == [
            ("reserved", "unknown"),
            ("waiting", "abandoned"),
        ]
        assert records[1].body["entry"] == numbers[Phase.RESERVED]
    with reopen(directory) as third:
        assert [record.kind for record in third.audit.records()][5:] == ["start"]


# -- crashes -------------------------------------------------------------------------------------

VERDICTS = """
    import os, signal
    from pathlib import Path
    from pos_guard.clock import ManualClock
    from pos_guard.store.store import Store
    from tests.store.store_help import entry

    store = Store.open(Path({directory!r}), clock=ManualClock())
    left = {statements}

    def die(statement):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    store._database._connection.set_trace_callback(die)
    with store.transaction():
        number = store.ledger.add(entry(sale_id=store.ledger.next_sale_id()))
        store.codes.mark_used("token")
        store.audit.append("verdict", {{"entry": number}})
    print("durable", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """


def _run(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, check=False
    )


def test_kill_at_every_statement_of_a_verdict_leaves_all_or_nothing(
    directory: Path, store: Store
) -> None:
    store.close()
    outcomes: list[bool] = []
    for statements in range(40):
        copy = directory.with_name(f"copy-{statements}")
        shutil.copytree(directory, copy)
        done = _run(VERDICTS.format(directory=str(copy), statements=statements))
        assert done.returncode == -signal.SIGKILL, done.stderr
        outcomes.append("durable" in done.stdout)
        with reopen(copy) as again:
            again.audit.verify()
            entries = [found.phase for found in again.ledger.search()]
            verdicts = [record.kind for record in again.audit.records(kind="verdict")]
            expected = ([Phase.UNKNOWN], ["verdict"]) if outcomes[-1] else ([], [])
            assert (entries, verdicts) == expected
            assert again.codes.used("token") is outcomes[-1]
        if outcomes[-1]:
            break
    assert outcomes.count(True) == 1
    assert len(outcomes) > 8


def test_a_torn_log_file_shows_whole_transactions_only(directory: Path, store: Store) -> None:
    """A power cut leaves any prefix of the write-ahead log; each must read as some moment."""
    for number in range(4):
        with store.transaction():
            store.ledger.add(entry(amount=number))
            store.audit.append("verdict", {"amount": number})
    copy = directory.with_name("copy")
    seen: set[int] = set()
    whole = (directory / "pos-guard.db-wal").read_bytes()
    for length in range(0, len(whole) + 1, 1031):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(directory, copy, ignore=shutil.ignore_patterns("*-shm"))
        (copy / "pos-guard.db-wal").write_bytes(whole[:length])
        with reopen(copy, readonly=True) as torn:
            torn.audit.verify()
            verdicts = len(list(torn.audit.records(kind="verdict")))
            assert len(torn.ledger.search()) == verdicts
            seen.add(verdicts)
    assert seen >= {0, 1, 2, 3}


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes in read-only directories")
def test_a_read_only_directory_is_a_store_error(directory: Path, store: Store) -> None:
    store.close()
    directory.chmod(0o500)
    try:
        with pytest.raises(StoreError):
            reopen(directory).close()
    finally:
        directory.chmod(0o700)


def test_a_read_only_file_is_a_store_error_and_changes_nothing(store: Store) -> None:
    """As on a disk that was remounted read-only: every write fails at once."""
    number = add_in(store, Phase.RESERVED)
    before = store.audit.verify()
    store._database.rows("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="readonly"), store.transaction():
        store.ledger.move(number, Phase.POSTED)
    store._database.rows("PRAGMA query_only = OFF")
    assert store.ledger.entry(number).phase is Phase.RESERVED
    assert store.audit.verify() == before


def test_a_full_disk_refuses_the_verdict_and_keeps_the_log_whole(store: Store) -> None:
    pages = store._database.row("PRAGMA page_count")
    assert pages is not None
    store._database.rows(f"PRAGMA max_page_count = {int(str(pages[0])) + 3}")
    kept = 0

    def verdict() -> None:
        number = store.ledger.add(entry())
        store.audit.append("verdict", {"entry": number, "trace": "x" * 900})

    def verdicts() -> None:
        nonlocal kept
        while kept < 500:
            done_in(store.transaction(), verdict)
            kept += 1

    with pytest.raises(StoreError, match="full"):
        verdicts()
    assert 0 < kept < 500
    assert len(store.ledger.search(limit=1000)) == kept
    assert store.audit.verify().count == kept + 2


def test_closing_twice_is_harmless_and_use_after_it_an_error(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.ledger.search()
