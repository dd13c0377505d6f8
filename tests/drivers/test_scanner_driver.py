"""The scanner driver: what is a scan, what is reported, and which settings there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.clock import ManualClock
from pos_guard.errors import DeviceError, LocalError
from pos_guard.frames.keymap import keymap, text_events
from pos_guard.frames.keys import EV_SYN, SIZE, SYN_DROPPED, KeyEvent, build_events
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.scanners.evdev_line import KeySettings
from pos_guard.scanners.make import LanguageSettings
from pos_guard_drivers.scanner import (
    BarcodeScanner,
    LostScanError,
    Scan,
    ScannerSettings,
)
from tests.drivers.scanner_counter import (
    SLOW,
    Counter,
    outcomes,
    scanner_on,
)

CODE = "134621000053364349"


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.clear()


def test_a_scan_is_delivered_with_what_is_known_of_it(counter: Counter) -> None:
    clock = ManualClock(wall_us=77)
    with scanner_on(counter, settings=ScannerSettings(clock=clock)) as scanner:
        counter.say(f"]Q1{CODE}\r\n".encode())
        scan = scanner.read(2)
    boot = clock.boot_us()
    assert scan == Scan(CODE.encode(), CODE, "utf-8", "qr", "]Q1", "till-1", 77, boot)
    assert not scan.typed


def test_a_scan_shows_no_code_where_it_is_logged(counter: Counter) -> None:
    with scanner_on(counter) as scanner:
        counter.say(f"{CODE}\r".encode())
        assert CODE not in repr(scanner.read(2))


@pytest.mark.parametrize(
    ("encoding", "data", "text", "decoded_as"),
    [
        ("", "收款码".encode(), "收款码", "utf-8"),
        ("", "收款码".encode("gbk"), None, None),
        ("gbk", "收款码".encode("gbk"), "收款码", "gbk"),
        ("gb18030", "𠮷".encode("gb18030"), "𠮷", "gb18030"),
        ("gbk", b"\x81", None, None),
        ("latin-1", b"\xe4", "ä", "latin-1"),
    ],
)
def test_text_is_decoded_as_was_set_and_never_guessed(
    counter: Counter, encoding: str, data: bytes, text: str | None, decoded_as: str | None
) -> None:
    with scanner_on(counter, settings=ScannerSettings(encoding)) as scanner:
        counter.say(data + b"\r")
        scan = scanner.read(2)
    assert (scan.data, scan.text, scan.decoded_as) == (data, text, decoded_as)


def test_scans_of_one_read_come_one_by_one(counter: Counter) -> None:
    with scanner_on(counter) as scanner:
        counter.say(b"a\rb\r\nc\r")
        assert [scan.text for scan in islice(scanner, 3)] == ["a", "b", "c"]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.text("0123456789abcXYZ:/?=", min_size=1, max_size=40), min_size=1, max_size=8),
    st.sampled_from(["\r", "\n", "\r\n", "\t"]),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_every_scan_is_delivered_once_however_it_is_split(
    codes: list[str], end: str, sizes: list[int]
) -> None:
    said = "".join(code + end for code in codes).encode()
    counter = Counter()
    with scanner_on(counter, settings=ScannerSettings()) as scanner:
        at = 0
        for size in cycle(sizes):
            if at >= len(said):
                break
            counter.say(said[at : at + size])
            at += size
        assert outcomes(scanner, len(codes)) == codes
        with pytest.raises(DeviceError, match="no scan"):
            scanner.read(0)
    counter.clear()


def test_silence_ends_codes_with_line_ends(counter: Counter) -> None:
    language = LanguageSettings(lines=LineSettings(end=End.IDLE), idle_seconds=0.02)
    with scanner_on(counter, settings=ScannerSettings(language=language)) as scanner:
        counter.say(b"BCD\n002\n")
        assert scanner.read(2).text == "BCD\n002"


@pytest.mark.parametrize(
    ("said", "why"),
    [(b"1346", "ESCAN_CUT"), (b"9" * 8000 + b"\r", "ESCAN_OVERLONG")],
)
def test_what_is_no_whole_scan_is_reported(counter: Counter, said: bytes, why: str) -> None:
    with scanner_on(counter) as scanner:
        counter.say(said)
        with pytest.raises(LostScanError) as error:
            scanner.read(2)
    assert (error.value.code, error.value.extended) == ("E_EXTENDED", why)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The rest of the cut one, and then a scan.
        (["000053364349", "next"], ["ESCAN_CUT", "next"]),
        # Another code right away: it has to be shown again.
        (["6901234567892", "6901234567892"], ["ESCAN_CUT", "6901234567892"]),
        # The same code, shown again: nothing else begins like this.
        (["134621000053364349", "next"], ["134621000053364349", "next"]),
    ],
)
def test_after_a_cut_the_next_line_may_be_the_rest(
    counter: Counter, lines: list[str], expected: list[str]
) -> None:
    with scanner_on(counter) as scanner:
        counter.say(b"134621")
        assert outcomes(scanner, 1) == ["ESCAN_CUT"]
        threading.Event().wait(0.1)  # the language has no doubts any more
        for line in lines:
            counter.say(line.encode() + b"\r")
        assert outcomes(scanner, len(expected)) == expected


def test_a_rest_that_came_in_time_ends_the_doubt(counter: Counter) -> None:
    with scanner_on(counter, settings=ScannerSettings(language=SLOW)) as scanner:
        counter.say(b"134621")
        assert outcomes(scanner, 1) == ["ESCAN_CUT"]
        counter.say(b"0000\rnext\r")
        assert outcomes(scanner, 2) == ["ESCAN_CUT", "next"]


def test_scans_that_nobody_reads_are_bounded_and_what_is_lost_is_said(counter: Counter) -> None:
    with scanner_on(counter, settings=ScannerSettings(max_waiting=2)) as scanner:
        counter.say(b"a\rb\rc\rd\r")
        assert [scanner.read(2).text for _ in range(2)] == ["a", "b"]
        with pytest.raises(LostScanError) as error:
            scanner.read(2)
        counter.say(b"e\r")
        assert scanner.read(2).text == "e"
        assert scanner.statistics.retrieve()["lost"] == 2
    assert error.value.extended == "ESCAN_FULL"


# -- keys -----------------------------------------------------------------------------------------


def keys(text: str) -> bytes:
    return text_events(text, keymap("us"))


def test_a_grabbed_keyboard_scanner_gives_scans(counter: Counter) -> None:
    usual = ScannerSettings()
    with scanner_on(counter, "generic-evdev", settings=usual) as scanner:
        typed = keys(f"]Q1{CODE}\n")
        for start in range(0, len(typed), 3 * SIZE):
            counter.say(typed[start : start + 3 * SIZE])
        scan = scanner.read(2)
    assert (scan.text, scan.symbology, scan.typed) == (CODE, "qr", False)


def test_lost_keys_are_reported_and_a_line_that_a_person_gave_up_casts_no_doubt(
    counter: Counter,
) -> None:
    quick = KeySettings(gap_seconds=0.03, line_seconds=0.1)
    hasty = ScannerSettings(language=LanguageSettings(keys=quick))
    with scanner_on(counter, "generic-evdev", settings=hasty) as scanner:
        dropped = build_events([KeyEvent(EV_SYN, SYN_DROPPED, 0)])
        counter.say(keys("12") + dropped + keys("34\n"))
        assert outcomes(scanner, 1) == ["ESCAN_DAMAGED"]
        counter.say(keys("1"))
        assert outcomes(scanner, 1) == ["ESCAN_CUT"]
        counter.say(keys(f"{CODE}\n"))
        assert outcomes(scanner, 1) == [CODE]


@pytest.mark.parametrize(
    ("address", "model", "device"),
    [
        ("tcp:127.0.0.1:9", "generic-serial", "tcp:127.0.0.1:9"),
        ("serial:/dev/none", "generic-serial", "serial:/dev/none:9600"),
        ("hid:scanner", "generic-hidpos", "hid:scanner"),
        ("hid:0c2e:0b61", "honeywell-hidpos", "hid:0c2e:0b61"),
        ("cdc:scanner", "generic-serial", "cdc:scanner"),
        ("hidraw:/dev/hidraw0", "generic-hidpos", "hidraw:/dev/hidraw0"),
        ("evdev:/dev/input/event3", "generic-evdev", "evdev:/dev/input/event3"),
    ],
)
def test_an_address_is_enough(address: str, model: str, device: str) -> None:
    scanner = BarcodeScanner.at(address)
    assert scanner.model.name == model
    assert scanner._claim.device == device


def test_a_line_has_the_baud_rate_of_its_model_unless_it_says() -> None:
    model = scanner_model("de2120")
    assert BarcodeScanner.at("serial:/dev/none", model)._claim.device.endswith(":115200")
    assert BarcodeScanner.at("serial:/dev/none:9600", model)._claim.device.endswith(":9600")


@pytest.mark.parametrize("address", ["lp", "unix:/run/x", "https://example.org", "uinput:till"])
def test_what_is_no_scanner_is_refused(address: str) -> None:
    with pytest.raises(LocalError):
        BarcodeScanner.at(address)


def test_settings_that_cannot_be_are_refused_at_once(counter: Counter) -> None:
    for encoding in ("gbk2", "hex"):
        with pytest.raises(LocalError):
            ScannerSettings(encoding)
    with pytest.raises(LocalError):
        ScannerSettings(max_waiting=0)
    with pytest.raises(LocalError):
        scanner_on(counter, settings=ScannerSettings(language=LanguageSettings(layout="62")))
