"""What the cashier does: bills, payments, refunds and papers, rightly and wrongly."""

from __future__ import annotations

import re

from pos_guard.frames import zvt_build
from pos_guard.own_codes import OwnKind
from pos_guard_simulator.till_printer import CARD, CASH, WECHAT, Item, Payment, Sale
from tests.simulation.facts import MERCHANT, OTHER_MERCHANT, Badge
from tests.simulation.floor import AMOUNTS, Floor, TillOrder
from tests.simulation.saying import begin_shift, say_why

PASSWORD = "000000"
CURRENCY = "CNY"
_ORDER = re.compile(r"Order: (\S+)")
_SALE_CODE = re.compile(r"PGSALE:[^\]\s]+")


def pause(floor: Floor) -> None:
    """Mostly until all is quiet, sometimes only a moment, so that things overlap."""
    dice = floor.world.dice
    longest = dice.choice([0.005, 0.05, 1.0, 3.0, 3.0, 8.0])
    floor.run(longest)


def ready(floor: Floor) -> bool:
    """The till is connected to its terminal line, and nearly always waits for its turn."""
    till = floor.zvt_till
    if not till.connected and not floor.kept:
        till.attach(floor.lines["zvt"].dial())
        floor.run(0.05)
    if till.busy and floor.world.chance(90):
        floor.run(50.0, lambda: not till.busy)
    if till.busy and floor.world.chance(70):
        floor.run(160.0, lambda: not till.busy)
    return till.connected


def bill(floor: Floor) -> TillOrder:
    """A new customer: the bill is printed."""
    dice = floor.world.dice
    number = f"A{len(floor.orders) + 1:04d}"
    total = dice.choice(AMOUNTS)
    order = TillOrder(Sale(number, (Item("Coffee", total),)), total)
    floor.orders[number] = order
    floor.facts.totals[number] = total
    if floor.world.chance(85):
        floor.till_printer.bill(order.sale)
    else:
        floor.till_printer.show_total(total)
    floor.run(1.0)
    return order


def some_order(floor: Floor) -> TillOrder:
    """Mostly the last order."""
    orders = list(floor.orders.values())
    if not orders:
        return bill(floor)
    return orders[-1] if floor.world.chance(75) else floor.world.dice.choice(orders)


