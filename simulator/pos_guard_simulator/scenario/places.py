"""Where the app finds the devices: variables of its environment, and ``{printer.host}`` in words.

One scheme: of a device ``till-2`` at ``127.0.0.1:9100`` there is ``POS_TILL_2=127.0.0.1:9100``,
``POS_TILL_2_TCP`` (by kind of address), ``POS_TILL_2_HOST`` and ``POS_TILL_2_PORT``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.strict import suggestion

PREFIX = "POS"

BEST_FIRST = (
    "http",
    "rfc2217",
    "tcp",
    "pty",
    "lp",
    "tty",
    "hidraw",
    "event",
    "usbip",
    "usb",
    "desktop",
)
"""Which of several addresses a program usually opens."""

Addresses = Mapping[str, Mapping[str, str]]
"""By device, and by kind of place; ``address`` is the one that a program usually opens."""

# Not in ${x.y}: that is a shell's or JavaScript's own.
_PLACE = re.compile(r"(?<!\$)\{(?P<device>[a-z][a-z0-9-]*)\.(?P<kind>[a-z0-9]+)\}", re.ASCII)


def known(addresses: Mapping[str, Json]) -> dict[str, str]:
    """A device's addresses, with ``address``, and ``host`` and ``port`` where it is on TCP."""
    found = {kind: str(value) for kind, value in addresses.items()}
    best = next((found[kind] for kind in BEST_FIRST if kind in found), "")
    places = {"address": best, **found}
    at = found.get("tcp") or found.get("rfc2217", "").removeprefix("rfc2217://")
    host, colon, port = at.rpartition(":")
    if colon:
        places |= {"host": host.strip("[]"), "port": port}
    return places


def variables(addresses: Addresses) -> dict[str, str]:
    """All of them as environment variables."""
    found: dict[str, str] = {}
    for device, places in addresses.items():
        name = f"{PREFIX}_{device.upper().replace('-', '_')}"
        for kind, address in places.items():
            found[name if kind == "address" else f"{name}_{kind.upper()}"] = address
    return found


def filled(text: str, addresses: Addresses) -> str:
    """A word of the app's command or environment with each ``{device.kind}`` in its place.

    :raises LocalError: there is no such device, or it has no such address.
    """

    def place(found: re.Match[str]) -> str:
        device, kind = cast("tuple[str, str]", found.groups())
        for word, words in ((device, addresses), (kind, addresses.get(device, {}))):
            if word not in words:
                hint = suggestion(word, words) or f", only: {', '.join(words)}"
                raise LocalError(f"{found[0]}: there is no {word!r} here{hint}")
        return addresses[device][kind]

    return _PLACE.sub(place, text)
