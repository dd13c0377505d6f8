"""For every test: the same examples in every CI run, and nobody leaves a secret behind.

In CI hypothesis tries the same examples in every run: a landing is not a matter of luck. Everywhere
else it looks for new ones, so that bugs are found before a landing, not by it.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from tests.secrets import plugin

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


WAITING = frozenset({"drivers", "integration"})
"""Folders whose tests wait for devices, processes and deadlines."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits starts first: else the last worker waits alone at the end."""
    items.sort(key=lambda item: item.path.parent.name not in WAITING)


def pytest_collection_finish() -> None:
    """What is there now stays: no collection of garbage has to look at 20,000 tests again."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Look for secrets in whatever the tests make the product write and say."""
    plugin.register(config)
