from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from pos_guard.config import Protocol, load_config, parse_config
from pos_guard.errors import SettingsError
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.zvt_wire import Framing

EXAMPLE = Path(__file__).parents[1] / "examples" / "guard.toml"

LINK = """
[[link]]
name = "zvt"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:20007"
"""

USB_EXPORT = """
[[link]]
name = "printer"
protocol = "escpos"
app = "usb:printer"
device = "usb:04b8:0e15"
"""

SCANNER = LINK.replace('protocol = "zvt"', 'protocol = "scanner"')

STX = LINK.replace('protocol = "zvt"', 'protocol = "stx"')
PROVIDER = """
[[link]]
name = "pay"
protocol = "provider"
app = "tcp:127.0.0.1:0"
device = "https://pay.example"
"""


def test_the_example_reads_and_names_every_protocol() -> None:
    config = load_config(EXAMPLE)
    assert {link.protocol for link in config.links} == set(Protocol)
    assert config.policy == EXAMPLE.resolve().parent / "policy.toml"
    assert config.policy.is_file()
    printer = next(link for link in config.links if link.protocol is Protocol.ESCPOS)
    assert printer.printer == PrinterSettings(columns=48)
    assert printer.device.baudrate == 19200


def test_paths_are_relative_to_the_file_and_may_be_absolute(tmp_path: Path) -> None:
    text = 'state = "s"\nsocket = "/run/x.sock"\n' + LINK + 'device_framing = "serial"\n'
    config = parse_config(text, tmp_path / "guard.toml")
    assert config.state == tmp_path / "s"
    assert config.socket == Path("/run/x.sock")
    assert config.links[0].device_framing is Framing.SERIAL
    assert config.links[0].app_framing is None


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", "link", "nothing would be guarded: add a [[link]]"),
        (LINK * 33, "link", "at most 32 links"),
        ('state = "s"', "link", "name the decision socket"),
        ('socket = ""', "socket", "a path is needed"),
        (LINK + 'devise = "x"', "link.0.devise", "did you mean"),
        (LINK.replace("zvt", "zvd"), "link.0.protocol", "one of"),
        (LINK.replace('"zvt"', '"app"', 1), "link.0.name", "no link name"),
        (LINK.replace('"zvt"', '"a:b"', 1), "link.0.name", "no link name"),
        (LINK + LINK, "link.1.name", "earlier link"),
        (LINK.replace("127.0.0.1:0", "nowhere"), "link.0.app", "no address"),
        (LINK.replace("tcp:127.0.0.1:0", "serial:/dev/tty1"), "link.0.app", "cannot use"),
        (LINK.replace("tcp:127.0.0.1:2", "https://host:2"), "link.0.device", "no zvt device"),
        (LINK.replace("20007", "0"), "link.0.device", "nowhere"),
        (LINK + "[link.zvt]\nanswer_ms = 0", "link.0.zvt.answer_ms", "milliseconds"),
        (LINK + "[link.zvt]\nanswer_ms = 1.5", "link.0.zvt.answer_ms", "milliseconds"),
        (LINK + "[link.wechat]\nhold_ms = 5", "link.0.wechat", "belongs to protocol wechat"),
        (LINK + "[link.exchange]\nalive_ms = 5", "link.0.exchange", "stx, iso8583, caisse-ap"),
        (LINK + 'profile = "x"', "link.0.profile", "zvt has no profiles"),
        (STX + 'profile = "transbnak"', "link.0.profile", "transbank"),
        (STX, "link.0.profile", "hypercom-ecr"),
        (STX.replace('"stx"', '"iso8583"'), "link.0.profile", "iso8583-cup"),
        (STX.replace('"stx"', '"caisse-ap"') + 'profile = "x"', "link.0.profile", "leave it out"),
        (STX.replace("tcp:127.0.0.1:2", "usb:printer#"), "link.0.device", "address"),
        (PROVIDER + 'profile = "alipai"', "link.0.profile", "alipay"),
        (PROVIDER + 'profile = "none-here.toml"', "link.0.profile", "none-here.toml"),
        (SCANNER + 'app_framing = "tcp"', "link.0.app_framing", "only zvt"),
        (SCANNER + '[link.scanner]\nsuffix = "xy"', "link.0.scanner.suffix", "hexadecimal"),
        (SCANNER + "[link.scanner]\nsuffix = 3", "link.0.scanner.suffix", "hexadecimal"),
        ("state = 3\n" + LINK, "state", "text"),
        (USB_EXPORT.replace("usb:04b8:0e15", "lp:/dev/usb/lp0"), "link.0.app", "be copied"),
        (USB_EXPORT.replace('"escpos"', '"scanner"'), "link.0.app", "cannot use scanner at usb"),
    ],
)
def test_every_mistake_is_named_with_its_place(text: str, path: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_config(text, Path("guard.toml"))
    places = {problem.path.replace("[", ".").replace("]", "") for problem in caught.value.problems}
    assert path in places, str(caught.value)
    assert message in str(caught.value)


def test_a_profile_is_an_error_with_its_line_and_names_those_there_are() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_config(STX + 'profile = "transbnak"', Path("guard.toml"))
    assert "guard.toml: line 7" in str(caught.value)
    assert "concert-e+" in str(caught.value)


def test_a_provider_s_profile_may_be_a_file_beside_the_settings(tmp_path: Path) -> None:
    shipped = files("pos_guard.frames") / "data" / "providers" / "aggregator-example.toml"
    (tmp_path / "mine.toml").write_text(shipped.read_text("utf-8"), "utf-8")
    text = PROVIDER + 'profile = "mine.toml"'
    (link,) = parse_config(text, tmp_path / "guard.toml").links
    assert link.profile == str(tmp_path / "mine.toml")
    (tmp_path / "mine.toml").write_text("nonsense = 1", "utf-8")
    with pytest.raises(SettingsError, match="mine"):
        parse_config(text, tmp_path / "guard.toml")


def test_programs_that_ask_need_no_link(tmp_path: Path) -> None:
    config = parse_config('socket = "ask.sock"\n', tmp_path / "guard.toml")
    assert config.links == ()
    assert config.socket == tmp_path / "ask.sock"


def test_a_link_needs_no_name_for_the_socket(tmp_path: Path) -> None:
    assert parse_config(LINK, tmp_path / "guard.toml").socket == tmp_path / "run" / "decide.sock"


@pytest.mark.parametrize("app", ["usb:printer", "usb:1234:5678", "usb:1234:5678:S1"])
def test_a_till_may_find_its_printer_on_usb(app: str) -> None:
    text = USB_EXPORT.replace("usb:printer", app)
    assert str(parse_config(text, Path("guard.toml")).links[0].app) == app
    if app != "usb:printer":
        text = text.replace("usb:04b8:0e15", "tcp:192.0.2.7:9100")
        assert str(parse_config(text, Path("guard.toml")).links[0].app) == app
