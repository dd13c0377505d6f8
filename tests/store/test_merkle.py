"""The Merkle tree: reference roots of others, proofs for every place, wrong proofs refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import LocalError
from pos_guard.store.merkle import (
    Leaves,
    Tree,
    is_consistent,
    leaf_hash,
    node_hash,
    root_by_inclusion,
)

# Leaves and roots of the reference implementation of RFC 6962 (google/certificate-transparency,
# merkletree/merkle_tree_test.cc; Apache-2.0): hashes, no code.
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

HASHES = [leaf_hash(str(number).encode()) for number in range(40)]


def grown(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree


def test_the_roots_of_the_reference_implementation() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in LEAVES]
    assert [grown(leaves[:size]).root.hex() for size in range(9)] == ROOTS
    assert [Leaves(leaves).root(size).hex() for size in range(9)] == ROOTS


def definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(definition(leaves[:split]), definition(leaves[split:]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=8), max_size=70))
def test_peaks_lead_to_the_root_of_the_definition(records: list[bytes]) -> None:
    leaves = [leaf_hash(record) for record in records]
    tree = grown(leaves)
    assert tree.root == definition(leaves)
    assert Tree.load(tree.size, tree.peaks_bytes()) == tree


def test_the_roots_of_another_library() -> None:
    """pymerkle 7.0.0, in the test group: another program's trees, sizes 1 to 130."""
    pymerkle = pytest.importorskip("pymerkle")
    theirs = pymerkle.InmemoryTree(algorithm="sha256")
    ours = Tree()
    for number in range(130):
        theirs.append_entry(str(number).encode())
        ours.add(leaf_hash(str(number).encode()))
        assert theirs.get_root() == ours.root


def test_every_inclusion_is_proved_and_nothing_else() -> None:
    leaves = Leaves(HASHES)
    for size in range(1, 20):
        root = leaves.root(size)
        for index in range(size):
            path = leaves.inclusion(index, size)
            assert root_by_inclusion(HASHES[index], index, size, path) == root
            wrong = [
                (HASHES[index + 1], index, size, path),
                (HASHES[index], index, size, [*path, HASHES[0]]),
                (HASHES[index], index, size, [HASHES[30], *path[1:]] if path else [HASHES[30]]),
                (HASHES[index], index + size, size, path),
                (HASHES[index], -1, size, path),
            ]
            wrong += [(HASHES[index], at, size, path) for at in range(size) if at != index]
            if path:
                wrong.append((HASHES[index], index, size, path[:-1]))
            for leaf, at, of, proof in wrong:
                assert root_by_inclusion(leaf, at, of, proof) != root


def test_every_consistency_is_proved_and_nothing_else() -> None:
    leaves = Leaves(HASHES)
    roots = [leaves.root(size) for size in range(len(HASHES) + 1)]
    for size in range(20):
        for old in range(size + 1):
            proof = leaves.consistency(old, size)
            assert is_consistent(old, roots[old], size, roots[size], proof)
            assert not is_consistent(old, roots[old], size, roots[size], [*proof, roots[3]])
            assert not is_consistent(old, roots[30], size, roots[size], proof)
            assert not is_consistent(size + 1, roots[size], size, roots[size], proof)
            if 0 < old < size:
                assert not is_consistent(old, roots[old], size, roots[30], proof)
                assert not is_consistent(old, roots[old], size, roots[size], proof[1:])
                assert not is_consistent(old, roots[old], size, roots[size], [])


def test_proofs_go_on_where_old_leaves_are_gone() -> None:
    """Sealed segments leave only the peaks: later records are proved all the same."""
    whole = Leaves(HASHES)
    for gone in range(1, 24):
        rest = Leaves(HASHES[gone:], grown(HASHES[:gone]))
        for size in range(gone + 1, 26):
            assert rest.root(size) == whole.root(size)
            assert rest.consistency(gone, size) == whole.consistency(gone, size)
            for index in range(gone, size):
                assert rest.inclusion(index, size) == whole.inclusion(index, size)


def test_what_is_gone_or_was_never_there_is_not_proved() -> None:
    rest = Leaves(HASHES[7:], grown(HASHES[:7]))
    for act in (
        lambda: rest.inclusion(6, 20),
        lambda: rest.inclusion(40, 41),
        lambda: rest.consistency(6, 20),
        lambda: rest.consistency(8, 41),
        lambda: rest.root(5),
        lambda: rest.root(41),
    ):
        with pytest.raises(LocalError):
            act()


@pytest.mark.parametrize(("size", "peaks"), [(1, b""), (2, bytes(64)), (-1, bytes(32)), (3, b"x")])
def test_peaks_that_fit_no_size_are_refused(size: int, peaks: bytes) -> None:
    with pytest.raises(LocalError):
        Tree.load(size, peaks)
