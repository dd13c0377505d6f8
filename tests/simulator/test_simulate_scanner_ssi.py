"""``pos-guard simulate scanner`` with SSI packets, and what goes wrong with them, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard_simulator.scanner_faults import SSI_FAULTS
from tests.simulator.simulate_process import received, scanner_and_till, simulating, usage_error


def test_ssi_over_a_socket(tmp_path: Path) -> None:
    with scanner_and_till(tmp_path, "--model", "zebra-ssi") as (_, till, test):
        till.sendall(bytes.fromhex("07 C6 04 00 FF EE 01 FD 41"))  # packets, from scanners.md a.2
        assert received(till, 6) == bytes.fromhex("04 D0 00 00 FF 2C")
        test.ask("scan", payload="7", symbology="code128")
        assert received(till, 8) == bytes.fromhex("06 F3 00 00 03 37 FE CD")
        till.sendall(bytes.fromhex("04 D0 04 00 FF 28 04 EA 04 00 FF 0E"))
        assert received(till, 6) == bytes.fromhex("04 D0 00 00 FF 2C")
        assert test.ask("scan", payload="7") == {"read": False, "why": "disabled"}
        state = test.ask("state")
        assert (state["enabled"], state["scans"], state["missed"]) == (False, 1, 1)


@pytest.mark.parametrize("fault", sorted(str(fault) for fault in SSI_FAULTS))
def test_faults_of_packets_have_the_names_that_are_printed(fault: str) -> None:
    assert f"'{fault}'" in usage_error("--fault", "fire")
    arguments = ("--model", "zebra-ssi", "--fault", fault)
    with simulating("scanner", "--tcp", "127.0.0.1:0", *arguments) as scanner:
        assert scanner.ready["model"] == "zebra-ssi"
    assert f"no fault '{fault}'" in usage_error("--fault", fault)  # a scanner without packets


def test_an_acknowledgement_that_is_lost_makes_it_send_the_packet_again(tmp_path: Path) -> None:
    packet = bytes.fromhex("06 F3 00 00 03 37 FE CD")
    with scanner_and_till(tmp_path, "--model", "zebra-ssi", "--fault", "lost-ack") as (
        _,
        till,
        test,
    ):
        till.sendall(bytes.fromhex("07 C6 04 00 FF EE 01 FD 41"))  # packets, from scanners.md a.2
        assert received(till, 6) == bytes.fromhex("04 D0 00 00 FF 2C")
        test.ask("scan", payload="7", symbology="code128")
        assert received(till, 8) == packet
        till.sendall(bytes.fromhex("04 D0 04 00 FF 28"))
        assert received(till, 8)[1] == packet[1]
