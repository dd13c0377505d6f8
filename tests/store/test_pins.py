"""PINs: which are refused as too weak, and how they are kept."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest

from pos_guard.errors import LocalError, StoreError
from pos_guard.store.pin_hash import hash_pin, matches, nobodys_hash
from pos_guard.store.pins import WeakPinError, check_strength

KEYED = b"k" * 32
OTHER = b"o" * 32


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "123",
        "4829a",
        "48 29",
        "-4829",
        "4829\n",
        "٤٨٢٩",
        "4829153048291",
        "0000",
        "1111",
        "999999",
        "1234",
        "4321",
        "123456",
        "654321",
        "7890",
        "2468",
        "97531",
        "1212",
        "482482",
        "1122",
        "112233",
        "2580",
        "147258",
        "1985",
        "2026",
        "1225",
        "2512",
        "0229",
        "851225",
        "251285",
        "122585",
        "19851225",
        "25121985",
    ],
)
def test_a_pin_that_people_guess_first_is_refused(pin: str) -> None:
    with pytest.raises(WeakPinError) as caught:
        check_strength("anna", pin)
    assert caught.value.say.zh
    assert caught.value.say.en == str(caught.value)
    assert not pin or pin not in str(caught.value)


@pytest.mark.parametrize(
    "pin", ["4829", "482915", "730264", "918357", "0038", "9999483", "48291504"]
)
def test_other_pins_are_good(pin: str) -> None:
    check_strength("anna", pin)


def test_the_own_id_is_no_pin() -> None:
    with pytest.raises(WeakPinError):
        check_strength("4829", "4829")
    check_strength("4829", "9248")


def test_most_pins_are_left_to_choose_from() -> None:
    """Refusing too many would shrink what a guesser must try."""

    def refused(pin: str) -> bool:
        try:
            check_strength("anna", pin)
        except WeakPinError:
            return True
        return False

    every = [f"{number:04d}" for number in range(10_000)]
    sample = random.Random(7).sample([f"{number:06d}" for number in range(1_000_000)], 4000)
    assert sum(map(refused, every)) < 1200
    assert sum(map(refused, sample)) < 4000 * 0.15


def test_a_weak_pin_is_a_local_and_a_value_error() -> None:
    assert issubclass(WeakPinError, LocalError)
    assert issubclass(WeakPinError, ValueError)


def test_a_stored_pin_matches_itself_only() -> None:
    stored = hash_pin(KEYED, 2)
    assert matches(stored, KEYED)
    assert not matches(stored, OTHER)
    assert stored.startswith("scrypt$2$8$1$")


def test_equal_pins_are_stored_differently() -> None:
    assert hash_pin(KEYED, 2) != hash_pin(KEYED, 2)


def test_the_stored_form_names_all_that_is_needed_to_check_it() -> None:
    salt = b"0123456789abcdef"
    digest = hashlib.scrypt(KEYED, salt=salt, n=4, r=8, p=1, dklen=32)
    texts = [base64.b64encode(raw).decode() for raw in (salt, digest)]
    assert matches("$".join(("scrypt", "2", "8", "1", *texts)), KEYED)


def test_the_default_cost_fits_the_memory_limit() -> None:
    assert matches(hash_pin(KEYED, 15), KEYED)


def test_nobodys_hash_matches_nothing_and_costs_the_same() -> None:
    stored = nobodys_hash(2)
    assert not matches(stored, KEYED)
    assert stored.rsplit("$", 2)[0] == hash_pin(KEYED, 2).rsplit("$", 2)[0]


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "plain",
        "md5$2$8$1$AAAA$AAAA",
        "scrypt$2$8$2$AAAA$AAAA",
        "scrypt$2$16$1$AAAA$AAAA",
        "scrypt$99$8$1$AAAA$AAAA",
        "scrypt$0$8$1$AAAA$AAAA",
        "scrypt$x$8$1$AAAA$AAAA",
        "scrypt$2$8$1$A$A",
        "scrypt$2$8$1$AAAA",
    ],
)
def test_a_damaged_hash_is_a_store_error_not_a_wrong_pin(stored: str) -> None:
    with pytest.raises(StoreError):
        matches(stored, KEYED)
