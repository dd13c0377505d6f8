"""Honeywell's menu: commands, answers and what may be one among scans."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.honeywell import (
    BEEP,
    MAX_ITEMS,
    MAX_REPLY,
    TRIGGER,
    UNTRIGGER,
    MenuItem,
    Status,
    build_menu,
    build_reply,
    count_programs,
    find_menus,
    find_program_reply,
    find_reply,
    parse_menu,
    parse_reply,
)
from pos_guard.frames.reply_search import Found, Perhaps, Scan

GOLDEN = Path(__file__).parents[1] / "golden" / "scanner_lines_commands.json"
ROWS: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
COMMANDS = {
    row["expect"]["name"]: bytes.fromhex(row["payload"])
    for row in ROWS
    if row["kind"] == "honeywell-command"
}
REPLY = next(row for row in ROWS if row["kind"] == "honeywell-menu-reply")["payload"].encode()
REPORTS = [bytes.fromhex(row["payload"]) for row in ROWS if row["kind"] == "hidpos-honeywell-64"]


def test_the_commands_of_the_manuals() -> None:
    assert COMMANDS["trigger on (SYN T CR)"] == TRIGGER
    assert COMMANDS["trigger off (SYN U CR)"] == UNTRIGGER
    assert COMMANDS["beep (SYN BEL CR)"] == BEEP
    revinf = COMMANDS["menu command REVINF. (SYN M CR + command + .)"]
    assert build_menu(["REVINF"], permanent=True) == revinf
    baud = COMMANDS["menu command 232BAD9. (115200 baud)"]
    assert build_menu(["232BAD9"], permanent=True) == baud
    assert parse_menu(baud).settings == b"232BAD9"
    assert parse_menu(baud).permanent
    assert parse_menu(baud).tag == b"232"


def test_several_settings_and_the_volatile_mark() -> None:
    raw = build_menu(["cbrena1,SSX0", "232BAD9"])
    assert raw == b"\x16M\rcbrena1,SSX0;232BAD9!"
    assert parse_menu(raw).tag == b"CBR"
    assert not parse_menu(raw).permanent


@pytest.mark.parametrize("wrong", [[], ["12"], ["REVINF."], ["A;B"], ["REV\r"], ["二维码"]])
def test_no_menu_settings(wrong: list[str]) -> None:
    with pytest.raises(LocalError):
        build_menu(wrong)


def test_the_answer_of_the_manual() -> None:
    reply = parse_reply(REPLY)
    assert reply.ok
    assert reply.permanent
    texts = [item.text for item in reply.items]
    assert texts == [b"CBRENA1", b"SSX0", b"CK20", b"CCT1", b"MIN2", b"MAX60", b"DFT"]
    assert build_reply(reply.items) == REPLY


def test_each_status() -> None:
    raw = b"CBRENA1\x06,XXX0\x05;232BAD99\x15!"
    reply = parse_reply(raw)
    assert [item.status for item in reply.items] == [Status.ACK, Status.ENQ, Status.NAK]
    assert not reply.ok
    assert not reply.permanent


def test_a_captured_answer_with_text_before_it() -> None:
    """The first and the last report of a Voyager 1602g, their texts as a serial line has them."""
    text = REPORTS[0][5:61] + b"ware Revision: x\r\n"
    last = REPORTS[-1][5:13]
    reply = parse_reply(text + last)
    assert last == b"REVINF\x06."
    assert (reply.text, reply.items) == (text, (MenuItem(b"REVINF", Status.ACK),))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "cut"),
        (b"CBRENA1\x06,", "cut"),
        (b"CBRENA1.", "no-status"),
        (b"CBRENA1\x07.", "no-status"),
        (b"\x06.", "no-status"),
        (b"CBRENA1\x06.x", "trailing"),
        (b"x" * (MAX_REPLY + 1), "length"),
    ],
)
def test_no_answers(raw: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        parse_reply(raw)
    assert caught.value.code == code


def refused(read: Callable[[bytes], object], data: bytes) -> bool:
    try:
        read(data)
    except FrameError:
        return True
    return False


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_garbage_gives_our_own_error(data: bytes) -> None:
    """Neither reader raises anything but FrameError, whatever a peer sends."""
    assert refused(parse_menu, data) or data.startswith(b"\x16M\r")
    assert refused(parse_reply, data) or data[-1:] in (b".", b"!")


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=60), st.sampled_from([b"CBR", b"REV"]), st.booleans())
def test_a_search_always_says_something_and_gets_on(data: bytes, tag: bytes, fresh: bool) -> None:
    found = find_reply(tag)(data, fresh)
    if isinstance(found, Scan):
        assert 0 < found.size <= len(data)
    elif isinstance(found, Perhaps):
        assert 0 <= found.start < len(data)
    else:
        assert 0 <= found.start < found.stop <= len(data)


def test_the_answer_is_found_only_when_it_is_whole() -> None:
    search = find_reply(b"cbr")
    before = b"134567890123456789\r"
    for stop in range(1, len(REPLY)):
        assert search(before + REPLY[:stop], True) == Perhaps(len(before))
    found = search(before + REPLY + b"next", True)
    assert isinstance(found, Found)
    assert (found.start, found.stop, found.ok) == (len(before), len(before + REPLY), True)


@pytest.mark.parametrize(
    "data", [b"134567890123456789\r", b"CBRENA1\r", b"\x06.", b"CBRENA1\x06x."]
)
def test_scans_are_no_answers(data: bytes) -> None:
    assert find_reply(b"CBR")(data, True) == Scan(len(data))


TOLD = b"Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\n\r\n"


def test_a_status_report_belongs_to_the_answer() -> None:
    search = find_reply(b"REV")
    raw = TOLD + b"REVINF\x06."
    for stop in range(1, len(raw)):
        assert search(raw[:stop], True) == Perhaps(0), raw[:stop]
    assert search(raw + b"13", True) == Found(0, len(raw), True, TOLD)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"134567890123456789\rProduct Name: x\r\n", 19),
        (b"https://qr.alipay.com/fkx\r", 26),
        (b"ABC\r", 4),
        (b"1\n2", 2),
        (b"13456", 5),
        (b"\r\nProduct Name: x\r\n", 1),
        (b"\r", 1),
        (TOLD + b"13456\r", 28),
    ],
)
def test_what_is_no_status_report_stays_scan_data(data: bytes, size: int) -> None:
    assert find_reply(b"REV")(data, True) == Scan(size)


def test_a_report_never_begins_within_a_scan() -> None:
    assert find_reply(b"REV")(TOLD + b"REVINF\x06.", False) == Scan(28)


def test_a_report_has_an_end() -> None:
    data = b"Product Name: x\r\n" * 300
    assert find_reply(b"REV")(data, True) == Scan(16)


def test_menus_in_what_a_till_sends_in_pieces() -> None:
    sent = TRIGGER + build_menu(["REVINF"], permanent=True) + BEEP + build_menu(["232BAD9"])
    for at in range(len(sent) + 1):
        first, rest = find_menus(sent[:at])
        second, rest = find_menus(rest + sent[at:])
        assert [menu.settings for menu in first + second] == [b"REVINF", b"232BAD9"], at
        assert rest == b""


def test_an_answer_has_so_many_settings_and_no_more() -> None:
    most = b"CBRENA1\x06," * (MAX_ITEMS - 1)
    assert isinstance(find_reply(b"CBR")(most + b"DFT\x06.", True), Found)
    found = find_reply(b"SSX")(b"SSX0\x06," + most + b"DFT\x06.", True)
    assert isinstance(found, Scan)


def test_an_echo_with_its_head_is_the_answer_too() -> None:
    """Mindeo ES4650 manual p. 13: the command received comes back, with an ACK."""
    search, raw = find_reply(b"040"), b"\x16M\r0401D05\x06."
    for stop in range(1, len(raw)):
        assert search(b"13\r" + raw[:stop], True) == Perhaps(3), stop
    assert search(b"13\r" + raw, True) == Found(3, 3 + len(raw), True, b"0401D05")


def test_a_scan_without_an_end_that_begins_like_the_answer_is_no_part_of_it() -> None:
    found = find_reply(b"CBR")(b"CBR4711" + REPLY, True)
    assert isinstance(found, Found)
    assert found.start == 7


def test_metrologic_programs_in_pieces() -> None:
    sent = b"\x02999999\x03T\x02999998\x03"
    for at in range(len(sent) + 1):
        first, rest = count_programs(sent[:at])
        second, rest = count_programs(rest + sent[at:])
        assert (first + second, rest) == (2, b""), at
    assert find_program_reply(b"\x15", True) == Found(0, 1, ok=False)
    assert count_programs(b"\x02" * 5000) == (0, b"\x02")
