"""The verdict as JUnit XML, read by somebody else's reader."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from junitparser import Failure, JUnitXml, TestSuite

from pos_guard.model import Words
from pos_guard_simulator.scenario.junit import junit_xml
from pos_guard_simulator.scenario.outcome import Outcome
from pos_guard_simulator.scenario.verdict import Verdict
from tests.scenario.scenes import PRINTER, TERMINAL, play, scene, shell


def suite_of(file: Path) -> TestSuite:
    (suite,) = list(JUnitXml.fromfile(str(file)))
    assert isinstance(suite, TestSuite)
    return suite


def test_a_run_as_junit(tmp_path: Path) -> None:
    text = """
    [[step]]
    device = "printer"
    do = "fault"
    fields = { name = "cover_open" }

    [[expect]]
    name = "a receipt"
    device = "printer"
    receipt = 1

    [[expect]]
    device = "terminal"
    moved = []
    """
    file = tmp_path / "reports" / "junit.xml"
    played = play(
        scene(tmp_path, PRINTER + TERMINAL + shell("true") + text, "card-sale.toml"),
        "--junit",
        str(file),
    )
    assert played.exit_code == 1
    suite = suite_of(file)
    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == (
        "card-sale",
        4,
        1,
        0,
        0,
    )
    address = played.verdict["devices"]["printer"]["tcp"]
    assert f'<property name="printer.tcp" value="{address}" />' in file.read_text("utf-8")
    cases = list(suite)
    assert [(case.classname, case.name, case.is_passed) for case in cases] == [
        ("card-sale.step", 'printer fault {"name": "cover_open"}', True),
        ("card-sale.expect", "a receipt", False),
        ("card-sale.expect", "terminal moved nothing", True),
        ("card-sale.app", "the app ends with 0", True),
    ]
    (failure,) = cases[1].result
    assert isinstance(failure, Failure)
    assert failure.message == "there is no receipt 1, 0 were cut off"
    assert failure.text == "there is no receipt 1, 0 were cut off"


def test_what_no_xml_can_hold_is_replaced() -> None:
    said = 'control \x1b and \x00, a lone \ud800, <tags> & "quotes", 小票 🧾'
    outcome = Outcome("expect", said, 1500, [Words(said, said)], [said, "line"], "printer")
    document = junit_xml(Verdict(said, [outcome], "app", 2000, 0, {"printer": {"tcp": said}}))
    suite = ET.fromstring(document).find("testsuite")
    assert suite is not None
    clean = 'control \ufffd and \ufffd, a lone \ufffd, <tags> & "quotes", 小票 🧾'
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == f"{clean}\n{clean}\nline"
    assert suite.attrib["name"] == clean
    assert suite.attrib["timestamp"] == "1970-01-01T00:00:00"
    assert {one.attrib["time"] for one in suite.iter("testcase")} == {"1.500"}
