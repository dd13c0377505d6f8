"""A console on a terminal: shows what waits, and takes a second person's id and PIN."""

from __future__ import annotations

from typing import cast

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.money import MoneyError, format_amount

Entry = dict[str, Json]

NOTHING = Words("没有等待审批的请求。", "Nothing waits for approval.")
APPROVED = Words("已批准。", "Approved.")
DECLINED = Words("已拒绝。", "Declined.")


def waiting_of(pending: dict[str, Json]) -> list[Entry]:
    """The waiting requests of an answer to ``pending``."""
    return cast("list[Entry]", pending["waiting"])


def unknown_of(pending: dict[str, Json]) -> list[Entry]:
    """The requests of unknown outcome in an answer to ``pending``."""
    return cast("list[Entry]", pending["unknown"])


def line_of(entry: Entry) -> str:
    """One waiting request in one line: ``12  refund 50.00 EUR, card, sale T1-000001, by ben``."""
    parts = [f"{entry['kind']} {_amount(entry)}".rstrip(), str(entry["tender"])]
    if entry["sale_id"] is not None:
        parts.append(f"sale {entry['sale_id']}")
    if entry["operator"] is not None:
        parts.append(f"by {entry['operator']}")
    return f"{entry['decision']}  {', '.join(parts)}"


def _amount(entry: Entry) -> str:
    amount, currency = entry["amount"], entry["currency"]
    if type(amount) is not int or not isinstance(currency, str):
        return ""
    try:
        return f"{format_amount(amount, currency)} {currency}"
    except MoneyError:
        return f"{amount} (unknown currency)"
