"""What a printer can be asked and told."""

from __future__ import annotations

from pos_guard_simulator.control_http.operations import (
    Field,
    Operation,
    flag,
    number,
    text,
    texts,
)

PAPER = "paper"
PICTURE = "picture"

PRINTER = (
    Operation(
        PAPER,
        "What is on the paper.",
        answer={
            "first": number("The number of the oldest receipt that is kept, from 1."),
            "slips": texts("Receipts that were cut off and are kept, oldest first."),
            "loose": text("What is not cut yet."),
        },
    ),
    Operation(
        PICTURE,
        "A receipt as a picture.",
        fields=(
            Field(
                "number",
                "Its number; without it, the paper that is not cut yet.",
                "integer",
            ),
        ),
        answer={"png": text("The picture: PNG, in Base64.")},
    ),
    Operation(
        "state",
        "How it is.",
        answer={
            "faults": texts("Its own faults that last."),
            "display": text("What the customer display shows."),
            "drawer": number("Pulses that the cash drawer had so far."),
            "beeps": number("How often the buzzer sounded."),
            "busy": flag("It takes no data now."),
            "room": number("Bytes that it takes now."),
            "lost": number("Bytes that were lost."),
        },
    ),
)
