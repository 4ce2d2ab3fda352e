"""Token lists and a reference -> ROUGE F1 of many candidates, quickly, to learn from.

The figures that are reported come from rouge_score (``summary.metrics``); the tests hold both to be equal.
A summarizer in training weighs some 300,000 groups of sentences, which rouge_score takes an hour for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from phongtrao.summary.metrics import Scale, SyllableTokenizer

Token = TypeVar("Token")
_LATIN = re.compile(r"[a-z0-9]+")


def tokens(text: str, scale: Scale) -> list[str]:
    """Return the tokens that ROUGE counts on a scale."""
    return SyllableTokenizer().tokenize(text) if scale == "syllable" else _LATIN.findall(text.lower())


class Reference:
    """A reference's tokens, counted once."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._count = len(wanted)
        self._single = Counter(wanted)
        self._pairs = Counter(pairwise(wanted))
        self._places: dict[str, int] = {}  # token -> bits, one for each place it stands at
        for place, token in enumerate(wanted):
            self._places[token] = self._places.get(token, 0) | (1 << place)

    def rouge(self, candidate: Sequence[str]) -> tuple[float, float, float]:
        """Return F1 of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1."""
        both = len(candidate) + self._count
        if not candidate or not self._count:
            return 0.0, 0.0, 0.0
        single = _shared(Counter(candidate), self._single)
        pairs = _shared(Counter(pairwise(candidate)), self._pairs)
        subsequence = self._longest_common_subsequence(candidate)
        return 2 * single / both, 2 * pairs / max(both - 2, 1), 2 * subsequence / both

    def _longest_common_subsequence(self, candidate: Sequence[str]) -> int:
        """Return its length, by additions on bit vectors (Hyyrö 2004)."""
        every = (1 << self._count) - 1
        row = every
        for token in candidate:
            met = row & self._places.get(token, 0)
            row = ((row + met) | (row - met)) & every
        return self._count - row.bit_count()


def _shared(own: Counter[Token], wanted: Counter[Token]) -> int:
    return sum(min(count, wanted[token]) for token, count in own.items() if token in wanted)


def group_rouge(
    texts: Sequence[str], found: Sequence[Sequence[int]], reference: str, scale: Scale
) -> NDArray[np.float64]:
    """Return for each group of texts, told one behind the other, the mean of its three F1."""
    own = [tokens(text, scale) for text in texts]
    wanted = Reference(tokens(reference, scale))
    scores = [wanted.rouge([token for index in group for token in own[index]]) for group in found]
    means: NDArray[np.float64] = np.array(scores, dtype=float).reshape(-1, 3).mean(axis=1)
    return means
