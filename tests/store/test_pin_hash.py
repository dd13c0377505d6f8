"""How PINs are kept: two schemes side by side, peppers by number, better hashes at the next use."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import StoreError
from pos_guard.policy.request import Person
from pos_guard.store import pin_hash
from pos_guard.store.keys import keyed
from pos_guard.store.pin_hash import ARGON2, SCRYPT, hash_pin, is_current, matches
from pos_guard.store.pins import APPROVER_DIGITS, WeakPinError, check_strength
from pos_guard.store.signin import PinRefusedError
from pos_guard.store.store import Store

PIN, WRONG = "482915", "730264"
KEY = b"k" * 32
needs_argon2 = pytest.mark.skipif(
    not pin_hash.argon2_available(), reason="argon2-cffi (extra auth) is not installed"
)


@pytest.fixture
def without_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine for which the library has no wheel."""
    monkeypatch.setitem(__import__("sys").modules, "argon2.low_level", None)
    pin_hash.argon2_available.cache_clear()
    monkeypatch.setattr(pin_hash, "argon2_available", lambda: False)


@needs_argon2
def test_argon2id_is_that_of_the_reference_implementation() -> None:
    """P-H-C/phc-winner-argon2 (CC0), src/test.c: version 0x13, t=2, m=2^8 KiB, p=1."""
    from argon2.low_level import Type, hash_secret_raw

    assert (
        hash_secret_raw(b"password", b"somesalt", 2, 256, 1, 32, Type.ID).hex()
        == "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
    )
    salt = base64.b64encode(b"somesalt").decode()
    digest = base64.b64encode(
        bytes.fromhex("9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe")
    ).decode()
    assert matches(f"argon2id$256$2$1${salt}${digest}", b"password")
    assert not matches(f"argon2id$256$2$1${salt}${digest}", b"passwore")


@needs_argon2
@pytest.mark.parametrize("log2n", [1, 2, 8])
def test_each_scheme_knows_its_own(log2n: int) -> None:
    for scheme in (SCRYPT, ARGON2):
        stored = hash_pin(KEY, log2n, scheme)
        assert matches(stored, KEY)
        assert not matches(stored, b"o" * 32)
        assert hash_pin(KEY, log2n, scheme) != stored
        assert is_current(stored, log2n) is (scheme == ARGON2)
    assert not is_current(hash_pin(KEY, 9, ARGON2), 10)


@pytest.mark.parametrize(
    "stored",
    [
        "argon2id$99999999999$2$1$AAAA$AAAA",
        "argon2id$4$2$1$AAAA$AAAA",
        "argon2id$256$900$1$AAAA$AAAA",
        "argon2id$256$2$64$AAAA$AAAA",
        "argon2i$256$2$1$AAAA$AAAA",
        "argon2id$256$2$1$AAAA",
        "",
    ],
)
def test_an_edited_row_can_ask_for_no_other_cost(stored: str) -> None:
    with pytest.raises(StoreError):
        matches(stored, KEY)


def put(store: Store, person: str, scheme: str) -> None:
    stored = hash_pin(keyed(store.keys.pepper, "pin", f"{person}|{PIN}"), 2, scheme)
    with store.transaction():
        store._database.write("UPDATE people SET pin = ? WHERE id = ?", stored, person)


def scheme(store: Store) -> str:
    return store.people.all()[0].scheme


@needs_argon2
def test_a_pin_moves_to_the_better_scheme_at_the_next_right_use(store: Store) -> None:
    store.people.add("anna", "Anna", "cashier", PIN)
    put(store, "anna", SCRYPT)
    with pytest.raises(PinRefusedError):
        store.people.verify("anna", WRONG)
    assert scheme(store) == SCRYPT
    assert store.people.verify("anna", PIN) == Person("anna", "cashier")
    assert scheme(store) == ARGON2
    assert store.people.verify("anna", PIN) == Person("anna", "cashier")
    bodies = [record.body for record in store.audit.records(kind="pin-accepted")]
    assert bodies == [{"rehashed": True}, {}]


