"""``keys``, ``backup``, ``restore``, ``people tier|totp|token``, ``init --owner``."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from pos_guard.cli.main import run
from pos_guard.clock import SystemClock
from pos_guard.policy.request import Tier
from pos_guard.store import ed25519, totp
from pos_guard.store.store import Store
from tests.cli.shell import Cli, shell

PIN = "482915"
PHRASE = "correct horse battery"
CODE = "134567890123456789"  # an invented code in WeChat's form
needs_cryptography = pytest.mark.skipif(
    not ed25519.available(), reason="cryptography (extra sign) is not installed"
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "state"
    monkeypatch.setenv("POS_GUARD_STATE", str(path))
    return path


@pytest.fixture
def cli(state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    assert not state.exists()
    return shell(capsys, monkeypatch, PIN + "\n")


@pytest.fixture
def shop(cli: Cli, state: Path) -> Cli:
    """A store with manager maya, made with cheap hashes."""
    with Store.create(
        state, clock=SystemClock(), terminal_id="T1", durable=False, scrypt_log2n=4
    ) as store:
        store.people.add("maya", "Maya", "manager", PIN)
    return cli


def opened(state: Path, *, readonly: bool = True) -> Store:
    return Store.open(state, clock=SystemClock(), readonly=readonly)


class App:
    """Standard input of somebody whose authenticator app reads the address off the screen."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *first: str, off: int = 0) -> None:
        self._lines = list(first)
        self._capsys = capsys
        self._off = off

    def readline(self, limit: int = -1) -> str:
        if self._lines:
            return self._lines.pop(0) + "\n"
        out = self._capsys.readouterr().out
        address = next(word for word in out.replace('"', " ").split() if "otpauth:" in word)
        secret = parse_qs(urlsplit(address).query)["secret"][0]
        step = totp.step_of(SystemClock().wall_us()) + self._off
        return (totp.code_at(base64.b32decode(secret), step) + "\n")[:limit]


@pytest.fixture
def with_app(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """Runs a command for somebody with an app; lines of standard input before the code."""

    def call(*arguments: str, first: tuple[str, ...] = (), off: int = 0) -> int:
        monkeypatch.setattr("sys.stdin", App(capsys, *first, off=off))
        code = 0
        try:
            run(arguments)
        except SystemExit as end:
            code = cast("int", end.code or 0)
        capsys.readouterr()
        return code

    return call


@pytest.mark.shows_secrets("the address for the authenticator is shown once, to be scanned")
def test_a_second_factor_counts_once_its_first_code_was_entered(
    shop: Cli, state: Path, with_app: Callable[..., int]
) -> None:
    assert with_app("people", "totp", "maya", "--pin-stdin", off=5) == 1
    with opened(state) as store:
        assert not store.people.has_second("maya")
    assert with_app("people", "totp", "maya", "--pin-stdin", "--json") == 0
    with opened(state) as store:
        assert store.people.has_second("maya")
    assert "(totp)" in shop("people", "list").out
    assert shop("people", "list", "--json").lines[0]["totp"] is True
    assert shop("people", "totp", "maya", "--remove").code == 0
    assert shop("people", "totp", "maya", "--remove").code == 1
    assert with_app("people", "totp", "nobody", "--pin-stdin") == 1


@pytest.mark.shows_secrets("the address for the authenticator is shown once, to be scanned")
def test_the_owner_of_a_one_person_shop_has_a_second_factor_from_the_start(
    cli: Cli, state: Path, with_app: Callable[..., int]
) -> None:
    init = ("init", "--manager", "olga", "--name", "Olga", "--owner", "--pin-stdin")
    assert with_app(*init, first=(PIN,), off=9) == 1
    assert not (state / "pos-guard.db").exists()
    assert with_app(*init, first=(PIN,)) == 0
    listed = cli("people", "list", "--json").lines
    assert [(one["id"], one["role"], one["totp"]) for one in listed] == [("olga", "owner", True)]
    if ed25519.available():
        assert (state / "keys" / "sign").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("role", "stdin", "code"),
    [("manager", "4829", 1), ("owner", "48291", 1), ("cashier", "4829", 0), ("manager", PIN, 0)],
)
def test_who_leads_needs_six_digits(shop: Cli, role: str, stdin: str, code: int) -> None:
    add = ("people", "add", "ben", "--name", "Ben", "--role", role, "--pin-stdin")
    assert shop(*add, stdin=stdin).code == code
    assert shop("people", "pin", "maya", "--pin-stdin", stdin="4829").code == 1


def test_with_the_policy_the_right_to_approve_decides(shop: Cli, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'name = "s"\nversion = 1\ncurrency = "EUR"\n[roles.senior]\nmay = ["sale"]\n'
        'may_approve = true\napprove_limit = "50.00"\n[roles.manager]\nmay = ["sale"]\n',
        encoding="utf-8",
    )
    add = ("--name", "Ben", "--pin-stdin", "--policy", str(policy))
    assert shop("people", "add", "ben", "--role", "senior", *add, stdin="4829").code == 1
    assert shop("people", "add", "ben", "--role", "manager", *add, stdin="4829").code == 0


