"""Why a request gets its verdict, as rows that a manager can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pos_guard.model import Words
from pos_guard.money import MoneyError, format_amount
from pos_guard.policy.input_words import input_name, yes_no
from pos_guard.policy.policy import Policy
from pos_guard.policy.verdict import Finding, Input, Level, Mode, Verdict

LEVEL_WORDS: Mapping[Level, Words] = {
    Level.ALLOW: Words("通过", "allowed"),
    Level.WARN: Words("提醒", "warned"),
    Level.REQUIRE: Words("需确认", "asks"),
    Level.DENY_OVERRIDABLE: Words("拒绝（可授权）", "refused, unless overridden"),
    Level.DENY: Words("拒绝", "refused"),
    Level.DENY_LOCKED: Words("拒绝（锁定）", "refused, locked"),
}

MODE_WORDS: Mapping[Mode, Words] = {
    Mode.OBSERVE: Words("观察", "observe"),
    Mode.WARN: Words("提醒", "warn"),
    Mode.ENFORCE: Words("执行", "enforce"),
}

HEADER = (
    Words("规则", "rule"),
    Words("结果", "found"),
    Words("模式", "mode"),
    Words("依据", "looked at"),
    Words("说明", "words"),
)

# Inputs that hold minor units, where they are whole numbers: shown as people write money.
_AMOUNTS = frozenset(
    {
        *("above", "amount", "asked", "cap", "cart", "cash", "charged", "confirmed", "discount"),
        *("due", "electronic", "expected", "known", "limit", "most", "paid", "posted", "price"),
        *("refunded", "remaining", "reserved", "stated", "sum", "tax", "total", "unknown", "usual"),
    }
)
# Beside one of these the name of an amount counts pieces.
_COUNTS = {"most": {"count", "voids"}, "usual": {"copy"}, "asked": {"sku"}}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding in words; ``decides``: its level is the verdict's."""

    rule: str
    found: str
    mode: str
    inputs: str
    words: str
    decides: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of ``HEADER``; the finding that decides is marked."""
        mark = "* " if self.decides else "  "
        return (mark + self.rule, self.found, self.mode, self.inputs, self.words)


def explain(verdict: Verdict, policy: Policy, lang: str) -> Iterator[Row]:
    """The findings, strictest first; those of one level in the order of the rules."""
    strictest = sorted(verdict.findings, key=lambda finding: -finding.effective)
    for finding in strictest:
        yield Row(
            rule=finding.rule,
            found=_found(finding, lang),
            mode=MODE_WORDS[finding.mode].to(lang),
            inputs=inputs_text(finding.inputs, policy.currency, lang),
            words=finding.say.to(lang),
            decides=finding.effective is verdict.level and verdict.level > Level.ALLOW,
        )


def headline(verdict: Verdict, lang: str) -> str:
    """The verdict in one line."""
    level = LEVEL_WORDS[verdict.level].to(lang)
    if verdict.level is Level.ALLOW:
        return Words(f"结论：{level}", f"Verdict: {level}").to(lang)
    rule = verdict.decisive.rule
    needs = ", ".join(sorted(str(need) for need in verdict.needs))
    tail = f" ({needs})" if needs else ""
    return Words(f"结论：{level}，依据 {rule}{tail}", f"Verdict: {level} by {rule}{tail}").to(lang)


def inputs_text(inputs: Mapping[str, Input], currency: str, lang: str = "en") -> str:
    """What a finding looked at, one ``name value`` after the other, as people write them.

    Amounts are money of ``currency`` (plain minor units where that is no ISO 4217 code), minutes
    of the day are times, and what is not known is ``-``.
    """
    parts: list[str] = []
    for name, value in inputs.items():
        counts = _COUNTS.get(name, set()) & inputs.keys()
        if type(value) is int and name in _AMOUNTS and not counts:
            text = _money(value, currency)
        else:
            text = _value(name, value, lang)
        parts.append(f"{input_name(name, lang)} {text}")
    return ("，" if lang == "zh" else ", ").join(parts)


def _found(finding: Finding, lang: str) -> str:
    """What counts, and what it would be if the rule were enforced."""
    shown = LEVEL_WORDS[finding.effective].to(lang)
    if finding.effective is finding.level:
        return shown
    would = LEVEL_WORDS[finding.level].to(lang)
    return Words(f"{shown}（本应{would}）", f"{shown} (would be {would})").to(lang)


def _value(name: str, value: Input, lang: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return yes_no(value, lang)
    if isinstance(value, int) and name == "minute":
        return f"{value // 60:02}:{value % 60:02}"
    return str(value)


def _money(amount: int, currency: str) -> str:
    try:
        return format_amount(amount, currency)
    except MoneyError:
        return str(amount)
