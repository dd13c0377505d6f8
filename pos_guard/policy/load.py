"""Reads a policy: strict TOML layers in, one frozen ``Policy`` or every problem out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pos_guard.errors import Problem, SettingsError
from pos_guard.money import MAX_AMOUNT
from pos_guard.policy.contradictions import contradictions
from pos_guard.policy.layers import Layer, check_shapes, layers_of, read_layers
from pos_guard.policy.merge import Merged
from pos_guard.policy.payees import Payees
from pos_guard.policy.policy import OPERATIONS, Ages, Alone, Hours, Limit, Policy, Role
from pos_guard.policy.readers import UNLIMITED, readers
from pos_guard.policy.signing import verify_layers
from pos_guard.policy.tables import AloneTable, HoursTable, LayerTable, LimitTable, RoleTable
from pos_guard.policy.verdict import Level
from pos_guard.strict import structure

__all__ = ["UNLIMITED", "default_policy", "load_policy", "merge_layers", "parse_policy"]


def load_policy(path: Path, *, key: Path | None = None) -> Policy:
    """Read a policy file and all that it extends.

    ``key``: the public key that must have signed exactly these bytes, in ``PATH.sig``.

    :raises SettingsError: when one cannot be read, with everything that is wrong in them, or when
        the signature is missing or another's.
    """
    layers = read_layers(path)
    if key is not None:
        verify_layers(layers, path, key)
    return merge_layers(layers)


def parse_policy(text: str, file_name: str) -> Policy:
    """Read a policy from its text; ``file_name`` is for messages, and where ``extends`` starts.

    :raises SettingsError: with everything that is wrong in it.
    """
    return merge_layers(layers_of(text.encode(), file_name))


def merge_layers(layers: Sequence[Layer]) -> Policy:
    """One policy of all layers, the highest first.

    :raises SettingsError: with everything that is wrong in any of them, or in the whole.
    """
    currency, mode = _lowest(layers, "currency"), _lowest(layers, "mode")
    wrong = check_shapes(layers, currency, mode)
    if currency is None:
        wrong.append(layers[-1].problem(("currency",), "is missing"))
    _stop(layers, wrong)
    reading = readers(currency, mode)
    merged = Merged(layers, reading)
    _stop(layers, merged.problems)
    table = structure(merged.data(), LayerTable, reading.hooks)
    _stop(layers, [merged.problem(path, message) for path, message in contradictions(table)])
    packs = tuple(layer.label for layer in layers[:-1])
    return _policy(table, merged.locked_rules(), packs)


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


def _lowest(layers: Sequence[Layer], key: str) -> object:
    """What the lowest layer that states a key says; the rest of the layers is read by it."""
    return next((layer.data[key] for layer in reversed(layers) if key in layer.data), None)


def _stop(layers: Sequence[Layer], wrong: Sequence[Problem]) -> None:
    if not wrong:
        return
    order = {layer.name: index for index, layer in enumerate(layers)}
    ordered = sorted(wrong, key=lambda p: (order[p.file or ""], p.line or 0, p.path))
    raise SettingsError(layers[-1].name, ordered)


def _policy(table: LayerTable, locked: dict[str, str], packs: tuple[str, ...]) -> Policy:
    payees, ages = table.payees, table.context
    return Policy(
        name=table.name,
        version=table.version,
        currency=str(table.currency),
        roles={name: _role(name, role) for name, role in table.roles.items()},
        payees=Payees(payees.terminals, payees.wechat, payees.alipay, payees.codes),
        rules={
            name: replace(setting, locked=locked.get(name)) for name, setting in table.rules.items()
        },
        context=Ages(ages.order_s, ages.operator_s, ages.original_s, ages.code_s),
        receipts=table.receipts,
        mode=table.mode,
        limits=tuple(_limit(limit) for limit in table.limits),
        hours=_hours(table.hours),
        reasons=frozenset(str(code) for code in table.reasons),
        packs=packs,
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
        alone=None if table.alone is None else _alone(table.alone),
        reasons=None if table.reasons is None else frozenset(str(code) for code in table.reasons),
    )


def _alone(table: AloneTable) -> Alone:
    return Alone(table.limit or 0, table.totp, table.delay_s)


_THEN = {"require": Level.REQUIRE, "override": Level.DENY_OVERRIDABLE, "deny": Level.DENY}


def _limit(table: LimitTable) -> Limit:
    window, seconds = table.window
    return Limit(
        id=table.id,
        operations=frozenset(str(operation) for operation in table.operations),
        per=table.per,
        window=window,
        seconds=seconds,
        amount=table.amount,
        count=table.count,
        roles=table.roles,
        then=_THEN[table.then],
    )


def _hours(table: HoursTable) -> Hours:
    stated = any(day is not None for day in table.days)
    return Hours(
        zone=table.zone,
        open=tuple(tuple(day or ()) for day in table.days) if stated else None,
        holidays=frozenset(str(day) for day in table.holidays),
        settled_at=table.settled_at,
    )
