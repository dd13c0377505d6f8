"""``pos-guard decode``: bytes to frames, one JSON object a line."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import click

from pos_guard.frames.decoded import Decoded

# Protocol name on the command line, and where its decoder lives.
_DECODERS = {
    "escpos": ("pos_guard.frames.escpos", "decode"),
    "zvt": ("pos_guard.frames.zvt_decode", "decode"),
    "zvt-serial": ("pos_guard.frames.zvt_decode", "decode_serial"),
}

Decoder = Callable[[bytes], Iterator[Decoded]]

# A whole shift of a printer's bytes is a few megabytes; more is a wrong file.
_MAX_INPUT = 64 * 1024 * 1024


@click.command("decode")
@click.argument("protocol", type=click.Choice(sorted(_DECODERS)))
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--hex", "is_hex", is_flag=True, help="The input is hex text, one message a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message (the default).")
@click.option("--unmask", is_flag=True, help="Show card numbers, codes and passwords.")
@click.option("--text", is_flag=True, help="escpos: print the paper as text.")
@click.option("--png", type=click.Path(path_type=Path), help="escpos: draw the paper.")
def command(**options: object) -> None:
    """Show what bytes mean, frame by frame.

    PROTOCOL is escpos, zvt or zvt-serial; FILE holds the bytes ("-" is standard input). Exit 1 when
    a message is cut or wrong (the rest is still shown), 2 when the input cannot be read at all.
    """
    protocol = cast("str", options["protocol"])
    messages = _messages(cast("BinaryIO", options["file"]), is_hex=bool(options["is_hex"]))
    png = cast("Path | None", options["png"])
    if options["text"] or png is not None:
        _paper(protocol, b"".join(messages), png, text=bool(options["text"]))
        return
    decode = _decoder(protocol)
    bad = False
    for message in messages:
        for decoded in decode(message):
            bad = bad or decoded.error is not None
            shown = decoded.as_json(unmask=bool(options["unmask"]))
            click.echo(json.dumps(shown, ensure_ascii=False))
    sys.exit(1 if bad else 0)


def _decoder(protocol: str) -> Decoder:
    module, name = _DECODERS[protocol]
    return cast("Decoder", getattr(importlib.import_module(module), name))


def _messages(file: BinaryIO, *, is_hex: bool) -> Iterable[bytes]:
    data = file.read(_MAX_INPUT + 1)
    if len(data) > _MAX_INPUT:
        raise click.UsageError(f"the input is larger than {_MAX_INPUT} bytes: give a part of it")
    if not is_hex:
        return [data] if data else []
    try:
        lines = data.decode("ascii").splitlines()
        return [bytes.fromhex(line) for line in lines if line.strip()]
    except ValueError as error:
        raise click.UsageError(f"not hex text: {error}; leave out --hex for raw bytes") from error


def _paper(protocol: str, data: bytes, png: Path | None, *, text: bool) -> None:
    if protocol != "escpos":
        raise click.UsageError("--text and --png draw printer paper: they need escpos")
    try:
        paper = importlib.import_module("pos_guard_simulator.paper")
    except ImportError as error:  # pragma: no cover - the wheel carries the simulator
        raise click.UsageError("drawing paper needs the simulator package") from error
    if text:
        click.echo(paper.render_text(data))
    if png is not None:
        paper.render_png(data, png)
        click.echo(f"wrote {png}", err=True)
