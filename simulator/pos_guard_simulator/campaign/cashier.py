"""What a cashier does with a till: pays, asks again when nothing came, prints, scans."""

from __future__ import annotations

from collections.abc import Callable

from pos_guard.frames.decoded import Json
from pos_guard_simulator.campaign.claims import Claim, Told, What
from pos_guard_simulator.campaign.shop import PRINT_SECONDS, PRINTER, SCANNER, Shop, pause, until
from pos_guard_simulator.till import PayResult, Sale, TillError, TillTimeoutError, ZvtLink

SETTLE_SECONDS = 4.0
"""The guard asks a terminal that fell silent by itself; the till gives it so long."""

SCAN_SECONDS = 1.5
"""A code is there at once, or never."""

TRIES = 5
"""And a terminal; a guard that has not yet seen its old line break refuses the new one."""

BUSY_SECONDS = 1.5
"""A terminal that is still at the old request says so; so long a till waits before it asks anew."""

_BUSY = frozenset({"6C", "A0", "84 9C", "timeout"})
"""Result codes of PA00P015, chapter 10: aborted, not ready; and 84 9C: please wait."""

POLLS, POLL_SECONDS = 6, 0.6
"""A till asks a provider so often what became of an order, and waits so long before each time."""

SHOWN = 2
"""So often a person shows a code that the till does not take."""

EAN_DIGITS = 13

_OPEN = frozenset({"timeout", "SYSTEM_ERROR", "SYSTEMERROR", "USERPAYING", "ACCEPT"})
"""Answers of a provider that are none yet."""

PAID = "已支付 PAID"


def paid_slips(shop: Shop) -> list[str]:
    """Slips that say that something was paid."""
    slips = shop.ask(PRINTER, "paper")["slips"]
    return [str(one) for one in slips if PAID in str(one)] if isinstance(slips, list) else []


def at_terminal(shop: Shop, what: What, amount: int, act: Callable[[ZvtLink], PayResult]) -> Claim:
    """Ask the terminal for money, and once more for the result if nothing came."""
    try:
        result = act(shop.terminal)
    except TillError as error:
        return _asked_again(shop, Claim(what, Told.NOTHING, amount, note=str(error)))
    claim = Claim(what, _told(result), amount, note=result.code)
    return claim if claim.told is not Told.NOTHING else _asked_again(shop, claim)


def _asked_again(shop: Shop, claim: Claim) -> Claim:
    """What tills do then: ask for the last receipt (06 20).

    On a new line: on the old one the late answer to the first question would be taken for this one.
    """
    until(lambda: not shop.pending()["unknown"], SETTLE_SECONDS)
    for _ in range(TRIES):
        try:
            last = shop.dial().repeat_receipt()
        except TillError:
            continue
        if last.approved and last.amount == claim.amount:
            return Claim(claim.what, Told.YES, claim.amount, note="asked again")
        if last.approved:
            return Claim(claim.what, Told.NO, claim.amount, note="the last receipt is another")
        if last.code not in _BUSY:
            break
        pause(BUSY_SECONDS)
    return claim


def _told(result: PayResult) -> Told:
    if result.approved:
        return Told.YES
    return Told.NOTHING if result.code == "timeout" else Told.NO


def at_provider(shop: Shop, number: str, code: str, amount: int) -> Claim:
    """Pay with a customer's code, and ask what became of it while that is open."""
    client = shop.provider()
    try:
        result = client.pay(number, code, amount)
        for _ in range(POLLS):
            if result.code not in _OPEN:
                break
            pause(POLL_SECONDS)
            result = client.query(number)
    except TillError as error:
        result = _queried(shop, number, str(error))
    told = Told.YES if result.approved else Told.NO
    if not result.approved and result.code in _OPEN:
        told = Told.NOTHING
    return Claim(What.SALE, told, amount, note=result.code)


def _queried(shop: Shop, number: str, why: str) -> PayResult:
    for _ in range(POLLS):
        pause(POLL_SECONDS)
        try:
            result = shop.provider().query(number)
        except TillError as error:
            why = str(error)
            continue
        if result.code not in _OPEN:
            return result
        why = result.code
    return PayResult(approved=False, code="timeout", receipt=why)


def prints(shop: Shop, sale: Sale, act: Callable[[], object]) -> Claim:
    """Print a paid receipt, and ask the printer whether it is well."""
    before = len(paid_slips(shop))
    shop.ears.forget()
    told, note = _printed(shop, act)
    whole = until(lambda: len(paid_slips(shop)) > before, PRINT_SECONDS)
    total = f"{sale.total // 100}.{sale.total % 100:02d}"
    right = whole and total in paid_slips(shop)[-1]
    if not right and shop.ears.refused("printer"):
        told, note = Told.NO, "held back by the guard"
    return Claim(What.PAPER, told, sale.total, right, note)


def _printed(shop: Shop, act: Callable[[], object]) -> tuple[Told, str]:
    try:
        act()
        status = shop.printer.status(PRINT_SECONDS)
    except TillTimeoutError:
        return Told.NOTHING, "no answer"
    except TillError as error:
        return Told.NO, str(error)
    if status & 0b1001_0011 != 0b0001_0010:  # Epson: DLE EOT, fixed bits
        return Told.NOTHING, f"status {status:02X}"
    return (Told.NO, "offline") if status & 0b1000 else (Told.YES, "online")


def scans(shop: Shop, code: str) -> Claim:
    """Show the scanner a code, and once more if nothing comes; what the till gets of it."""
    read: Json = False
    for _ in range(SHOWN):
        read = shop.ask(SCANNER, "scan", payload=code)["read"]
        try:
            got = shop.scanner.read(SCAN_SECONDS)
        except TillTimeoutError:
            continue
        except TillError as error:
            return Claim(What.CODE, Told.NO, note=str(error))
        return Claim(What.CODE, Told.YES, right=got == code, note=got)
    return Claim(What.CODE, Told.NO, note="nothing came" if read else "not read")


def scans_article(shop: Shop, number: str) -> Claim:
    """Show the scanner an article's number (EAN-13), which a till looks up.

    A number with a wrong check digit (GS1 General Specifications, 7.9) is no article's: a till
    says so, and the cashier shows it again or types it.
    """
    claim = scans(shop, number)
    if claim.told is Told.YES and not _is_ean13(claim.note):
        return Claim(What.CODE, Told.NO, note=f"no such article: {claim.note}")
    return claim


def _is_ean13(text: str) -> bool:
    if len(text) != EAN_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(text)) % 10 == 0
