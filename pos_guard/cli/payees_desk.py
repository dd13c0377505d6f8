"""What ``pos-guard payees`` works on: a given code, and the store or the running guard."""

from __future__ import annotations

import base64
import binascii
import codecs
import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from pos_guard.api.code_ops import sticker_body
from pos_guard.cli.options import socket_option, taken, with_all
from pos_guard.cli.person import guard_at, id_of, order, pin_option
from pos_guard.cli.state import (
    account_name,
    json_option,
    open_store,
    print_json,
    printable,
    state_option,
)
from pos_guard.clock import SystemClock
from pos_guard.frames.codes import MAX_CODE, Code, classify
from pos_guard.frames.decoded import Json
from pos_guard.stickers import Stickers

T = TypeVar("T")

# UTF-8 takes up to four bytes a character, base64 four for three: no longer input is one code.
_MAX_INPUT = MAX_CODE * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Where the code comes from, as the options say."""

    payload: str
    file: Path | None
    encoding: str
    is_base64: bool

    def code(self) -> Code:
        """The classified code.

        :raises click.UsageError: for what is too long, no base64, or an encoding nobody knows.
        """
        raw = self._raw()
        if len(raw) > _MAX_INPUT:
            raise click.UsageError(f"more than {_MAX_INPUT} bytes: no code is so long")
        if self.is_base64:
            try:
                raw = base64.b64decode(raw, validate=True)
            except binascii.Error as error:
                raise click.UsageError(f"not base64: {error}") from error
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise click.UsageError(f"no such encoding: {self.encoding}") from error
        return classify(raw, self.encoding)

    def _raw(self) -> bytes:
        if self.file is not None:
            with self.file.open("rb") as file:
                return file.read(_MAX_INPUT + 1).rstrip(b"\r\n")
        if self.payload != "-":
            # Bytes of the command line that are no UTF-8 come back as they were.
            return self.payload.encode("utf-8", "surrogateescape")
        if sys.stdin.isatty():
            click.echo("Scan the sticker now.", err=True)
            return sys.stdin.buffer.readline(_MAX_INPUT + 1).rstrip(b"\r\n")
        return sys.stdin.buffer.read(_MAX_INPUT + 1).rstrip(b"\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeesDesk:
    """The stickers: in the store that is opened, or at the running guard's socket.

    :raises PosGuardError: in every method, when store or guard say no.
    """

    path: Path | None
    person: str | None
    pin_stdin: bool
    directory: Path
    as_json: bool

    def add(self, name: str, place: str, code: Code) -> dict[str, Json]:
        """Register a sticker."""
        if self.path is None:
            who = account_name()
            with open_store(self.directory, readonly=False) as store:
                added = Stickers(store, SystemClock()).add(name, place, code, by=who, account=who)
                return sticker_body(added)
        return self._signed(self.path, "payees_add", name=name, place=place, payload=code.text)

    def remove(self, name: str) -> None:
        """Forget a sticker."""
        if self.path is None:
            who = account_name()
            with open_store(self.directory, readonly=False) as store:
                Stickers(store, SystemClock()).remove(name, by=who, account=who)
        else:
            self._signed(self.path, "payees_remove", name=name)

    def all(self) -> list[dict[str, Json]]:
        """Every sticker."""
        if self.path is None:
            with open_store(self.directory, readonly=True) as store:
                return [sticker_body(sticker) for sticker in store.stickers.all()]
        with guard_at(self.path) as client:
            found = client.request("payees")["stickers"]
        return [body for body in found if isinstance(body, dict)] if isinstance(found, list) else []

    def check(self, code: Code, name: str | None) -> dict[str, Json]:
        """Compare a code that was read here."""
        if self.path is None:
            with open_store(self.directory, readonly=False) as store:
                return Stickers(store, SystemClock()).check(code, name, by=account_name()).as_json()
        with guard_at(self.path) as client:
            return client.request("payees_check", payload=code.text, name=name)

    def scan(self, name: str | None, seconds: int) -> dict[str, Json]:
        """Compare the next code that a scanner of the running guard reads."""
        if self.path is None:
            raise click.UsageError("--scan needs the running guard: give its --socket")
        click.echo(f"Scan the sticker at the till within {seconds} s.", err=True)
        with guard_at(self.path) as client:
            return client.check_sticker(name, seconds)

    def show(self, body: Mapping[str, Json], words: str) -> None:
        """JSON for machines, words for people."""
        if self.as_json:
            print_json(body)
        else:
            click.echo("\n".join(printable(line) for line in words.splitlines()))

    def _signed(self, path: Path, op: str, **wanted: Json) -> dict[str, Json]:
        """Ask the running guard for what takes a person with the right."""
        by = id_of(self.person)
        with guard_at(path) as client:
            return order(client, op, by, from_stdin=self.pin_stdin, **wanted, person=by)


def with_desk(function: Callable[..., T]) -> Callable[..., T]:
    """The options that say where the stickers are; the command gets a ``PayeesDesk`` first."""
    options = (
        socket_option,
        click.option("--as", "person", help="Your id, with --socket; asked for when left out."),
        pin_option,
        state_option,
        json_option,
    )

    @functools.wraps(function)
    def call(**given: object) -> T:
        return function(taken(PayeesDesk, given), **given)

    return with_all(options, call)


def with_code(function: Callable[..., T]) -> Callable[..., T]:
    """The argument and options that give the code; the command gets it as ``given``."""
    options = (
        click.argument("payload", default="-"),
        click.option(
            "--file", type=click.Path(path_type=Path), help="Read it from this file (no picture)."
        ),
        click.option(
            "--encoding", default="utf-8", show_default=True, help="What the scanner sends."
        ),
        click.option("--base64", "is_base64", is_flag=True, help="It is base64 text."),
    )

    @functools.wraps(function)
    def call(*desk: object, **given: object) -> T:
        code = taken(Given, given)
        return function(*desk, given=code, **given)

    return with_all(options, call)
