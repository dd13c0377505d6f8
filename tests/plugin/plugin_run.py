"""Runs tests of an app in a pytest of their own, with the plugin and nothing of this project's."""

from __future__ import annotations

import pytest

# An inner run forgets the modules that it imported; what is imported here stays for all of them.
from pos_guard_simulator.pytest_plugin import pos, real_body, report, shop, snapshot, urls
from pos_guard_simulator.pytest_plugin.urls import protocol_sim

LOADED = (pos, real_body, report, shop, snapshot, urls, protocol_sim)

PLUGIN = "pos_guard_simulator.pytest_plugin.plugin"

# The entry point is blocked: it would register the same plugin again, where it is installed.
OPTIONS = (
    *("-p", "no:pos-guard", "-p", PLUGIN, "-p", "no:cacheprovider", "--strict-markers"),
    *("-W", "error"),
    # pyserial's own, in rfc2217.
    *("-W", "ignore:setDaemon:DeprecationWarning", "-W", "ignore:setName:DeprecationWarning"),
)

BILL = b"\x1b@Corner shop\nOrder: 17\nTOTAL EUR 12.50\nCARD 12.50\nPAID\n\x1dVB\x00"
"""ESC @, text, GS V 66: as in Epson's ESC/POS command reference."""

HEAD = f"""
import http.client, socket
import pytest, serial
BILL = {BILL!r}
"""


def run(pytester: pytest.Pytester, tests: str, *options: str) -> pytest.RunResult:
    """Run these tests of an app."""
    pytester.makepyfile(test_app=HEAD + tests)
    return pytester.runpytest_inprocess(*OPTIONS, *options)


def passes(pytester: pytest.Pytester, tests: str, count: int, *options: str) -> None:
    """All of them pass."""
    run(pytester, tests, *options).assert_outcomes(passed=count)
