"""``pos-guard simulate host iso8583``: what the host answers, and what it moved."""

from __future__ import annotations

import re

from pos_guard.frames.decoded import Json
from pos_guard.links.iso8583_make import read_settings
from pos_guard_simulator.iso8583_host import WORDS, HostSettings, Iso8583Host
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.zvt_book import Script

_WORD = re.compile(
    r"approve(:\d{1,12})?|decline(:[0-9A-Z]{2})?|late:\d{1,6}|silent-before|silent-after|reset"
    r"|split|glued|twice|length|tpdu|terminal|trace|garbage",
    re.ASCII,
)


def check_host(word: str) -> str:
    """Something that the host can do.

    :raises ValueError: it is not.
    """
    if not _WORD.fullmatch(word):
        raise ValueError(f"{word!r} is none of: {WORDS}")
    return word


def settings_of(profile: str) -> HostSettings:
    """A host of a link's profile and options.

    :raises LocalError: for a profile or an option that does not exist.
    """
    known, options = read_settings(profile)
    return HostSettings(known, swap=options.swap, mac=options.reverse is None)


def host_device(settings: HostSettings, script: Script) -> Device:
    """An ISO 8583 host that answers as the script says."""
    host = Iso8583Host(settings, script)

    def change(fields: Fields) -> Reply:
        amount, word = fields.maybe_number("amount"), fields.text("do")
        try:
            check_host(word)
        except ValueError as error:
            raise RequestError("bad-request", str(error)) from error
        old = host.script
        if amount is None:
            host.script = Script(old.by_amount, word)
        else:
            host.script = Script({**old.by_amount, amount: word}, old.default)
        return Reply()

    def book(_: Fields) -> Reply:
        moved: list[Json] = [
            {
                "kind": str(one.kind),
                "amount": one.amount,
                "key": one.key,
                "number": one.number,
                "reversed": one.reversed,
            }
            for one in host.book.postings
        ]
        return Reply({"moved": moved})

    return Device(
        "host",
        host,
        {
            "script": change,
            "book": book,
            "state": lambda _: Reply({"idle": host.idle, "heard": len(host.heard)}),
        },
        {"profile": settings.profile.name},
    )
