"""Scenes of paper and of trouble: early receipts, silence, a swapped terminal, a killed guard."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from pos_guard.frames.zvt_table import AUTHORISATION
from pos_guard.model import Words
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.scene import (
    Got,
    Scene,
    breakfast,
    card_sale,
    pay_by_card,
    receipt,
    sale_of,
    told,
)
from pos_guard_simulator.demo.stage import LOST_AMOUNT, SILENT_AMOUNT, Stage
from pos_guard_simulator.till import Sale


def _too_early(stage: Stage) -> Got:
    sale = breakfast("C3001")
    stage.till.printer.bill(sale)
    return receipt(stage, sale)


def _after(stage: Stage) -> Got:
    sale = breakfast("C3002")
    pay_by_card(stage, sale)
    return receipt(stage, sale)


def _wrong_total(stage: Stage) -> Got:
    sale = breakfast("C3003")
    pay_by_card(stage, sale)
    return receipt(stage, sale, total=1350)


def _copies(stage: Stage) -> Got:
    sale = breakfast("C3004")
    card_sale(stage, sale)
    second, third = receipt(stage, sale), receipt(stage, sale)
    return Got(f"{second.outcome}; {third.outcome}", second.blocked or third.blocked)


def _silent(stage: Stage) -> Got:
    """The terminal takes the money and says no more; its last receipt tells in the end."""
    sale = sale_of("C3005", SILENT_AMOUNT)
    got = _given_up(stage, sale)
    if got is not None:
        return got
    words = stage.last_words("terminal")
    paper = receipt(stage, sale)
    again = pay_by_card(stage, sale, link=stage.impatient_link)
    repeated = stage.terminal_link.repeat_receipt()
    found = "repeat receipt approved" if repeated.approved else "repeat receipt refused"
    outcome = f"no answer, {paper.outcome}; second charge {again.outcome}; {found}"
    blocked = paper.blocked or again.blocked
    return Got(f"{outcome}, {receipt(stage, sale).outcome}", blocked, words)


def _lost(stage: Stage) -> Got:
    """The terminal falls silent and nothing moved; a manager looks at its slip and says so."""
    sale = sale_of("C3006", LOST_AMOUNT)
    got = _given_up(stage, sale)
    if got is not None:
        return got
    again = pay_by_card(stage, sale)
    with stage.socket() as console:
        unknown = cast("list[dict[str, int]]", console.request("pending")["unknown"])
        for entry in unknown:
            pin = shop.PEOPLE["maya"][2]
            console.request(
                "resolve", decision=entry["decision"], result="declined", person="maya", pin=pin
            )
    stage.bench.call("terminal", stage.mend_terminal)
    last = pay_by_card(stage, sale)
    return Got(f"no answer; second charge {again.outcome}; {last.outcome}", again.blocked)


def _given_up(stage: Stage, sale: Sale) -> Got | None:
    """Pay at a terminal that falls silent, with a till that loses patience; None: it did."""
    stage.bill(sale)
    stage.ears.forget()
    result = stage.impatient_link.pay(sale.total)
    if result.code != "timeout":
        return told(result, silent=False)
    stage.ears.words("terminal")  # the guard has lost patience, too
    return None


def _stranger(stage: Stage) -> Got:
    own = stage.terminal.settings
    stage.terminal.settings = replace(own, terminal_id=shop.STRANGER_ID)
    stage.ears.forget()
    stage.terminal_link.register()
    words = stage.ears.words("terminal")
    got = pay_by_card(stage, breakfast("C3007"))
    stage.terminal.settings = own
    stage.terminal_link.register()
    if got.blocked:
        with stage.socket() as console:
            console.request("thaw", link="terminal", person="maya", pin=shop.PEOPLE["maya"][2])
    return Got(got.outcome, got.blocked, words)


def _killed(stage: Stage) -> Got:
    """Kill the guard while the terminal works, on a serial line that the till never reopens."""
    stage.serial_link.register()
    first = breakfast("C3008")
    stage.bill(first)
    stage.serial_link.pay(first.total)
    sale = sale_of("C3009", 1990)
    stage.bill(sale)
    terminal = stage.terminal_serial
    asked = stage.ask(lambda: terminal.commands.count(AUTHORISATION))
    result = stage.aside(lambda: stage.serial_link.pay(sale.total))
    stage.until(lambda: terminal.commands.count(AUTHORISATION) > asked)
    stage.kill_guard()
    stage.start_guard()
    paid = result.result()
    times = stage.ask(lambda: terminal.commands.count(AUTHORISATION)) - asked
    moves = stage.ask(lambda: sum(done.amount == sale.total for done in terminal.moved))
    state = "approved" if paid.approved else f"refused {paid.code}"
    outcome = f"{state}, terminal asked {times} time, {moves} payment"
    return Got(f"{outcome}, {receipt(stage, sale).outcome}")


SCENES = (
    Scene(
        "paid-too-early", Words("未收款先打已支付", "PAID printed before the payment"),
        "bill", "held back, note printed", _too_early,
    ),
    Scene(
        "paid-after", Words("收款后打已支付", "PAID printed after the payment"),
        "bill", "PAID printed", _after,
    ),
    Scene(
        "paid-wrong-total", Words("小票金额不符", "PAID with a wrong total"),
        "bill", "held back, note printed", _wrong_total,
    ),
    Scene(
        "paid-copies", Words("第二联与重打印", "A second copy, then a reprint"),
        "bill", "PAID printed, COPY 2 / 副本 2; PAID printed, REPRINT 1 重打印 1", _copies,
    ),
    Scene(
        "terminal-silent", Words("终端无回音，查末笔", "The terminal falls silent, but was paid"),
        "bill",
        "no answer, held back, note printed; second charge refused A0, terminal heard nothing; "
        "repeat receipt approved, PAID printed",
        _silent,
    ),
    Scene(
        "terminal-lost", Words("终端无回音，经理裁定", "Silent, and a manager decides"),
        "bill, console",
        "no answer; second charge refused A0, terminal heard nothing; approved, terminal asked",
        _lost, both=False,
    ),
    Scene(
        "terminal-swapped", Words("终端被调换", "The terminal reports another id"),
        "frame", "refused A0, terminal heard nothing", _stranger,
    ),
    Scene(
        "guard-killed", Words("防护程序被强制结束", "The guard is killed (kill -9) mid-payment"),
        "bill", "approved, terminal asked 1 time, 1 payment, PAID printed", _killed, both=False,
    ),
)  # fmt: skip
