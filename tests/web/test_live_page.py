"""The page as a whole: everybody can use it, nothing comes from elsewhere, nothing gets lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import serial
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has none
from playwright.sync_api import Page, expect

from pos_guard_simulator.simulate_device import Fields
from tests.web.conftest import Open
from tests.web.live_stage import SHOP, Live, live

UNPAID = """
[scenario]
ends = "never"
[guard]
operator = "anna"
[device.printer]
kind = "printer"
level = "pty"
"""
NONE = {"zh": "没有小票 2", "en": "there is no receipt 2"}
VERDICT = {
    "level": "DENY",
    "rule": "remaining",
    "reason": "over_refund",
    "operation": "refund",
    "amount": 12500,
    "link": "terminal",
    "say": {"zh": "退款超过原单，请核对。", "en": "More than was paid: check the sale."},
}


def open_all(page: Page) -> None:
    """Unfold everything that a device can have."""
    for summary in page.locator(".faults > summary").all():
        summary.click()


def lively(shop: Live) -> None:
    """Something of everything."""
    shop.stage.ask("terminal", "fault", Fields({"name": "ask"}))
    shop.stage.ask("printer", "fault", Fields({"name": "paper_near_end"}))
    with shop.dial("printer") as till:
        till.sendall(b"CORNER SHOP\nTOTAL 12.50\n\x1dV\x00next\n\x1bp\x00\x32\x32\x1d\xff")
    shop.tell("guard", "verdict", **VERDICT)
    shop.tell("", "step", title="printer fault paper_near_end", done=True)
    shop.tell("", "expectation", met=False, title="printer receipt 2", problems=[NONE])


@pytest.mark.parametrize(
    ("scheme", "width", "locale"),
    [("light", 360, "en-GB"), ("dark", 1440, "zh-CN")],
)
def test_axe_finds_nothing(shop: Live, look: Open, scheme: str, width: int, locale: str) -> None:
    lively(shop)
    seen = look(shop.page, width=width, color_scheme=scheme, locale=locale, bypass_csp=True)
    expect(seen.page.locator(".slip.cut img")).to_be_visible()
    open_all(seen.page)
    seen.page.locator(".frame summary").first.click()
    found: Any = Axe().run(seen.page).response["violations"]
    told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
    assert told == [], told
    seen.shot(f"axe-{scheme}-{width}-{locale}")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_nothing_sticks_out(shop: Live, look: Open, locale: str) -> None:
    lively(shop)
    page = look(shop.page, locale=locale).page
    open_all(page)
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for width in (320, 360, 768, 1100, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert (width, page.evaluate(overflow)) == (width, 0)


def test_chinese_and_english(shop: Live, look: Open) -> None:
    shop.tell("guard", "verdict", **VERDICT)
    seen = look(shop.page, locale="zh-CN")
    page = seen.page
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#d-printer")).to_contain_text("小票打印机")
    expect(page.locator(".verdicts")).to_contain_text("拒绝")
    expect(page.locator(".verdicts")).to_contain_text("退款超过原单，请核对。")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#d-printer")).to_contain_text("Receipt printer")
    expect(page.locator(".verdicts")).to_contain_text("More than was paid: check the sale.")
    page.goto(shop.url)
    expect(page.locator("html")).to_have_attribute("lang", "en")  # it was chosen
    page.wait_for_selector("body[data-ready]")
    with shop.dial("printer") as till:
        till.sendall("谢谢惠顾\n".encode("gb18030"))


def test_everything_by_keyboard(shop: Live, look: Open) -> None:
    page = look(shop.page).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    reached: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => document.activeElement.ariaLabel || document.activeElement.id "
            "|| document.activeElement.innerText"
        )
        reached.append(name)
        if name == "Skip to content":
            break
    else:
        pytest.fail("the focus does not come round")
    for name in ("Paper of printer", "Faults", "code-scanner", "Scan", "file-scanner",
                 "Pull trigger", "OK", "I decide each payment by key", "Pause"):  # fmt: skip
        assert any(name in one for one in reached), (name, reached)
    summary = page.locator("#d-printer .faults > summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("switch", name="paper_out")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#d-printer [data-lamp=paper]")).to_have_attribute("data-state", "bad")
    with serial.Serial(shop.at("scanner", "pty"), timeout=30) as app:
        page.locator("#code-scanner").focus()
        page.keyboard.type("4006381333931")
        page.keyboard.press("Enter")
        assert app.read_until(b"\r") == b"4006381333931\r"


def test_less_motion(shop: Live, look: Open) -> None:
    page = look(shop.page, reduced_motion="reduce").page
    with shop.dial("printer") as till:
        till.sendall(b"one\ntwo\nthree\n")
        expect(page.locator(".slip.live img")).to_be_visible()
    assert page.locator(".strip").evaluate("strip => strip.getAnimations().length") == 0
    # Whatever changes has changed at once, and not with the next frame.
    narrowed = page.locator(".slip.live").evaluate(
        "slip => { slip.style.width = '50px'; return slip.offsetWidth; }"
    )
    assert narrowed == 50


def test_no_script_but_ours_runs(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    assert not seen.page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", () => resolve(false));
            const script = document.createElement("script");
            try { script.text = "window.ran = true"; } catch { return resolve(false); }
            document.body.append(script);
            setTimeout(() => resolve(true), 1000);
        })"""
    )
    assert seen.page.evaluate("() => window.ran") is None
    seen.complaints.clear()  # the browser says that it refused


