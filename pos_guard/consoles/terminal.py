"""A console on a terminal: shows what waits, and takes a second person's id and PIN."""

from __future__ import annotations

from typing import cast

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.money import Money, MoneyError, format_amount
from pos_guard.policy.verdict import Need

Entry = dict[str, Json]

NOTHING = Words("没有等待审批的请求。", "Nothing waits for approval.")
APPROVED = Words("已批准。", "Approved.")
CONFIRMED = Words("金额已确认。", "The amount is confirmed.")
PROVED = Words("本人已验证。", "Proved.")
EXPLAINED = Words("原因已记录。", "The reason is recorded.")
ENTER_AGAIN = Words("请再次输入金额", "Enter the amount again")
DECLINED = Words("已拒绝。", "Declined.")
NOT_ENOUGH = Words("仍会被拒绝：", "It will be refused all the same: ")


WANTED = {
    Need.APPROVAL: Words("须另一人批准", "a second person's approval"),
    Need.CONFIRMATION: Words("须再次输入金额", "the amount entered again"),
    Need.OWNER: Words("须店主本人验证", "the owner's PIN and code"),
    Need.REASON: Words("须填写原因", "a reason"),
}
"""What each need is called."""


def needs_of(body: dict[str, Json]) -> list[Need]:
    """What a request still needs, from any answer that says so."""
    return [Need(str(need)) for need in cast("list[Json]", body.get("needs") or [])]


def still_needed(needs: list[Need]) -> Words | None:
    """What is still missing, for people; None when nothing is."""
    if not needs:
        return None
    zh = "，".join(WANTED[need].zh for need in needs)
    return Words(f"还{zh}。", f"Still needed: {', '.join(WANTED[need].en for need in needs)}.")


def denied_of(body: dict[str, Json]) -> Words | None:
    """Why the answer does not help, from the reply to it; None when it does."""
    said = body.get("denied")
    if not isinstance(said, dict):
        return None
    return Words(f"{NOT_ENOUGH.zh}{said.get('zh')}", f"{NOT_ENOUGH.en}{said.get('en')}")


def waiting_of(pending: dict[str, Json]) -> list[Entry]:
    """The waiting requests of an answer to ``pending``."""
    return cast("list[Entry]", pending["waiting"])


def unknown_of(pending: dict[str, Json]) -> list[Entry]:
    """The requests of unknown outcome in an answer to ``pending``."""
    return cast("list[Entry]", pending["unknown"])


def frozen_of(pending: dict[str, Json]) -> list[dict[str, str | None]]:
    """The frozen scopes of an answer to ``pending``."""
    return cast("list[dict[str, str | None]]", pending["frozen"])


def line_of(entry: Entry) -> str:
    """One waiting request in one line: ``12  refund 50.00 EUR, card, sale T1-000001, by ben``."""
    parts = [f"{entry['kind']} {_amount(entry)}".rstrip(), str(entry["tender"])]
    if entry["sale_id"] is not None:
        parts.append(f"sale {entry['sale_id']}")
    if entry["operator"] is not None:
        parts.append(f"by {entry['operator']}")
    needs = needs_of(entry)
    if needs:
        parts.append("needs " + " and ".join(WANTED[need].en for need in needs))
    return f"{entry['decision']}  {', '.join(parts)}"


def amount_entered(text: str, entry: Entry) -> int:
    """The amount that somebody typed for a request, in minor units of its currency.

    :raises MoneyError: when it is no amount of that currency.
    """
    return Money.parse(text.strip(), str(entry["currency"])).amount


def _amount(entry: Entry) -> str:
    amount, currency = entry["amount"], entry["currency"]
    if type(amount) is not int or not isinstance(currency, str):
        return ""
    try:
        return f"{format_amount(amount, currency)} {currency}"
    except MoneyError:
        return f"{amount} (unknown currency)"
