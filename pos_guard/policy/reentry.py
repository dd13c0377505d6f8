"""The amount is entered once more; another one is named as the slip that it looks like."""

from __future__ import annotations

from pos_guard.model import Words
from pos_guard.policy.asks import Concern, ask_amount_again
from pos_guard.policy.policy import Policy
from pos_guard.policy.request import Request
from pos_guard.policy.rule import amount_text, deny
from pos_guard.policy.slips import Slip, find_slip
from pos_guard.policy.verdict import Finding, Reason

_SLIPS = {
    Slip.TIMES_10: Words(" 10 倍", "ten times"),
    Slip.TIMES_100: Words(" 100 倍", "a hundred times"),
    Slip.TENTH: Words("十分之一", "a tenth of"),
    Slip.HUNDREDTH: Words("百分之一", "a hundredth of"),
}


def confirm_amount(concern: Concern, request: Request, policy: Policy, amount: int) -> Finding:
    """Hold until ``amount`` was entered again; deny another one, by name where it has one."""
    again = request.answers.confirmed
    slip = None if again is None else find_slip(again, amount)
    if again is None or slip is None:
        return ask_amount_again(concern, request, policy, amount)
    words = _words(slip, amount_text(again, policy), amount_text(amount, policy))
    inputs = {**concern.inputs, "confirmed": again, "slip": str(slip)}
    return deny(concern.rule, Reason.AMOUNT, words, **inputs)


def _words(slip: Slip, again: str, first: str) -> Words:
    if slip is Slip.SWAPPED:
        zh, en = f"{again} 与 {first} 有两位数字颠倒", f"{again} is {first} with two digits swapped"
    else:
        times = _SLIPS[slip]
        zh, en = f"{again} 是 {first} 的{times.zh}", f"{again} is {times.en} {first}"
    return Words(f"{zh}。请看清应收金额后重新开始。", f"{en}. Look at the bill and start over.")
