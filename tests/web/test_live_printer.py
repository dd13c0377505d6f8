"""A printer on the page: paper, lamps, drawer, display, and faults by hand."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from pos_guard_simulator import paper_image
from pos_guard_simulator.web import load
from tests.web.conftest import Open
from tests.web.live_stage import Live, live

CUT = b"\x1dV\x00"
DRAWER = b"\x1bp\x00\x32\x32"
DISPLAY = b"\x1b=\x02\x0cTOTAL         12.50\x1b=\x01"
BUZZER = b"\x1bB\x03\x02"


def printer(page: Page) -> Locator:
    return page.locator("#d-printer")


def lamp(page: Page, name: str) -> Locator:
    return page.locator(f"#d-printer [data-lamp={name}]")


def test_paper_comes_out_as_a_till_prints(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    card = printer(seen.page)
    expect(card.locator(".no-paper")).to_be_visible()
    with shop.dial("printer") as till:
        till.sendall(b"CORNER SHOP\nTOTAL 12.50\n")
        expect(card.locator(".slip.live")).to_contain_text("TOTAL 12.50")
        expect(card.locator(".slip.live img")).to_have_js_property("complete", value=True)
        expect(card.locator(".device-head .chip")).to_have_text("connected")
        till.sendall(b"Thank you\n" + CUT)
        expect(card.locator(".slip.cut")).to_have_count(1)
        expect(card.locator(".slip.live")).to_be_hidden()
    picture = card.get_by_role("img", name="Receipt 1")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 576 + 64 + 40, "of an 80 mm roll"
    card.get_by_text("As text").click()
    expect(card.locator(".slip.cut pre")).to_have_text(re.compile(r"TOTAL 12\.50\s+Thank you"))
    expect(seen.page.locator("#say")).to_contain_text("Receipt 1: CORNER SHOP")
    seen.shot("printer")


def test_what_was_printed_before_the_page_came_is_there(shop: Live, look: Open) -> None:
    with shop.dial("printer") as till:
        till.sendall(b"".join(b"receipt %d\n" % one + CUT for one in range(1, 41)) + b"rest\n")
        seen = look(shop.page)
        expect(printer(seen.page).locator(".slip.live")).to_contain_text("rest")
    slips = printer(seen.page).locator(".slip.cut")
    expect(slips).to_have_count(30)
    expect(slips.first).to_contain_text("Receipt 11")
    expect(slips.last).to_contain_text("Receipt 40")
    expect(slips.locator("img")).to_have_count(30)
    assert seen.page.locator("#say").text_content() == "", "it is no news"
    roll = printer(seen.page).locator(".roll")
    end = "roll => roll.scrollHeight - roll.scrollTop - roll.clientHeight < 2"
    assert roll.evaluate(end), "the newest paper is seen"


def test_whoever_looks_at_older_paper_is_left_alone(shop: Live, look: Open) -> None:
    with shop.dial("printer") as till:
        till.sendall(b"".join(b"receipt %d\n" % number + CUT for number in range(1, 9)))
        seen = look(shop.page)
        roll = printer(seen.page).locator(".roll")
        expect(printer(seen.page).locator(".slip.cut")).to_have_count(8)
        roll.hover()
        seen.page.mouse.wheel(0, -2000)
        expect(roll).to_have_js_property("scrollTop", 0)
        till.sendall(b"receipt 9\n" + CUT)
        expect(printer(seen.page).locator(".slip.cut")).to_have_count(9)
    assert roll.evaluate("roll => roll.scrollTop") == 0


def test_paper_out_by_the_switch_holds_what_is_sent(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    card = printer(seen.page)
    card.get_by_text("Faults", exact=True).click()
    switch = card.get_by_role("switch", name="paper_out")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(lamp(seen.page, "paper")).to_have_text(re.compile("out of paper"))
    with shop.dial("printer") as till:
        till.sendall(b"held\n" + CUT)
        expect(seen.page.locator(".frames")).to_contain_text("held")
        expect(card.locator(".slip.cut")).to_have_count(0)
        seen.shot("paper-out")
        switch.click()
        expect(card.locator(".slip.cut")).to_have_count(1)
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(lamp(seen.page, "paper")).to_have_text(re.compile("paper is in"))
    expect(card.locator(".faults summary .chip").first).to_be_hidden()


def test_a_fault_that_somebody_else_made_is_shown_too(shop: Live, look: Open) -> None:
    from pos_guard_simulator.simulate_device import Fields

    seen = look(shop.page)
    shop.stage.ask("printer", "fault", Fields({"name": "cutter"}))
    expect(lamp(seen.page, "error")).to_have_attribute("data-state", "bad")
    card = printer(seen.page)
    expect(card.locator(".faults > summary .chip")).to_have_text("1")
    shop.stage.ask("printer", "fault", Fields({"name": "power_off"}))
    expect(lamp(seen.page, "power")).to_have_attribute("data-state", "off")
    expect(lamp(seen.page, "error")).to_have_attribute("data-state", "off")


def test_what_was_wrong_from_the_start(look: Open) -> None:
    words = "printer: printer --fault paper_out --fault drawer_open --tcp 127.0.0.1:0"
    with live(words) as shop:
        seen = look(shop.page)
        expect(lamp(seen.page, "paper")).to_have_attribute("data-state", "bad")
        expect(printer(seen.page).locator(".drawer")).to_have_text("Drawer open")
        expect(printer(seen.page).locator(".faults > summary .chip")).to_have_text("2")


def test_a_fault_with_its_parameters(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    card = printer(seen.page)
    card.get_by_text("Faults", exact=True).click()
    row = card.locator(".fault", has=seen.page.get_by_role("switch", name="cover_open", exact=True))
    row.get_by_role("button", name="with…").click()
    row.get_by_label("after_lines").fill("2")
    row.get_by_role("switch").click()
    shop_heard(shop, "fault")
    with shop.dial("printer") as till:
        till.sendall(b"one\n")
        expect(card.locator(".slip.live")).to_contain_text("one")
        expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "false")
        till.sendall(b"two\nthree\n")
        expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "true")
        expect(card.locator(".slip.live")).not_to_contain_text("three")


def test_a_fault_of_the_line(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    card = printer(seen.page)
    card.get_by_text("Faults", exact=True).click()
    row = card.locator(".fault", has=seen.page.get_by_role("button", name="drop", exact=True))
    row.get_by_role("button", name="with…").click()
    row.get_by_label("amount").fill("3")
    row.get_by_role("button", name="drop", exact=True).click()
    # Whoever sends at once may be faster than the click.
    expect(seen.page.locator("body")).to_have_attribute("data-ready", "true")
    shop_heard(shop, "fault")
    with shop.dial("printer") as till:
        till.sendall(b"abcDEF\n")
        expect(card.locator(".slip.live")).to_have_text("DEF")


def test_drawer_display_and_buzzer(look: Open) -> None:
    with live("printer: printer --profile xprinter-80 --tcp 127.0.0.1:0") as shop:
        seen = look(shop.page)
        card = printer(seen.page)
        expect(card.locator(".vfd")).to_be_hidden()
        expect(card.locator(".drawer")).to_have_text("Drawer shut")
        with shop.dial("printer") as till:
            till.sendall(DRAWER + BUZZER + DISPLAY)
            expect(card.locator(".drawer")).to_have_attribute("data-open", "true")
            expect(card.locator(".drawer")).to_have_text("Drawer open · 1× so far")
            expect(card.locator(".vfd")).to_contain_text("TOTAL         12.50")
            expect(card.locator(".beeps")).to_contain_text("3 beeps")
        expect(card.locator(".drawer")).to_have_text("Drawer shut · 1× so far")


def test_narrow_paper_is_narrow(look: Open) -> None:
    widths = [80, 58]
    models = [f"p{mm}: printer --profile epson-{mm} --tcp 127.0.0.1:0" for mm in widths]
    with live(*models) as staged:
        seen = look(staged.page)
        found: list[int] = []
        for mm in widths:
            with staged.dial(f"p{mm}") as till:
                till.sendall(b"a\n")
                expect(seen.page.locator(f"#d-p{mm} .slip.live img")).to_be_visible()
            slip = seen.page.locator(f"#d-p{mm} .slip.live")
            found.append(slip.evaluate("slip => slip.offsetWidth"))
        assert 0.6 < found[1] / found[0] < 0.8


def test_what_is_printed_is_never_markup(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    with shop.dial("printer") as till:
        till.sendall(b"<img src=x onerror=alert(1)>\n<script>alert(2)</script>\n" + CUT)
        expect(printer(seen.page).locator(".slip.cut")).to_contain_text("<script>alert(2)</script>")
    assert seen.page.locator("img[src=x]").count() == 0


def test_the_page_knows_how_wide_the_table_in_a_picture_is() -> None:
    script = Path(load.__file__).parent / "static" / "paper.js"
    assert f"const DESK = {paper_image.DESK};" in script.read_text(encoding="utf-8")


def shop_heard(shop: Live, kind: str) -> None:
    """Wait until the stage has done something."""
    import threading

    journal = shop.stage.journal
    assert journal is not None
    heard = threading.Event()
    end = journal.watch(lambda event: heard.set() if event.kind == kind else None, since=0)
    assert heard.wait(30)
    end()