def test_the_lines_can_be_sifted_held_and_cleared(shop: Live, look: Open) -> None:
    page = look(shop.page).page
    frames = page.locator(".frames li")
    with shop.dial("printer") as till:
        till.sendall(b"first\n" + b"\n" * 600)
        expect(frames).to_have_count(500)
        page.get_by_role("button", name="Pause").click()
        till.sendall(b"second\n")
        page.get_by_role("searchbox", name="Filter").fill("second")
        expect(frames.filter(visible=True)).to_have_count(0)
        page.get_by_role("button", name="Go on").click()
        expect(frames.filter(visible=True)).to_have_count(1)
        page.get_by_label("Which line").select_option("terminal")
        expect(frames.filter(visible=True)).to_have_count(0)
        page.get_by_role("button", name="Clear").click()
        expect(frames).to_have_count(0)


def test_a_frame_unfolds_to_all_that_is_known_of_it(shop: Live, look: Open) -> None:
    page = look(shop.page).page
    with shop.dial("terminal") as till:
        till.sendall(bytes.fromhex("06010704000000001250"))
        row = page.locator(".frame", has_text="authorisation")
        row.locator("summary").click()
        expect(row.locator("pre")).to_contain_text('"kind": "sale"')
        till.sendall(b"\x06\x01\x02\xfe\x00")  # a field that nobody knows
        expect(page.locator(".frame.wrong")).to_have_count(1)


def test_cables_are_pulled_and_put_back(shop: Live, look: Open) -> None:
    page = look(shop.page).page
    card = page.locator("#d-scanner")
    with serial.Serial(shop.at("scanner", "pty"), timeout=30):
        card.get_by_role("button", name="Unplug").click()
        expect(page.locator("#say")).to_contain_text("unplugged")
    card.get_by_role("button", name="Plug in").click()
    expect(page.locator("#say")).to_contain_text("plugged in")
    expect(card.locator(".addresses code")).to_have_text(shop.at("scanner", "pty"))


def test_a_guard_and_a_scenario_are_heard(shop: Live, look: Open) -> None:
    page = look(shop.page).page
    expect(page.get_by_role("heading", name="The guard's verdicts")).to_be_hidden()
    shop.tell("guard", "verdict", **VERDICT)
    verdict = page.locator(".verdicts .verdict")
    expect(verdict).to_contain_text("refused")
    expect(verdict).to_contain_text("More than was paid: check the sale.")
    expect(page.locator("#say")).to_contain_text("refused. More than was paid")
    shop.tell("", "expectation", met=True, title="printer receipt 1", problems=[])
    expect(page.locator(".steps .chip")).to_have_text("met")
    shop.tell("", "expectation", met=False, title="printer receipt 2", problems=[NONE])
    expect(page.locator(".steps")).to_contain_text("there is no receipt 2")


def test_the_words_of_a_guarded_scenario(look: Open, tmp_path: Path) -> None:
    """``pos-guard simulate scenario --web`` with a till that prints PAID and took no money."""
    file = tmp_path / "unpaid.toml"
    file.write_text(UNPAID, encoding="utf-8")
    command = [sys.executable, "-m", "pos_guard", "simulate", "scenario", str(file), "--web"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            ready = json.loads(run.stdout.readline())
            page = look(ready["http"]["page"], locale="zh-CN").page
            with serial.Serial(ready["app_addresses"]["printer"]["pty"], timeout=30) as till:
                till.write(b"TOTAL EUR 12.50\nCARD EUR 12.50\nPAID\n\x1dV\x00")
                verdicts = page.locator(".verdicts")
                expect(verdicts).to_contain_text("receipt-paid")
                expect(verdicts).to_contain_text("不能打印已支付小票")
                expect(verdicts.locator("li")).to_have_count(1)
                expect(verdicts.locator(".chip")).to_have_text("拒绝")
        finally:
            run.terminate()
            run.communicate(timeout=20)


def test_the_page_comes_back_when_the_simulator_does(look: Open) -> None:
    token = "t" * 43
    with live(*SHOP, token=token) as first:
        port = int(first.url.rpartition(":")[2])
        seen = look(first.page)
        with first.dial("printer") as till:
            till.sendall(b"of the first run\n" * 3)
            expect(seen.page.locator(".slip.live")).to_contain_text("first run")
    state = seen.page.locator("#link-state")
    expect(state).not_to_have_attribute("data-state", "online")
    with live(*SHOP, port=port, token=token) as second:
        with second.dial("printer") as till:
            till.sendall(b"of the second run\n")
            expect(seen.page.locator(".slip.live")).to_contain_text("second run", timeout=15_000)
        expect(seen.page.locator("body")).to_have_attribute("data-ready", "true")
        expect(state).to_have_attribute("data-state", "online")
        expect(seen.page.locator(".roll")).not_to_contain_text("first run")
    # While nobody was there the browser said so.
    assert all("ERR_" in text or "Failed" in text for text in seen.complaints), seen.complaints
    seen.complaints.clear()
