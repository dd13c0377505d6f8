"""Reads a policy file: strict TOML in, a frozen ``Policy`` or every problem out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pos_guard.money import MAX_AMOUNT, Money, MoneyError, exponent
from pos_guard.policy.payees import Payees
from pos_guard.policy.policy import OPERATIONS, Ages, Policy, Role, RuleSetting
from pos_guard.policy.registry import RULES
from pos_guard.policy.rule import OptionKind
from pos_guard.policy.tables import (
    Amount,
    Currency,
    Operation,
    PayeeId,
    PolicyTable,
    RoleTable,
    RuleTables,
    Seconds,
    Version,
    contradictions,
)
from pos_guard.policy.verdict import Mode
from pos_guard.strict import TomlFile, WrongError, as_table, described, read_text, suggestion
from pos_guard.toml_lines import KeyPath

UNLIMITED = "unlimited"
"""The word for a limit that no amount reaches; leaving a limit out never means this."""

_MAX_PAYEE = 128  # an EMV merchant account template holds 99 characters, its name before it
_MAX_SECONDS = 7 * 86_400  # context older than a week is nobody's context
_MAX_VERSION = 2**31 - 1


def load_policy(path: Path) -> Policy:
    """Read a policy file.

    :raises SettingsError: when it cannot be read, or with everything that is wrong in it.
    """
    return parse_policy(read_text(path, str(path)), str(path))


def parse_policy(text: str, file_name: str) -> Policy:
    """Read a policy from its text; ``file_name`` is for the messages.

    :raises SettingsError: with everything that is wrong in it.
    """
    file = TomlFile(text, file_name)
    readers = _Readers(file.data)
    table = file.structure(
        PolicyTable,
        {
            Amount: readers.amount,
            Currency: _currency,
            Operation: _operation,
            PayeeId: _payee,
            Seconds: lambda value: _whole(value, 1, _MAX_SECONDS),
            Version: lambda value: _whole(value, 1, _MAX_VERSION),
            RuleTables: readers.rules,
        },
    )
    problems = [file.problem(path, message) for path, message in contradictions(table)]
    if problems:
        raise file.error(problems)
    return _policy(table)


def default_policy(currency: str = "EUR") -> Policy:
    """Every rule enforced, nobody on a list: what a shop has before it writes its own."""
    cashier = Role("cashier", may=frozenset({"sale"}))
    manager = Role(
        "manager",
        may=OPERATIONS,
        refund_limit=0,
        unreferenced_limit=0,
        may_approve=True,
        approve_limit=MAX_AMOUNT,
        may_resolve=True,
    )
    return Policy("default", 1, currency, roles={role.name: role for role in (cashier, manager)})


class _Readers:
    """Readers of values that depend on the rest of the file: its currency, its mode."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self._currency = _known_currency(data.get("currency"))
        mode = str(data.get("mode"))
        self._mode = Mode(mode) if mode in list(Mode) else Mode.ENFORCE

    def amount(self, value: object) -> int:
        """Minor units of an amount written as text."""
        if type(value) is not str:
            raise ValueError(f'write amounts as text, e.g. "20.00", not as {described(value)}')
        if value == UNLIMITED:
            return MAX_AMOUNT
        try:
            return Money.parse(value, self._currency).amount
        except MoneyError as error:
            raise ValueError(f'{error}, nor "{UNLIMITED}"') from None

    def rules(self, value: object) -> dict[str, RuleSetting]:
        """``[rules.ID]`` tables; every rule checks the options that it declares."""
        wrong: list[tuple[KeyPath, str]] = []
        settings: dict[str, RuleSetting] = {}
        for name, raw in as_table(value).items():
            problems = list(_rule_problems(name, raw))
            if not problems:
                settings[name] = self._setting(as_table(raw))
            wrong += problems
        if wrong:
            raise WrongError(wrong)
        return settings

    def _setting(self, raw: Mapping[str, object]) -> RuleSetting:
        mode = Mode(str(raw.get("mode", self._mode)))
        options = {
            key: value
            for key, value in raw.items()
            if key != "mode" and isinstance(value, str | int)
        }
        return RuleSetting(mode, options)


def _rule_problems(name: str, raw: object) -> Iterator[tuple[KeyPath, str]]:
    known = {rule.id: rule.options for rule in RULES}
    if name not in known:
        yield (name,), f"is not a known rule{suggestion(name, known)}"
        return
    try:
        table = as_table(raw)
    except ValueError as error:
        yield (name,), f'{error}, such as {{ mode = "enforce" }}'
        return
    for key, value in table.items():
        message = _option_problem(known[name], key, value)
        if message is not None:
            yield (name, key), message


def _option_problem(options: Mapping[str, OptionKind], key: str, value: object) -> str | None:
    if key == "mode":
        good = value in list(Mode)
        return None if good else f"must be one of {', '.join(Mode)}{suggestion(str(value), Mode)}"
    if key not in options:
        return f"is not an option of this rule{suggestion(key, ['mode', *options])}"
    return None if options[key].accepts(value) else f"must be {options[key].expected()}"


def _known_currency(value: object) -> str:
    """The file's currency; where it is wrong itself, any with two digits reads the amounts."""
    try:
        return _currency(value)
    except ValueError:
        return "EUR"


def _currency(value: object) -> str:
    if type(value) is not str:
        raise ValueError(f'must be text such as "EUR", not {described(value)}')
    exponent(value)
    return value


def _operation(value: object) -> str:
    if type(value) is not str:
        raise ValueError(f"must be text, not {described(value)}")
    if value not in OPERATIONS:
        raise ValueError(f'"{value}" is not an operation{suggestion(value, OPERATIONS)}')
    return value


def _payee(value: object) -> str:
    if type(value) is not str:
        raise ValueError(f'write ids as text, e.g. "00123", not as {described(value)}')
    if not value or value != value.strip() or not value.isprintable():
        raise ValueError("must be an id without blanks around it")
    if len(value) > _MAX_PAYEE:
        raise ValueError(f"is longer than {_MAX_PAYEE} characters")
    return value


def _whole(value: object, lowest: int, highest: int) -> int:
    if type(value) is not int:
        raise ValueError(f"must be a whole number, not {described(value)}")
    if not lowest <= value <= highest:
        raise ValueError(f"must be from {lowest} to {highest}")
    return value


def _policy(table: PolicyTable) -> Policy:
    payees, ages = table.payees, table.context
    return Policy(
        name=table.name,
        version=table.version,
        currency=table.currency,
        roles={name: _role(name, role) for name, role in table.roles.items()},
        payees=Payees(payees.terminals, payees.wechat, payees.alipay, payees.codes),
        rules=table.rules,
        context=Ages(ages.order_s, ages.operator_s, ages.original_s, ages.code_s),
        receipts=table.receipts,
        mode=table.mode,
    )


def _role(name: str, table: RoleTable) -> Role:
    return Role(
        name=name,
        may=frozenset(str(operation) for operation in table.may),
        refund_limit=table.refund_limit,
        unreferenced_limit=table.unreferenced_limit,
        may_approve=table.may_approve,
        approve_limit=table.approve_limit,
        may_resolve=table.may_resolve,
    )