def slipped(floor: Floor, amount: int) -> int:
    """Another amount than is right."""
    return floor.world.dice.choice([amount * 10, amount * 100, max(amount // 10, 1), amount + 1])


def card_sale(floor: Floor) -> None:
    """Bill, terminal, and a receipt when it was approved (or before)."""
    order = bill(floor) if floor.world.chance(70) else some_order(floor)
    amount = order.due if order.due > 0 else order.sale.total
    if floor.world.chance(12):
        amount = slipped(floor, amount)
    elif floor.world.chance(10) and amount > 200:
        amount //= 2
    if floor.world.chance(6):
        receipt(floor, order)
    if not ready(floor):
        return
    till = floor.zvt_till
    till.manner = floor.world.dice.choice(["ack"] * 12 + ["take-back", "wait", "mute", "reduce"])
    floor.world.note(f"till pays {amount} for {order.sale.number}")
    till.command(zvt_build.authorisation(amount, CURRENCY))
    pause(floor)
    last = till.exchanges[-1]
    if last.approved:
        floor.world.count("till: sale approved")
        order.due -= last.amount or 0
        if floor.world.chance(85):
            receipt(floor, order)


def card_refund(floor: Floor) -> None:
    """Money back on a card, with its sale scanned or not."""
    if floor.world.chance(75):
        person = floor.world.dice.choice(floor.terms.badges)
        badge(floor, person)
        if floor.world.chance(60):
            begin_shift(floor, person)
    sale_code = known_sale(floor)
    amount = floor.world.dice.choice([500, 1000, 1250, 2450, 4500, 9000, *AMOUNTS])
    if sale_code is not None and floor.world.chance(80):
        floor.scanner_seat.do(floor.scanner.scan(sale_code))
        floor.run(0.3)
    say_why(floor)
    if not ready(floor):
        return
    floor.zvt_till.manner = floor.world.dice.choice(["ack"] * 15 + ["take-back", "mute"])
    floor.zvt_till.command(zvt_build.refund(PASSWORD, amount, CURRENCY))
    pause(floor)
    if floor.zvt_till.exchanges[-1].approved:
        floor.world.count("till: refund approved")


def card_reversal(floor: Floor) -> None:
    """06 30 with the receipt number of a sale, known or not."""
    badge(floor, floor.world.dice.choice(floor.terms.badges))
    say_why(floor)
    receipts = [e.receipt for e in floor.zvt_till.exchanges if e.approved and e.receipt]
    number = floor.world.dice.choice(receipts) if receipts else 77
    if ready(floor):
        floor.zvt_till.command(zvt_build.reversal(PASSWORD, number))
        pause(floor)


def known_sale(floor: Floor) -> str | None:
    """The code on some receipt that names its sale."""
    papers = [slip.text for slip in floor.paper.printer.paper.receipts]
    codes = [found for text in papers for found in _SALE_CODE.findall(text)]
    return floor.world.dice.choice(codes) if codes else None


def last_sale(floor: Floor) -> str | None:
    """The code on the newest receipt that has one."""
    papers = [slip.text for slip in floor.paper.printer.paper.receipts]
    codes = [found for text in papers for found in _SALE_CODE.findall(text)]
    return codes[-1] if codes else None


def paid_sale(floor: Floor) -> tuple[str, int] | None:
    """The code on some receipt, and the total of its order."""
    found: list[tuple[str, int]] = []
    for slip in floor.paper.printer.paper.receipts:
        code, order = _SALE_CODE.search(slip.text), _ORDER.search(slip.text)
        by_card = CARD in slip.text and order is not None and order[1] in floor.orders
        if code is not None and order is not None and by_card:
            found.append((code[0], floor.orders[order[1]].sale.total))
    return floor.world.dice.choice(found) if found else None


def receipt(floor: Floor, order: TillOrder) -> None:
    """A paper that says PAID: right, wrong, too early, again."""
    sale = order.sale
    printer, dice = floor.till_printer, floor.world.dice
    label = WECHAT if order.by_wechat else CARD
    kind = dice.choice(["right"] * 6 + ["wrong-total", "cash-without-drawer", "unnamed"])
    if kind == "wrong-total":
        printer.receipt(sale, [Payment(label, sale.total)], total=slipped(floor, sale.total))
    elif kind == "cash-without-drawer":
        printer.receipt(sale, [Payment(CASH, sale.total)])
    elif order.due not in (0, sale.total) and order.due > 0:
        paid = sale.total - order.due
        split = [Payment(label, paid), Payment(CASH, order.due)]
        floor.facts.drawers.add(sale.number)
        printer.receipt(sale, split, drawer=True)
    else:
        printer.receipt(sale, [Payment(label, sale.total)])
    floor.run(dice.choice([0.1, 1.5, 1.5]))


def cash_sale(floor: Floor) -> None:
    """Bill, drawer, receipt with change."""
    order = bill(floor) if floor.world.chance(80) else some_order(floor)
    total = order.sale.total
    given = total + floor.world.dice.choice([0, 0, 150, 5000])
    drawer = floor.world.chance(85)
    if drawer:
        floor.facts.drawers.add(order.sale.number)
    payment = [Payment(CASH, given)]
    floor.till_printer.receipt(order.sale, payment, change=given - total, drawer=drawer)
    floor.run(1.5)


def copy(floor: Floor) -> None:
    """Any receipt again, or a refund slip."""
    order = some_order(floor)
    if floor.world.chance(25):
        floor.till_printer.refund_slip(order.sale.number, Payment(CARD, order.sale.total))
    else:
        receipt(floor, order)
    floor.run(0.5)


def badge(floor: Floor, person: str) -> None:
    """A badge is shown to the scanner."""
    floor.facts.badges.append(Badge(floor.world.now_us, person))
    floor.scanner_seat.do(floor.scanner.scan(floor.own_codes.make(OwnKind.BADGE, person)))
    floor.run(0.3)


def sign_in(floor: Floor) -> None:
    """Somebody signs in."""
    badge(floor, floor.world.dice.choice(floor.terms.badges))


def payment_code(floor: Floor, prefix: str = "13") -> str:
    """A fresh code from a customer's phone."""
    code = prefix + "".join(floor.world.dice.choice("0123456789") for _ in range(16))
    floor.facts.secrets.add(code)
    return code


def scan(floor: Floor) -> None:
    """Any code at all."""
    dice = floor.world.dice
    code = dice.choice(
        [
            payment_code(floor),
            payment_code(floor, "28"),
            "wxp://f2f0abcdefghijklmnop",
            "https://u.wechat.com/abcdef",
            "6901234567892",
            "PGOP:maya",
            floor.own_codes.make(OwnKind.BADGE, "nobody"),
            floor.own_codes.make(OwnKind.SALE, "T1-999999"),
            "hello",
        ]
    )
    effects = floor.scanner.cut(code, 5) if floor.world.chance(10) else floor.scanner.scan(code)
    floor.scanner_seat.do(effects)
    floor.run(dice.choice([0.05, 0.6]))


def wechat_sale(floor: Floor) -> None:
    """Bill, scan, provider, receipt when it was paid."""
    dice, world = floor.world.dice, floor.world
    order = bill(floor) if world.chance(75) else some_order(floor)
    code = payment_code(floor, "13" if world.chance(92) else "28")
    if world.chance(90):
        floor.scanner_seat.do(floor.scanner.scan(code))
        floor.run(0.3)
    amount = order.due if world.chance(88) else slipped(floor, order.due)
    if amount <= 0:
        return
    number = f"W{len(floor.wechat_till.sent):06d}"
    mchid = MERCHANT if world.chance(94) else OTHER_MERCHANT
    pay(floor, number, code, amount, mchid)
    floor.run(dice.choice([0.02, 2.0, 2.0, 35.0]))
    if world.chance(10):
        pay(floor, number, code, amount, mchid)  # the same again, to the last byte
        floor.run(2.0)
    if not paid(floor, number):
        query(floor, number)
        floor.run(2.0)
    if paid(floor, number):
        world.count("till: wechat paid")
        order.by_wechat = number
        order.due -= amount
        receipt(floor, order)


def pay(floor: Floor, number: str, code: str, amount: int, mchid: str) -> None:
    """POST codepay."""
    body: dict[str, object] = {
        "appid": "wx2421b1c4370ec43b",
        "mchid": mchid,
        "description": "Coffee",
        "out_trade_no": number,
        "payer": {"auth_code": code},
        "amount": {"total": amount, "currency": CURRENCY},
    }
    floor.wechat_till.request("POST", "/v3/pay/transactions/codepay", body, mchid)


def query(floor: Floor, number: str) -> None:
    """GET the order."""
    target = f"/v3/pay/transactions/out-trade-no/{number}?mchid={MERCHANT}"
    floor.wechat_till.request("GET", target, None, MERCHANT)


def paid(floor: Floor, number: str) -> bool:
    """Some reply said that this order is paid."""
    return any(
        number.encode() in asked and state == "SUCCESS" and status == 200
        for asked, status, state in floor.wechat_till.replies
    )


def wechat_after(floor: Floor) -> None:
    """Query, refund or reverse an earlier WeChat payment."""
    orders = [order for order in floor.orders.values() if order.by_wechat]
    numbers = list(floor.provider.book.orders)
    if not numbers:
        return
    dice, world = floor.world.dice, floor.world
    number = dice.choice(orders).by_wechat if orders and world.chance(70) else dice.choice(numbers)
    kind = dice.choice(["query", "refund", "refund", "refund", "reverse"])
    if kind == "query":
        query(floor, number)
    elif kind == "reverse":
        body: dict[str, object] = {"appid": "wx2421b1c4370ec43b", "mchid": MERCHANT}
        target = f"/v3/pay/transactions/out-trade-no/{number}/reverse"
        floor.wechat_till.request("POST", target, body, MERCHANT)
    else:
        badge(floor, dice.choice(floor.terms.badges))
        say_why(floor)
        refund(floor, number)
    floor.run(dice.choice([0.05, 2.0, 35.0]))


def refund(floor: Floor, number: str) -> None:
    """POST a refund, sometimes under the number of an earlier one."""
    dice, world = floor.world.dice, floor.world
    order = floor.provider.book.orders.get(number)
    total = order.total if order is not None else 1250
    again = [sent for sent in floor.wechat_till.sent if b"out_refund_no" in sent]
    if again and world.chance(25):
        floor.wechat_till.again(dice.choice(again), MERCHANT)
        world.count("till: same wechat refund again")
        return
    amount = dice.choice([total, total // 2, 500, 1000, total + 1])
    fields: dict[str, object] = {
        "out_trade_no": number,
        "out_refund_no": f"R{len(floor.wechat_till.sent):06d}",
        "amount": {"refund": max(amount, 1), "total": total, "currency": CURRENCY},
    }
    mchid = MERCHANT if world.chance(95) else OTHER_MERCHANT
    floor.wechat_till.request("POST", "/v3/refund/domestic/refunds", fields, mchid)
