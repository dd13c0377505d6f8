"""``pos-guard classify``: what a scanned code is."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

import click

from pos_guard.frames.codes import MAX_CODE, Code, Kind, classify
from pos_guard.frames.codes_numbers import wallets as known_wallets
from pos_guard.money import format_amount

# UTF-8 takes up to four bytes a character, base64 four for three: no longer line is a code.
_MAX_LINE = MAX_CODE * 6


@click.command("classify")
@click.argument("payload", default="-")
@click.option("--base64", "is_base64", is_flag=True, help="Each payload is base64 text.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a payload.")
@click.option("--encoding", default="utf-8", show_default=True, help="What the scanner sends.")
@click.option("--wallet", "wallets", multiple=True, help="A further wallet to know; repeatable.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", help="Words for people.")
def command(
    payload: str,
    encoding: str,
    wallets: tuple[str, ...],
    lang: str,
    *,
    is_base64: bool,
    as_json: bool,
) -> None:
    """Say what a scanned code is, and whether a terminal may charge it.

    PAYLOAD is the code as the scanner sends it; "-" reads one payload a line from standard input.
    A code that contains line ends or other control characters is given with --base64.

    Exit 0 when every payload was read, payable or not (see "payable"); 1 when one of them is
    broken or its checksum is wrong; 2 when the input cannot be read at all. Payment
    codes are shown masked, never whole.
    """
    also = _known(encoding, frozenset(wallets))
    payloads = _lines(sys.stdin.buffer) if payload == "-" else iter([_argument(payload)])
    wrong = False
    for raw in payloads:
        code = classify(_unpacked(raw) if is_base64 else raw, encoding, also=also)
        wrong = wrong or code.kind is Kind.INVALID or code.checksum == "bad"
        shown = json.dumps(code.as_json(), ensure_ascii=False) if as_json else _words(code, lang)
        click.echo(shown)
    sys.exit(1 if wrong else 0)


def _known(encoding: str, names: frozenset[str]) -> frozenset[str]:
    """The wallets that are named, when both settings mean something."""
    try:
        b"?".decode(encoding, "replace")
    except (LookupError, UnicodeError) as error:
        raise click.UsageError(f"no encoding {encoding!r}; use utf-8, gb18030 or gbk") from error
    known = {wallet.scheme for wallet in known_wallets()}
    if unknown := names - known:
        raise click.UsageError(
            f"no wallet {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}"
        )
    return names


def _argument(payload: str) -> bytes:
    # Bytes of the command line that are no UTF-8 come back as they were.
    return payload.encode("utf-8", "surrogateescape")


def _lines(stdin: BinaryIO) -> Iterator[bytes]:
    while line := stdin.readline(_MAX_LINE + 2):
        if len(line) > _MAX_LINE:
            raise click.UsageError(f"a line is longer than {_MAX_LINE} bytes: no code is")
        stripped = line.rstrip(b"\r\n")
        if stripped:
            yield stripped


def _unpacked(raw: bytes) -> bytes:
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error as error:
        raise click.UsageError(f"not base64: {error}; leave out --base64 for plain text") from error


def _words(code: Code, lang: str) -> str:
    parts = [str(code.kind), code.scheme or "", code.masked]
    if code.amount is not None and code.currency is not None:
        parts.append(f"{format_amount(code.amount, code.currency)} {code.currency}")
    if code.kind is Kind.MERCHANT_CODE:
        parts += code.payees
    if code.expires is not None:
        parts.append(f"expires {code.expires.isoformat()}")
    if code.checksum == "bad":
        parts.append("checksum wrong")
    if code.problems:
        parts.append(f"({', '.join(code.problems)})")
    shown = "  ".join(part for part in parts if part)
    # What a code says may hold line ends or terminal commands, and must not look like our words.
    shown = "".join(char if char.isprintable() else "?" for char in shown)
    return f"{shown}\n  {code.say.to(lang)}"
