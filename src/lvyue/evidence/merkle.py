"""散列树: the tree of RFC 9162, section 2.1, over the leaves of a log, with SHA-256.

Pure and of the standard library only. A list of hashes is always the hashes of the leaves, in the
order of the log. An odd node at the end of a level goes up as it is: doubling it, as Bitcoin does,
would give two lists of leaves the same root.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_SIZE = 32
COUNT_SIZE = 8
EMPTY_ROOT = sha256(b"").digest()


class InvalidProof(ValueError):
    """证明不成立: the proof does not show what it claims to show."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over all leaves at once; `Frontier` gives the same one leaf by leaf."""
    return _levels(hashes)[-1][0] if hashes else EMPTY_ROOT


class Frontier:
    """前沿: all that must be kept of a tree to append to it and to know its root.

    `peaks` are the roots of the largest complete subtrees, from left to right: one for each bit that
    is set in `size`.
    """

    __slots__ = ("peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, hashed: bytes) -> None:
        """Take the hash of the next leaf."""
        peaks, trailing = self.peaks, self.size
        while trailing & 1:
            hashed = sha256(b"\x01" + peaks.pop() + hashed).digest()
            trailing >>= 1
        peaks.append(hashed)
        self.size += 1

    def extend(self, hashes: Iterable[bytes]) -> None:
        for hashed in hashes:
            self.append(hashed)

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *lefts, node = self.peaks
        for left in reversed(lefts):
            node = node_hash(left, node)
        return node

    def __bytes__(self) -> bytes:
        """Eight bytes of size, the highest first, then the peaks from left to right."""
        return self.size.to_bytes(COUNT_SIZE, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, blob: bytes) -> Frontier:
        """What `bytes(frontier)` wrote; anything else is refused."""
        size, peaks = int.from_bytes(blob[:COUNT_SIZE], "big"), blob[COUNT_SIZE:]
        if len(blob) < COUNT_SIZE or len(peaks) != size.bit_count() * HASH_SIZE:
            raise ValueError(f"前沿数据应有 8 + 32 × 子树数 个字节，这里有 {len(blob)} 个字节。")
        frontier = cls()
        frontier.size = size
        frontier.peaks = [peaks[at : at + HASH_SIZE] for at in range(0, len(peaks), HASH_SIZE)]
        return frontier


def inclusion_proof(index: int, size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """The neighbours that lead from the leaf at `index` to the root of the first `size` leaves."""
    if not 0 <= index < size <= len(hashes):
        raise ValueError(f"树中有 {len(hashes)} 片叶，不能证明前 {size} 片中的第 {index} 片。")
    proof = []
    for level in _levels(hashes[:size])[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            proof.append(level[neighbour])
        index >>= 1
    return proof


def consistency_proof(m: int, n: int, hashes: Sequence[bytes]) -> list[bytes]:
    """What shows that the tree of the first `m` leaves is the beginning of the tree of the first `n`."""
    if not 0 <= m <= n <= len(hashes):
        raise ValueError(f"树中有 {len(hashes)} 片叶，不能证明前 {m} 片是前 {n} 片的开头。")
    if m in {0, n}:
        return []
    proof: list[bytes] = []
    begin, end, known = (
        0,
        n,
        True,
    )  # known: the old root is of just this subtree, and needs no telling
    while (count := m - begin) != end - begin:
        split = 1 << (end - begin - 1).bit_length() - 1
        if count <= split:
            proof.append(root(hashes[begin + split : end]))
            end = begin + split
        else:
            proof.append(root(hashes[begin : begin + split]))
            begin += split
            known = False
    if not known:
        proof.append(root(hashes[begin:end]))
    return proof[::-1]


def verify_inclusion(
    hashed: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes
) -> None:
    """RFC 9162, 2.1.3.2: raises `InvalidProof` unless the leaf stands at `index` under this root."""
    if not 0 <= index < size:
        raise InvalidProof(f"序号 {index} 不在大小为 {size} 的树中。")
    place, last, node = index, size - 1, hashed
    for neighbour in proof:
        if last == 0:
            raise InvalidProof("包含证明里的散列多于这棵树的层数。")
        if place & 1 or place == last:
            node = node_hash(neighbour, node)
            while not (place & 1 or place == 0):
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, neighbour)
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof("包含证明里的散列少于这棵树的层数。")
    if node != expected:
        raise InvalidProof("按包含证明算出的根与给出的根不同。")


def verify_consistency(
    m: int, n: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """RFC 9162, 2.1.4.2: raises `InvalidProof` unless the new tree begins with all of the old one."""
    if not 0 <= m <= n:
        raise InvalidProof(f"大小为 {n} 的树不可能接着大小为 {m} 的树。")
    if m in {0, n}:
        if proof:
            raise InvalidProof("两棵树相同，或旧树为空时，一致性证明应当是空的。")
        if old_root != (new_root if m else EMPTY_ROOT) or (n == 0 and new_root != EMPTY_ROOT):
            raise InvalidProof("同样大小的树，根却不同。")
        return
    path = list(proof)
    place, last = m - 1, n - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if place == 0:  # m is a power of two: the old root is itself a node of the new tree
        path.insert(0, old_root)
    if not path:
        raise InvalidProof("一致性证明是空的。")
    old = new = path[0]
    for neighbour in path[1:]:
        if last == 0:
            raise InvalidProof("一致性证明里的散列多于这棵树的层数。")
        if place & 1 or place == last:
            old, new = node_hash(neighbour, old), node_hash(neighbour, new)
            while not (place & 1 or place == 0):
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, neighbour)
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof("一致性证明里的散列少于这棵树的层数。")
    if old != old_root:
        raise InvalidProof(
            "按一致性证明算出的旧根与给出的旧根不同：旧日志被改写过，或证明属于别的日志。"
        )
    if new != new_root:
        raise InvalidProof("按一致性证明算出的新根与给出的新根不同。")


def _levels(hashes: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The rows of the tree from the leaves up to the root."""
    levels = [hashes]
    while len(level := levels[-1]) > 1:
        above = [
            sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            above.append(level[-1])
        levels.append(above)
    return levels
