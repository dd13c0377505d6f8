"""Which language a printer speaks and who it says it is, asked without printing anything."""

from __future__ import annotations

import threading

import pytest

from pos_guard.errors import PortClosedError
from pos_guard.ports.memory import memory_pair
from pos_guard_drivers.connect import connector
from pos_guard_drivers.escpos_identify import Identity, identify
from pos_guard_simulator.printer import Fault
from tests.drivers.printer_bench import TRANSPORTS, Transport, printing


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_epson_printer_names_itself(transport: Transport) -> None:
    with printing("epson-80", transport) as setup:
        port = connector(setup.address)(2.0)
        found = identify(port, 5.0)
        port.close()
        assert (found.language, found.maker) == ("escpos", "EPSON")
        assert found.firmware
        assert found.known is not None
        assert found.known.name.startswith("epson")
        assert setup.paper == ""


def test_a_printer_that_is_off_is_nobody() -> None:
    with printing() as setup:
        setup.fail(Fault.POWER_OFF)
        port = connector(setup.address)(2.0)
        found = identify(port, 0.3)
        port.close()
        assert found == Identity()
        assert found.known is None


# Answers as in the sources: Star's status of 7 bytes with nothing wrong (receiptio's tests of
# TSP printers begin 23 06), Epson's GS I blocks (reference, gs_ci), DLE EOT 1 online.
@pytest.mark.parametrize(
    ("said", "language", "known"),
    [
        (b"\x0f\x00\x00\x00\x00\x00\x00", "star", "star-line"),
        (b"\x23\x06\x00\x00\x00\x00\x00\x00\x00", "star", "star-line"),
        (b"\x16", "escpos", None),
        (b"\x11\x16", "escpos", None),
        (b"\x13\x11\x12", "escpos", None),
        (b"@@@@", None, None),
    ],
)
def test_the_fixed_bits_of_an_answer_tell_the_language(
    said: bytes, language: str | None, known: str | None
) -> None:
    host, device = memory_pair()
    device.write(said, 1.0)
    found = identify(host, 0.3)
    assert found.language == language
    assert (found.known.name if found.known else None) == known
    assert device.read(64, 1.0).startswith(b"\x10\x04\x01\x1b\x06\x01")


def test_names_come_without_what_would_disturb_a_log() -> None:
    host, device = memory_pair()
    answers = {65: b"", 66: b"\x5f_GP\xff\x00", 67: b"\x5f" + b"x" * 200 + b"\x00"}

    def answer() -> None:
        device.read(6, 5.0)
        device.write(b"\x12", 1.0)
        for _ in range(4):
            question = device.read(3, 5.0)
            device.write(answers.get(question[2], b""), 1.0)

    thread = threading.Thread(target=answer)
    thread.start()
    found = identify(host, 8.0)
    thread.join(10)
    assert found.maker == "_GP"
    assert found.model == "x" * 80
    assert found.firmware == ""


def test_a_printer_that_is_unplugged_meanwhile_is_an_error() -> None:
    host, device = memory_pair()
    device.close()
    with pytest.raises(PortClosedError):
        identify(host, 1.0)
