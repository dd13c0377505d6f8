"""The shell of all pages: languages, headers, words, static files."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from pos_guard.model import Words
from pos_guard.web import shell
from pos_guard.web.headers import PAGE_HEADERS, POLICY
from pos_guard.web.language import chosen
from pos_guard_simulator.web import load
from pos_guard_simulator.web.shown import currencies
from pos_guard_simulator.web.words import LIVE_WORDS
from tests.web.live_stage import Live

LIVE = Path(load.__file__).parent
SHELL = Path(shell.__file__).parent


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("zh", "en", "en", "zh"),
        ("xx", "zh", "en", "zh"),
        ("", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "de-DE,de;q=0.9,en;q=0.8,zh;q=0.7", "en"),
        ("", "", "en;q=0.1, zh;q=0.5", "zh"),
        ("", "", "zh;q=0, en;q=0.1", "en"),
        ("", "", "zh;q=much", "en"),
        ("", "", "fr, *;q=0.1", "en"),
        ("", "", "", "en"),
        ("<script>", "../..", "x" * 100_000, "en"),
    ],
)
def test_the_language_of_a_page(asked: str, kept: str, accepted: str, language: str) -> None:
    assert chosen(asked, kept, accepted) == language


def test_nothing_inline_and_nothing_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert not re.search(r"unsafe|\*|https?:", POLICY)


def test_headers_of_a_page_and_its_files(shop: Live) -> None:
    with httpx.Client(base_url=shop.url, headers={"Authorization": f"Bearer {shop.token}"}) as web:
        page = web.get("/")
        assert page.status_code == 200
        for name, value in PAGE_HEADERS.items():
            assert page.headers[name] == value
        script = web.get("/live/main.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert script.headers["cache-control"] == "no-cache"
        assert script.headers["x-content-type-options"] == "nosniff"
        again = web.get("/live/main.js", headers={"If-None-Match": script.headers["etag"]})
        assert again.status_code == 304
        for outside in ("/live/../pages.py", "/live/%2e%2e/pages.py", "/shell/../shell.py"):
            assert web.get(outside).status_code == 404
        chinese = web.get("/?lang=zh")
        assert 'lang="zh-CN"' in chinese.text
        cookie = chinese.headers["set-cookie"].lower()
        assert {"httponly", "samesite=strict"} <= set(cookie.split("; "))


def test_nobody_sees_the_page_without_the_token(shop: Live) -> None:
    for path in ("/", "/live/main.js", "/shell/shell.css"):
        assert httpx.get(shop.url + path).status_code == 401


SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in LIVE.glob("static/*.js")}
TEMPLATES = [*LIVE.glob("templates/*.html"), *SHELL.glob("templates/*.html")]
EVERY_WORD = {**shell.SHELL_WORDS, **LIVE_WORDS}
MADE_UP = re.compile(r"t\(`([a-z-]+-)\$\{")
"""Words whose name is put together: their beginning."""


def asked_for() -> tuple[set[str], set[str]]:
    """Names that are written out, and the beginnings of those that are put together."""
    texts = [*SCRIPTS.values(), (SHELL / "static/shell.js").read_text(encoding="utf-8")]
    names: set[str] = set()
    begins = {"level-", "kind-", "lang-"}
    for text in texts:
        for call in re.findall(r"\bt\(([^()]*(?:\([^()]*\))?[^()]*)\)", text):
            names |= set(re.findall(r'"([a-z][a-z-]*)"', call))
        begins |= set(MADE_UP.findall(text))
    for path in TEMPLATES:
        names |= set(re.findall(r"""\bt\(["']([a-z-]+)["']\)""", path.read_text(encoding="utf-8")))
    return names, begins


def test_the_page_says_only_what_is_there_in_both_languages() -> None:
    names, begins = asked_for()
    states = {"online", "offline", "ended"}
    compared = {"connected", "closed", "plug", "in"}  # values that a text depends on
    assert names - set(EVERY_WORD) - compared == set()
    unused = {
        name
        for name in EVERY_WORD
        if name not in names | states and not name.startswith(tuple(begins))
    }
    assert unused == set()
    for name, words in EVERY_WORD.items():
        assert words.zh, name
        assert words.en, name


@pytest.mark.parametrize("name", sorted(EVERY_WORD))
def test_both_languages_name_the_same_values(name: str) -> None:
    words: Words = EVERY_WORD[name]
    zh, en = (set(re.findall(r"\{(\w+)\}", text)) for text in (words.zh, words.en))
    assert zh == en


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_no_script_writes_markup(name: str) -> None:
    text = SCRIPTS[name]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert text.startswith("// "), "it says what it is"


def test_currencies_by_number() -> None:
    known = currencies()
    assert known["978"] == {"code": "EUR", "digits": 2}
    assert known["156"] == {"code": "CNY", "digits": 2}
    assert known["152"] == {"code": "CLP", "digits": 0}
    assert "955" not in known, "a bond unit (XBA) has no minor units"
