"""Policy files in a temporary folder, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.errors import SettingsError
from pos_guard.policy.load import load_policy
from pos_guard.policy.policy import Policy

HEAD = 'name = "{name}"\nversion = 1\n'
SHOP = 'currency = "EUR"\n[roles.cashier]\nmay = ["sale"]\n'


def write(folder: Path, name: str, text: str) -> Path:
    """One layer; its name is that of its file."""
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(name=name) + text, encoding="utf-8")
    return path


def load(folder: Path, pack: str, shop: str) -> Policy:
    """A pack of one's own and the shop's file that extends it."""
    write(folder, "chain", pack)
    return load_policy(write(folder, "shop", f'extends = ["chain.toml"]\n{shop}'))


def wrong(folder: Path, pack: str, shop: str) -> list[tuple[str, int | None, str, str]]:
    """File, line, path and message of everything that is wrong."""
    with pytest.raises(SettingsError) as caught:
        load(folder, pack, shop)
    return [
        (Path(found.file or caught.value.file).name, found.line, found.path, found.message)
        for found in caught.value.problems
    ]
