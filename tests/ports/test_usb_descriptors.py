"""Descriptors as USB 2.0 lays them out, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.ports.usb_descriptors import Configuration, Endpoint, Interface, UsbIdentity

# Put together by hand from USB 2.0 tables 9-8, 9-10, 9-12 and 9-13.
DEVICE = bytes.fromhex("12 01 0002 00 00 00 40 b804 150e 0001 01 02 03 01")
PRINTER = bytes.fromhex(
    "09 02 2000 01 01 00 c0 01  09 04 00 00 02 07 01 02 0007 05 01 02 4000 00  07 05 82 02 4000 00"
)
# Two interfaces with class descriptors, laid out as the keyboard and mouse of the HID standard
# (Device Class Definition for HID 1.11, appendix E).
KEYBOARD_AND_MOUSE = bytes.fromhex(
    "09 02 3b00 02 01 00 a0 32"
    "09 04 00 00 01 03 01 01 00  09 21 1101 00 01 22 3f00  07 05 81 03 0800 0a"
    "09 04 01 00 01 03 01 02 00  09 21 1101 00 01 22 3200  07 05 82 03 0800 0a"
)


def test_a_device_descriptor_is_the_tables() -> None:
    assert UsbIdentity(0x04B8, 0x0E15, "a", "b", "c").to_bytes() == DEVICE


def test_a_printers_configuration_is_the_tables() -> None:
    ends = (Endpoint(0x01, 64), Endpoint(0x82, 64))
    assert Configuration((Interface(0, (7, 1, 2), ends),)).to_bytes() == PRINTER


def test_a_device_of_two_interfaces_is_read_and_written_back() -> None:
    found = Configuration.read(KEYBOARD_AND_MOUSE)
    keyboard, mouse = found.interfaces
    assert (found.value, found.attributes, found.power) == (1, 0xA0, 50)
    assert (keyboard.triple, mouse.triple) == ((3, 1, 1), (3, 1, 2))
    assert keyboard.endpoints == (Endpoint(0x81, 8, 3, 10),)
    assert keyboard.extra == bytes.fromhex("092111010001223f00")
    assert (found.owner(0x82), found.owner(0x01)) == (1, None)
    assert found.alternates(1) == (mouse,)
    assert found.alternates(2) == ()
    assert found.to_bytes() == KEYBOARD_AND_MOUSE


@pytest.mark.parametrize("data", [b"", b"\x09", DEVICE, PRINTER[:-1], b"\x00\x02", b"\x04\x02ab"])
def test_what_is_no_configuration_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"descriptor"):
        Configuration.read(data)


def test_strings_are_utf_16_and_the_language_is_english() -> None:
    identity = UsbIdentity(1, 2, "Ä", "打印机", "")
    assert identity.string(0) == b"\x04\x03\x09\x04"
    assert identity.string(1) == b"\x04\x03\xc4\x00"
    assert identity.string(2) == b"\x08\x03" + "打印机".encode("utf-16-le")
    assert identity.string(3) is None
    assert identity.string(4) is None
    assert identity.to_bytes()[14:17] == b"\x01\x02\x00"
    assert UsbIdentity(1, 2, "a", "b", "", more=("d",)).string(4) == b"\x04\x03d\x00"


BYTE = st.integers(0, 255)
ENDPOINTS = st.builds(Endpoint, BYTE, st.integers(0, 0xFFFF), BYTE, BYTE)
EXTRA = st.sampled_from([b"", b"\x02\x24", b"\x05\x24\x00\x10\x01"])
INTERFACES = st.builds(
    Interface,
    BYTE,
    st.tuples(BYTE, BYTE, BYTE),
    st.lists(ENDPOINTS, max_size=4).map(tuple),
    alternate=BYTE,
    text=BYTE,
    extra=EXTRA,
)


@given(
    st.builds(
        Configuration,
        st.lists(INTERFACES, min_size=1, max_size=4).map(tuple),
        BYTE,
        BYTE,
        extra=EXTRA,
        text=BYTE,
    )
)
def test_what_is_written_is_read_again(configuration: Configuration) -> None:
    assert Configuration.read(configuration.to_bytes()) == configuration


@given(st.binary(max_size=64))
def test_garbage_is_a_value_error_or_a_configuration(data: bytes) -> None:
    try:
        Configuration.read(data)
    except ValueError:
        return
    assert data[1] == 2
