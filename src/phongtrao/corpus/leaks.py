"""Texts to measure on, and texts learned from -> which of the former are near-duplicates of the latter.

A newspaper prints a story twice with a word changed; a model that has seen the one knows the other. So a
corpus that was split without a look at this is measured with such texts and without them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from phongtrao.corpus.duplicates import SHARED, shingles

BLOCK = 5000
"""Texts compared at a time, about half a gigabyte of sequences where they are articles."""


def near_duplicates_of(known: Sequence[str], texts: Sequence[str], *, shared: float = SHARED) -> np.ndarray:
    """Return (texts,) bool: which share ``shared`` of the shorter one's sequences with one of ``known``.

    Every pair is compared (sequences: see ``corpus.duplicates``), through a table of the sequences that a
    block of ``texts`` holds; those of ``known`` are only passed through it, so memory stays small.
    """
    blocks = [texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK)]
    return np.concatenate([np.zeros(0, bool), *(_of_block(known, block, shared) for block in blocks)])


def _of_block(known: Sequence[str], texts: Sequence[str], shared: float) -> np.ndarray:
    holders: dict[str, list[int]] = {}
    sizes = np.zeros(len(texts))
    for index, text in enumerate(texts):
        own = shingles(text)
        sizes[index] = len(own)
        for sequence in own:
            holders.setdefault(sequence, []).append(index)
    found = np.zeros(len(texts), bool)
    for text in known:
        own = shingles(text)
        met = np.array([i for sequence in own if sequence in holders for i in holders[sequence]], int)
        counts = np.bincount(met, minlength=len(texts))
        found |= counts >= shared * np.minimum(sizes, len(own))
    return found
