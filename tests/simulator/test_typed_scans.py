"""Scans that are typed into the focused window of a real X server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.desktop.keys import KeyState, Press, Wanted, read_keys, wanted
from pos_guard_simulator.desktop.session import chosen, open_typist
from pos_guard_simulator.scanner_make import ScannerOptions
from pos_guard_simulator.seats.seat import Seat
from pos_guard_simulator.seats.site import Site
from pos_guard_simulator.simulate_device import Device, Fields, carry_out
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_scanner import scanner_device
from tests.simulator.simulate_process import Control, simulating, usage_error
from tests.simulator.x11_rig import CAPS_LOCK, Desktop, with_x11, x_server

URL = "https://pay.example/Q?a=1&b=%20#Zz_-~+{x}[y]\\|;:'\"<>,.!@$^*()`"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with x_server() as (display, _):
        yield display


@pytest.fixture
def desktop(server: str, tmp_path: Path) -> Iterator[Desktop]:
    desktop = Desktop(server, tmp_path)
    desktop.layout("us")
    yield desktop
    desktop.close()


class Scanner:
    """A scanner on the desktop, in this process."""

    def __init__(self, device: Device, seat: Seat) -> None:
        self.device = device
        self.seat = seat

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.ask("scan", payload=code)

    def ask(self, op: str, **fields: Json) -> None:
        fields_of = Fields({"op": op, **fields})
        fields_of.text("op")
        self.seat.do(lambda: carry_out(self.device, op, fields_of).effects)


Seated = Callable[[ScannerOptions], Scanner]


@pytest.fixture
def seated(desktop: Desktop) -> Iterator[Seated]:
    """Puts a scanner on the desktop."""
    scanners: list[Scanner] = []

    def seat(options: ScannerOptions) -> Scanner:
        device = scanner_device(options)
        scanners.append(Scanner(device, site.seat(device, Place(desktop=desktop.name))))
        return scanners[-1]

    with Bench() as bench, Site(bench) as site:
        yield seat
        for scanner in scanners:
            scanner.seat.close()


@with_x11
@pytest.mark.parametrize(
    "code",
    ["6901234567892", URL, "Grüße, Öl & Ärger für 5 €", "付款码：微信 134567890123456789 ß"],
    ids=["ean", "url", "umlauts", "chinese"],
)
def test_a_scan_is_typed_in_any_layout(desktop: Desktop, seated: Seated, code: str) -> None:
    window, scanner = desktop.window(), seated(ScannerOptions())
    for layout in ("us", "de", "fr", "ru", "us dvorak", "gr,us"):
        desktop.layout(*layout.split())
        scanner.scan(code, code)
        window.gets(f"{code}\r{code}\r")


@with_x11
def test_as_a_user_runs_it(desktop: Desktop, tmp_path: Path) -> None:
    window, control = desktop.window(), tmp_path / "control"
    before = desktop.keymap()
    words = (f"--desktop={desktop.name}", "--profile", "tab", "--control", str(control), "--http")
    with simulating("scanner", *words) as scanner:
        assert scanner.ready["addresses"] == {"desktop": desktop.name}
        scanner.type("6901234567892\n微信\n")
        window.gets("6901234567892\t微信\t")
        assert desktop.keymap() != before
        with Control(control) as test:
            assert test.ask("scan", payload="7") == {"read": True}
            window.gets("7\t")
            assert test.ask("unplug") == {"addresses": {}}
            test.ask("scan", payload="nobody gets it")
            assert test.ask("plug") == {"addresses": {"desktop": desktop.name}}
            test.ask("scan", payload="8")
            window.gets("8\t")
            assert "no modem lines" in test.fail("lines", cts=True)
    assert desktop.keymap() == before


@with_x11
def test_it_goes_where_the_focus_is(desktop: Desktop, seated: Seated) -> None:
    first, second = desktop.window("first"), desktop.window("second")
    scanner = seated(ScannerOptions())
    scanner.scan("1")
    second.gets("1\r")
    desktop.focus("first")
    scanner.scan("微2")
    first.gets("微2\r")


@with_x11
def test_the_layout_that_is_chosen_counts(desktop: Desktop, seated: Seated) -> None:
    desktop.layout("-layout", "us,de", "-option", "grp:caps_toggle")
    window, scanner = desktop.window(), seated(ScannerOptions())
    scanner.scan("yz-/")
    desktop.tap(CAPS_LOCK)
    scanner.scan("yz-/ä@")
    window.gets("yz-/\ryz-/ä@\r")
    desktop.tap(CAPS_LOCK)
    desktop.layout("-option", "")


@with_x11
def test_caps_lock_does_not_matter(desktop: Desktop, seated: Seated) -> None:
    window, scanner = desktop.window(), seated(ScannerOptions())
    desktop.tap(CAPS_LOCK)
    scanner.scan("aB1!")
    desktop.tap(CAPS_LOCK)
    window.gets("aB1!\r")


@with_x11
def test_more_characters_than_there_are_spare_keys(desktop: Desktop, seated: Seated) -> None:
    code = "".join(map(chr, range(0x4E00, 0x4E00 + 60)))
    window, scanner = desktop.window(), seated(ScannerOptions())
    scanner.scan(code)
    window.gets(code + "\r")


@with_x11
@pytest.mark.parametrize(
    ("options", "codes", "typed"),
    [
        (ScannerOptions(terminator=b"\r\n"), ["1", "2"], "1\r2\r"),
        (ScannerOptions(terminator=b"\n"), ["1", "2"], "1\r2\r"),
        (ScannerOptions(terminator=b""), ["1", "2"], "12"),
        (ScannerOptions(terminator=b"\r\n", faults=("split",)), ["ö", "2"], "ö\r2\r"),
        (ScannerOptions(aim=True), ["0112345\x1d10AB"], "]Q10112345\x1d10AB\r"),
        (ScannerOptions(faults=("double",)), ["123"], "123\r123\r"),
        (ScannerOptions(faults=("cut",)), ["123"], "12"),
        (ScannerOptions(faults=("slow",)), ["12微3"], "12微3\r"),
        (ScannerOptions(faults=("unplug",)), ["1234"], "12"),
        (ScannerOptions(faults=("modem-manager",)), ["1"], "1\r"),
        (ScannerOptions(faults=("wrong-code-page",)), ["中a"], "\ufffd\ufffda\r"),
        (ScannerOptions("gm65", encoding="gbk"), ["中a"], "中a\r"),
        (ScannerOptions("generic-wedge"), ["aB-1/"], "aB-1/\r"),
        (ScannerOptions("generic-wedge", faults=("wrong-layout",)), ["aq1,"], "qa!m\r"),
        (ScannerOptions("generic-wedge", faults=("double",)), ["12"], "12\r12\r"),
        (ScannerOptions("generic-wedge", faults=("slow",)), ["12"], "12\r"),
    ],
    ids=lambda value: "-".join((value.model, *value.faults)) if hasattr(value, "model") else "",
)
def test_what_the_scanner_would_send_is_typed(
    desktop: Desktop, seated: Seated, options: ScannerOptions, codes: list[str], typed: str
) -> None:
    window, scanner = desktop.window(), seated(options)
    scanner.scan(*codes)
    window.gets(typed)


@with_x11
def test_keys_of_a_keyboard_are_what_the_desktops_layout_makes_of_them(
    desktop: Desktop, seated: Seated
) -> None:
    desktop.layout("de")
    window = desktop.window()
    scanner = seated(ScannerOptions("generic-wedge"))
    scanner.scan("yz-/")
    window.gets("zyß-\r")
    scanner.seat.unplug()
    assert scanner.seat.addresses == {}
    scanner.seat.plug()
    assert scanner.seat.addresses == {"desktop": desktop.name}
    scanner.scan("1")
    window.gets("1\r")
    with pytest.raises(LocalError, match="no serial line"):
        scanner.seat.set_lines({"cts": True})


@with_x11
def test_a_keyboard_that_is_pulled_out_leaves_no_key_down(desktop: Desktop, seated: Seated) -> None:
    window = desktop.window()
    scanner = seated(ScannerOptions("generic-wedge", faults=("unplug",)))
    scanner.scan("ABCD")
    window.gets("AB")
    assert scanner.seat.addresses == {}
    assert desktop.keys_down() == []


@with_x11
def test_a_server_that_goes_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with x_server() as (display, process), Bench() as bench, Site(bench) as site:
        device = scanner_device(ScannerOptions())
        scanner = Scanner(device, site.seat(device, Place(desktop=display)))
        process.terminate()
        process.wait()
        scanner.scan("1")
        assert capsys.readouterr().err == "not typed: the X server has gone\n"


# -- what stands in the way ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("display", "environment", "name", "remark"),
    [
        (":3", {}, ":3", ""),
        ("", {"DISPLAY": ":0"}, ":0", ""),
        (":3", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ":3", ""),
        ("", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ":0", "XWayland"),
    ],
)
def test_the_display(display: str, environment: dict[str, str], name: str, remark: str) -> None:
    found, said = chosen(display, environment)
    assert found == name
    assert remark in said
    assert bool(remark) == bool(said)


@pytest.mark.parametrize(
    ("environment", "words"),
    [({}, "DISPLAY is not set"), ({"WAYLAND_DISPLAY": "wayland-0"}, "XWayland.*--usbip")],
)
def test_without_a_display(environment: dict[str, str], words: str) -> None:
    with pytest.raises(LocalError, match=words):
        chosen("", environment)


def test_without_python_xlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pos_guard_simulator.desktop.x_server", None)
    with pytest.raises(LocalError, match=r'pip install "pos-guard\[desktop\]"'):
        open_typist(":0")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--desktop=:4711",), "--desktop :4711: no X server lets us in"),
        (("--desktop=nonsense",), "--desktop nonsense: no X server lets us in"),
        (("--desktop", "--pty"), "One place, please"),
        (("--desktop", "--model", "gm65", "--layout", "de"), "gm65 has no layout"),
    ],
)
def test_what_cannot_be(arguments: tuple[str, ...], words: str) -> None:
    assert words in usage_error(*arguments)


@with_x11
@pytest.mark.parametrize("model", ["zebra-ssi", "honeywell-hidpos"])
def test_packets_and_reports_are_no_text(server: str, model: str) -> None:
    words = usage_error(f"--desktop={server}", "--model", model)
    assert "sends no text that could be typed" in words


# -- keymaps without a server --------------------------------------------------------------------

US = [
    (0x61, 0x41, 0x61, 0x41),
    (0x5D, 0x7D, 0x5D, 0x7D),
    (0, 0, 0, 0),
    (0xFFE1, 0, 0xFFE1, 0),
    (0xFFE3, 0, 0xFFE3, 0),
    (0xFF0D, 0, 0xFF0D, 0),
    (0x61, 0x41, 0xE4, 0xC4),
]


def pressed(text: str, state: KeyState, ours: dict[int, int]) -> list[Press | None]:
    keys = read_keys(10, US, state, ours)
    return [keys.press(one) for one in wanted(text)]


@pytest.mark.parametrize(
    ("text", "state", "presses"),
    [
        ("aA\r\n", KeyState(), [Press(10), Press(10, (13,)), Press(15)]),
        ("aA", KeyState(caps=True), [Press(10, (13,)), Press(10)]),
        ("]", KeyState(caps=True), [Press(11)]),
        ("\x1d\x01", KeyState(), [Press(11, (14,)), Press(10, (14,))]),
        ("äÄa", KeyState(group=1), [Press(16), Press(16, (13,)), Press(10)]),
        ("ä微", KeyState(), [None, None]),
        ("a\r", KeyState(group=2), [None, Press(15)]),
    ],
)
def test_the_keys_of_a_layout(text: str, state: KeyState, presses: list[Press | None]) -> None:
    assert pressed(text, state, {}) == presses


def test_a_key_that_somebody_else_uses_now_is_not_ours() -> None:
    assert dict(read_keys(10, US, KeyState(), {}).spare) == {12: 0}
    assert dict(read_keys(10, US, KeyState(), {12: 0x61, 15: 0x2D}).spare) == {12: 0}
    ours = read_keys(10, [(0x3B1, 0x3B1, 0, 0)], KeyState(), {10: 0x3B1})
    assert (dict(ours.spare), ours.press(Wanted(0x3B1))) == ({10: 0x3B1}, Press(10))
