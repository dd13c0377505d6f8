"""The packs that come with pos-guard: policies and locked provider rules, as TOML data."""

from __future__ import annotations

from importlib.resources import files

_DATA = files("pos_guard.policy") / "data"

SHOP_PACKS = ("retail", "restaurant", "one-person", "unattended")
"""Whole policies: a shop adds its payees, and its currency."""

LOCKED_PACKS = ("card-data", "wechat", "alipay", "schemes")
"""Rules of others, which no layer below may loosen."""

PACKS = SHOP_PACKS + LOCKED_PACKS


def pack_bytes(name: str) -> bytes:
    """The file of a shipped pack.

    :raises KeyError: when there is none by that name.
    """
    if name not in PACKS:
        raise KeyError(name)
    return (_DATA / f"{name}.toml").read_bytes()
