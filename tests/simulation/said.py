"""What people really said and did around the guard: shifts, reasons, amounts, proofs, freezes.

An entry is made before the guard hears of it, where a crash may hide whether it took it, and
``sure`` is set once it answered. What allows more counts at once, what forbids only when sure.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Shift:
    """Somebody began to work (or, ``over``, went home). ``wall_us`` of then."""

    person: str
    wall_us: int
    over: bool = False
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """An override for ``rules`` (none: the glass is broken), for a while of one boot."""

    rules: frozenset[str]
    boot_id: str
    until_boot_us: int
    up_to: int | None = None

    def counts(self, boot_id: str, boot_us: int) -> bool:
        """Whether it may still be in force at that boot time."""
        return self.boot_id == boot_id and boot_us <= self.until_boot_us


@dataclass
class Said:
    """The books of what people said.

    ``frozen``, ``offline``, ``batches``: since which audit record. ``trusted``: how often somebody
    said that the clock is right. ``codes``: the owner's codes that counted.
    """

    shifts: list[Shift] = field(default_factory=list[Shift])
    reasons: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    confirmed: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    proofs: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    codes: set[str] = field(default_factory=set[str])
    overrides: list[Pass] = field(default_factory=list[Pass])
    glass: list[Pass] = field(default_factory=list[Pass])
    frozen: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    offline: int | None = None
    disk_bad_us: int | None = None
    trusted: int = 0
    batches: list[tuple[int, frozenset[int]]] = field(
        default_factory=list[tuple[int, frozenset[int]]]
    )

    def begun_us(self, person: str) -> int | None:
        """When the person's shift began at the earliest that surely counts; None: it is over."""
        mine = [shift for shift in self.shifts if shift.person == person]
        if not mine or (mine[-1].over and mine[-1].sure):
            return None
        return max((shift.wall_us for shift in mine if not shift.over), default=None)

    def overridden(self, rule: str, boot_id: str, boot_us: int, amount: int) -> bool:
        """An override for this rule may be in force."""
        return any(
            rule in one.rules
            and one.counts(boot_id, boot_us)
            and (one.up_to is None or amount <= one.up_to)
            for one in self.overrides
        )

    def glass_broken(self, boot_id: str, boot_us: int) -> bool:
        """Break-glass may be in force."""
        return any(one.counts(boot_id, boot_us) for one in self.glass)
