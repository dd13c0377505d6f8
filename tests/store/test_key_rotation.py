"""New keys for an old store: nothing is lost, crashes are settled, old keys open nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError, StoreError, TamperError
from pos_guard.store import ed25519, keys
from pos_guard.store.keys import Keys, put_key
from pos_guard.store.overrides import Wanted
from pos_guard.store.store import Store

PIN = "482915"
WANTED = Wanted(rules=frozenset({"hours"}), reason="fair")
needs_signing = pytest.mark.skipif(
    not ed25519.available(), reason="cryptography (extra sign) is not installed"
)


def opened(directory: Path, clock: ManualClock) -> Store:
    return Store.open(directory, clock=clock, durable=False)


@pytest.mark.parametrize("signed", [False, True])
def test_a_new_mac_key_seals_log_and_overrides(
    store: Store, directory: Path, clock: ManualClock, signed: bool
) -> None:
    if not signed:
        (directory / "keys" / "sign").unlink(missing_ok=True)
        store.close()
        store = opened(directory, clock)
    made, old = store.overrides.add("maya", WANTED), store.keys.mac
    assert store.rotation.mac() == 1
    store.close()
    with opened(directory, clock) as again:
        assert again.keys.mac != old
        assert again.keys.old_macs == (old,)
        assert again.overrides.active() == (made,)
        again.audit.verify()
        assert again.rotation.mac() == 2
    with opened(directory, clock) as again:
        again.audit.verify()
        assert len(again.keys.old_macs) == 2
        assert again.overrides.active() == (made,)
        kinds = [r.body["key"] for r in again.audit.records(kind="keys")]
        assert kinds == ["mac", "mac"]


def test_the_old_mac_key_opens_nothing_any_more(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    old = store.keys.mac
    store.rotation.mac()
    store.close()
    put_key(directory / "keys" / "mac", old)
    with pytest.raises(TamperError):
        opened(directory, clock)


def test_a_crash_before_the_commit_leaves_the_old_key(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    old = store.keys.mac
    store.close()
    put_key(directory / "keys" / "mac.new", b"n" * 32)
    with Store.open(directory, clock=clock, readonly=True) as reader:
        assert reader.keys.mac == old
    with opened(directory, clock) as again:
        assert again.keys.mac == old
        assert not (directory / "keys" / "mac.new").exists()
        again.audit.verify()


@pytest.mark.parametrize("kept", [False, True])
def test_a_crash_after_the_commit_goes_on_with_the_new_key(
    store: Store, directory: Path, clock: ManualClock, kept: bool
) -> None:
    """The transaction is on disk, the files are not renamed yet; the old key perhaps is kept."""
    folder, old = directory / "keys", store.keys.mac
    store.rotation.mac()
    store.close()
    (folder / "mac").rename(folder / "mac.new")
    put_key(folder / "mac", old)
    if not kept:
        (folder / "mac-old-1").unlink()
    with Store.open(directory, clock=clock, readonly=True) as reader:
        reader.audit.verify()
    for _ in range(2):
        with opened(directory, clock) as again:
            assert again.keys.old_macs == (old,)
            again.audit.verify()
    assert sorted(path.name for path in folder.glob("mac*")) == ["mac", "mac-old-1"]


@needs_signing
def test_a_new_signing_key_keeps_the_overrides_and_the_old_public_key(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    assert store.keys.sign is not None
    made, old = store.overrides.add("maya", WANTED), ed25519.public_of(store.keys.sign)
    public = store.rotation.sign()
    store.close()
    with opened(directory, clock) as again:
        assert again.keys.sign is not None
        assert ed25519.public_of(again.keys.sign) == public != old
        assert again.keys.old_signers == (old,)
        assert again.overrides.active() == (made,)
        assert next(iter(again.audit.records(kind="keys"))).body["public"] == public.hex()


@needs_signing
def test_ed25519_is_that_of_rfc_8032() -> None:
    """RFC 8032, section 7.1, test 2."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert ed25519.public_of(seed) == public
    assert ed25519.sign(seed, b"\x72") == signature
    assert ed25519.genuine(public, b"\x72", signature)
    assert not ed25519.genuine(public, b"\x73", signature)
    assert not ed25519.genuine(public[:-1], b"\x72", signature)


def test_without_the_library_seals_are_macs_and_signatures_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_key = Keys(b"p" * 32, b"m" * 32, sign=b"s" * 32)
    signed = with_key.seal(b"message") if ed25519.available() else "ed25519:00"
    for name in ("primitives.asymmetric.ed25519",):
        monkeypatch.setitem(__import__("sys").modules, f"cryptography.hazmat.{name}", None)
    monkeypatch.setattr(ed25519, "available", lambda: False)
    assert not with_key.sealed(b"message", signed)
    seal = with_key.seal(b"message")
    assert seal.startswith("hmac:")
    assert with_key.sealed(b"message", seal)
    assert not with_key.sealed(b"other", seal)
    assert Keys.make().sign is None
    for call in (
        lambda: ed25519.public_of(b"s" * 32),
        lambda: ed25519.sign(b"s" * 32, b""),
        lambda: ed25519.genuine(b"p" * 32, b"", b""),
    ):
        with pytest.raises(LocalError, match=r"pip install .pos-guard\[sign\]"):
            call()


def test_key_files_are_the_owners_only_and_no_half_one_is_read(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    store.rotation.pins()
    store.close()
    folder = directory / "keys"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    (folder / "pin-2.part").write_bytes(b"half")
    with opened(directory, clock) as again:
        assert again.keys.pin_pepper == 1
    (folder / "pin-2").write_bytes(b"half")
    with pytest.raises(StoreError, match="not 32 bytes"):
        opened(directory, clock)


def test_a_directory_that_cannot_be_written_rotates_nothing(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    shutil.move(directory / "keys", directory / "elsewhere")
    with pytest.raises(StoreError, match="cannot be written"):
        store.rotation.mac()
    store.close()
    shutil.move(directory / "elsewhere", directory / "keys")
    with opened(directory, clock) as again:
        again.audit.verify()


def test_there_is_an_end_of_rotations(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos_guard.store.rotation.MAX_OLD", 0)
    for rotate in (store.rotation.pins, store.rotation.mac):
        with pytest.raises(LocalError, match="retired keys"):
            rotate()
    assert keys.MAX_OLD == 1000
