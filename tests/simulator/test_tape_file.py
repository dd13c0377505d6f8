"""The file of a tape: whole lines, bounded, for its owner only, and read strictly."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard_simulator.tape.lines import (
    Happened,
    Header,
    Line,
    Said,
    header_line,
    line_of,
    read_tape,
)
from pos_guard_simulator.tape.show import rows, text_of
from pos_guard_simulator.tape.tape_file import TapeFile

HEADER = Header("serial:/dev/ttyUSB0:115200", "escpos", 1_767_225_600_000_000)

LINES = st.lists(
    st.one_of(
        st.builds(
            Happened,
            st.integers(0, 10**12),
            st.sampled_from(["connect", "close", "hang-up", "full", "lost"]),
        ),
        st.binary(min_size=1, max_size=50).flatmap(
            lambda data: st.builds(
                Said,
                st.integers(0, 10**12),
                st.sampled_from(["app", "device"]),
                st.just(len(data)),
                st.sampled_from([data, None]),
            )
        ),
    ),
    max_size=10,
)


def written(path: Path, lines: list[Line], limit: int = 1 << 20) -> TapeFile:
    tape = TapeFile(path, HEADER, limit)
    for line in lines:
        tape.keep(line)
    tape.close()
    return tape


@given(lines=LINES)
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line]
) -> None:
    path = tmp_path_factory.mktemp("tape") / "t.jsonl"
    written(path, lines)
    tape = read_tape(path)
    assert (tape.header, list(tape.lines), tape.torn) == (HEADER, lines, False)


def test_only_its_owner_can_read_it_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    before = os.umask(0)
    try:
        written(path, [])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(LocalError, match="File exists"):
        TapeFile(path, HEADER, 1000)
    with pytest.raises(LocalError, match="No such file"):
        TapeFile(tmp_path / "nowhere" / "t", HEADER, 1000)


@pytest.mark.parametrize("keep", range(1, 40, 3))
def test_a_line_that_a_power_cut_tore_is_left_out(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "t.jsonl"
    lines: list[Line] = [Happened(0, "connect"), Said(5, "app", 2, b"ok"), Said(9, "app", 9, None)]
    written(path, lines)
    whole = path.read_bytes()
    path.write_bytes(whole[: -keep if keep < len(line_of(lines[-1])) else -1])
    tape = read_tape(path)
    assert tape.torn
    assert list(tape.lines) == lines[:-1]


def test_a_full_tape_says_so_and_stays_within_its_size(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines: list[Line] = [Said(at, "app", 100, bytes(100)) for at in range(100)]
    tape = written(path, lines, 2000)
    assert tape.full
    assert path.stat().st_size <= 2000
    assert read_tape(path).lines[-1] == Happened(tape.lines - 1, "full")


def test_withheld_bytes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    tape = written(path, [Said(1, "device", 37, None), Said(2, "app", 3, None)])
    assert tape.withheld == 40
    assert b'"withheld": 37' in path.read_bytes()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"t": -1, "is": "connect"}', "line 2: 't' is no number"),
        ('{"t": 1.5, "is": "connect"}', "line 2"),
        ('{"t": true, "is": "connect"}', "'t' is no number"),
        ('{"t": 1, "is": "exploded"}', "nor 'is' one of connect"),
        ('{"t": 1, "is": "connect", "to": "app"}', "neither 'hex' nor 'withheld'"),
        ('{"t": 1, "to": "moon", "hex": "00"}', "neither 'to' one of app, device"),
        ('{"t": 1, "to": "app", "hex": "0"}', "no hex text"),
        ('{"t": 1, "to": "app", "hex": 3}', "neither 'hex'"),
        ('{"t": 1, "to": "app"}', "neither 'hex'"),
        ('{"t": 1, "t": 2, "to": "app", "hex": "00"}', "line 2"),
        ("[]", "line 2"),
        ("", "line 2"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(header_line(HEADER) + line.encode() + b"\n")
    with pytest.raises(LocalError) as caught:
        read_tape(path)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no tape"),
        (b'{"tape": 1', "no tape"),
        (b"{}\n", "line 1: no tape of version 1"),
        (
            b'{"tape": 2, "device": "x", "protocol": "zvt", "created": 0, "masked": true}\n',
            "version",
        ),
        (b'{"tape": 1, "device": 5, "protocol": "zvt", "created": 0, "masked": true}\n', "header"),
    ],
)
def test_a_file_that_is_no_tape(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(data)
    with pytest.raises(LocalError, match=says):
        read_tape(path)
    with pytest.raises(LocalError, match="No such file"):
        read_tape(tmp_path / "other")


def test_a_tape_is_shown_decoded_and_its_secrets_blanked_even_if_it_has_them(
    tmp_path: Path,
) -> None:
    card = "4012888888881881"
    result = bytes.fromhex("040f14270004000000001250") + bytes.fromhex("22f0f8" + card)
    path = tmp_path / "t.jsonl"
    tape = TapeFile(path, Header("tcp:x:1", "zvt", 0, masked=False), 10_000)
    for line in (
        Happened(0, "connect"),
        Said(1_500_000, "device", 3, b"\x06\x01\x07"),
        Said(1_500_001, "device", 7, bytes.fromhex("04000000001250")),
        Said(2_000_000, "app", len(result), result),
        Said(2_000_001, "app", 12, None),
        Said(2_000_002, "app", 1, b"\x80"),
    ):
        tape.keep(line)
    tape.close()
    shown = list(rows(read_tape(path)))
    text = "\n".join(map(text_of, shown))
    assert card not in text + json.dumps(shown)
    assert text.splitlines()[1] == (
        '1.500001  > authorisation  {"control": "06 01", "length": 7, "04": 1250}'
    )
    assert '"22": "****"' in text
    assert text.splitlines()[-2:] == [
        "2.000001  < (12 bytes withheld)",
        "2.000002  < (1 bytes of a frame)",
    ]


def test_the_file_of_the_guide_is_a_tape(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "tape.md").read_text("utf-8")
    path = tmp_path / "t.jsonl"
    path.write_text(guide.partition("```json\n")[2].partition("```")[0])
    tape = read_tape(path)
    assert tape.header.protocol == "zvt"
    assert [row.get("name", row.get("is")) for row in rows(tape)] == [
        "connect", "authorisation", "positive_acknowledgement", "(37 bytes withheld)", "close",
    ]  # fmt: skip
