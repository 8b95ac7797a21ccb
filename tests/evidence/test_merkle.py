"""The tree is that of RFC 9162, and a proof shows nothing else than what it was made for."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvyue.evidence.merkle import (
    EMPTY_ROOT,
    Frontier,
    InvalidProof,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The vectors of Certificate Transparency: github.com/transparency-dev/merkle, testonly/constants.go.
CT_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
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
CT_HASHES = [leaf_hash(leaf) for leaf in CT_LEAVES]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CT_CONSISTENCY = {
    (2, 8): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

MANY = [leaf_hash(b"leaf %d" % number) for number in range(70)]
ROOTS = [root(MANY[:size]) for size in range(len(MANY) + 1)]
STRANGER = sha256(b"stranger").digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    frontier = Frontier()
    frontier.extend(CT_HASHES[:size])

    assert root(CT_HASHES[:size]).hex() == CT_ROOTS[size]
    assert frontier.root().hex() == CT_ROOTS[size]


@pytest.mark.parametrize(("place", "proof"), CT_INCLUSION.items())
def test_inclusion_proofs_are_those_of_certificate_transparency(
    place: tuple[int, int], proof: list[str]
) -> None:
    assert [node.hex() for node in inclusion_proof(*place, CT_HASHES)] == proof


@pytest.mark.parametrize(("sizes", "proof"), CT_CONSISTENCY.items())
def test_consistency_proofs_are_those_of_certificate_transparency(
    sizes: tuple[int, int], proof: list[str]
) -> None:
    assert [node.hex() for node in consistency_proof(*sizes, CT_HASHES)] == proof


def test_the_definition_of_the_rfc_gives_the_same_roots() -> None:
    """MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])), k the largest power of two below n"""

    def mth(hashes: list[bytes]) -> bytes:
        if len(hashes) <= 1:
            return hashes[0] if hashes else EMPTY_ROOT
        k = 1
        while k * 2 < len(hashes):
            k *= 2
        return node_hash(mth(hashes[:k]), mth(hashes[k:]))

    assert [mth(MANY[:size]) for size in range(len(MANY) + 1)] == ROOTS


def test_every_leaf_is_proved_in_every_tree() -> None:
    for size in range(1, len(MANY) + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, MANY)
            verify_inclusion(MANY[index], index, size, proof, ROOTS[size])


def test_every_tree_is_proved_to_continue_every_smaller_one() -> None:
    for n in range(len(MANY) + 1):
        for m in range(n + 1):
            verify_consistency(m, n, consistency_proof(m, n, MANY), ROOTS[m], ROOTS[n])


def test_an_inclusion_proof_shows_no_other_leaf_place_or_tree() -> None:
    for size in range(1, 20):
        for index in range(size):
            proof = inclusion_proof(index, size, MANY)
            wrong: list[tuple[bytes, int, int, list[bytes], bytes]] = [
                (STRANGER, index, size, proof, ROOTS[size]),
                (MANY[index], size, size, proof, ROOTS[size]),  # one beyond the end
                (MANY[index], -1, size, proof, ROOTS[size]),
                (MANY[index], index, size, [*proof, STRANGER], ROOTS[size]),
                (MANY[index], index, size, [STRANGER, *proof], ROOTS[size]),
                (MANY[index], index, size, proof, ROOTS[size - 1]),
                (MANY[index], index, size, proof, STRANGER),
                *(
                    (MANY[index], other, size, proof, ROOTS[size])
                    for other in range(size)
                    if other != index
                ),
            ]
            if proof:
                wrong += [
                    (MANY[index], index, size, proof[:-1], ROOTS[size]),
                    (MANY[index], index, size, [*proof[:-1], STRANGER], ROOTS[size]),
                ]
            for claim in wrong:
                with pytest.raises(InvalidProof):
                    verify_inclusion(*claim)


def test_a_consistency_proof_shows_no_other_trees() -> None:
    for n in range(1, 20):
        for m in range(1, n + 1):
            proof = consistency_proof(m, n, MANY)
            wrong: list[tuple[int, int, list[bytes], bytes, bytes]] = [
                (m, n, proof, STRANGER, ROOTS[n]),
                (m, n, proof, ROOTS[m], STRANGER),
                (m, n, [*proof, STRANGER], ROOTS[m], ROOTS[n]),
                (m, n, [STRANGER, *proof], ROOTS[m], ROOTS[n]),
                (n + 1, n, proof, ROOTS[m], ROOTS[n]),
                (-1, n, proof, ROOTS[m], ROOTS[n]),
            ]
            if m < n:
                wrong.append((m, n, [], ROOTS[m], ROOTS[n]))
            if proof:
                wrong.append((m, n, [*proof[:-1], STRANGER], ROOTS[m], ROOTS[n]))
            for claim in wrong:
                with pytest.raises(InvalidProof):
                    verify_consistency(*claim)


def test_an_empty_tree_is_the_beginning_of_any_but_only_under_its_own_root() -> None:
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    verify_consistency(0, 7, [], EMPTY_ROOT, ROOTS[7])
    for claim in ((0, 7, STRANGER, ROOTS[7]), (0, 0, EMPTY_ROOT, STRANGER)):
        with pytest.raises(InvalidProof):
            verify_consistency(claim[0], claim[1], [], claim[2], claim[3])


def test_a_rewritten_leaf_breaks_consistency() -> None:
    rewritten = [*MANY[:3], STRANGER, *MANY[4:9]]

    with pytest.raises(InvalidProof, match="旧日志被改写过"):
        verify_consistency(5, 9, consistency_proof(5, 9, rewritten), ROOTS[5], root(rewritten))


def test_swapped_leaves_have_another_root() -> None:
    for at in range(8):
        swapped = [*MANY[:at], MANY[at + 1], MANY[at], *MANY[at + 2 : 9]]

        assert root(swapped) != ROOTS[9]


def test_the_last_node_is_not_doubled() -> None:
    """Bitcoin's rule would give [a, b, c] and [a, b, c, c] one root."""
    for size in (1, 3, 5, 7):
        assert root(MANY[:size]) != root([*MANY[:size], MANY[size - 1]])


