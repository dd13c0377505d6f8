"""What payment terminals, hosts and providers can be asked and told."""

from __future__ import annotations

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.operations import (
    Field,
    Operation,
    flag,
    many,
    maybe_null,
    number,
    obj,
    text,
    texts,
)
from pos_guard_simulator.payment_screen import Key, Shows
from pos_guard_simulator.simulate_payments import WECHAT_WORDS

_AMOUNT = Field("amount", "In minor units; without it every amount that has no script.", "integer")
_DO = Field("do", "A word of its script, such as `decline`.", required=True)
_SCRIPT_SAYS = "From now on this happens to requests of this amount."

_SCRIPT = Operation(
    "script", _SCRIPT_SAYS, fields=(_AMOUNT, _DO), example={"amount": 1250, "do": "decline"}
)
_WRONG = Operation(
    "wrong",
    "Something goes wrong once, with the next thing that it fits.",
    fields=(Field("do", "What goes wrong, such as `lost`.", required=True),),
    example={"do": "lost"},
)
_PRESS = Operation(
    "press",
    "Somebody presses a key.",
    fields=(Field("key", "Which one.", required=True, words=tuple(map(str, Key))),),
    answer={"taken": flag("Something waited for it.")},
    example={"key": "ok"},
)
_SCREEN: dict[str, Json] = {
    "type": "object",
    "description": "What its screen shows.",
    "properties": {
        "shows": {"type": "string", "enum": [str(one) for one in Shows]},
        "amount": maybe_null(number("In minor units.")),
    },
    "required": ["shows", "amount"],
}
_STATE = Operation(
    "state",
    "How it is.",
    answer={
        "idle": flag("No customer is at it."),
        "heard": number("Bytes, or messages, that ever arrived."),
        "screen": _SCREEN,
    },
)
_REVERSED = flag("It was taken back.")


def _book(row: dict[str, Json]) -> Operation:
    moved = many(obj(row), "What moved, oldest first; amounts in minor units.")
    return Operation("book", "What moved.", answer={"moved": moved})


TERMINAL = (
    _SCRIPT,
    _WRONG,
    _PRESS,
    _book(
        {
            "kind": text("What it was."),
            "amount": number("In minor units."),
            "currency": number("ISO 4217's number of it; 0: none was named."),
            "receipt": number("The receipt's number."),
            "trace": number("The trace number."),
            "reversed": _REVERSED,
        }
    ),
    _STATE,
)

HOST = (
    _SCRIPT,
    _WRONG,
    _PRESS,
    _book(
        {
            "kind": text("What it was."),
            "amount": number("In minor units."),
            "key": text("By what a reversal finds it."),
            "number": text("The retrieval reference number."),
            "reversed": _REVERSED,
        }
    ),
    _STATE,
)

PROVIDER = (
    Operation(
        "script",
        _SCRIPT_SAYS,
        fields=(
            _AMOUNT,
            Field("do", "What happens.", required=True, words=tuple(WECHAT_WORDS.split(", "))),
            Field("kind", "To which requests; `pay` where it is missing.", words=("pay", "refund")),
        ),
        example={"amount": 300, "do": "decline", "kind": "pay"},
    ),
    _book(
        {
            "what": text("What it was."),
            "number": text("The merchant's number of it."),
            "amount": number("In minor units."),
        }
    ),
    Operation("state", "How it is.", answer={"heard": texts("Method and target of each request.")}),
)
