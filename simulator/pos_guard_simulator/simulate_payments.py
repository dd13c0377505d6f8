"""``pos-guard simulate terminal zvt`` and ``simulate provider``: what they answer, what moved."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.frames.provider_profile_file import profile
from pos_guard_simulator.provider_book import Script as WechatScript
from pos_guard_simulator.provider_twin import ProviderTwin
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.zvt_book import Script, Transaction
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal

MAX_AMOUNT = 10**12 - 1
"""ZVT amounts have twelve digits; nobody pays more."""

ZVT_WORDS = (
    "approve[:AMOUNT], decline[:RC], refuse:RC, abort[:RC], silent-before, silent-after, hang"
)
WECHAT_WORDS = ", ".join(WechatScript)
PROVIDERS = {
    "wechat": ("wechat-v3", "1900000109", "WeChat Pay (API v3)"),
    "wechat-v2": ("wechat-v2", "1900000109", "WeChat Pay (API v2, XML)"),
    "alipay": ("alipay", "2014072300007148", "Alipay's gateway"),
    "aggregator": ("aggregator-example", "1900000109", "The aggregator of the template profile"),
}
"""Name on the command line: the profile, the merchant (or app) id that exists, what it is."""

_ZVT = re.compile(
    r"approve(:\d{1,12})?|(decline|abort)(:[0-9A-Fa-f]{2})?|refuse:[0-9A-Fa-f]{2}"
    r"|silent-before|silent-after|hang",
    re.ASCII,
)


def check_zvt(word: str) -> str:
    """Something that a terminal can do.

    :raises ValueError: it is not.
    """
    if not _ZVT.fullmatch(word):
        raise ValueError(f"{word!r} is none of: {ZVT_WORDS}")
    return word


def check_wechat(word: str) -> WechatScript:
    """Something that the provider can do.

    :raises ValueError: it is not.
    """
    if word not in list(WechatScript):
        raise ValueError(f"{word!r} is none of: {WECHAT_WORDS}")
    return WechatScript(word)


def parse_amount(text: str) -> int:
    """An amount in minor units.

    :raises ValueError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_AMOUNT))):
        raise ValueError(f"{text!r} is no amount in minor units, such as 1250")
    return int(text)


def terminal_device(settings: TerminalSettings, script: Script) -> Device:
    """A ZVT terminal that answers as the script says."""
    terminal = ZvtTerminal(settings, script)

    def change(fields: Fields) -> Reply:
        amount, word = fields.maybe_number("amount"), fields.text("do")
        try:
            terminal.script = _changed(terminal.script, amount, check_zvt(word))
        except ValueError as error:
            raise RequestError("bad-request", str(error)) from error
        return Reply()

    return Device(
        "terminal",
        terminal,
        {
            "script": change,
            "book": lambda _: Reply({"moved": [_row(t) for t in terminal.book.transactions]}),
            "state": lambda _: Reply({"idle": terminal.idle, "heard": len(terminal.heard)}),
        },
        {"terminal_id": settings.terminal_id, "framing": str(settings.framing)},
    )


def provider_device(
    name: str,
    merchants: frozenset[str],
    scripts: Mapping[int, WechatScript],
    refund_scripts: Mapping[int, WechatScript],
) -> Device:
    """The provider of that profile, where these merchants exist."""
    twin = ProviderTwin(profile(name), SystemClock(), merchants)
    twin.book.scripts.update(scripts)
    twin.book.refund_scripts.update(refund_scripts)

    def change(fields: Fields) -> Reply:
        kind = fields.maybe_text("kind") or "pay"
        tables = {"pay": twin.book.scripts, "refund": twin.book.refund_scripts}
        if kind not in tables:
            raise RequestError("bad-request", "'kind' is not one of: pay, refund")
        tables[kind][fields.number("amount")] = fields.choice("do", WechatScript)
        return Reply()

    def book(_: Fields) -> Reply:
        moved: list[Json] = [
            {"what": move.what, "number": move.number, "amount": move.fen} for move in twin.moved
        ]
        return Reply({"moved": moved})

    return Device(
        "provider",
        twin,
        {
            "script": change,
            "book": book,
            "state": lambda _: Reply({"heard": [str(line) for line in twin.heard]}),
        },
        {"merchants": [str(merchant) for merchant in sorted(merchants)]},
    )


def _changed(script: Script, amount: int | None, word: str) -> Script:
    if amount is None:
        return Script(script.by_amount, word)
    return Script({**script.by_amount, amount: word}, script.default)


def _row(transaction: Transaction) -> dict[str, Json]:
    return {
        "kind": transaction.kind,
        "amount": transaction.amount,
        "currency": transaction.currency,
        "receipt": transaction.receipt,
        "trace": transaction.trace,
        "reversed": transaction.reversed,
    }
