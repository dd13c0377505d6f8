"""A verdict as JUnit XML, as CI systems read it: one test case for each thing expected or done.

The elements are those of the Ant task's schema that GitLab, Jenkins and others document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from pos_guard_simulator.scenario.outcome import Outcome
from pos_guard_simulator.scenario.verdict import Verdict, explained

# Everything that XML 1.0 (production 2, Char) has no place for: what a printer may well be sent.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(verdict: Verdict) -> bytes:
    """The whole document."""
    counts = _counts(verdict.outcomes)
    seconds = f"{verdict.took_ms / 1000:.3f}"
    root = ET.Element("testsuites", {"name": "pos-guard", **counts, "time": seconds})
    began = datetime.fromtimestamp(verdict.began_us // 1_000_000, UTC)
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "name": _clean(verdict.scenario),
            **counts,
            "skipped": "0",
            "time": seconds,
            "timestamp": began.strftime("%Y-%m-%dT%H:%M:%S"),
            "hostname": "localhost",
        },
    )
    properties = ET.SubElement(suite, "properties")
    for device, places in verdict.addresses.items():
        for kind, address in places.items():
            name = f"{device}.{kind}"
            ET.SubElement(properties, "property", {"name": name, "value": _clean(address)})
    for outcome in verdict.outcomes:
        _case(suite, verdict.scenario, outcome)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def write_junit(verdict: Verdict, file: Path) -> None:
    """Write it in one step: a collector never reads half of it.

    :raises OSError: it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(junit_xml(verdict))
    fresh.replace(file)


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    failures = sum(not one.met for one in outcomes)
    return {"tests": str(len(outcomes)), "failures": str(failures), "errors": "0"}


def _case(suite: ET.Element, scenario: str, outcome: Outcome) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _clean(f"{scenario}.{outcome.subject}"),
            "name": _clean(outcome.title),
            "time": f"{outcome.at_ms / 1000:.3f}",
        },
    )
    if not outcome.met:
        message = "; ".join(one.en.split("\n")[0] for one in outcome.problems)
        failure = ET.SubElement(case, "failure", {"message": _clean(message), "type": "unmet"})
        failure.text = _clean("\n".join(explained(outcome)))


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
