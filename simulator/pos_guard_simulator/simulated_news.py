"""What ``run --simulated`` tells: where everything is, and what the devices have done since."""

from __future__ import annotations

from typing import cast

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.money import Money
from pos_guard.policy.verdict import Level
from pos_guard.store.audit import AuditLog
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.devices import ShopDevices
from pos_guard_simulator.simulated_printer import SlipWatch
from pos_guard_simulator.zvt_book import Transaction

_KINDS = {
    "sale": Words("收款", "sale"),
    "refund": Words("退款", "refund"),
    "reversal": Words("撤销", "reversal"),
    "paid": Words("收款", "sale"),
    "refunded": Words("退款", "refund"),
    "reversed": Words("撤销", "reversal"),
}

_PASSES = frozenset(level.name for level in Level if level <= Level.WARN)


class News:
    """What the devices have done since the last look. Ask in the bench's thread."""

    def __init__(self, devices: ShopDevices) -> None:
        self._devices = devices
        self._slips = SlipWatch(devices.printer)
        self._moved = {"terminal": 0, "terminal-serial": 0, "wechat": 0}
        self._pulses = 0

    def fresh(self) -> list[Words]:
        """One entry for each thing that happened."""
        return [*self._paper(), *self._drawer(), *self._money()]

    def _paper(self) -> list[Words]:
        news: list[Words] = []
        for slip in self._slips.fresh():
            text = "\n".join(f"    | {line}" for line in slip.text.splitlines())
            news.append(Words(f"打印机出纸：\n{text}", f"the printer cut a slip:\n{text}"))
        return news

    def _drawer(self) -> list[Words]:
        pulses = len(self._devices.printer.pulses)
        opened, self._pulses = pulses > self._pulses, pulses
        return [Words("钱箱打开", "the drawer opened")] if opened else []

    def _money(self) -> list[Words]:
        devices = self._devices
        moves = {
            "terminal": [_of(one) for one in devices.terminal.book.transactions],
            "terminal-serial": [_of(one) for one in devices.terminal_serial.book.transactions],
            "wechat": [(move.what, move.fen) for move in devices.wechat.moved],
        }
        news: list[Words] = []
        for name, done in moves.items():
            for kind, amount in done[self._moved[name] :]:
                what, money = _KINDS[kind], Money(amount, shop.CURRENCY)
                news.append(
                    Words(f"{name} {what.zh} {money}", f"{name} made a {what.en} of {money}")
                )
            self._moved[name] = len(done)
        return news


class Passed:
    """Which codes the guard let through to the till, from its own records, as it masks them.

    Nobody says so otherwise: a scan that passes needs no words for the cashier.
    """

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit
        self._last = 0

    def fresh(self) -> list[Words]:
        """One entry for each code since the last look.

        :raises StoreError: when the records cannot be read.
        """
        news: list[Words] = []
        while (record := self._audit.record(self._last + 1)) is not None:
            self._last = record.seq
            body = record.body
            scanned = (record.kind, body.get("link")) == ("scan", "scanner")
            if scanned and body["level"] in _PASSES:
                code = body["masked"]
                news.append(
                    Words(f"scanner: {code} 已送到收银机", f"scanner: {code} went to the till")
                )
        return news


def greeting(addresses: dict[str, Json], badges: dict[str, str]) -> list[Words]:
    """Where a till finds everything, and what to try first."""
    links = cast("list[dict[str, str]]", addresses["links"])
    apps = {link["name"]: link["app"] for link in links}
    printer = apps["printer"].removeprefix("pty:")
    return [
        Words(
            "所有设备都是模拟的，不会动真钱。",
            "Every device is simulated: no real money moves, and nothing stays at the end.",
        ),
        *(Words(f"  {name}: {app}", f"  {name}: {app}") for name, app in apps.items()),
        Words(f"  决策接口: {addresses['socket']}", f"  decision socket: {addresses['socket']}"),
        *_people(badges),
        Words("试打账单：", "Print a bill:"),
        *_both(f"  printf 'TOTAL 12.50\\n\\035V\\000' > {printer}"),
        Words(
            "输入一个码并回车，扫描枪就扫它。",
            "Type a code and press Enter, and the scanner is shown it.",
        ),
        Words("经理批准：", "A manager's yes:"),
        *_both(f"  pos-guard approve --socket {addresses['socket']} --as maya"),
        Words("Ctrl-C 结束。", "Ctrl-C ends it."),
    ]


def _people(badges: dict[str, str]) -> list[Words]:
    lines = [
        f"  {person}: {role}, PIN {pin}, badge {badges[person]}"
        for person, (_, role, pin) in shop.PEOPLE.items()
    ]
    return [Words(line, line) for line in lines]


def _both(line: str) -> list[Words]:
    return [Words(line, line)]


def _of(transaction: Transaction) -> tuple[str, int]:
    return transaction.kind, transaction.amount
