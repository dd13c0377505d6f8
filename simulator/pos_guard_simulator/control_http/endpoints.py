"""The addresses of the API as table rows; they make the routes and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.event_stream import MAX_WAIT
from pos_guard_simulator.control_http.feed import MAX_BATCH
from pos_guard_simulator.control_http.gate import API
from pos_guard_simulator.control_http.operations import (
    Schema,
    flag,
    many,
    number,
    obj,
    text,
    texts,
)

_EVENT = obj(
    {
        "seq": number("Counts from 1."),
        "at_ms": number("Milliseconds since the run began."),
        "device": text("Its name; empty: it belongs to no device."),
        "kind": text("What happened, in one word."),
        "body": {"type": "object", "description": "Its facts."},
    }
)
_LOST: dict[str, Json] = {
    "type": ["object", "null"],
    "description": "Numbers, first and last, of events that are not kept any more.",
    "properties": {"from": number("First."), "to": number("Last.")},
}
_ADDRESSES: dict[str, Json] = {"type": "object", "description": "Where it is, by kind of place."}
_FACTS: dict[str, Json] = {
    "name": text("By what it is called here."),
    "device": text("What kind of device it is."),
    "addresses": _ADDRESSES,
    "url": text("Where this API has it."),
}
_RECEIPT = obj(
    {
        "number": number("Counts all that fell, from 1."),
        "text": text("As text."),
        "png": text("Where the picture is."),
        "txt": text("Where the text is."),
    }
)
_SAYS = obj({"zh": text("In Chinese."), "en": text("In English.")})
_FAULT = obj(
    {
        "name": text("What `fault` and `clear` take."),
        "key": text("The same with its group, like no other's."),
        "group": text("`device`, `link`, `host`, `people` or `machine`."),
        "devices": texts("Kinds of devices that can have it."),
        "levels": texts("Where it can be had."),
        "profiles": texts("Which of these devices; empty: all."),
        "parameters": many(
            obj(
                {
                    "name": text("Of the field."),
                    "unit": text("Of its value."),
                    "usual": {
                        "type": ["integer", "string", "null"],
                        "description": "Where none is given.",
                    },
                }
            ),
            "Fields of `fault` beside its name.",
        ),
        "does": _SAYS,
        "real": _SAYS,
        "ends": text("What makes an end of it."),
        "source": text("How that is known."),
    }
)
_VERDICT: dict[str, Json] = {
    "type": ["object", "null"],
    "description": "As `verdict.json` has it, once the run is over.",
    "properties": {
        "met": {"type": ["boolean", "null"], "description": "All is as expected; null: not over."},
        "outcomes": {
            "type": "array",
            "description": "What was expected, once it is decided whether it came true.",
            "items": {"type": "object"},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. ``path`` is a template; ``query`` are the schemas of its parameters.

    ``answer`` is JSON of this schema. ``others`` are contents of other types. ``status``: of
    success. ``errors``: beside those that any request may meet.
    """

    name: str
    path: str
    says: str
    answer: Schema | None = None
    method: str = "GET"
    query: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    others: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    status: int = 200
    errors: tuple[int, ...] = ()


_DEVICE = f"{API}/devices/{{device}}"
_RECEIPTS = f"{_DEVICE}/receipts"
_STRING: dict[str, Json] = {"type": "string"}
_STRINGS: dict[str, Json] = {"type": "array", "items": _STRING}

ENDPOINTS = (
    Endpoint(
        "about",
        API,
        "What this is, and where the rest is.",
        obj(
            {
                "name": text("Of the program."),
                "version": text("Of the program."),
                "seq": number("The number of the newest event."),
                "links": {"type": "object", "additionalProperties": _STRING},
            }
        ),
    ),
    Endpoint("openapi", f"{API}/openapi.json", "This document.", {"type": "object"}),
    Endpoint(
        "devices",
        f"{API}/devices",
        "Every device, with where it is.",
        obj({"devices": many(obj(_FACTS), "In the order in which they came.")}),
    ),
    Endpoint(
        "device",
        _DEVICE,
        "One device, with how it is and what it can be asked.",
        obj(
            {
                **_FACTS,
                "operations": texts("What can be posted below this address."),
                "state": {"type": ["object", "null"], "description": "Its answer to `state`."},
            }
        ),
        errors=(404,),
    ),
    Endpoint(
        "receipts",
        _RECEIPTS,
        "The receipts of a printer that were cut and are kept.",
        obj({"receipts": many(_RECEIPT, "Oldest first."), "loose": text("What is not cut yet.")}),
        errors=(404,),
    ),
    Endpoint(
        "receipt_png",
        f"{_RECEIPTS}/{{number}}.png",
        "A receipt as a picture; 0: the paper that is not cut yet.",
        others={"image/png": {"type": "string", "contentMediaType": "image/png"}},
        errors=(404,),
    ),
    Endpoint(
        "receipt_txt",
        f"{_RECEIPTS}/{{number}}.txt",
        "A receipt as text; 0: the paper that is not cut yet.",
        others={"text/plain": _STRING},
        errors=(404,),
    ),
    Endpoint(
        "events",
        f"{API}/events",
        "What happened, oldest first: a list, or with `Accept: text/event-stream` a stream that "
        "goes on. Its ids are the events' numbers, so `Last-Event-ID` resumes it.",
        obj(
            {
                "events": many(_EVENT, "At most as many as were asked for."),
                "next": number("Send it as `since` the next time."),
                "more": flag("There are more already."),
                "lost": _LOST,
            }
        ),
        query={
            "since": {**number("The number of the last event that you have."), "default": 0},
            "wait": {
                **number("Seconds to wait for an event, if there is none yet."),
                "maximum": MAX_WAIT,
                "default": 0,
            },
            "most": {**number("Events at once."), "maximum": MAX_BATCH, "default": MAX_BATCH},
            "device": {**_STRINGS, "description": "Only of these devices; may be repeated."},
            "kind": {**_STRINGS, "description": "Only of these kinds; may be repeated."},
        },
        others={"text/event-stream": _STRING},
        errors=(422,),
    ),
    Endpoint(
        "faults",
        f"{API}/faults",
        "What can go wrong: the catalogue that `pos-guard faults` lists.",
        obj({"faults": many(_FAULT, "All of them, or those of one device.")}),
        query={"device": {**_STRING, "description": "Only what this device can have."}},
        errors=(404,),
    ),
    Endpoint(
        "verdict",
        f"{API}/verdict",
        "The verdict on a scenario as far as it is known; null: this is none.",
        obj({"verdict": _VERDICT}),
    ),
    Endpoint(
        "end",
        f"{API}/end",
        "End the run, as SIGTERM does.",
        obj({"ending": flag("Always true.")}),
        method="POST",
        status=202,
    ),
)

PARAMETERS: Mapping[str, Schema] = {
    "device": {"type": "string", "description": "The name of a device."},
    "number": number("A receipt's number."),
}
"""Of the paths."""
