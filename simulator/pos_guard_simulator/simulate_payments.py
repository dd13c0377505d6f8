"""``pos-guard simulate terminal zvt`` and ``simulate provider``: what they answer, what moved."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.frames.provider_profile_file import profile
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator.provider_book import Script as WechatScript
from pos_guard_simulator.provider_twin import ProviderTwin
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.simulate_payment_device import Words, payees, payment_device, rows
from pos_guard_simulator.watches.changes import MoneyWatch
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_script import VOCABULARY
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal

WECHAT_WORDS = ", ".join(WechatScript)
PROVIDERS = {
    "wechat": ("wechat-v3", "1900000109", "WeChat Pay (API v3)"),
    "wechat-v2": ("wechat-v2", "1900000109", "WeChat Pay (API v2, XML)"),
    "alipay": ("alipay", "2014072300007148", "Alipay's gateway"),
    "aggregator": ("aggregator-example", "1900000109", "The aggregator of the template profile"),
}
"""Name on the command line: the profile, the merchant (or app) id that exists, what it is."""


def check_wechat(word: str) -> WechatScript:
    """Something that the provider can do.

    :raises ValueError: it is not.
    """
    if word not in list(WechatScript):
        raise ValueError(f"{word!r} is none of: {WECHAT_WORDS}")
    return WechatScript(word)


def terminal_device(settings: TerminalSettings, script: Script) -> Device:
    """A ZVT terminal that answers as the script says."""
    terminal = ZvtTerminal(settings, script)
    facts: dict[str, Json] = {
        "profile": "zvt",
        "terminal_id": settings.terminal_id,
        "vu_number": settings.vu_number,
        "framing": str(settings.framing),
        **payees(settings.terminal_id, settings.vu_number),
    }
    words = Words(VOCABULARY.check, lambda word: terminal.wrongs.next(VOCABULARY.wrong(word)))
    protocol = "zvt-serial" if settings.framing is Framing.SERIAL else "zvt"
    return payment_device(
        "terminal", terminal, words, lambda: rows(terminal.book.transactions), facts, protocol
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
        kind = fields.maybe_text("kind")
        amount, do = fields.maybe_number("amount"), fields.choice("do", WechatScript)
        tables = {"pay": twin.book.scripts, "refund": twin.book.refund_scripts}
        if kind is not None and kind not in tables:
            raise RequestError("bad-request", "'kind' is not one of: pay, refund")
        if amount is not None:
            tables[kind or "pay"][amount] = do
        elif kind is None:
            twin.book.default = do
        else:
            raise RequestError("bad-request", "'amount' is missing: 'kind' is of one amount")
        return Reply()

    def moved() -> list[dict[str, Json]]:
        return [
            {"what": move.what, "number": move.number, "amount": move.fen} for move in twin.moved
        ]

    return Device(
        "provider",
        twin,
        {
            "script": change,
            "book": lambda _: Reply({"moved": list(moved())}),
            "state": lambda _: Reply({"heard": [str(line) for line in twin.heard]}),
        },
        {"merchants": [str(merchant) for merchant in sorted(merchants)]},
        protocol=name,
        watch=MoneyWatch(moved).fresh,
    )
