"""A scanner on the page: typed codes and pictures reach the app at its serial port."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
import serial
from playwright.sync_api import expect

from tests.web.conftest import Open
from tests.web.live_stage import Live

EAN = "6901234567892"
PAYS = "134650000000000018"
"""A WeChat Pay payment code in form only."""


@pytest.fixture
def app(shop: Live) -> Iterator[serial.Serial]:
    """The app's end of the scanner's line."""
    with serial.Serial(shop.at("scanner", "pty"), timeout=30) as port:
        yield port


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A QR code with a payment code, as a phone shows one."""
    path = tmp_path / "phone.png"
    segno.make(PAYS, micro=False).save(str(path), scale=6)
    return path


def test_a_typed_code_reaches_the_app(shop: Live, look: Open, app: serial.Serial) -> None:
    seen = look(shop.page)
    card = seen.page.locator("#d-scanner")
    card.get_by_label("Code", exact=True).fill(EAN)
    card.get_by_label("Kind of code").select_option("ean13")
    card.get_by_role("button", name="Scan").click()
    assert app.read_until(b"\r") == EAN.encode() + b"\r"
    expect(card.locator(".scans li")).to_contain_text("read")
    expect(card.locator(".frames")).to_have_count(0)
    expect(seen.page.locator("#say")).to_have_text("scanner: read")
    seen.shot("scanner")


def test_a_code_that_pays_does_not_stay_on_the_page(
    shop: Live, look: Open, app: serial.Serial
) -> None:
    seen = look(shop.page)
    card = seen.page.locator("#d-scanner")
    card.get_by_label("Code", exact=True).fill(PAYS)
    seen.page.keyboard.press("Enter")
    assert app.read_until(b"\r") == PAYS.encode() + b"\r"
    expect(card.locator(".scans li")).to_contain_text("•")
    card.get_by_label("Code", exact=True).fill("")
    assert PAYS not in (seen.page.locator("body").text_content() or "")


def test_a_chosen_picture_is_scanned(
    shop: Live, look: Open, app: serial.Serial, picture: Path
) -> None:
    seen = look(shop.page)
    seen.page.locator("#file-scanner").set_input_files(picture)
    assert app.read_until(b"\r") == PAYS.encode() + b"\r"
    scan = seen.page.locator("#d-scanner .scans li")
    expect(scan).to_contain_text("phone.png")
    expect(scan).to_contain_text("]Q")


def test_a_dropped_picture_is_scanned(
    shop: Live, look: Open, app: serial.Serial, picture: Path
) -> None:
    seen = look(shop.page)
    dropped = seen.page.evaluate_handle(
        """data => {
            const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
            return transfer;
        }""",
        base64.b64encode(picture.read_bytes()).decode(),
    )
    zone = seen.page.locator("#d-scanner .drop")
    for event in ("dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": dropped})
    assert app.read_until(b"\r") == PAYS.encode() + b"\r"
    expect(seen.page.locator("#d-scanner .scans li")).to_contain_text("dropped.png")


def test_what_cannot_be_read_is_said(shop: Live, look: Open, tmp_path: Path) -> None:
    seen = look(shop.page)
    card = seen.page.locator("#d-scanner")
    nothing = tmp_path / "no.png"
    nothing.write_bytes(b"this is no picture")
    card.locator("#file-scanner").set_input_files(nothing)
    expect(card.get_by_role("alert")).to_be_visible()
    card.get_by_text("Faults", exact=True).click()
    card.get_by_role("switch", name="no-read").click()
    expect(card.get_by_role("switch", name="no-read")).to_have_attribute("aria-checked", "true")
    card.get_by_label("Code", exact=True).fill(EAN)
    card.get_by_role("button", name="Scan").click()
    expect(card.locator(".scans li")).to_contain_text("not read")
    expect(card.get_by_role("alert")).to_be_hidden()
    # A browser says on its console that the picture was refused: that was the point.
    assert [text for text in seen.complaints if "422" not in text] == []
    seen.complaints.clear()
