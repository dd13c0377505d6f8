"""A proof of one record is checked by who has only a file and a key, and nothing else passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

import pytest

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError, TamperError
from pos_guard.frames.decoded import Json
from pos_guard.store import proofs
from pos_guard.store.audit_index import BLOCK
from pos_guard.store.note import Ed25519Signer, HmacSigner, parse_key
from pos_guard.store.segments import HOT_DAYS
from pos_guard.store.store import Store

DAY = 24 * 3600
Proof = dict[str, Json]


def filled(store: Store, clock: ManualClock, count: int) -> None:
    for number in range(count):
        clock.advance(1)
        with store.transaction():
            store.audit.append("verdict", {"entry": number, "text": "中文"}, actor="anna")


def shown(store: Store, proof: Proof) -> proofs.Proved:
    return proofs.check(json.dumps(proof), *store.checkpoints.verifiers())


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_every_record_is_proved(store: Store, clock: ManualClock, count: int) -> None:
    filled(store, clock, count)
    size = store.checkpoints.now().checkpoint.size
    for seq in range(1, size + 1):
        proved = shown(store, proofs.prove(store, seq))
        record = store.audit.record(seq)
        assert record is not None
        assert proved.record.as_json() == record.as_json() | {"hash": proved.record.hash}
        assert (proved.checkpoint.size, proved.since) == (size, None)


def test_the_log_is_proved_to_begin_with_an_older_checkpoint(
    store: Store, clock: ManualClock
) -> None:
    notes = [store.checkpoints.now().note]
    for _ in range(12):
        filled(store, clock, 3)
        notes.append(store.checkpoints.now().note)
    for note in notes:
        proved = shown(store, proofs.prove(store, 4, note))
        assert proved.since == store.checkpoints.read(note)


def test_records_and_checkpoints_in_sealed_segments_are_proved(
    store: Store, clock: ManualClock
) -> None:
    filled(store, clock, BLOCK + 9)
    note = store.checkpoints.now().note
    filled(store, clock, BLOCK)
    clock.advance((HOT_DAYS + 1) * DAY)
    filled(store, clock, BLOCK)
    assert store.segments.seal() is not None
    for seq in (1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1, 3 * BLOCK):
        assert shown(store, proofs.prove(store, seq)).record.seq == seq
        assert shown(store, proofs.prove(store, seq, note)).since is not None


def edited(proof: Proof, **changes: Json) -> Proof:
    return proof | changes


def flipped(name: str) -> Callable[[Proof], Proof]:
    """The first hash of a path with another first letter."""

    def change(proof: Proof) -> Proof:
        first, *rest = cast("list[str]", proof[name])
        other = ("1" if first[0] != "1" else "2") + first[1:]
        return edited(proof, **{name: list[Json]([other, *rest])})

    return change


def shortened(name: str) -> Callable[[Proof], Proof]:
    return lambda proof: edited(proof, **{name: cast("list[Json]", proof[name])[1:]})


def lengthened(name: str) -> Callable[[Proof], Proof]:
    return lambda proof: edited(proof, **{name: [*cast("list[Json]", proof[name]), "0" * 64]})


def retold(name: str, old: str, new: str) -> Callable[[Proof], Proof]:
    def change(proof: Proof) -> Proof:
        text = str(proof[name])
        assert old in text
        return edited(proof, **{name: text.replace(old, new)})

    return change


WRONG: dict[str, Callable[[Proof], Proof]] = {
    "amount": retold("record", '"entry":1', '"entry":2'),
    "number": retold("record", '"seq":4', '"seq":5'),
    "spaces": retold("record", '"seq":4', '"seq": 4'),
    "path": flipped("inclusion"),
    "short path": shortened("inclusion"),
    "long path": lengthened("inclusion"),
    "history": flipped("consistency"),
    "short history": shortened("consistency"),
    "long history": lengthened("consistency"),
    "size": retold("checkpoint", "\n13\n", "\n12\n"),
    "older size": retold("since", "\n8\n", "\n7\n"),
    "swapped": lambda proof: edited(proof, since=proof["checkpoint"], checkpoint=proof["since"]),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_was_changed_proves_nothing(
    store: Store, clock: ManualClock, change: Callable[[Proof], Proof]
) -> None:
    filled(store, clock, 8 - store.checkpoints.now().checkpoint.size)
    note = store.checkpoints.now().note
    filled(store, clock, 5)
    proof = proofs.prove(store, 4, note)
    assert '"entry":1' in str(proof["record"])
    assert shown(store, proof).since is not None
    with pytest.raises(TamperError):
        shown(store, change(proof))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"format": 1}',
        '{"format": "pos-guard audit proof 1"}',
        '{"format": "pos-guard audit proof 1", "checkpoint": 7, "record": "{}", "inclusion": []}',
    ],
)
def test_what_is_no_proof_is_said_to_be_none(store: Store, text: str) -> None:
    with pytest.raises(LocalError):
        proofs.check(text, *store.checkpoints.verifiers())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("record", "no json"),
        ("record", "[]"),
        ("record", '{"seq": "1"}'),
        ("record", '{"seq": 0}'),
        ("record", None),
        ("inclusion", None),
        ("inclusion", ["A" * 64]),
        ("inclusion", ["0" * 63]),
        ("inclusion", [7]),
        ("inclusion", ["0" * 64] * 65),
    ],
)
def test_pieces_of_another_type_are_refused(store: Store, name: str, value: Json) -> None:
    proof = edited(proofs.prove(store, 1), **{name: value})
    with pytest.raises((LocalError, TamperError)):
        shown(store, proof)


@pytest.mark.parametrize("seq", [0, -1, 1000])
def test_a_record_that_is_not_there_is_not_proved(store: Store, seq: int) -> None:
    with pytest.raises(LocalError, match="no record"):
        proofs.prove(store, seq)


def test_another_key_proves_nothing(store: Store) -> None:
    proof = json.dumps(proofs.prove(store, 1))
    with pytest.raises(TamperError):
        proofs.check(proof, HmacSigner(store.audit.name, bytes(32)))


def test_a_public_key_alone_is_enough(store: Store, clock: ManualClock) -> None:
    pytest.importorskip("cryptography")
    store.rotation.sign()
    with Store.open(store.directory, clock=clock, readonly=True) as again:
        signer = again.checkpoints.signer()
        assert isinstance(signer, Ed25519Signer)
        key = parse_key(signer.text())
        proof = json.dumps(proofs.prove(again, 1))
    assert proofs.check(proof, key).record.kind == "init"


# Ways to miscopy one.
@pytest.mark.parametrize(
    "text",
    ["", "name", "name+00000000", "name+00000000+!!", "name+c74f20a3+AAAA", "+c74f20a3+ARpc"],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(LocalError):
        parse_key(text)


# The key of golang.org/x/mod/sumdb/note's examples (note_test.go).
def test_the_key_of_the_go_programs_is_read() -> None:
    key = parse_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert (key.name, key.key_id.hex()) == ("PeterNeumann", "c74f20a3")
    with pytest.raises(LocalError, match="miscopied"):
        parse_key("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
