"""The fields of WeChat Pay v3 money requests: which there are, and how each is written.

From the provider's documents "付款码支付" (merchant/4012382150), "撤销" (code-payment-v3/direct/
reverse) and "申请退款" (apiv3/apis/chapter3_1_9), direct merchants. A field that stands in no
document is refused: nobody here could say what it does to the money.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import is_object
from pos_guard.money import MAX_AMOUNT

MAX_ITEMS = 200
"""Goods lines of one request; the body limit allows about as many."""


class Kind(StrEnum):
    """What a plain field holds."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"


Shape: TypeAlias = "Kind | Mapping[str, Shape] | tuple[Mapping[str, Shape]]"
"""A plain field, an object, or a one-tuple for a list of objects."""

_TEXT, _INTEGER, _FLAG = Kind.TEXT, Kind.INTEGER, Kind.FLAG

CODEPAY: Mapping[str, Shape] = {
    "appid": _TEXT,
    "mchid": _TEXT,
    "description": _TEXT,
    "out_trade_no": _TEXT,
    "attach": _TEXT,
    "goods_tag": _TEXT,
    "support_fapiao": _FLAG,
    "payer": {"auth_code": _TEXT},
    "amount": {"total": _INTEGER, "currency": _TEXT},
    "scene_info": {
        "device_id": _TEXT,
        "device_ip": _TEXT,
        "store_info": {"id": _TEXT, "out_id": _TEXT},
    },
    "detail": {
        "cost_price": _INTEGER,
        "invoice_id": _TEXT,
        "goods_detail": (
            {
                "merchant_goods_id": _TEXT,
                "wxpay_goods_id": _TEXT,
                "goods_name": _TEXT,
                "quantity": _INTEGER,
                "unit_price": _INTEGER,
            },
        ),
    },
    "settle_info": {"profit_sharing": _FLAG},
}

REVERSE: Mapping[str, Shape] = {"appid": _TEXT, "mchid": _TEXT}

CLOSE: Mapping[str, Shape] = {"mchid": _TEXT}

REFUND: Mapping[str, Shape] = {
    "transaction_id": _TEXT,
    "out_trade_no": _TEXT,
    "out_refund_no": _TEXT,
    "reason": _TEXT,
    "notify_url": _TEXT,
    "funds_account": _TEXT,
    "amount": {
        "refund": _INTEGER,
        "total": _INTEGER,
        "currency": _TEXT,
        "from": ({"account": _TEXT, "amount": _INTEGER},),
    },
    "goods_detail": (
        {
            "merchant_goods_id": _TEXT,
            "wechatpay_goods_id": _TEXT,
            "goods_name": _TEXT,
            "unit_price": _INTEGER,
            "refund_amount": _INTEGER,
            "refund_quantity": _INTEGER,
        },
    ),
}

FORMATS = {
    "mchid": re.compile(r"[0-9]{1,32}"),
    "out_trade_no": re.compile(r"[0-9A-Za-z_\-*|]{6,32}"),
    "out_refund_no": re.compile(r"[0-9A-Za-z_\-*|@]{1,64}"),
    "transaction_id": re.compile(r"[0-9A-Za-z]{1,32}"),
    # The classifier of codes says which wallet it is; here only that it can be one at all.
    "auth_code": re.compile(r"[0-9]{16,32}"),
    "currency": re.compile(r"[A-Z]{3}"),
}
"""How a field that decides something must be written."""


def check_shape(value: Json, shape: Shape, path: str = "") -> None:
    """Refuse fields that the document does not know, and known ones of another type.

    :raises FrameError: ``unknown-field`` or ``type``; the message holds names, never values.
    """
    if isinstance(shape, Mapping):
        _check_object(value, shape, path)
    elif isinstance(shape, tuple):
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise FrameError("type", f"{path} is no list of at most {MAX_ITEMS}")
        for element in value:
            check_shape(element, shape[0], path)
    elif not _fits(value, shape):
        raise FrameError("type", f"{path} is no {shape}")


def text(fields: Mapping[str, Json], name: str) -> str:
    """A field that must be there, in its format.

    :raises FrameError: ``missing-field`` or ``format``.
    """
    value = fields.get(name)
    if value is None:
        raise FrameError("missing-field", f"{name} is missing")
    return checked(name, value)


def maybe_text(fields: Mapping[str, Json], name: str) -> str | None:
    """A field that may be absent or null.

    :raises FrameError: ``format``.
    """
    value = fields.get(name)
    return None if value is None else checked(name, value)


def checked(name: str, value: Json) -> str:
    """A value in the format of that field.

    :raises FrameError: ``format``; the value itself is not in the message.
    """
    if not isinstance(value, str) or FORMATS[name].fullmatch(value) is None:
        raise FrameError("format", f"{name} is not written as the provider wants it")
    return value


def fen(fields: Mapping[str, Json], name: str) -> int:
    """An amount that must be there, in fen, above zero.

    :raises FrameError: ``missing-field`` or ``amount``.
    """
    value = fields.get(name)
    if value is None:
        raise FrameError("missing-field", f"amount.{name} is missing")
    if type(value) is not int or not 0 < value <= MAX_AMOUNT:
        raise FrameError("amount", f"amount.{name} is no amount in fen above zero")
    return value


def child(fields: Mapping[str, Json], name: str) -> dict[str, Json]:
    """An object that must be there.

    :raises FrameError: ``missing-field``.
    """
    value = fields.get(name)
    if not is_object(value):
        raise FrameError("missing-field", f"{name} is missing")
    return value


def _check_object(value: Json, shape: Mapping[str, Shape], path: str) -> None:
    if not is_object(value):
        raise FrameError("type", f"{path or 'the body'} is no object")
    for name, member in value.items():
        if name not in shape:
            known = ", ".join(shape)
            raise FrameError("unknown-field", f"{path or 'the body'} may only hold {known}")
        if member is not None:
            check_shape(member, shape[name], f"{path}.{name}".lstrip("."))


def _fits(value: Json, kind: Kind) -> bool:
    if kind is Kind.TEXT:
        return isinstance(value, str)
    return type(value) is (int if kind is Kind.INTEGER else bool)
