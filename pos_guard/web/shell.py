"""The shell around a page: its layout, its language, its static files. Needs ``dashboard``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pos_guard.model import Words
from pos_guard.web.headers import PAGE_HEADERS
from pos_guard.web.language import LANGUAGES, TAGS, Language, chosen

HERE = Path(__file__).parent

COOKIE = "lang"

KEEP_S = 365 * 24 * 3600
"""Seconds that a browser keeps the language."""

SHELL_WORDS: Mapping[str, Words] = {
    "skip": Words("跳到内容", "Skip to content"),
    "language": Words("语言", "Language"),
    "lang-zh": Words("中文", "中文"),
    "lang-en": Words("English", "English"),
    "no-script": Words("本页面需要 JavaScript。", "This page needs JavaScript."),
    "online": Words("实时", "Live"),
    "offline": Words("连接已断开，正在重连……", "Connection lost, trying again…"),
    "ended": Words("已结束", "Ended"),
}
"""What every page says."""


@dataclass(frozen=True, slots=True)
class Site:
    """Pages of one kind: their words, their templates, and the static files at ``/NAME/``."""

    name: str
    words: Mapping[str, Words]
    templates: Path
    static: Path


class Shell:
    """Makes the pages of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._words = {**SHELL_WORDS, **site.words}
        self._templates = Environment(
            loader=FileSystemLoader([site.templates, HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, request: Request, template: str, **values: object) -> Response:
        """A page in the language of whoever asks; ``?lang=`` chooses another one and keeps it."""
        language = self.language(request)
        words = self.words(language)
        text = self._templates.get_template(template).render(
            words=words,
            t=words.__getitem__,
            lang=language,
            tag=TAGS[language],
            languages=[(name, TAGS[name], self._words[f"lang-{name}"].en) for name in LANGUAGES],
            **values,
        )
        response = HTMLResponse(text, headers=dict(PAGE_HEADERS))
        if request.query_params.get("lang") == language:
            response.set_cookie(COOKIE, language, max_age=KEEP_S, samesite="strict", httponly=True)
        return response

    @staticmethod
    def language(request: Request) -> Language:
        """The language of whoever asks."""
        return chosen(
            request.query_params.get("lang", ""),
            request.cookies.get(COOKIE, ""),
            request.headers.get("accept-language", ""),
        )

    def words(self, language: Language) -> dict[str, str]:
        """Everything that the pages say, in one language."""
        return {name: words.to(language) for name, words in self._words.items()}

    def static(self) -> list[Mount]:
        """The shell's static files and the site's."""
        folders = {"shell": HERE / "static", self._site.name: self._site.static}
        return [
            Mount(f"/{name}", _Checked(directory=folder), name=name)
            for name, folder in folders.items()
        ]


class _Checked(StaticFiles):
    """Static files that a browser asks for again each time: a page never meets old scripts."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # passed on
        for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy"):
            response.headers[name] = PAGE_HEADERS[name]
        response.headers["Cache-Control"] = "no-cache"
        return response
