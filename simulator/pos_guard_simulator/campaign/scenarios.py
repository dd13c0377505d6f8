"""The built-in scenarios: what a till does, and which devices are in it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from pos_guard.api.client import RequestRefusedError
from pos_guard.model import Words
from pos_guard_simulator.campaign import cashier
from pos_guard_simulator.campaign.claims import Claim, Told, What
from pos_guard_simulator.campaign.place import MACHINE, PAYMENT, PEOPLE
from pos_guard_simulator.campaign.shop import PRINTER, PROVIDER, SCANNER, TERMINAL, Shop, pause
from pos_guard_simulator.campaign.strike import Strike
from pos_guard_simulator.demo import shop as demo_shop
from pos_guard_simulator.demo.ears import StageError
from pos_guard_simulator.demo.scene import breakfast, sale_of
from pos_guard_simulator.faults.of_shop import PeopleFault
from pos_guard_simulator.till import CARD, CASH, WECHAT, Payment, PayResult, Sale, TillError

CODE = "134650000000000001"
"""A payment code of the documented shape; nobody's."""

GOODS = "6901234567892"
"""An article's number (EAN-13), which passes to the till."""

Play = Callable[[Shop, Strike], Sequence[Claim]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """``devices`` are those that can have faults in it."""

    name: str
    title: Words
    devices: tuple[str, ...]
    play: Play


def _sale(shop: Shop, strike: Strike) -> list[Claim]:
    _rung_up(shop, sale_of("K1000", 100))  # so that its terminal has a last receipt
    sale = breakfast("K1001")
    strike.at("bill")
    _bill(shop, sale)
    paid = _paying(shop, strike, What.SALE, sale.total)
    if paid.told is not Told.YES:
        return [paid]
    strike.at("receipt")
    return [paid, _receipt(shop, sale, CARD)]


def _refund(shop: Shop, strike: Strike) -> list[Claim]:
    _sold(shop, breakfast("K2001"))
    return [_paying(shop, strike, What.REFUND, 500)]


def _supervised(shop: Shop, strike: Strike) -> list[Claim]:
    """Above ben's limit: maya is asked."""
    _sold(shop, sale_of("K3001", 4500))
    strike.at(PAYMENT)
    shop.ears.forget()
    with ThreadPoolExecutor(1, "refund") as till:
        refund = till.submit(
            cashier.at_terminal, shop, What.REFUND, 3000, lambda link: link.refund(3000)
        )
        _answered(shop, strike, refund)
        return [refund.result()]


def _qr(shop: Shop, strike: Strike) -> list[Claim]:
    sale = breakfast("K4001000")
    strike.at("bill")
    _bill(shop, sale)
    strike.at("code")
    scanned = cashier.scans(shop, CODE)
    if scanned.told is not Told.YES:
        return [scanned]
    strike.at(PAYMENT)
    paid = cashier.at_provider(shop, sale.number, scanned.note, sale.total)
    if paid.told is not Told.YES:
        return [paid]
    return [paid, _receipt(shop, sale, WECHAT)]


def _print(shop: Shop, strike: Strike) -> list[Claim]:
    sale = breakfast("K5001")

    def papers() -> None:
        strike.at("bill")
        shop.printer.bill(sale)
        strike.at("receipt")
        shop.printer.receipt(sale, [Payment(CASH, 1300)], change=50, drawer=True)

    return [cashier.prints(shop, sale, papers)]


def _scan(shop: Shop, strike: Strike) -> list[Claim]:
    strike.at("first code")
    first = cashier.scans_article(shop, GOODS)
    if strike.place.step != "second code":
        return [first]
    strike.at("second code")
    return [first, cashier.scans_article(shop, GOODS)]


BUILT_IN: Mapping[str, Scenario] = {
    one.name: one
    for one in (
        Scenario("sale", Words("刷卡收款", "a sale by card"), (TERMINAL, PRINTER, MACHINE), _sale),
        Scenario("refund", Words("刷卡退款", "a refund by card"), (TERMINAL, MACHINE), _refund),
        Scenario(
            "supervised", Words("经理批准的退款", "a refund that a manager approves"),
            (PEOPLE,), _supervised,
        ),
        Scenario("qr", Words("付款码收款", "a sale by payment code"), (SCANNER, PROVIDER), _qr),
        Scenario("print", Words("现金小票", "papers of a cash sale"), (PRINTER,), _print),
        Scenario("scan", Words("扫商品码", "an article is scanned"), (SCANNER,), _scan),
    )
}  # fmt: skip


def _paying(shop: Shop, strike: Strike, what: What, amount: int) -> Claim:
    """Money at the terminal; in one kind of cell the guard is killed meanwhile."""
    strike.at("registration")
    if strike.place.step == "registration":
        try:
            shop.terminal.register()
        except TillError as error:
            return Claim(what, Told.NO, amount, note=f"registration: {error}")
    strike.at(PAYMENT)
    killing = threading.Thread(target=strike.kill, name="kill -9")
    if strike.kills:
        killing.start()

    def act(link: object) -> PayResult:
        del link
        return shop.terminal.pay(amount) if what is What.SALE else shop.terminal.refund(amount)

    def asked() -> PayResult:
        try:
            return act(None)
        finally:
            if strike.kills:
                killing.join()

    return cashier.at_terminal(shop, what, amount, lambda _: asked())


def _bill(shop: Shop, sale: Sale) -> None:
    """Print a bill, and wait until the guard has read it; without paper it goes on without."""
    with contextlib.suppress(TillError):
        shop.printer.bill(sale)
        shop.printer.status(cashier.SETTLE_SECONDS)


def _receipt(shop: Shop, sale: Sale, tender: str) -> Claim:
    return cashier.prints(
        shop, sale, lambda: shop.printer.receipt(sale, [Payment(tender, sale.total)])
    )


def _sold(shop: Shop, sale: Sale) -> None:
    """A paid sale, whose receipt was scanned, with ben at the till.

    :raises StageError: it was refused.
    """
    shop.scan_own(shop.badges["ben"])
    _rung_up(shop, sale)
    for slip in cashier.paid_slips(shop):
        _, found, code = slip.partition("PGSALE:")
        if found and sale.number in slip:
            shop.scan_own(found + code.split("]")[0].split()[0])
            return
    raise StageError(f"no receipt of {sale.number} has a sale code")


def _rung_up(shop: Shop, sale: Sale) -> None:
    """A paid sale, before what the scenario is about.

    :raises StageError: it was refused.
    """
    _bill(shop, sale)
    shop.terminal.register()
    if not shop.terminal.pay(sale.total).approved or not _receipt(shop, sale, CARD).right:
        raise StageError(f"the sale {sale.number}, which the scenario needs, was refused")
    shop.begun = 1


def _answered(shop: Shop, strike: Strike, refund: Future[Claim]) -> None:
    """What maya does when she is asked."""
    number = shop.ears.asked("terminal", refund)
    maya = demo_shop.PEOPLE["maya"][2]
    if strike.people is PeopleFault.NOBODY_COMES:
        return
    if strike.people is PeopleFault.SLOW_SUPERVISOR:
        pause(strike.place.supervisor_seconds)
    with shop.socket() as console:
        if strike.people is PeopleFault.SUPERVISOR_SAYS_NO:
            console.request("decline", decision=number, person="maya")
            return
        if strike.people is PeopleFault.WRONG_PIN:
            for _ in range(strike.place.wrong_pins):
                try:
                    console.request("approve", decision=number, approver="maya", pin=maya[::-1])
                except RequestRefusedError:
                    pause(0.1)
        console.request("approve", decision=number, approver="maya", pin=maya)
