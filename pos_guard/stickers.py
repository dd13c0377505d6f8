"""The shop's own static codes: registered once, re-checked by scanning them where they hang.

A swapped sticker looks the same and pays a thief. What is registered is compared with what is
scanned: the same text, the same payee with changed details, or somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.clock import SECOND, Clock
from pos_guard.errors import LocalError
from pos_guard.frames.codes import Code, Kind
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard.policy.payees import Match, PayeeKind, Payees
from pos_guard.store.stickers import Sticker
from pos_guard.store.store import Store

MAX_NAME = 64
"""Characters of a sticker's name or place: they stand on one line of a list."""

MAX_EXPECT_S = 120
"""Longest time in which the next scan is a sticker check: a walk from the office to the counter."""

_STATIC = frozenset({Kind.MERCHANT_CODE, Kind.RECEIVE_CODE, Kind.URL})
"""Kinds that hang on a wall. Aggregators' codes are plain URLs."""

_NO_STICKER = frozenset({Kind.PAYMENT_CODE, Kind.GOODS, Kind.CONTROL})
"""Kinds that come in between while a check waits: customers, their goods, the scanner itself."""


class Found(StrEnum):
    """What a check found."""

    SAME = "same"
    CHANGED = "changed"
    OTHER = "other-sticker"
    SWAPPED = "swapped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Checked:
    """One check. ``name``: the sticker that was meant, or recognised; None for none of ours.

    ``changed`` names the details that differ. ``match``: how the payee compares with the list.
    """

    found: Found
    name: str | None
    say: Words
    changed: tuple[str, ...] = ()
    match: Match = Match.CANNOT_CHECK

    @property
    def ok(self) -> bool:
        """The code is the one that is registered."""
        return self.found is Found.SAME

    def as_json(self) -> dict[str, Json]:
        """The object that ``pos-guard payees check --json`` prints."""
        return {
            "found": str(self.found),
            "right": self.ok,
            "name": self.name,
            "changed": list(self.changed),
            "match": str(self.match),
            "say": {"zh": self.say.zh, "en": self.say.en},
        }


@dataclass(frozen=True, slots=True)
class _Expected:
    """The next scan is a check of this sticker (None: whichever it is), until then."""

    name: str | None
    by: str
    until_us: int
    done: Callable[[Checked], None]