def test_a_role_that_the_policy_does_not_have_is_a_slip(shop: Cli, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'name = "s"\nversion = 1\ncurrency = "EUR"\n[roles.till]\nmay = ["sale"]\n[roles.desk]\n',
        encoding="utf-8",
    )
    known = ("--policy", str(policy))
    add = ("people", "add", "ben", "--name", "Ben", "--pin-stdin")
    slip = shop(*add, "--role", "tills", *known, stdin=PIN)
    assert slip.code == 2
    assert "tills is no role of" in slip.err
    assert "its roles: desk, till" in slip.err
    assert shop(*add, "--role", "till", *known, stdin=PIN).code == 0
    assert shop("people", "role", "ben", "desks", *known).code == 2
    assert shop("people", "role", "ben", "desk", *known).code == 0
    assert shop("people", "role", "ben", "any").code == 0


def test_probation_has_a_last_day(shop: Cli, state: Path) -> None:
    last = (datetime.now(tz=UTC) + timedelta(days=30)).date().isoformat()
    assert shop("people", "tier", "maya", "probation", "--until", last).code == 0
    assert shop("people", "tier", "maya", "probation", "--until", "2999-12-31").code == 1
    assert shop("people", "list", "--json").lines[0]["tier"] == "probation"
    assert shop("people", "tier", "maya", "probation", "--until", "2001-01-01").code == 1
    assert shop("people", "tier", "maya", "probation", "--until", "soon").code == 2
    assert shop("people", "tier", "maya", "regular", "--until", "2999-12-31").code == 2
    assert shop("people", "tier", "maya", "regular").code == 0
    with opened(state) as store:
        assert store.people.tier("maya") is Tier.REGULAR


def test_what_staff_pay_with_is_registered_and_never_shown(shop: Cli, state: Path) -> None:
    done = shop("people", "token", "maya", stdin=CODE + "\n")
    assert (done.code, CODE in done.out + done.err) == (0, False)
    with opened(state) as store:
        assert store.tokens.owner(store.keys.payer_token(CODE)) == "maya"
    assert shop("people", "token", "maya", stdin="https://example.org\n").code == 1
    assert shop("people", "token", "maya", "--remove", stdin=CODE + "\n").code == 0
    with opened(state) as store:
        assert store.tokens.of("maya") == ()


@pytest.mark.parametrize("key", ["pins", "mac", pytest.param("sign", marks=needs_cryptography)])
def test_keys_are_rotated_and_the_store_goes_on(shop: Cli, state: Path, key: str) -> None:
    with opened(state) as store:
        before = store.keys
    assert shop("keys", "rotate", key, "--json").lines == [{"rotated": key}]
    with opened(state, readonly=False) as store:
        assert store.keys != before
        assert store.people.verify("maya", PIN).id == "maya"
    assert shop("audit", "verify").code == 0


def test_the_state_of_the_keys_says_what_is_weak_and_nothing_secret(shop: Cli, state: Path) -> None:
    shop("keys", "rotate", "pins")
    body = shop("keys", "--json").lines[0]
    assert (body["pin_pepper"], body["on_old_pepper"], body["mac_rotations"]) == (1, 1, 0)
    shown = shop("keys", "show")
    assert "1 people on an older one" in shown.out
    assert "beside the database" in shown.err
    with opened(state) as store:
        secrets = [store.keys.pepper, store.keys.mac, *store.keys.pins, store.keys.sign or b"-" * 9]
        if store.keys.sign is not None and ed25519.available():
            assert body["public"] == ed25519.public_of(store.keys.sign).hex()
    said = shown.out + shown.err + json.dumps(body)
    assert not any(secret.hex() in said for secret in secrets)


def test_rotation_needs_the_guard_stopped(shop: Cli, state: Path) -> None:
    with opened(state, readonly=False):
        done = shop("keys", "rotate", "mac")
    assert done.code == 1
    assert "stop it first" in done.err


def test_a_backup_is_made_while_the_guard_runs_and_restored_elsewhere(
    shop: Cli, state: Path, tmp_path: Path
) -> None:
    file, back = tmp_path / "b.tar", tmp_path / "back"
    with opened(state, readonly=False):
        made = shop("backup", str(file), "--json").lines[0]
    assert (made["terminal"], made["sealed"]) == ("T1", False)
    assert shop("backup", str(file)).code == 1
    assert shop("restore", str(file)).code == 1
    restored = shop("restore", str(file), "--state", str(back), "--json").lines[0]
    assert (restored["head"], restored["count"]) == (made["head"], made["count"])
    assert shop("audit", "verify", "--state", str(back)).code == 0
    assert shop("restore", str(tmp_path / "nothing"), "--state", str(tmp_path / "x")).code == 2


@needs_cryptography
def test_a_backup_under_a_passphrase(shop: Cli, tmp_path: Path) -> None:
    file, back = tmp_path / "b.sealed", str(tmp_path / "back")
    given = ("--passphrase-stdin",)
    assert shop("backup", str(file), *given, stdin="short\n").code == 1
    assert "clear" not in shop("backup", str(file), *given, stdin=PHRASE + "\n").out
    assert shop("restore", str(file), "--state", back).code == 1
    assert shop("restore", str(file), "--state", back, *given, stdin="wrong wrong wr\n").code == 1
    done = shop("restore", str(file), "--state", back, *given, stdin=PHRASE + "\n")
    assert (done.code, "resolve" in done.out) == (0, True)
    assert PHRASE not in done.out + done.err
    assert sys.stdin is not None
