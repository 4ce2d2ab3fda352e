"""Expected overlap of each sentence with a summary -> the sentences that make one.

Sentences are added one by one as long as the expected ROUGE-like F, twice the overlap over the words of
summary and reference together, grows. So a long sentence must earn its length, and summaries end of
themselves.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from phongtrao.config import ExtractiveSettings

Floats = NDArray[np.float64]
_CLOSEST = 40
"""Only so many of the best sentences are paired when greedy choice falls short of the minimum."""


def select(
    shares: Floats, words: Floats, vectors: Floats, preferred: NDArray[np.bool_], settings: ExtractiveSettings
) -> list[int]:
    """Choose sentences for a ``standard`` summary; return their indices in reading order.

    Args:
        shares: (sentences,): the share of each sentence's words that a summary is expected to hold.
        words: (sentences,)
        vectors: (sentences, vocabulary) of unit length; the closer a sentence is to a chosen one, the less
            it adds.
        preferred: (sentences,): only if these cannot reach the minimum are the others used.
        settings: limits of length and redundancy.

    Returns:
        At least one index for at least one sentence; between ``min_words`` and ``max_words`` where the
        sentences allow it.
    """
    similarity = vectors @ vectors.T
    gains = np.maximum(shares, 1e-6) * words
    every = np.ones(len(words), dtype=bool)
    chosen: list[int] = []
    for allowed in (preferred, every):
        chosen = _greedy(gains, words, similarity, allowed, settings)
        if words[chosen].sum() >= settings.min_words:
            return sorted(chosen)
    return sorted(_fitting(gains, words, similarity, settings) or chosen or [int(np.argmin(words))])


def best_single(
    shares: Floats, words: Floats, preferred: NDArray[np.bool_], settings: ExtractiveSettings
) -> int:
    """Choose the sentence of a ``short`` summary."""
    fits = words <= settings.max_words
    pool = next((p for p in (preferred & fits, fits) if p.any()), words == words.min())
    value = np.maximum(shares, 1e-6) * words / (words + settings.length_pull)
    return int(np.argmax(np.where(pool, value, -1.0)))


def _greedy(
    gains: Floats, words: Floats, similarity: Floats, allowed: NDArray[np.bool_], settings: ExtractiveSettings
) -> list[int]:
    chosen: list[int] = []
    total = overlap = 0.0
    closest = np.zeros(len(words))  # cosine with the nearest chosen sentence
    while True:
        new = gains * (1 - closest)
        value = (overlap + new) / (total + words + settings.length_pull)
        open_ = allowed & (total + words <= settings.max_words) & (closest <= settings.redundancy)
        open_[chosen] = False
        if not open_.any():
            return chosen
        best = int(np.argmax(np.where(open_, value, -1.0)))
        if total >= settings.min_words and value[best] <= overlap / (total + settings.length_pull):
            return chosen
        chosen.append(best)
        total += words[best]
        overlap += new[best]
        closest = np.maximum(closest, similarity[best])


def _fitting(gains: Floats, words: Floats, similarity: Floats, settings: ExtractiveSettings) -> list[int]:
    """Return the best one or two sentences within the limits; none where there are no such."""
    order = np.argsort(-gains, kind="stable")[:_CLOSEST].tolist()
    best: tuple[float, list[int]] = (-1.0, [])
    for group in [[i] for i in order] + [list(pair) for pair in combinations(order, 2)]:
        total = words[group].sum()
        close = similarity[group[0], group[1]] if len(group) == 2 else 0.0
        if settings.min_words <= total <= settings.max_words and close <= settings.redundancy:
            value = gains[group].sum() * (1 - close / 2) / (total + settings.length_pull)
            best = max(best, (value, group))
    return best[1]
