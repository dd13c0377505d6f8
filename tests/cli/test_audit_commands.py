"""``pos-guard audit``: timeline, pages, checkpoints, sealing and drill, as a person uses them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pos_guard.clock import SystemClock
from pos_guard.model import Intent, IntentKind, Source, Tender
from pos_guard.store.store import Store
from tests.cli.shell import Cli, shell
from tests.shop import Shop, shop


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, corner: Shop) -> Cli:
    monkeypatch.setenv("POS_GUARD_STATE", str(corner.store.directory))
    return shell(capsys, monkeypatch)


@pytest.fixture
def corner(tmp_path: Path) -> Shop:
    return shop(tmp_path)


def refunded(corner: Shop) -> str:
    """A paid sale, and a refund of it that is refused or not: it is recorded. Its sale id."""
    sale_id = corner.paid_sale(1250)
    corner.sign_in("ben")
    corner.guard.tell_original(sale_id, Source.APP)
    corner.guard.judge(Intent(IntentKind.REFUND, Tender.CARD, 450, "EUR"), link="zvt")
    return sale_id


@pytest.mark.parametrize(("lang", "by"), [("en", "by ben"), ("zh", "操作员 ben")])
def test_a_transaction_is_shown_as_a_timeline_with_its_trace(
    corner: Shop, cli: Cli, lang: str, by: str
) -> None:
    sale_id = refunded(corner)
    corner.store.close()
    done = cli("audit", "show", sale_id, "--lang", lang)
    assert done.code == 0
    assert "card sale 12.50 EUR" in done.out
    assert "card refund 4.50 EUR" in done.out
    assert by in done.out
    assert "outcome" in done.out
    assert "remaining" in done.out
    records = cli("audit", "show", sale_id, "--json").lines
    assert [record["seq"] for record in records] == sorted(
        {record["seq"] for record in records}, key=str
    ) or len(records) > 3
    assert cli("audit", "show", "0001", "--transaction").out.startswith(done.out[:20])


def test_search_finds_refunds_by_type_and_by_what_they_undo(corner: Shop, cli: Cli) -> None:
    refunded(corner)
    corner.store.close()
    (found,) = cli("audit", "search", "--type", "refund", "--json").lines
    assert found["actor"] == "ben"
    same = cli("audit", "search", "--amount", "450", "--json").lines
    assert found["seq"] in [record["seq"] for record in same]
    assert cli("audit", "search", "--type", "refund", "--amount", "451").out == ""


def test_pages_follow_each_other(corner: Shop, cli: Cli) -> None:
    refunded(corner)
    corner.store.close()
    first = [
        one["seq"] for one in cli("audit", "search", "--after", "0", "--limit", "3", "--json").lines
    ]
    assert first == [1, 2, 3]
    then = cli("audit", "search", "--after", "3", "--limit", "2", "--json").lines
    assert [one["seq"] for one in then] == [4, 5]


def test_nothing_is_known_about_a_strange_number(corner: Shop, cli: Cli) -> None:
    corner.store.close()
    done = cli("audit", "show", "till9-000001")
    assert (done.code, done.out) == (1, "")
    assert "Nothing is recorded" in done.err


def test_a_checkpoint_and_a_code_prove_the_log_later(
    corner: Shop, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "kept.txt"
    old = tmp_path / "old"
    corner.store.close()
    state = corner.store.directory
    shutil.copytree(state, old)
    with Store.open(state, clock=corner.clock, durable=False) as store, store.transaction():
        store.audit.append("note", {})
    assert cli("audit", "checkpoint", "--out", str(file)).code == 0
    code = cli("audit", "checkpoint", "--slip").out.split("\n")[1]
    for arguments in (("--checkpoint", str(file)), ("--code", code)):
        assert cli("audit", "verify", *arguments).code == 0
        done = cli("audit", "verify", *arguments, "--state", str(old))
        assert done.code == 1
        assert "put back" in done.err
    assert cli("audit", "checkpoint", "--json").lines[0]["code"] == code
    assert "misread" in cli("audit", "verify", "--code", code[:-1] + "Z").err


def test_a_changed_index_is_told_by_verify(corner: Shop, cli: Cli) -> None:
    with corner.store.transaction():
        for number in range(70):
            corner.store.audit.append("note", {"entry": number})
    corner.store.close()
    assert cli("audit", "verify").code == 0
    with closing(sqlite3.connect(corner.store.directory / "pos-guard.db")) as other, other:
        other.execute("DELETE FROM audit_terms WHERE seq = 9")
    done = cli("audit", "verify")
    assert done.code == 1
    assert "index" in done.err


def test_a_clock_that_was_set_back_is_told_by_verify(corner: Shop, cli: Cli) -> None:
    corner.clock.step_wall(-600)
    refunded(corner)
    corner.store.close()
    done = cli("audit", "verify")
    assert done.code == 1
    assert "CLOCK" in done.err
    assert cli("audit", "verify", "--json").lines[0]["ok"] is False


def test_old_records_are_sealed_and_found_again(corner: Shop, cli: Cli) -> None:
    """The shop's clock stands at the start of 2026: everything is long ago."""
    with corner.store.transaction():
        for number in range(20):
            corner.store.audit.append("note", {"entry": number})
    before = corner.directory / "before.txt"
    before.write_text(corner.store.checkpoints.now().note)
    code = corner.store.checkpoints.now().code
    filled(corner)
    corner.store.close()
    (done,) = cli("audit", "seal", "--days", "1", "--json").lines
    assert done["sealed"] == 128
    assert str(done["file"]) in cli("audit", "show", "5").err
    assert "in sealed segments" in cli("audit", "verify").out
    assert cli("audit", "verify", "--checkpoint", str(before), "--code", code).code == 0
    other = "Y" if code[-6] == "Z" else "Z"
    assert cli("audit", "verify", "--code", f"{code[:-6]}{other}{code[-5:]}").code != 0
    Path(str(done["file"])).unlink()
    assert "gone" in cli("audit", "verify").err