class Stickers:
    """Registers and checks the shop's static codes. Every change and check is on record."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._expected: _Expected | None = None

    def add(self, name: str, place: str, code: Code, *, by: str, account: str) -> Sticker:
        """Register a code of ours; its payees may be paid from now on.

        ``by``: who says so; ``account``: the account or link that they used.

        :raises LocalError: when it is no static code, or damaged; or name or place are no words.
        :raises StoreError: when name or code are registered already.
        """
        for what in (name, place):
            if not 0 < len(what) <= MAX_NAME or what != what.strip() or not what.isprintable():
                raise LocalError(f"a name or place is 1 to {MAX_NAME} letters, no blanks around it")
        _demand_static(code)
        sticker = Sticker(
            name=name,
            place=place,
            kind=str(code.kind),
            scheme=code.scheme,
            masked=code.masked,
            payload=self._payload(code),
            payees=code.payees,
            details=_details(code),
            added_by=by,
            added_us=self._clock.wall_us(),
        )
        with self._store.transaction():
            self._store.stickers.add(sticker)
            self._record("added", name, by, account=account, place=place, code=code.masked)
        return sticker

    def remove(self, name: str, *, by: str, account: str) -> None:
        """Forget a sticker: its payees are nobody's any more.

        :raises StoreError: when there is none of that name.
        """
        with self._store.transaction():
            self._store.stickers.remove(name)
            self._record("removed", name, by, account=account)

    def of(self, code: Code) -> Sticker | None:
        """The sticker of ours that this scanned code is, or None.

        The token of a wallet's static code is the whole code, whatever way it is written. Other
        payees (a PIX key) also stand in codes that are made for one order: there the text counts.
        """
        if code.kind not in _STATIC:
            return None
        same = self._store.stickers.by_payload(self._payload(code))
        if same is not None or code.kind is not Kind.RECEIVE_CODE or not code.payees:
            return same
        return next((one for one in self._store.stickers.all() if one.payees == code.payees), None)

    def check(self, code: Code, name: str | None = None, *, by: str) -> Checked:
        """Compare a scanned code with the sticker of that name, or with all of ours.

        :raises LocalError: when there is no sticker of that name.
        """
        meant = None if name is None else self._store.stickers.get(name)
        if name is not None and meant is None:
            raise LocalError(f"there is no sticker {name!r}")
        checked = self._compare(code, meant)
        with self._store.transaction():
            if checked.name is not None:
                self._store.stickers.note_check(checked.name, checked.found, by)
            changed = ", ".join(checked.changed)
            match, masked = str(checked.match), code.masked
            found = str(checked.found)
            self._record(found, checked.name, by, changed=changed, match=match, code=masked)
        return checked

    def expect(
        self, name: str | None, seconds: int, done: Callable[[Checked], None], *, by: str
    ) -> None:
        """Make the next scan, for so many seconds, a check; ``done`` hears what it found.

        :raises LocalError: no such sticker, or more than ``MAX_EXPECT_S``; or a check is under way.
        """
        if not 0 < seconds <= MAX_EXPECT_S:
            raise LocalError(f"a check waits 1 to {MAX_EXPECT_S} seconds")
        if name is not None and self._store.stickers.get(name) is None:
            raise LocalError(f"there is no sticker {name!r}")
        if self.expecting:
            raise LocalError("another sticker is being checked: scan it first")
        self._expected = _Expected(name, by, self._clock.boot_us() + seconds * SECOND, done)

    def give_up(self) -> None:
        """No check is expected any more."""
        self._expected = None

    @property
    def expecting(self) -> bool:
        """The next scan is a check."""
        expected = self._expected
        return expected is not None and self._clock.boot_us() <= expected.until_us

    def scanned(self, code: Code) -> Checked | None:
        """A scanner read this: what the expected check found, or None where none is expected.

        A payment code or an article is no sticker: it is judged as always, and the check goes on.

        :raises StoreError: when that cannot be recorded; the check is over then.
        """
        expected = self._expected
        if expected is None or not self.expecting or code.kind in _NO_STICKER:
            return None
        self._expected = None
        checked = self.check(code, expected.name, by=expected.by)
        expected.done(checked)
        return checked

    def _compare(self, code: Code, meant: Sticker | None) -> Checked:
        payload = self._payload(code)
        if meant is None:
            return self._recognise(code, payload)
        if payload == meant.payload:
            return Checked(Found.SAME, meant.name, _same(meant), match=Match.MATCH)
        other = self._store.stickers.by_payload(payload)
        if other is not None:
            return Checked(Found.OTHER, meant.name, _other(meant, other), match=Match.MATCH)
        if code.payees and code.payees == meant.payees and code.checksum != "bad":
            return _changed(meant, code)
        match = _worst_match(code, meant.payees)
        return Checked(Found.SWAPPED, meant.name, _swapped(meant), match=match)

    def _recognise(self, code: Code, payload: str) -> Checked:
        same = self._store.stickers.by_payload(payload)
        if same is not None:
            return Checked(Found.SAME, same.name, _same(same), match=Match.MATCH)
        if code.payees and code.checksum != "bad":
            for one in self._store.stickers.all():
                if one.payees == code.payees:
                    return _changed(one, code)
        match = _worst_match(code, self._store.stickers.payees())
        return Checked(Found.UNKNOWN, None, _NONE_OF_OURS, match=match)

    def _payload(self, code: Code) -> str:
        return self._store.keys.token("sticker", code.text).hex()

    def _record(self, what: str, name: str | None, by: str, **details: str) -> None:
        body: dict[str, Json] = {"what": what, "sticker": name, **details}
        self._store.audit.append("sticker", body, actor=by)


_NONE_OF_OURS = Words(
    "这不是本店登记的收款码，可能被人调换。请取下并通知经理。",
    "This is none of our registered codes: it may have been swapped. Take it down, call a manager.",
)


def _demand_static(code: Code) -> None:
    if code.kind not in _STATIC:
        what = f"{code.kind} ({code.scheme})" if code.scheme else str(code.kind)
        raise LocalError(
            f"this is {what}: stickers are merchant codes, wallets' receive codes and web addresses"
        )
    if code.checksum == "bad":
        raise LocalError("the code's checksum is wrong: scan it again, or have it printed anew")
    imitated = [name for name in code.problems if name.startswith("lookalike")]
    if imitated:
        raise LocalError(f"the code's address imitates a wallet ({imitated[0]}): do not use it")


def _details(code: Code) -> dict[str, str]:
    """What can be read in a code, by name: the fields of its payee, and what it asks for."""
    found = {
        "scheme": code.scheme or "",
        "amount": "" if code.amount is None else str(code.amount),
        "currency": code.currency or "",
        "deviations": " ".join(code.problems),
    }
    found |= {f"fact.{name}": text for name, text in code.facts.items()}
    for name, value in (code.payee or {}).items():
        parts: Mapping[str, str] = {"": value} if isinstance(value, str) else value
        found |= {f"payee.{name}.{key}".rstrip("."): text for key, text in parts.items()}
    return found


_DETAILS = {
    "amount": Words("金额", "amount"),
    "currency": Words("币种", "currency"),
    "deviations": Words("格式", "format"),
    "fact.city": Words("城市", "city"),
    "fact.name": Words("名称", "name"),
    "fact.reference": Words("参考号", "reference"),
    "fact.url": Words("网址", "address"),
    "scheme": Words("种类", "kind"),
    "text": Words("写法", "how it is written"),
}


def _changed(sticker: Sticker, code: Code) -> Checked:
    """The same payee, another text: say what differs, if only that something does."""
    now = _details(code)
    names = sorted({*now, *sticker.details})
    differ = tuple(name for name in names if now.get(name) != sticker.details.get(name))
    changed = differ or ("text",)
    said = [_DETAILS.get(name, Words(name, name)) for name in changed]
    zh, en = "、".join(one.zh for one in said), ", ".join(one.en for one in said)
    say = Words(
        f"{sticker.name}：收款方相同，但内容已变（{zh}）。请通知经理核对。",
        f"{sticker.name}: the same payee, but the code was changed ({en}). "
        "Have a manager look at it.",
    )
    return Checked(Found.CHANGED, sticker.name, say, changed, Match.MATCH)


def _worst_match(code: Code, ours: tuple[str, ...]) -> Match:
    return Payees(codes=ours).check_all(PayeeKind.CODES, code.payees)[0]


def _same(sticker: Sticker) -> Words:
    return Words(
        f"{sticker.name}：收款码正确，未被调换。",
        f"{sticker.name}: this is the registered code.",
    )


def _other(meant: Sticker, other: Sticker) -> Words:
    return Words(
        f"这是本店的 {other.name}，不是 {meant.name}。请放回原处。",
        f"This is our {other.name}, not {meant.name}. Put it back to its place.",
    )


def _swapped(sticker: Sticker) -> Words:
    return Words(
        f"{sticker.name} 已被调换！收款方不是本店。请立即取下并通知经理。",
        f"{sticker.name} was swapped: it does not pay us. Take it down now, call a manager.",
    )
