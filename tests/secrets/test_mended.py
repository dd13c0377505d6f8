"""What the watch found in the product once, each with the way it came out."""

from __future__ import annotations

import pytest

from tests.cli.shell import shell

TYPED = [
    ("people", "add", "anna", "482915", "--name", "A", "--role", "cashier"),
    ("approve", "482915x"),
    ("approve", "12", "482915"),
    ("people", "--482915"),
    ("482915",),
    ("audit", "search", "--limit", "134621000053364349x"),
    ("audit", "search", "--limit", "4111111111111111x"),
]


@pytest.mark.parametrize("arguments", TYPED, ids=" ".join)
def test_a_secret_in_the_wrong_place_of_a_command_is_not_repeated(
    arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = shell(capsys, monkeypatch)(*arguments)
    assert done.code == 2
    assert "****" in done.err
    for secret in ("482915", "4111111111111111", "134621000053364349"):
        assert secret not in done.out + done.err
