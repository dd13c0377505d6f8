"""Where somebody else's library is missing, the tests say so, and how to get it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.clients.libraries import (
    ESCPOS_COFFEE,
    ESCPOS_PHP,
    MODULES,
    REQUIRED,
    escpos_coffee,
    escpos_php,
    node_escpos,
    receiptio,
)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in (REQUIRED, ESCPOS_PHP, ESCPOS_COFFEE, MODULES):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def program(place: Path, name: str) -> None:
    (place / name).symlink_to("/bin/true")
    assert os.access(place / name, os.X_OK)


def test_without_node_it_is_skipped_and_named(bare: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="Debian: nodejs npm"):
        node_escpos(bare)


def test_without_node_it_fails_where_it_is_required(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="no node and npm"):
        node_escpos(bare)


def test_without_php_it_is_skipped_and_named(bare: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="Debian: php-cli"):
        escpos_php(bare)


def test_php_without_the_library_is_told_where_to_name_it(bare: Path) -> None:
    program(bare, "php")
    with pytest.raises(pytest.skip.Exception, match=f"composer require .* set {ESCPOS_PHP}"):
        escpos_php(bare)


def test_without_java_it_is_skipped_and_named(bare: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="Debian: default-jdk-headless"):
        escpos_coffee(bare)


def test_java_without_the_library_is_told_where_to_name_it(bare: Path) -> None:
    program(bare, "javac")
    with pytest.raises(pytest.skip.Exception, match=f"name its jar in {ESCPOS_COFFEE}"):
        escpos_coffee(bare)


def test_node_libraries_that_are_somewhere_are_taken_from_there(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bare, "node")
    program(bare, "npm")
    monkeypatch.setenv(MODULES, str(bare))
    assert receiptio(bare).command[1] == str(bare / "receiptio" / "bin" / "cli.js")
    monkeypatch.setenv(MODULES, str(bare / "gone"))
    with pytest.raises(pytest.skip.Exception, match=r"there is no .*gone"):
        receiptio(bare)
