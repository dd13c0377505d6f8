"""A value that holds a secret does not show it: a repr ends in logs and in tracebacks of others."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import pos_guard
from pos_guard.consoles.callback import Approve, Prove
from pos_guard.frames.codes import classify
from pos_guard.frames.http import HttpReply, HttpRequest
from pos_guard.frames.lines import ScanLine
from pos_guard.links.session import ToApp, ToDevice
from pos_guard.model import Intent, IntentKind, Tender
from pos_guard.scanners.language import Reply, Scanned, Send
from pos_guard.store.keys import Keys

CODE = "134621000053364349"
RAW = CODE.encode()
PIN = "482915"
KEY = b"0123456789abcdef" * 2

VALUES: list[tuple[object, str | bytes]] = [
    (Approve("maya", PIN, "123987"), PIN),
    (Approve("maya", PIN, "123987"), "123987"),
    (Prove("maya", PIN, "123987"), PIN),
    (Prove("maya", PIN, "123987"), "123987"),
    (classify(CODE), CODE),
    (ScanLine(RAW + b"\r", RAW), CODE),
    (Scanned(RAW, RAW), CODE),
    (Reply(RAW, text=RAW), CODE),
    (Send(RAW), CODE),
    (ToApp(RAW), CODE),
    (ToDevice(RAW), CODE),
    (HttpRequest("POST", "/v3/pay", ((b"Authorization", RAW),), RAW), CODE),
    (HttpReply(200, ((b"Set-Cookie", RAW),), RAW), CODE),
    (Intent(IntentKind.SALE, Tender.WECHAT, 100, payer_token="token"), CODE),
    (Keys(KEY, KEY, (KEY,), (KEY,), KEY), KEY),
]

NAMES = frozenset({"pin", "password", "auth_code", "pepper", "mac", "sign", "secret"})
"""Fields that hold a secret whatever they belong to. A hash, a seal and a flag have other names."""

NO_SECRET = frozenset({"pos_guard.store.chain.Head.mac"})
"""An authentication code, not the key."""


def fields() -> Iterator[tuple[str, bool]]:
    """Every field of a dataclass of ours by such a name, and whether it is shown."""
    for found in pkgutil.walk_packages(pos_guard.__path__, "pos_guard."):
        if found.name.endswith("__main__"):
            continue
        for cls in vars(importlib.import_module(found.name)).values():
            if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
                continue
            for item in dataclasses.fields(cls):
                if item.name in NAMES and "int" not in str(item.type):
                    shown = item.repr and "bool" not in str(item.type)
                    yield f"{cls.__module__}.{cls.__name__}.{item.name}", shown


@pytest.mark.parametrize(("value", "secret"), VALUES, ids=lambda part: type(part).__name__)
def test_it_does_not_show_what_it_holds(value: object, secret: str | bytes) -> None:
    text = secret if isinstance(secret, str) else repr(secret)[2:-1]
    assert text not in repr(value)
    assert text not in f"{value}"


def test_no_field_by_the_name_of_a_secret_is_shown() -> None:
    found = dict(fields())
    assert len(found) >= 6
    assert [name for name, shown in found.items() if shown and name not in NO_SECRET] == []
