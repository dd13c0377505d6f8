"""Scenes of the second shop's closing: why, the code on the slip, and a log that shows a change."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.demo import shop
from pos_guard_simulator.demo.asked import in_app
from pos_guard_simulator.demo.ears import StageError
from pos_guard_simulator.demo.scene import Got, Scene
from pos_guard_simulator.demo.stage import Stage

_CODE = re.compile(r"\d+(?:-[0-9A-Z]{4}){4}")


def _explain(stage: Stage) -> Got:
    """Why was that refused? A table for the manager, in both languages."""
    order: dict[str, Json] = {"id": "F1001", "total": 1250, "currency": shop.CURRENCY}
    with stage.socket() as app:
        app.context(operator="anna", order=order)
    verdict = in_app(stage, "refund", 5000, "7101")
    entry = str(verdict["decision"])
    rules: list[bool] = []
    headline = ""
    for lang in ("zh", "en"):
        where = ("--state", "state", "--entry", entry, "--lang", lang)
        table = stage.command("policy", "explain", "policy.toml", *where)
        (stage.directory / f"explain-{lang}.txt").write_text(table.stdout, encoding="utf-8")
        rules.append(table.returncode == 1 and str(verdict["rule"]) in table.stdout)
        if lang == stage.lang:
            headline = table.stdout.splitlines()[-1]
    outcome = "explained in zh and en" if all(rules) else "not explained"
    return Got(outcome, words=headline)


def _closing_slip(stage: Stage) -> Got:
    """The shift ends; the till prints the log's code, and a manager types it in from the paper."""
    maya = {"person": "maya", "pin": stage.pin("maya")}
    with stage.socket() as till:
        till.request("shift", change="begin", **maya)
        code = till.request("shift", change="end", **maya)["code"]
    stage.till.printer.closing_slip(str(code))
    paper = stage.slips()[-1].text
    found = _CODE.search(paper)
    if found is None:
        raise StageError("the closing slip has no code")
    done = stage.command("audit", "verify", "--state", "state", "--code", found.group())
    state = "the log begins with it" if done.returncode == 0 else "the log does not fit"
    return Got(f"code on paper, {state}", words=found.group())


def _flipped(stage: Stage) -> Got:
    """Somebody makes a small refund out of a large one, in a copy, past every trigger."""
    copy = stage.directory / "copy"
    for command in (("backup", "copy.backup"), ("restore", "copy.backup")):
        done = stage.command(*command, "--state", "state" if command[0] == "backup" else "copy")
        if done.returncode != 0:
            raise StageError(f"{command[0]} failed: {done.stderr}")
    before = stage.command("audit", "verify", "--state", "copy").returncode
    number = _change_a_record(copy)
    after = stage.command("audit", "verify", "--state", "copy")
    named = f"record {number}" in after.stderr
    state = "found and named" if after.returncode == 1 and named else "not found"
    whole = "whole before" if before == 0 else "broken before"
    return Got(f"{whole}, one digit changed: {state}", words=after.stderr.strip())


def _change_a_record(state: Path) -> int:
    """Change one digit of the amount in the newest verdict; returns the record's number."""
    (file,) = state.glob("*.db")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TRIGGER audit_is_not_edited")
        rows = database.execute("SELECT seq, record FROM audit ORDER BY seq DESC")
        for number, body in rows:
            changed = re.sub(rb'"amount":(\d*)5', rb'"amount":\g<1>4', bytes(body), count=1)
            if changed != bytes(body):
                database.execute("UPDATE audit SET record = ? WHERE seq = ?", (changed, number))
                return int(number)
    raise StageError("no record names an amount")


SCENES = (
    Scene(
        "policy-explain", Words("为什么被拒绝：逐条说明", "Why it was refused, rule by rule"),
        "decision socket", "explained in zh and en", _explain, both=False,
    ),
    Scene(
        "closing-slip", Words("结班小票上的审计码", "The audit code on the closing slip"),
        "console", "code on paper, the log begins with it", _closing_slip, both=False,
    ),
    Scene(
        "audit-flipped", Words("日志被改一个数字", "One digit of the log is changed"),
        "console", "whole before, one digit changed: found and named", _flipped, both=False,
    ),
)  # fmt: skip
