"""What a scanner can be asked and told."""

from __future__ import annotations

from pos_guard_simulator.control_http.operations import (
    Field,
    Operation,
    flag,
    number,
    text,
    texts,
)
from pos_guard_simulator.simulate_scanner import MAX_PATH, MAX_PICTURE
from pos_guard_simulator.simulate_scanner_input import MAX_CODE

MAX_PICTURE_BODY = MAX_PICTURE * 4 // 3 + 4_096
"""Bytes of a request with a picture in Base64, and its other fields."""

_SYMBOLOGY = Field("symbology", "By name (`qr`), or as AIM identifier (`]E0`).")
_READ = {
    "read": flag("The scanner read it, and says so to its host."),
    "why": text("Why it did not."),
}

SCANNER = (
    Operation(
        "scan",
        "It is shown a code: a text in `payload`, or any bytes in `base64`.",
        fields=(
            Field("payload", "The code as text.", most=MAX_CODE),
            Field("base64", "The code as bytes, in Base64.", most=2 * MAX_CODE),
            _SYMBOLOGY,
        ),
        answer=_READ,
        maybe=frozenset({"why"}),
        example={"payload": "6901234567892"},
    ),
    Operation(
        "scan-picture",
        "It is shown a picture with a code; the body may be the picture itself (`image/png`).",
        fields=(
            Field("path", "Of a file on the simulator's machine.", most=MAX_PATH),
            Field(
                "png",
                "The picture, in Base64; JPEG, WebP, GIF and BMP will do too.",
                most=MAX_PICTURE * 4 // 3 + 4,
            ),
            Field("symbology", "Which of several codes: by name, or as AIM identifier."),
        ),
        answer={
            **_READ,
            "symbology": text("The AIM identifier of what was found."),
            "bytes": number("How long the code is."),
        },
        maybe=frozenset({"why"}),
        upload="png",
        most=MAX_PICTURE_BODY,
    ),
    Operation("trigger", "Somebody pulls its trigger."),
    Operation(
        "state",
        "How it is.",
        answer={
            "faults": texts("Faults that last."),
            "scans": number("Codes that it read."),
            "missed": number("Codes that it was shown in vain."),
            "beeps": number("Complaints that its host sent."),
            "good_beeps": number("Other sounds that its host ordered."),
            "leds": number("Lamps that its host switched; a keyboard's lamps as they are."),
            "triggers": number("How often its host triggered it."),
            "enabled": flag("It was not switched off by its host."),
            "reads": flag("It would read a code now."),
            "locked": flag("Set-up codes change nothing."),
            "refused_set_ups": number("Set-up codes that changed nothing."),
            "heard": number("Bytes from its host."),
            "plugged": flag("On the USB: it is there."),
            "lost": number("On the USB: reports that nobody fetched."),
        },
        maybe=frozenset(
            {"triggers", "locked", "refused_set_ups", "heard", "plugged", "lost", "leds"}
        ),
    ),
)