def filled(corner: Shop) -> None:
    with corner.store.transaction():
        for number in range(110):
            corner.store.audit.append("note", {"entry": number})


def test_a_record_is_proved_to_somebody_with_nothing_but_a_key(
    corner: Shop, cli: Cli, tmp_path: Path
) -> None:
    pytest.importorskip("cryptography")
    corner.store.rotation.sign()
    refunded(corner)
    corner.store.close()
    monday, proof = tmp_path / "monday.txt", tmp_path / "proof.json"
    assert cli("audit", "checkpoint", "--out", str(monday)).code == 0
    key = str(cli("audit", "checkpoint", "--json").lines[0]["key"])
    done = cli("audit", "prove", "5", "--since", str(monday), "--out", str(proof))
    assert done.code == 0
    elsewhere = ("--proof", str(proof), "--key", key, "--state", str(tmp_path / "nowhere"))
    done = cli("audit", "verify", *elsewhere)
    assert done.code == 0
    assert done.out.split()[0] == "5"
    assert "begins with" in done.out
    assert cli("audit", "verify", "--proof", str(proof)).code == 0
    (said,) = cli("audit", "verify", "--proof", str(proof), "--json").lines
    assert (said["ok"], said["seq"]) == (True, 5)
    proof.write_text(proof.read_text().replace("wall_us", "wall_ms"))
    done = cli("audit", "verify", *elsewhere)
    assert done.code == 1
    assert "CHANGED" in done.err


def test_a_search_for_text_looks_at_what_was_asked_only_once(corner: Shop, cli: Cli) -> None:
    refunded(corner)
    corner.store.close()
    assert cli("audit", "search", "--text", '"original":"').out == ""
    assert cli("audit", "search", "--text", "CARD").out != ""


def test_nothing_recent_is_sealed(corner: Shop, cli: Cli) -> None:
    state = corner.store.directory
    corner.store.close()
    with Store.open(state, clock=SystemClock(), durable=False) as store, store.transaction():
        store.audit.append("note", {})
    assert "Nothing to seal" in cli("audit", "seal").out


def test_the_drill_says_what_came_back_and_leaves_nothing(
    corner: Shop, cli: Cli, tmp_path: Path
) -> None:
    refunded(corner)
    place = tmp_path / "room"
    place.mkdir()
    count = corner.store.audit.verify().count
    (done,) = cli("audit", "drill", "--place", str(place), "--json").lines
    assert (done["ok"], done["records"]) == (True, count)
    assert list(place.iterdir()) == []
    assert corner.store.audit.verify().count == count
    corner.store.close()
