"""The soak itself: one seeded shop behind the real daemon, and its books compared."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.clock import SystemClock
from pos_guard.errors import PosGuardError
from pos_guard.frames.decoded import Json
from pos_guard.store.store import Store
from pos_guard_simulator.till_lines import SerialLine, TcpLine
from tests.shop import PINS
from tests.soak.soak_daemon import Daemon, Sample
from tests.soak.soak_devices import IN, MERCHANT, OUT, Device, Moves
from tests.soak.soak_settings import POLICY, SETTINGS
from tests.soak.soak_tills import ExchangeTill, Numbers, SerialZvtTill, Till, Told, WechatTill

LINKS = ("zvt", "mispos", "host", "wechat")
ROLES = {"anna": "cashier", "ben": "senior", "maya": "manager"}
FIRST_AMOUNT = 1000
DEAR = 200_000
"""Added to the amount of dear sales; above any amount that is not dear."""
NOBODY = 0.1
"""How often the second person comes only when the guard has given up."""
LATE_S, COMES_S = 1.2, (0.02, 0.3)
"""When that is (the settings' ``decide_ms`` is a second), and when a person comes else."""
ONLY_SALES = ("abort:6C",)
"""A terminal that ends a reversal so has undone the sale all the same: its own book is wrong."""
RECENT = 40
"""Sales of a link that customers still bring back."""
REST_S = 120.0
"""A link is at rest before that, whatever happened."""
PERSON_S = 1.5
"""An outcome that nobody found out by then is told by somebody who looks at the slip."""
KILL_WITHIN_S = 0.008
"""Within this the daemon dies after a request has begun: a payment takes about as long."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How often things go wrong, in parts of one."""

    back: float = 0.12
    fast: float = 0.05
    slow: float = 0.004
    drop: float = 0.003
    till: float = 0.004
    dear: float = 0.05


@dataclass(frozen=True, slots=True)
class Sale:
    """Something that was paid and may be brought back."""

    amount: int
    numbers: Numbers
    key: str


@dataclass
class Soak:
    """One run, from one seed."""

    directory: Path
    daemon: Daemon
    devices: dict[str, Device]
    seed: int
    rates: Rates = field(default_factory=Rates)
    done: int = 0
    told: dict[str, dict[tuple[str, int], Told]] = field(
        default_factory=lambda: {link: {} for link in LINKS}
    )
    ends: Counter[str] = field(default_factory=Counter[str])
    samples: list[Sample] = field(default_factory=list[Sample])

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)
        self._sales: dict[str, list[Sale]] = {link: [] for link in LINKS}
        self._client: DecisionClient | None = None
        self._operator, self._life = "", 0
        self.tills: dict[str, Till] = {}

    # -- set up --------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Write the shop's files and start the daemon."""
        (self.directory / "policy.toml").write_text(POLICY, encoding="utf-8")
        places = {name: device.address for name, device in self.devices.items()}
        text = SETTINGS.format(run=self.directory / "run", **places)
        (self.directory / "guard.toml").write_text(text, encoding="utf-8")
        with Store.create(
            self.directory / "state", clock=SystemClock(), terminal_id="T1", scrypt_log2n=2
        ) as store:
            for person, role in ROLES.items():
                store.people.add(person, person.title(), role, PINS[person])
        self.daemon.start()
        self.daemon.wait()
        run, daemon = self.directory / "run", self.daemon
        self.tills = {
            "zvt": SerialZvtTill(lambda: SerialLine(str(run / "till-zvt"))),
            "mispos": ExchangeTill("stx", "mis-pos", lambda: SerialLine(str(run / "till-mispos"))),
            "host": ExchangeTill("iso8583", "iso8583-cup", lambda: _dialled(daemon, "host")),
            "wechat": WechatTill(lambda: daemon.address("wechat"), MERCHANT),
        }

    def close(self) -> None:
        """The tills go home."""
        if self._client is not None:
            self._client.close()
        for till in self.tills.values():
            till.hang_up()
        zvt = self.tills.get("zvt")
        if isinstance(zvt, SerialZvtTill):
            zvt.close()

    # -- one transaction -----------------------------------------------------------------------

    def transact(self, *, kill: bool = False) -> None:
        """One customer: a sale, or something brought back; ``kill``: the daemon dies of it."""
        dice = self._dice
        link = dice.choice(LINKS)
        sales = self._sales[link]
        back = bool(sales) and dice.random() < self.rates.back
        sale = sales.pop(dice.randrange(len(sales))) if back else None
        self.done += 1
        amount = self._price() if sale is None else sale.amount
        trouble = self._trouble(link, amount, ONLY_SALES if back else ())
        killer = self._killer() if kill else None
        told = self._sell(link, amount) if sale is None else self._undo(link, sale)
        if killer is not None:
            killer.join()
            self.daemon.wait()
            for till in self.tills.values():
                if till is not self.tills[link]:
                    till.drain()  # a restarted guard may say the last end once more
        self.ends[f"{'sale' if sale is None else 'back'} {told.value}"] += 1
        if told is Told.NOTHING or trouble or kill:
            told = self._settled(link, amount, told, sale is None)
        direction = IN if sale is None else OUT
        self.told[link][direction, amount] = told
        if sale is None and told is Told.YES:
            self._remember(link, amount)

    def _price(self) -> int:
        """An amount that no other sale has; what is dear is not given back by one person alone."""
        dear = self._dice.random() < self.rates.dear
        return FIRST_AMOUNT + self.done + (DEAR if dear else 0)

    def _trouble(self, link: str, amount: int, without: tuple[str, ...]) -> bool:
        """Plan what goes wrong with this one."""
        dice, device, rates = self._dice, self.devices[link], self.rates
        draw = dice.random()
        for share, faults in ((rates.fast, device.fast), (rates.slow, device.slow)):
            if draw < share:
                fault = dice.choice([fault for fault in faults if fault not in without])
                device.plan(amount, fault)
                self.ends[f"fault {link} {fault}"] += 1
                return True
            draw -= share
        if draw < rates.drop and device.drop is not None:
            device.drop()
            self.ends[f"drop {link}"] += 1
            return True
        draw -= rates.drop
        if 0 <= draw < rates.till:
            till = self.tills[link]
            if dice.random() < 0.5:
                till.garbage(dice.randbytes(dice.randint(1, 40)))
            till.hang_up()
            self.ends[f"till trouble {link}"] += 1
            return True
        return False

    def _sell(self, link: str, amount: int) -> Told:
        self._sign_in("anna")
        self._context(order={"id": f"A{amount}", "total": amount, "currency": "CNY"})
        return self.tills[link].sell(amount, self.done)

    def _undo(self, link: str, sale: Sale) -> Told:
        self._sign_in("ben")
        self._context(order={"total": sale.amount, "currency": "CNY"}, original=sale.key)
        person = None
        if sale.amount > DEAR:
            comes = LATE_S if self._dice.random() < NOBODY else self._dice.uniform(*COMES_S)
            person = threading.Timer(comes, self._approve)
            person.start()
        kind = self._dice.choice(self.tills[link].backs)
        told = self.tills[link].give_back(kind, sale.amount, self.done, sale.numbers)
        if person is not None:
            person.join()
        return told

    def _remember(self, link: str, amount: int) -> None:
        entry = self._entry(link, amount)
        if entry is None:
            return
        numbers = (str(self.done), self.tills[link].receipt)
        kept = self._sales[link]
        kept.append(Sale(amount, numbers, str(entry)))
        del kept[:-RECENT]

    def _entry(self, link: str, amount: int) -> str | None:
        with self._database() as rows:
            found = rows.execute(
                "SELECT sale_id FROM entries WHERE link = ? AND amount = ? AND kind = 'sale'"
                " AND phase = 'posted' ORDER BY id DESC LIMIT 1",
                (link, amount),
            ).fetchone()
        return None if found is None else str(found[0])

    # -- trouble -------------------------------------------------------------------------------

    def _killer(self) -> threading.Thread:
        timer = threading.Timer(self._dice.uniform(0, KILL_WITHIN_S), self.daemon.kill)
        timer.start()
        return timer

    def _settled(self, link: str, amount: int, told: Told, is_sale: bool) -> Told:
        """Wait until nothing of this link is open; somebody looks at the slip if need be."""
        self.daemon.wait()
        if told is Told.NOTHING and is_sale:
            told = self.tills[link].after_silence(amount, self.done)
        begun = time.monotonic()
        while open_ := self._open(link):
            late = self.tills[link].after_silence(amount, self.done) if link == "zvt" else told
            told = late if told is Told.NOTHING else told
            since = time.monotonic() - begun
            assert since < REST_S, f"{link} does not come to rest: {open_}"
            if since > PERSON_S:
                self._resolve(link, open_)
        if link == "zvt":
            late = self.tills[link].after_silence(amount, self.done)
            told = late if told is Told.NOTHING else told
        return told

    def _open(self, link: str) -> list[tuple[int, str, str, int]]:
        with self._database() as rows:
            return rows.execute(
                "SELECT id, phase, kind, amount FROM entries WHERE link = ?"
                " AND phase IN ('waiting', 'reserved', 'unknown')",
                (link,),
            ).fetchall()

    def _resolve(self, link: str, entries: list[tuple[int, str, str, int]]) -> None:
        """A manager holds the device's slip against what nobody knows."""
        moves = self.devices[link].moves()
        for number, phase, kind, amount in entries:
            if phase != "unknown":
                continue
            way = IN if kind == "sale" else OUT
            result = "approved" if moves[way, amount] else "declined"
            self.ends[f"resolved {link} {result}"] += 1
            self._request(
                "resolve", decision=number, result=result, person="maya", pin=PINS["maya"]
            )

    def _approve(self) -> None:
        """The second person comes, and says yes to whatever waits."""
        try:
            with DecisionClient(self.directory / "run" / "decide.sock") as client:
                waiting = client.request("pending")["waiting"]
                assert isinstance(waiting, list)
                for entry in waiting:
                    assert isinstance(entry, dict)
                    client.request(
                        "approve", decision=entry["decision"], approver="maya", pin=PINS["maya"]
                    )
                    self.ends["approved by a person"] += 1
            if not waiting:
                self.ends["person too late"] += 1
        except PosGuardError:
            self.ends["person in vain"] += 1

    def _sign_in(self, person: str) -> None:
        if person != self._operator or self.daemon.lives != self._life:
            self._operator, self._life = person, self.daemon.lives
            self._context(operator=person)

    def _context(self, **pieces: Json) -> None:
        self._request("context", **pieces)

    def _request(self, op: str, **fields: Json) -> None:
        for _ in range(2):
            try:
                if self._client is None:
                    self.daemon.wait()
                    self._client = DecisionClient(self.directory / "run" / "decide.sock")
                self._client.request(op, **fields)
            except RequestRefusedError as error:
                self.ends[f"{op}: {error.code}"] += 1
                return
            except PosGuardError:
                if self._client is not None:
                    self._client.close()
                self._client = None
            else:
                return

    # -- the books -----------------------------------------------------------------------------

    def _database(self) -> _Reading:
        return _Reading(self.directory / "state" / "pos-guard.db")

    def check(self) -> None:
        """Device's book == ledger == what the tills were told, of everything so far."""
        for link in LINKS:
            assert not self._open(link), f"{link}: {self._open(link)}"
            with self._database() as rows:
                posted: Moves = Counter(
                    (IN if kind == "sale" else OUT, amount)
                    for kind, amount in rows.execute(
                        "SELECT kind, amount FROM entries WHERE link = ? AND phase = 'posted'",
                        (link,),
                    )
                )
            moved = self.devices[link].moves()
            assert moved == posted, f"{link}: moved-posted {moved - posted} {posted - moved}"
            twice = [move for move, count in moved.items() if count > 1]
            assert not twice, f"{link}: twice {twice}"
            for move, told in self.told[link].items():
                assert told is not Told.YES or moved[move], f"{link}: yes to {move}"
                assert told is not Told.NO or not moved[move], f"{link}: no to {move}"

    def sample(self) -> None:
        """Look at the daemon from outside."""
        self.samples.append(self.daemon.sample(self.done))


class _Reading:
    """A connection that is closed behind the block."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)

    def __enter__(self) -> sqlite3.Connection:
        return self._rows

    def __exit__(self, *_: object) -> None:
        self._rows.close()


def _dialled(daemon: Daemon, link: str) -> TcpLine:
    host, _, port = daemon.address(link).rpartition(":")
    return TcpLine(host, int(port))