def test_a_leaf_cannot_pass_for_a_node() -> None:
    assert leaf_hash(MANY[0] + MANY[1]) != node_hash(MANY[0], MANY[1])


def test_what_is_outside_the_tree_cannot_be_proved() -> None:
    for index, size in ((3, 3), (-1, 3), (0, 0), (0, 71)):
        with pytest.raises(ValueError, match="不能证明"):
            inclusion_proof(index, size, MANY)
    for m, n in ((4, 3), (-1, 3), (0, 71)):
        with pytest.raises(ValueError, match="不能证明"):
            consistency_proof(m, n, MANY)


@given(st.lists(st.binary(max_size=40), max_size=80), st.data())
def test_a_frontier_may_be_put_away_and_taken_up_anywhere(
    leaves: list[bytes], data: st.DataObject
) -> None:
    pause = data.draw(st.integers(0, len(leaves)))
    hashes = [leaf_hash(leaf) for leaf in leaves]
    frontier = Frontier()
    frontier.extend(hashes[:pause])

    resumed = Frontier.from_bytes(bytes(frontier))
    resumed.extend(hashes[pause:])

    assert resumed.size == len(leaves)
    assert resumed.root() == root(hashes)
    assert len(bytes(resumed)) == 8 + 32 * len(leaves).bit_count()


@pytest.mark.parametrize("blob", [b"", b"\0" * 7, b"\0" * 9, (1).to_bytes(8, "big"), b"\0" * 40])
def test_a_frontier_of_the_wrong_length_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="前沿数据"):
        Frontier.from_bytes(blob)
