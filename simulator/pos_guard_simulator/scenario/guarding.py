"""``[guard]``: the real daemon between the app and the devices, for the length of one run."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pos_guard.api.client import DecisionClient
from pos_guard.api.desk import OPERATIONS
from pos_guard.api.events import event_body
from pos_guard.errors import LocalError, PortError
from pos_guard.frames.decoded import Json
from pos_guard.links.events import Asked, LinkEvent, Told
from pos_guard_simulator.guarded.devices import (
    guarded_payment,
    guarded_printer,
    guarded_scanner,
    payee_lists,
)
from pos_guard_simulator.guarded.policy import policy_text
from pos_guard_simulator.guarded.running import GuardRun
from pos_guard_simulator.guarded.settings import GuardedDevice
from pos_guard_simulator.guarded.store import PINS
from pos_guard_simulator.guarded.verdicts import GuardVerdict
from pos_guard_simulator.scenario.places import known
from pos_guard_simulator.scenario.plan import GuardPlan
from pos_guard_simulator.scenario.values import GUARD
from pos_guard_simulator.stage.stage import Stage

PERSON_OPS = frozenset({"approve", "decline", "confirm", "prove", "explain"})
"""Answers to what waits for a person: without ``decision``, what has waited longest is meant."""

_PIN_OF = ("approver", "person")
"""Fields that name a person, whose PIN is filled in where none is given: they are not secret."""


@dataclass(slots=True)
class Guarding:
    """A guard that runs. ``addresses``: where the app finds the devices that it stands before."""

    run: GuardRun
    client: DecisionClient
    addresses: Mapping[str, Mapping[str, str]]

    def ask(self, op: str, fields: Mapping[str, Json]) -> dict[str, Json]:
        """An operation of the decision socket (docs/decision-socket.md).

        :raises LocalError: it cannot be done; or nothing waits for a person.
        """
        told = dict(fields)
        if op in PERSON_OPS:
            if "decision" not in told:
                told["decision"] = self._waiting()
            pins = [PINS[str(told[key])] for key in _PIN_OF if told.get(key) in PINS]
            if pins and op in ("approve", "prove"):
                told.setdefault("pin", pins[0])
        try:
            return self.client.request(op, **told)
        except PortError as error:
            raise LocalError(f"the guard does not answer: {error}") from error

    def _waiting(self) -> int:
        waiting = cast("list[dict[str, Json]]", self.client.request("pending").get("waiting") or [])
        numbers = [one["decision"] for one in waiting]
        if not numbers:
            raise LocalError("the guard waits for nobody's answer")
        return cast("int", numbers[0])


def operations() -> Sequence[str]:
    """What a step can ask of the guard."""
    return sorted(OPERATIONS.keys() - {"hello"})


@contextlib.contextmanager
def guarded(
    plan: GuardPlan, stage: Stage, keep: Path | None = None
) -> Generator[Guarding, None, None]:
    """The guard of a plan, before the devices of a stage; ``keep``: a folder for its files.

    :raises PosGuardError: a setting is wrong, or an address cannot be had.
    """
    with contextlib.ExitStack() as undo:
        folder = keep
        if folder is None:
            name = undo.enter_context(tempfile.TemporaryDirectory(prefix="pos-guard-scenario-"))
            folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        devices = {
            name: _device(kind, stage.facts(name), folder / name)
            for name, kind in plan.devices.items()
        }
        policy = plan.policy
        if not plan.is_text:
            facts = {_profile(kind): stage.facts(name) for name, kind in plan.devices.items()}
            payees = {
                name: one for name, one in facts.items() if name not in ("printer", "scanner")
            }
            policy = policy_text(plan.currency, payee_lists(payees), plan.policy)
        run = undo.enter_context(
            GuardRun(
                folder, devices, policy, on_event=_noted(stage), on_verdict=_written_down(stage)
            )
        )
        client = undo.enter_context(DecisionClient(run.socket))
        if plan.operator:
            client.context(operator=plan.operator)
        yield Guarding(run, client, _addresses(run, plan))


def _noted(stage: Stage) -> Callable[[LinkEvent], None]:
    """Writes down what the guard says to people: ``asked`` and ``told``, with its words."""

    def note(event: LinkEvent) -> None:
        if stage.journal is not None and isinstance(event, Asked | Told):
            body = event_body(event)
            stage.journal.tell(GUARD, str(body.pop("event")), body)

    return note


def _written_down(stage: Stage) -> Callable[[GuardVerdict], None]:
    """Writes a verdict down before anything comes of it."""

    def write(one: GuardVerdict) -> None:
        if stage.journal is not None:
            told: dict[str, Json] = {
                "record": one.record,
                "kind": one.kind,
                "link": one.link,
                "level": one.level,
                "reason": one.reason,
                "rule": one.rule,
                "operation": one.operation,
                "amount": one.amount,
                "allowed": one.allowed,
            }
            stage.journal.tell(GUARD, "verdict", told)

    return write


def _device(kind: str, facts: Mapping[str, Json], link: Path) -> GuardedDevice:
    """The link before a device: at the same kind of place as the device itself."""
    places = cast("Mapping[str, str]", facts["addresses"])
    if "pty" in places:
        device, app = f"serial:{places['pty']}", f"pty:{link}"
    else:
        device, app = places.get("http") or f"tcp:{places['tcp']}", "tcp:127.0.0.1:0"
    if kind == "printer":
        return guarded_printer(str(facts["profile"]), device, app)
    if kind == "scanner":
        return guarded_scanner(str(facts["model"]), device, app)
    profile = _profile(kind)
    if profile == "zvt" and facts.get("framing") == "serial":
        profile = "zvt-serial"
    if profile == "iso8583":
        profile = str(facts["profile"])
    return guarded_payment(profile, facts, device, app)


def _profile(kind: str) -> str:
    return kind.rpartition(" ")[2]


def _addresses(run: GuardRun, plan: GuardPlan) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, address in run.addresses.items():
        scheme, _, place = address.partition(":")
        places: dict[str, Json] = {scheme: place}
        if plan.devices[name].startswith("provider "):
            places["http"] = f"http://{place}"
        found[name] = known(places)
    return {**found, GUARD: {"address": str(run.socket), "socket": str(run.socket)}}
