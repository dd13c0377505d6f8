"""The ``[ledger]`` table: what it takes, what it refuses, and a daemon's life with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.clock import ManualClock
from pos_guard.config import parse_config
from pos_guard.errors import SettingsError
from pos_guard.guard import Guard
from pos_guard.ledger.port import LedgerError
from pos_guard.ledger.sqlite import SqliteLedger
from pos_guard.shared_settings import LedgerTable, connected
from pos_guard.store.store import Store
from tests.ledger.chain_shop import RULES
from tests.ledger.ledger_help import NOW, SALE

LINK = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:20007"
"""


def table(text: str, root: Path = Path("/etc/pos-guard")) -> LedgerTable | None:
    return parse_config(text + LINK, root / "guard.toml").ledger


def test_without_a_table_there_is_no_shared_ledger() -> None:
    assert table("") is None


def test_the_usual_is_two_seconds_and_no_lease() -> None:
    found = table('[ledger]\nurl = "postgresql://till1@db.shop/pos"\nmerchant = "corner-shop"\n')
    assert found is not None
    assert (found.wait_ms, found.lease_hours, found.merchant) == (2000, 0, "corner-shop")
    assert found.url.conninfo == "postgresql://till1@db.shop/pos"


def test_a_service_and_a_passfile_beside_the_settings() -> None:
    found = table(
        '[ledger]\nurl = "service=pos"\nmerchant = "m"\npassfile = "pass"\nlease_hours = 12\n'
    )
    assert found is not None
    assert (found.url.conninfo, found.passfile) == ("service=pos", "/etc/pos-guard/pass")
    assert found.lease_hours == 12


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:hub.db", "/etc/pos-guard/hub.db"), ("sqlite:/srv/hub.db", "/srv/hub.db")],
)
def test_a_file_is_relative_to_the_settings(url: str, path: str) -> None:
    found = table(f'[ledger]\nurl = "{url}"\nmerchant = "m"\n')
    assert found is not None
    assert found.url.path == Path(path)


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ('url = "x"\nmerchant = "m"', "ledger.url", "must be sqlite:PATH"),
        ('url = "sqlite:"\nmerchant = "m"', "ledger.url", "must be sqlite:PATH"),
        ("url = 1\nmerchant = 'm'", "ledger.url", "must be text"),
        ('url = "postgresql://a:Sesame77@h/d"\nmerchant = "m"', "ledger.url", "holds a password"),
        (
            'url = "postgresql://a@h/d?password=Sesame77"\nmerchant = "m"',
            "ledger.url",
            "holds a password",
        ),
        ('url = "service=p password=Sesame77"\nmerchant = "m"', "ledger.url", "must be"),
        ('url = "sqlite:x"\nmerchant = ""', "ledger.merchant", "no merchant id"),
        ('url = "sqlite:x"\nmerchant = "a b"', "ledger.merchant", "no merchant id"),
        ('url = "sqlite:x"\nmerchant = "m"\nlease_hours = -1', "ledger.lease_hours", "whole hours"),
        ('url = "sqlite:x"\nmerchant = "m"\nlease_hours = 1.5', "ledger.lease_hours", "whole"),
        ('url = "sqlite:x"\nmerchant = "m"\nlease_hours = 745', "ledger.lease_hours", "0 to 744"),
        ('url = "sqlite:x"\nmerchant = "m"\nwait_ms = 0', "ledger.wait_ms", "milliseconds"),
        ('url = "sqlite:x"\nmerchant = "m"\nwait = 5', "ledger.wait", ""),
        ('url = "sqlite:x"', "ledger.merchant", ""),
    ],
)
def test_what_is_wrong_is_named_and_no_password_repeated(text: str, key: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        table(f"[ledger]\n{text}\n")
    assert any(
        problem.path == key and message in problem.message for problem in caught.value.problems
    ), caught.value
    assert "Sesame77" not in str(caught.value)


def test_a_daemon_tells_in_the_background_what_it_owes(tmp_path: Path) -> None:
    clock = ManualClock()
    found = table('[ledger]\nurl = "sqlite:hub.db"\nmerchant = "m"\n', tmp_path)
    with Store.create(
        tmp_path / "s", clock=clock, terminal_id="T1", durable=False, scrypt_log2n=2
    ) as store:
        with connected(found, store, clock) as shared:
            assert shared is not None
            assert Guard(store, RULES, clock, shared=shared).shared is shared
        with connected(None, store, clock) as nothing:
            assert nothing is None


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"this is no database, and it is long enough to be asked" * 100)
    with pytest.raises(LedgerError, match="cannot be opened"):
        SqliteLedger(path, "m")
    with pytest.raises(LedgerError, match="cannot be opened"):
        SqliteLedger(tmp_path / "none" / "hub.db", "m")


def test_the_hub_is_readable_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    ledger = SqliteLedger(path, "m")
    assert ledger.register(SALE)
    ledger.withdraw(SALE.sale_id, NOW)
    ledger.close()
    assert path.stat().st_mode & 0o777 == 0o600
