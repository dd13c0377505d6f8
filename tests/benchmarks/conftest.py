"""Prints the ratios at the end: they are what these runs are for."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    session = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    terminalreporter.section("ratios (subject / peer, medians of the same run)")
    for bench in session.benchmarks:
        info = bench.extra_info
        if "ratio" in info:
            rate = f"   {info['rate']}/s" if "rate" in info else ""
            terminalreporter.write_line(
                f"{bench.name.removeprefix('test_'):62} {info['subject_us']:>9} us"
                f" / {info['peer_us']:>9} us = {info['ratio']:>6}{rate}"
            )
        if "bar_us" in info:
            subject, peer = info["p99_us"]
            terminalreporter.write_line(
                f"{'':4}over the peer: {info['over_us']} us, of the processor's time"
                f" {info['over_processor_us']} us; bar {info['bar_us']} us."
                f" p99: {subject} / {peer} us = {info['p99_ratio']}"
            )