@needs_argon2
def test_everybody_costs_the_same_work_while_two_schemes_are_in_use(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in ("anna", "ben"):
        store.people.add(person, person, "cashier", PIN)
    put(store, "anna", SCRYPT)
    done: list[str] = []
    original = pin_hash.matches

    def counted(stored: str, key: bytes) -> bool:
        done.append(pin_hash.scheme_of(stored))
        return original(stored, key)

    monkeypatch.setattr(pin_hash, "matches", counted)
    for person in ("anna", "ben", "nobody"):
        with pytest.raises(PinRefusedError):
            store.people.verify(person, WRONG)
    assert done == [ARGON2, SCRYPT] * 3


@pytest.mark.usefixtures("without_argon2")
def test_without_the_library_scrypt_serves_and_argon2_pins_say_what_to_install(
    store: Store,
) -> None:
    store.people.add("ben", "Ben", "cashier", PIN)
    assert scheme(store) == SCRYPT
    assert store.people.verify("ben", PIN) == Person("ben", "cashier")
    store.people.add("anna", "Anna", "cashier", PIN)
    with store.transaction():
        store._database.write(
            "UPDATE people SET pin = 'argon2id$256$2$1$AAAA$AAAA' WHERE id = 'anna'"
        )
    with pytest.raises(StoreError, match=r"pip install .pos-guard\[auth\]"):
        store.people.verify("anna", PIN)
    assert store.people.verify("ben", PIN) == Person("ben", "cashier")


def test_flocafe_716_two_staff_with_one_pin_are_told_apart_by_their_id(store: Store) -> None:
    """FloCafe #716: a PIN alone named the wrong approver. Here it is always id and PIN."""
    store.people.add("maya", "Maya", "manager", PIN)
    store.people.add("olga", "Olga", "manager", PIN)
    assert store.people.verify("maya", PIN).id == "maya"
    assert store.people.verify("olga", PIN).id == "olga"
    assert len({str(row[0]) for row in store._database.rows("SELECT pin FROM people")}) == 2
    for nobody in ("", PIN, "maya|olga"):
        with pytest.raises(PinRefusedError):
            store.people.verify(nobody, PIN)


def test_flocafe_767_an_old_pin_is_gone_at_once(store: Store) -> None:
    store.people.add("maya", "Maya", "manager", PIN)
    store.people.set_pin("maya", WRONG)
    with pytest.raises(PinRefusedError):
        store.people.verify("maya", PIN)


@pytest.mark.parametrize("pin", ["4829", "48291"])
def test_who_approves_needs_six_digits(pin: str) -> None:
    check_strength("maya", pin)
    with pytest.raises(WeakPinError, match="6 to 12 digits"):
        check_strength("maya", pin, APPROVER_DIGITS)


def test_a_lower_demand_than_four_digits_is_not_heard() -> None:
    with pytest.raises(WeakPinError):
        check_strength("maya", "482", 1)


def test_no_vendor_default_is_a_pin() -> None:
    """UnionPay's 0000 and 123456, and the ones below that terminals are delivered with."""
    for default in ("0000", "123456", "166816", "166831", "166832", "000000", "111111", "888888"):
        with pytest.raises(WeakPinError):
            check_strength("maya", default)


def test_a_pin_is_hashed_with_the_pepper_of_its_number(
    store: Store, directory: Path, clock: ManualClock
) -> None:
    store.people.add("anna", "Anna", "cashier", PIN)
    store.people.add("ben", "Ben", "cashier", PIN)
    assert store.rotation.pins() == 1
    store.close()
    with Store.open(directory, clock=clock, durable=False) as again:
        assert [account.pepper for account in again.people.all()] == [0, 0]
        assert again.people.verify("anna", PIN).id == "anna"
        assert [account.pepper for account in again.people.all()] == [1, 0]
        assert again.people.verify("anna", PIN).id == "anna"
        assert again.people.verify("ben", PIN).id == "ben"
        again.people.add("cleo", "Cleo", "cashier", PIN)
        assert [account.pepper for account in again.people.all()] == [1, 1, 1]
    (directory / "keys" / "pin-1").unlink()
    cut = Store.open(directory, clock=clock, durable=False)
    with cut, pytest.raises(StoreError, match="pin-1 is gone"):
        cut.people.verify("anna", PIN)
