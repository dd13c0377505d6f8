"""A real Chromium; where it must be there, its absence is a failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.live_stage import Live, live

REQUIRED = os.environ.get("POS_GUARD_REQUIRE_BROWSER") == "1"
PICTURES = os.environ.get("POS_GUARD_SCREENSHOTS")
"""A folder for pictures of the pages, for people to look at."""

PATIENCE = 30_000
"""Milliseconds for what must come to pass; a busy machine is no failure."""

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if REQUIRED:
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("needs Chromium (Debian: chromium)")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield opened
        opened.close()


@dataclass
class Seen:
    """A page, and whatever a browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list[str])
    strangers: list[str] = field(default_factory=list[str])

    def shot(self, name: str) -> None:
        """Keep a picture, if somebody wants them."""
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png")


Open = Callable[..., Seen]


@pytest.fixture
def look(browser: Browser) -> Iterator[Open]:
    """Open a page. At the end there must have been no complaint, and no request elsewhere."""
    opened: list[Seen] = []

    def open_page(url: str, *, width: int = 1280, height: int = 900, **options: Any) -> Seen:
        options = {"locale": "en-GB", "reduced_motion": "reduce", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        seen = Seen(context.new_page())
        origin = "/".join(url.split("/")[:3])
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on(
            "console",
            lambda said: seen.complaints.append(said.text) if said.type == "error" else None,
        )
        seen.page.on(
            "request",
            lambda sent: (
                seen.strangers.append(sent.url)
                if not sent.url.startswith((f"{origin}/", "blob:", "data:"))
                else None
            ),
        )
        opened.append(seen)
        seen.page.goto(url)
        seen.page.wait_for_selector("body[data-ready]")
        return seen

    yield open_page
    for seen in opened:
        seen.page.context.close()
        assert (seen.complaints, seen.strangers) == ([], [])


@pytest.fixture
def shop() -> Iterator[Live]:
    """A printer, a scanner and a payment terminal."""
    with live() as staged:
        yield staged
