"""The devices of the soak, each a twin on a real port: what it does next, what its book says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pos_guard.clock import SystemClock
from pos_guard.links.iso8583_make import read_settings
from pos_guard.model import MONEY_OUT
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.iso8583_host import HostSettings, Iso8583Host
from pos_guard_simulator.provider_book import Script as ProviderScript
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.wechat import WechatTwin
from pos_guard_simulator.zvt.wrongs import Wrong
from pos_guard_simulator.zvt_book import Book, Script
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal

MERCHANT = "1900000109"
IN, OUT = "in", "out"

Move = tuple[str, int]
"""Direction and amount: every sale of a soak has an amount of its own."""
Moves = Counter[Move]


@dataclass(frozen=True, slots=True)
class Device:
    """One twin. ``fast`` and ``slow``: its faults, by what they cost in time."""

    link: str
    address: str
    fast: tuple[str, ...]
    slow: tuple[str, ...]
    plan: Callable[[int, str], None]
    moves: Callable[[], Moves]
    drop: Callable[[], None] | None


def devices(bench: Bench) -> tuple[Device, ...]:
    """A ZVT terminal, a MIS-POS terminal, a UnionPay host and WeChat Pay."""
    return (_zvt(bench), _mispos(bench), _host(bench), _wechat(bench))


def _zvt(bench: Bench) -> Device:
    words: dict[int, str] = {}
    twin = ZvtTerminal(TerminalSettings(ack_s=0.4), Script(words))

    def plan(amount: int, fault: str) -> None:
        if fault in set(Wrong):
            bench.ask(lambda: twin.wrongs.next(Wrong(fault)))
        else:
            bench.ask(lambda: words.update({amount: fault}))

    return Device(
        "zvt",
        f"tcp:{bench.tcp('zvt', twin)}",
        ("decline:6C", "refuse:83", "abort:6C", "duplicate", "split", "glue", "garbage"),
        ("silent-before", "silent-after", "hang", "lost", "late-ack", "bad-length"),
        plan,
        lambda: bench.ask(lambda: _journal(twin.book)),
        lambda: bench.unplug("zvt"),
    )


def _mispos(bench: Bench) -> Device:
    words: dict[int, str] = {}
    twin = mispos_terminal(script=Script(words))
    return Device(
        "mispos",
        f"serial:{bench.pty('mispos', twin)}",
        ("decline", "bad-check", "split", "duplicate"),
        ("nak", "garbage", "silent-before", "silent-after", "late:200", "late:900"),
        lambda amount, fault: bench.ask(lambda: words.update({amount: fault})),
        lambda: bench.ask(lambda: _journal(twin.book)),
        None,
    )


def _host(bench: Bench) -> Device:
    words: dict[int, str] = {}
    profile, options = read_settings("iso8583-cup")
    twin = Iso8583Host(HostSettings(profile, swap=options.swap), Script(words))

    def moves() -> Moves:
        standing = (one for one in twin.book.postings if not one.reversed)
        return Counter((OUT if one.kind in MONEY_OUT else IN, one.amount) for one in standing)

    return Device(
        "host",
        f"tcp:{bench.tcp('host', twin)}",
        ("decline", "split", "glue", "duplicate", "reset", "wrong-trace", "wrong-tpdu"),
        ("garbage", "bad-length", "silent-before", "silent-after", "late:200", "late:900"),
        lambda amount, fault: bench.ask(lambda: words.update({amount: fault})),
        lambda: bench.ask(moves),
        lambda: bench.unplug("host"),
    )


def _wechat(bench: Bench) -> Device:
    twin = WechatTwin(SystemClock(), frozenset({MERCHANT}))

    def moves() -> Moves:
        paid = {(m.number, m.fen) for m in twin.moved if m.what == "reversed"}
        return Counter(
            (IN if m.what == "paid" else OUT, m.fen)
            for m in twin.moved
            if m.what != "reversed" and (m.number, m.fen) not in paid
        )

    return Device(
        "wechat",
        f"http://{bench.tcp('wechat', twin)}",
        ("decline", "userpaying", "system-error"),
        ("silent", "silent-moved"),
        lambda amount, fault: bench.ask(
            lambda: twin.book.scripts.update({amount: ProviderScript(fault)})
        ),
        lambda: bench.ask(moves),
        lambda: bench.unplug("wechat"),
    )


def _journal(book: Book) -> Moves:
    """A terminal's journal: what was reversed stands if a reversal says that it was undone."""
    given = Counter(
        (OUT, one.amount) for one in book.transactions if one.kind != "sale" and not one.reversed
    )
    return given + Counter(_taken(book, {amount for _, amount in given}))


def _taken(book: Book, given: set[int]) -> Iterable[Move]:
    for one in book.transactions:
        if one.kind == "sale" and (not one.reversed or one.amount in given):
            yield IN, one.amount
