"""Texts -> groups of near-duplicates, which must never stand on two sides of a split."""

from __future__ import annotations

from collections.abc import Sequence

from phongtrao.language.normalize import syllables

SHINGLE = 5
"""Syllables in a sequence."""
SHARED = 0.2
"""Two texts are near-duplicates when they share this part of the shorter one's sequences."""


def shingles(text: str, length: int = SHINGLE) -> frozenset[str]:
    """Return the sequences of ``length`` syllables of a text (the text itself where it is shorter)."""
    words = syllables(text)
    if len(words) <= length:
        return frozenset([" ".join(words)])
    return frozenset(" ".join(words[i : i + length]) for i in range(len(words) - length + 1))


def near_duplicate_groups(texts: Sequence[str], *, shared: float = SHARED) -> list[int]:
    """Return a group number for each text; texts linked by near-duplication get the same one.

    Candidates come from MinHash (datasketch, 128 permutations, one row a band, which finds a pair of Jaccard
    similarity 0.05 with probability 0.999) and are then compared exactly.
    """
    from datasketch import MinHash, MinHashLSH

    sets = [shingles(text) for text in texts]
    index = MinHashLSH(num_perm=128, params=(128, 1))
    group = list(range(len(texts)))

    def root(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    for i, own in enumerate(sets):
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch([s.encode() for s in sorted(own)])
        for j in index.query(sketch):
            if len(own & sets[j]) >= shared * min(len(own), len(sets[j])):
                group[root(i)] = root(j)
        index.insert(i, sketch)
    return [root(i) for i in range(len(texts))]
