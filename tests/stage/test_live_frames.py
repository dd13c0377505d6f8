"""Frames of a line as they pass, whole, in pieces, and with their secrets blanked."""

from __future__ import annotations

import pytest

from pos_guard.frames.decoded import Json
from pos_guard_simulator.stage.live_frames import LiveFrames

Told = list[tuple[str, dict[str, Json]]]

# ZVT 13.13, 2.1 (authorisation with BMP 04) and 1.1 (a positive acknowledgement).
AUTHORISATION = bytes.fromhex("060107 04000000001250".replace(" ", ""))
ACK = bytes.fromhex("800000")


def _feed(frames: LiveFrames, pieces: list[bytes]) -> Told:
    return [told for piece in pieces for told in frames.feed(piece)]


def _single(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def _names(told: Told) -> list[Json]:
    return [body["name"] for kind, body in told if kind == "frame"]


@pytest.mark.parametrize(
    "pieces",
    [
        [AUTHORISATION + ACK],
        [AUTHORISATION, ACK],
        _single(AUTHORISATION + ACK),
        [AUTHORISATION[:4], AUTHORISATION[4:] + ACK[:1], ACK[1:]],
    ],
    ids=["whole", "two", "bytes", "odd"],
)
def test_zvt_commands_are_the_same_however_they_come(pieces: list[bytes]) -> None:
    told = _feed(LiveFrames("zvt", outward=False), pieces)
    assert [kind for kind, _ in told] == ["frame", "frame"]
    first, second = (body for _, body in told)
    assert first["name"] == "authorisation"
    assert (first["direction"], first["bytes"]) == ("in", len(AUTHORISATION))
    assert first["intent"] == {
        "kind": "sale",
        "amount": 1250,
        "currency": None,
        "original": None,
        "payee": None,
    }
    assert second["raw"] == ACK.hex()


def test_a_printers_commands_byte_by_byte() -> None:
    # Epson's reference: ESC @, GS V 0 (cut), ESC p 0 25 250 (drawer).
    data = b"\x1b@Hi\n\x1dV\x00\x1bp\x00\x19\xfa"
    told = _feed(LiveFrames("escpos", outward=False), _single(data))
    assert [name for name in _names(told) if name != "TEXT"] == ["ESC @", "LF", "GS V", "ESC p"]


def test_what_a_printer_answers_is_shown_as_it_is_but_long_answers_only_by_length() -> None:
    frames = LiveFrames("escpos", outward=True)
    assert _feed(frames, [b"\x16"]) == [("bytes", {"direction": "out", "bytes": 1, "raw": "16"})]
    (told,) = _feed(frames, [b"_TM-T88V 123456\x00"])
    assert told == ("bytes", {"direction": "out", "bytes": 16})


def test_of_a_line_without_decoder_only_lengths_are_told() -> None:
    told = _feed(LiveFrames("", outward=True), [b"134612345678901234\r"])
    assert told == [("bytes", {"direction": "out", "bytes": 19})]


def test_a_card_number_is_blanked() -> None:
    # BMP 22, LL 08: a documented test number, in a status information (ZVT 13.13, 1.1.2).
    pan = "4111111111111111"
    unit = bytes.fromhex("040f0d" + "2700" + "22" + "f0f8" + pan)
    told = _feed(LiveFrames("zvt", outward=True), [unit])
    assert _names(told) == ["status_information"]
    assert pan not in repr(told)


def test_half_a_frame_is_forgotten_when_the_line_is_opened_anew() -> None:
    frames = LiveFrames("zvt", outward=False)
    assert _feed(frames, [AUTHORISATION[:5]]) == []
    frames.forget()
    assert _names(_feed(frames, [ACK])) != ["authorisation"]


def test_a_frame_without_end_is_bounded() -> None:
    # GS v 0 (Epson's reference): 72 bytes by 20 rows; what comes after the bound is read anew.
    frames = LiveFrames("escpos", outward=False, limit=64)
    told = _feed(frames, [b"\x1dv0\x00\x48\x00\x14\x00", b"\x00" * 100, b"\x1b@"])
    assert told[0] == ("bytes", {"direction": "in", "bytes": 108})
    assert _names(told) == ["ESC @"]
