"""``pos-guard doctor`` as a shell sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.clock import SystemClock
from pos_guard.store.store import Store
from tests.cli.shell import Cli, shell
from tests.shop import POLICY


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return shell(capsys, monkeypatch)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    Store.create(
        tmp_path / "state", clock=SystemClock(), terminal_id="T1", durable=False, scrypt_log2n=4
    ).close()
    path = tmp_path / "guard.toml"
    path.write_text('socket = "run/decide.sock"\n', encoding="utf-8")
    return path


def test_json_has_one_object_a_finding(cli: Cli, config: Path) -> None:
    done = cli("doctor", "--config", str(config), "--json")
    assert done.code == 0
    assert {line["check"] for line in done.lines} >= {"config", "store", "disk", "clock", "policy"}
    for line in done.lines:
        assert set(line) == {"check", "grade", "subject", "say", "do"}
        assert line["grade"] in {"ok", "warning"}


@pytest.mark.parametrize(("lang", "word"), [("en", "PROBLEM"), ("zh", "问题")])
def test_a_problem_is_exit_1_and_says_what_to_do(
    cli: Cli, config: Path, lang: str, word: str
) -> None:
    (config.parent / "state").chmod(0o777)
    done = cli("doctor", "--config", str(config), "--lang", lang)
    assert done.code == 1
    assert f"{word}  store-mode: " in done.out
    assert "chmod 700" in done.out
    (config.parent / "state").chmod(0o700)


@pytest.mark.parametrize(
    "arguments",
    [["--config", "/nonexistent.toml"], ["--app-user", "no-such-account"], ["--lang", "fr"]],
)
def test_usage_is_exit_2(cli: Cli, config: Path, arguments: list[str]) -> None:
    done = cli("doctor", "--config", str(config), *arguments)
    assert (done.code, done.out.count("PROBLEM")) == (2, 0)


def test_the_till_as_root_is_a_problem(cli: Cli, config: Path) -> None:
    done = cli("doctor", "--config", str(config), "--app-user", "root", "--guard-user", "0")
    assert done.code == 1
    assert "till-account" in done.out
