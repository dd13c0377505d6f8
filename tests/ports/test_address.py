from __future__ import annotations

import pytest

from pos_guard.ports.address import Address, Kind

GOOD = [
    ("tcp:127.0.0.1:20007", Address(Kind.TCP, "127.0.0.1", 20007)),
    ("tcp:[::1]:0", Address(Kind.TCP, "::1", 0)),
    ("serial:/dev/ttyUSB0:19200", Address(Kind.SERIAL, path="/dev/ttyUSB0", baudrate=19200)),
    ("serial:/dev/pos/printer", Address(Kind.SERIAL, path="/dev/pos/printer")),
    ("pty:/run/pos-guard/till", Address(Kind.PTY, path="/run/pos-guard/till")),
    ("https://api.mch.weixin.qq.com", Address(Kind.HTTPS, "api.mch.weixin.qq.com", 443)),
    ("http://127.0.0.1:8080/", Address(Kind.HTTP, "127.0.0.1", 8080)),
]

BAD = [
    "",
    "tcp:host",
    "tcp:host:65536",
    "tcp:host:²2",
    "serial:ttyUSB0:9600",
    "serial:/dev/tty USB0",
    "pty:relative",
    "https://host/path",
    "https://user@host",
    "ftp://host",
    "/dev/ttyUSB0",
    "tcp:" + "x" * 600 + ":1",
]


@pytest.mark.parametrize(("text", "address"), GOOD)
def test_an_address_reads_and_writes_back(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"no address|no port|longer than"):
        Address.parse(text)
