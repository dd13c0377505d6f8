"""A till that calls a vendor's .so: the library in its place asks the guard first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.model import Source
from pos_guard.money import Money
from pos_guard.store.ledger import Phase
from tests.api.decision_server import serving
from tests.shop import POLICY, Shop, shop

HERE = Path(__file__).resolve().parent
SHIM = HERE.parents[1] / "examples" / "vendor-library-shim"
REQUIRED = "POS_GUARD_REQUIRE_CC"
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-shared", "-fPIC"]


def _build(compiler: str, target: Path, *sources: Path) -> None:
    done = subprocess.run(
        [compiler, *FLAGS, "-o", str(target), *map(str, sources), "-ldl"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``libmispos.so`` of ours, and the vendor's, each built as its first lines say."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, and there is no C compiler")
        pytest.skip("vendor library: no C compiler (cc or gcc) on this machine")
    where = tmp_path_factory.mktemp("libraries")
    _build(compiler, where / "libmispos.so", SHIM / "shim.c", SHIM.parent / "pos_guard_client.c")
    _build(compiler, where / "vendor.so", HERE / "vendor_library.c")
    return where


@dataclass
class Counter:
    """A shop with a till that knows only its vendor's library."""

    shop: Shop
    libraries: Path
    directory: Path

    def order(self, cents: int) -> None:
        """The till prints a bill."""
        self.shop.guard.tell_order(None, Money(cents, "CNY"), Source.BILL)

    def till(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "MIS_LOG": str(self.directory / "log"),
            "POS_GUARD_SOCKET": str(self.directory / "decide.sock"),
            "POS_GUARD_VENDOR": str(self.libraries / "vendor.so"),
        }
        return subprocess.run(
            [sys.executable, str(SHIM / "till.py"), str(self.libraries / "libmispos.so"),
             *arguments],
            env={**os.environ, **settings, **environment},
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    @property
    def moved(self) -> list[str]:
        log = self.directory / "log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


@pytest.fixture
def counter(libraries: Path, tmp_path: Path) -> Iterator[Counter]:
    made = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    with serving(made.guard, tmp_path / "decide.sock"):
        yield Counter(made, libraries, tmp_path)
    made.store.close()


def test_a_sale_that_the_guard_allows_is_made_and_recorded(counter: Counter) -> None:
    counter.order(1250)
    done = counter.till("1", "1250")
    assert (done.returncode, done.stdout) == (0, "paid 000007\n"), done.stdout + done.stderr
    assert counter.moved == ["1 1250 -"]
    assert [e.phase for e in counter.shop.store.ledger.unresolved()] == []


def test_a_refund_without_an_operator_never_reaches_the_vendor(counter: Counter) -> None:
    done = counter.till("3", "1250", "T1-000001")
    assert done.returncode == 1
    assert done.stdout.startswith("refused -4 ")
    assert len(done.stdout.split(" ", 2)[2]) > 3, "the guard's words are in the answer"
    assert counter.moved == []


@pytest.mark.parametrize("arguments", [("9", "100"), ("1", "-1")])
def test_what_the_shim_does_not_know_is_refused(
    counter: Counter, arguments: tuple[str, str]
) -> None:
    assert counter.till(*arguments).stdout.startswith("refused -4 this transaction")
    assert counter.moved == []


def test_no_guard_means_no(counter: Counter) -> None:
    none = str(counter.directory / "none.sock")
    assert counter.till("1", "1250", POS_GUARD_SOCKET=none).stdout == "refused -4 no guard\n"
    assert counter.moved == []


@pytest.mark.parametrize("name", ["missing.so", "libmispos.so"])
def test_no_vendor_library_is_a_no_and_its_own_name_no_endless_loop(
    counter: Counter, name: str
) -> None:
    counter.order(1250)
    done = counter.till("1", "1250", POS_GUARD_VENDOR=str(counter.libraries / name))
    assert done.stdout == "refused -4 the vendor's library cannot be loaded\n"
    assert counter.moved == []


@pytest.mark.parametrize(
    ("cents", "code", "phase"), [("300", -3, Phase.UNKNOWN), ("400", -4, Phase.FAILED)]
)
def test_what_came_of_it_is_reported(counter: Counter, cents: str, code: int, phase: Phase) -> None:
    counter.order(int(cents))
    assert counter.till("1", cents).stdout.startswith(f"refused {code}")
    assert counter.moved == [f"1 {cents} -"]
    entry = counter.shop.store.ledger.entry(1)
    assert entry is not None
    assert entry.phase is phase
