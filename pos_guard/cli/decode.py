"""``pos-guard decode``: bytes to frames, one JSON object a line."""

from __future__ import annotations

import importlib
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import click

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Decoded
from pos_guard.frames.decoders import PROFILES, PROTOCOLS, USUAL_PROFILES, Decoder, load
from pos_guard.frames.escpos_table import CHINA, EPSON
from pos_guard.frames.escpos_text import TextReader
from pos_guard.frames.printer_models import PrinterModel, model_names, printer_model

# Protocol name, and where its reader of printed text lives: bytes and a model to the text and what
# was guessed for it.
_READERS = {
    "escpos": ("pos_guard.frames.escpos_paper", "read_paper"),
    "star": ("pos_guard.frames.star_paper", "read_paper"),
}

PaperReader = Callable[[bytes, PrinterModel | None], tuple[str, tuple[str, ...]]]

# A whole shift of a printer's bytes is a few megabytes; more is a wrong file.
_MAX_INPUT = 64 * 1024 * 1024


def _profiles_help() -> str:
    """Which protocol has which profiles, as lines that click does not wrap."""
    rows = ["\b", "Profiles (--profile P):"]
    for protocol, known in sorted(PROFILES.items()):
        usual = USUAL_PROFILES.get(protocol)
        names = (f"{name} (if left out)" if name == usual else name for name in sorted(known))
        rows += _row(protocol, ", ".join(names))
    rows += _row(
        ", ".join(sorted(_READERS)), f"a printer's model, else guessed: {', '.join(model_names())}"
    )
    return "\n".join(rows)


def _row(protocol: str, says: str) -> list[str]:
    return textwrap.wrap(f"{protocol}: {says}", 78, initial_indent="  ", subsequent_indent="    ")


@click.command("decode", epilog=_profiles_help())
@click.argument("protocol", type=click.Choice(sorted({*PROTOCOLS, *PROFILES})))
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--hex", "is_hex", is_flag=True, help="The input is hex text, one message a line.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message (the default).")
@click.option("--unmask", is_flag=True, help="Show card numbers, codes and passwords.")
@click.option("--profile", metavar="P", help="How the protocol is spoken; see below.")
@click.option("--text", is_flag=True, help="Printers: print the paper as text.")
@click.option("--png", type=click.Path(path_type=Path), help="Printers: draw the paper.")
def command(**options: object) -> None:
    """Show what bytes mean, frame by frame.

    FILE holds the bytes ("-" is standard input). Exit 1 when a message is cut or wrong (the rest is
    still shown), 2 when the input cannot be read.
    """
    protocol = cast("str", options["protocol"])
    messages = _messages(cast("BinaryIO", options["file"]), is_hex=bool(options["is_hex"]))
    png = cast("Path | None", options["png"])
    profile = cast("str | None", options["profile"])
    model = None if protocol in PROFILES else _model(protocol, profile)
    if options["text"] or png is not None:
        data = b"".join(messages)
        if options["text"]:
            _text(protocol, data, model)
        if png is not None:
            _picture(protocol, data, model, png)
        return
    decode = _decoder(protocol, model) if protocol in PROTOCOLS else _profiled(protocol, profile)
    bad = False
    for message in messages:
        for decoded in decode(message):
            bad = bad or decoded.error is not None
            shown = decoded.as_json(unmask=bool(options["unmask"]))
            click.echo(json.dumps(shown, ensure_ascii=False))
    sys.exit(1 if bad else 0)


def _model(protocol: str, name: str | None) -> PrinterModel | None:
    if name is None:
        return None
    if protocol not in _READERS:
        raise click.UsageError(f"--profile names a printer model: {protocol} has none")
    try:
        model = printer_model(name)
    except LocalError as error:
        raise click.UsageError(str(error)) from error
    if model.language != protocol:
        raise click.UsageError(f"{name} speaks {model.language}, not {protocol}")
    return model


def _decoder(protocol: str, model: PrinterModel | None) -> Decoder:
    decode: Callable[..., Iterator[Decoded]] = load(PROTOCOLS[protocol])
    if model is None:
        return decode
    if protocol == "star":
        return lambda data: decode(data, model)
    dialect = CHINA if model.dialect == "china" else EPSON
    return lambda data: decode(data, TextReader.of_model(model), dialect)


def _profiled(protocol: str, profile: str | None) -> Decoder:
    name = profile or USUAL_PROFILES.get(protocol)
    known = PROFILES[protocol]
    if name is None or name not in known:
        wrong = "needs --profile P" if name is None else f"has no profile {name!r}"
        raise click.UsageError(f"{protocol} {wrong}; there are: {', '.join(sorted(known))}")
    return load(known[name])


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


def _text(protocol: str, data: bytes, model: PrinterModel | None) -> None:
    """The paper as text on standard output; what was guessed on standard error."""
    if protocol not in _READERS:
        raise click.UsageError(f"--text reads printer paper: it needs {' or '.join(_READERS)}")
    module, name = _READERS[protocol]
    read = cast("PaperReader", getattr(importlib.import_module(module), name))
    text, guesses = read(data, model)
    click.echo(text.encode())  # UTF-8 whatever the locale says (contract)
    if guesses:
        click.echo(f"guessed: {'; '.join(guesses)} (--profile MODEL sets it)", err=True)


def _picture(protocol: str, data: bytes, model: PrinterModel | None, png: Path) -> None:
    if protocol not in _READERS:
        raise click.UsageError(f"--png draws printer paper: it needs {' or '.join(_READERS)}")
    try:
        paper = importlib.import_module("pos_guard_simulator.paper")
    except ImportError as error:  # pragma: no cover - the wheel carries the simulator
        raise click.UsageError("drawing paper needs the simulator package") from error
    paper.render_png(data, png, model, star=protocol == "star")
    click.echo(f"wrote {png}", err=True)
