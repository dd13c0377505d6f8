"""Concert, ECR17, POSLink and MIS-POS: the published frames, whole, in pieces and spoiled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.cli.decode import command
from pos_guard.errors import FrameError
from pos_guard.frames import (
    stx_concert,
    stx_mispos_profile,
    stx_nexi,
    stx_nexi_decode,
    stx_nexi_reply,
    stx_pax_decode,
    stx_pax_reply,
)
from pos_guard.frames.decoded import Decoded
from pos_guard.frames.stx_mispos import parse_reply, parse_request
from pos_guard.frames.stx_pax import parse_command

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "stx_more.json").read_text(encoding="utf-8")
)
DECODERS: dict[str, Callable[[bytes], Iterator[Decoded]]] = {
    "concert-e+": stx_concert.decode,
    "mis-pos": stx_mispos_profile.decode,
    "nexi-p17": stx_nexi_decode.decode,
    "pax-poslink": stx_pax_decode.decode,
}
INTENTS = {
    "concert-e+-001": ("sale", 5510, "EUR", None, None),
    "concert-e+-002": ("sale", 1250, "EUR", None, None),
    "concert-e+-003": ("refund", 1000, "EUR", None, None),
    "concert-e+-004": ("refund", 1000, "EUR", None, None),
    "nexi-p17-001": ("sale", 650, "EUR", None, "12345678"),
    "nexi-p17-002": ("reversal", None, "EUR", "000123", "12345678"),
    "pax-poslink-001": ("sale", 1250, None, None, None),
}
"""What the published frames mean; the others move no money."""

_KEYS = ("kind", "amount", "currency", "original", "payee")


def decoded(vector: dict[str, Any], data: bytes | None = None) -> list[Decoded]:
    raw = bytes.fromhex(vector["hex"]) if data is None else data
    return list(DECODERS[vector["protocol"]](raw))


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda v: v["id"])
def test_golden_fields_and_intents(vector: dict[str, Any]) -> None:
    (message,) = decoded(vector)
    shown = message.as_json(unmask=True)
    assert (shown["error"], shown["raw"]) == (None, vector["hex"])
    fields = shown["fields"]
    assert isinstance(fields, dict)
    told = {key: value for key, value in vector["expect"].items() if key != "meaning"}
    assert {key: fields[key] for key in told} == told
    intent = INTENTS.get(vector["id"])
    assert shown["intent"] == (None if intent is None else dict(zip(_KEYS, intent, strict=True)))


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda v: v["id"])
def test_a_frame_without_its_end_is_an_error_at_every_length(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    for size in range(2, len(raw)):
        (message,) = decoded(vector, raw[:size])
        assert message.error is not None
        assert message.error.code == "truncated"


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda v: v["id"])
def test_any_changed_byte_is_an_error(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    for at in range(len(raw)):
        spoiled = raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :]
        assert any(message.error is not None for message in decoded(vector, spoiled)), at


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda v: v["id"])
def test_what_stands_behind_a_frame_is_told_apart(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    first, ack, noise, second = decoded(vector, raw + b"\x06" + b"zz" + raw)
    assert (first.error, ack.name, second.error) == (None, "ACK", None)
    assert noise.error is not None
    assert noise.error.code == "noise"


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda v: v["id"])
def test_the_command_line_knows_the_profile(vector: dict[str, Any]) -> None:
    args = ["stx", "--profile", vector["protocol"], "--hex", "--json"]
    result = CliRunner().invoke(command, args, input=vector["hex"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["protocol"] == "stx"


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"\x02", b"\x06\x03", b"\x01"]))
def test_garbage_gives_messages_and_never_another_error(data: bytes, start: bytes) -> None:
    for decode in DECODERS.values():
        for message in decode(start + data):
            message.as_json()


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_garbage_in_a_frame_is_a_frame_error(data: bytes) -> None:
    profile = stx_mispos_profile.example()
    readers: tuple[Callable[[], object], ...] = (
        lambda: stx_concert.parse_request(data),
        lambda: stx_concert.parse_answer(data),
        lambda: stx_nexi.parse_request(data),
        lambda: stx_nexi_reply.parse_reply(data),
        lambda: parse_command(data),
        lambda: stx_pax_reply.parse_reply(data),
        lambda: parse_request(profile, data),
        lambda: parse_reply(profile, data),
    )
    for read in readers:
        with suppress(FrameError):
            read()


@settings(max_examples=60, deadline=None)
@given(
    amount=st.integers(0, 99_999_999),
    pos=st.integers(0, 99),
    full=st.booleans(),
    kind=st.sampled_from("012"),
)
def test_an_answer_repeats_what_was_asked(amount: int, pos: int, full: bool, kind: str) -> None:
    body = f"{pos:02d}{amount:08d}{int(full)}1{kind}978{'':10}A010B010".encode()
    request = stx_concert.parse_request(body)
    answer = stx_concert.parse_answer(stx_concert.answer(request, "7"))
    assert (answer.pos_number, answer.amount, answer.result) == (f"{pos:02d}", amount, "7")
    assert (answer.currency, answer.report is not None) == ("EUR", full)
