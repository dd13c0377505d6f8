"""``pos-guard demo``: the whole shift once, as CI runs it, and what it leaves."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from pos_guard.clock import SystemClock
from pos_guard.store.store import Store
from pos_guard_simulator.demo import house
from pos_guard_simulator.demo.shift import MANAGED, SCENES
from tests.simulator.simulate_process import ENVIRONMENT, command

WANTED = {
    "sale": "sale-card sale-cash sale-split",
    "amount slips": "slip-x10 slip-x100",
    "wrong code": "code-receive code-friend code-alipay code-used",
    "payee": "sticker-swapped merchant-other terminal-swapped",
    "refund": "refund-no-right refund-within refund-supervised refund-too-much refund-again "
    "refund-remainder refund-unknown-sale refund-unknown-cap",
    "receipt": "paid-too-early paid-after paid-wrong-total paid-copies",
    "silence": "terminal-silent terminal-lost",
    "kill -9": "guard-killed",
}
"""The scenes that the demo must have, by what they show."""

MANAGED_WANTED = {
    "people": "refund-reason amount-read-back amount-read-wrong owner-alone",
    "orders": "hours-override operator-frozen break-glass",
    "patterns": "limit-shift refund-twice refund-split refund-to-oneself",
    "ledger": "refund-of-refund items-too-many",
    "audit": "policy-explain closing-slip audit-flipped",
}
"""The same of its second shop."""

SECRETS = [*(pin for _, _, pin in house.PEOPLE.values()), "1346500000000000", "28760000000000000"]
"""PINs, and payment codes of both channels without their last digit."""


pytestmark = pytest.mark.timeout(330)
"""The first test waits for the whole demo: half a minute, and many on a busy machine."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        command("demo", "--out", str(out)),
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return out, done


Demo = tuple[Path, "subprocess.CompletedProcess[str]"]


def scenes(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((out / "scenes.json").read_text("utf-8"))["scenes"]
    return found


def test_every_scene_ends_as_expected(demo: Demo) -> None:
    out, done = demo
    bad = [scene for scene in scenes(out) if not scene["ok"]]
    assert bad == []
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout  # no terminal, so no colours


def test_no_scene_is_missing_and_each_says_where_the_context_came_from(demo: Demo) -> None:
    out, _ = demo
    enforced = {scene["id"]: scene for scene in scenes(out) if scene["shift"] == "enforced"}
    for names in WANTED.values():
        assert enforced.keys() >= set(names.split())
    assert len(enforced) == len(SCENES)
    sources = {source for scene in enforced.values() for source in scene["source"].split(", ")}
    assert sources >= {
        "bill", "display", "badge", "sale code", "decision socket", "console", "scan", "frame",
    }  # fmt: skip
    refused = [scene for scene in enforced.values() if scene["id"].startswith(("slip", "code"))]
    assert all(scene["words"] for scene in refused)


def test_the_second_shop_shows_what_its_manager_orders(demo: Demo) -> None:
    out, done = demo
    managed = {scene["id"]: scene for scene in scenes(out) if scene["shift"] == "managed"}
    for names in MANAGED_WANTED.values():
        assert managed.keys() >= set(names.split())
    assert len(managed) == len(MANAGED)
    assert all(scene["words"] for scene in managed.values())
    assert "人民币壹佰贰拾捌元整" in managed["amount-read-back"]["words"]
    assert "1880.00 is ten times 188.00" in managed["amount-read-wrong"]["words"]
    for lang, verdict in (("en", "refused"), ("zh", "拒绝")):
        table = (out / "managed" / f"explain-{lang}.txt").read_text("utf-8")
        assert re.search(rf"^\* operation-permitted +{verdict} ", table, re.MULTILINE)
    assert (out / "managed" / "explain-en.txt").read_text("utf-8") in done.stdout


def test_the_code_on_the_closing_slip_is_that_of_the_log(demo: Demo) -> None:
    out, _ = demo
    *_, slip = sorted((out / "managed" / "receipts").glob("*.txt"))
    code = re.findall(r"\d+(?:-[0-9A-Z]{4}){4}", slip.read_text("utf-8"))
    assert len(code) == 1
    with Store.open(out / "managed" / "state", clock=SystemClock(), readonly=True) as store:
        assert store.checkpoints.verify_code(code[0]).count >= int(code[0].split("-")[0])
        (kept,) = store.checkpoints.kept()
        assert store.checkpoints.sign(kept.size, kept.root).code == code[0]


def test_a_break_glass_sale_is_a_gap_on_record(demo: Demo) -> None:
    with Store.open(demo[0] / "managed" / "state", clock=SystemClock(), readonly=True) as store:
        gaps = list(store.audit.records(kind="gap"))
    assert len(gaps) == 1


def test_the_observed_shift_blocks_nothing_and_is_reported(demo: Demo) -> None:
    out, done = demo
    observed = [scene for scene in scenes(out) if scene["shift"] == "observed"]
    assert len(observed) == sum(scene.both for scene in SCENES)
    assert {scene["got"] for scene in observed} == {"nothing blocked"}
    report = done.stdout.partition("Enforced, it would have been:")[2]
    assert len(re.findall(r"^  #\d+ ", report, re.MULTILINE)) > 10
    assert "audit log of the enforced shift" in done.stdout
    assert "records, verified" in done.stdout


@pytest.mark.parametrize("shift", ["enforced", "observed", "managed"])
def test_the_audit_logs_verify_again(demo: Demo, shift: str) -> None:
    out, _ = demo
    done = subprocess.run(
        command("audit", "verify", "--state", str(out / shift / "state")),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Store.open(out / shift / "state", clock=SystemClock(), readonly=True) as store:
        assert store.audit.verify().count > 100


@pytest.mark.parametrize("shift", ["enforced", "observed", "managed"])
def test_every_receipt_is_a_picture_and_a_text_that_say_the_same(demo: Demo, shift: str) -> None:
    receipts = demo[0] / shift / "receipts"
    pictures = sorted(receipts.glob("*.png"))
    assert [file.stem for file in pictures] == sorted(file.stem for file in receipts.glob("*.txt"))
    assert len(pictures) > 15
    found = [file for file in pictures if "PGSALE:" in file.with_suffix(".txt").read_text("utf-8")]
    assert len(found) > 5
    for file in found:
        text = file.with_suffix(".txt").read_text("utf-8")
        assert "已支付 PAID" in text
        with Image.open(file) as picture:
            codes = [code.text for code in zxingcpp.read_barcodes(picture)]
        assert codes == re.findall(r"\[QR: (PGSALE:[^\]]+)\]", text)


def test_no_pin_and_no_payment_code_stays(demo: Demo) -> None:
    out, done = demo
    everything = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert len(everything) > 50
    for secret in SECRETS:
        assert secret not in done.stdout
        holders = [path.name for path, data in everything.items() if secret.encode() in data]
        assert holders == [], secret


def test_a_folder_that_is_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    done = subprocess.run(
        command("demo", "--out", str(tmp_path)),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
