"""Sentences -> TF-IDF vectors, of the sentences and of the passages they make.

Every sentence is cut into n-grams once; a passage's counts are the sum of its sentences' counts. So the two
views on a text, best sentence and whole, cost one reading of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from phongtrao.language.segmentation import segmenter


@dataclass(frozen=True)
class NgramTfidf:
    """A fitted vocabulary of token n-grams with their inverse passage frequencies."""

    vocabulary: dict[str, int]
    idf: np.ndarray
    """(n-grams,) float32."""
    ngrams: int
    segmenter: str

    @classmethod
    def fit(
        cls, passages: Sequence[Sequence[str]], *, ngrams: int, segmenter: str, rarest: int
    ) -> NgramTfidf:
        """Learn from passages given as lists of sentences; n-grams in fewer than ``rarest`` are left out."""
        found: Counter[str] = Counter()
        for sentences in passages:
            found.update({gram for sentence in sentences for gram in grams(sentence, ngrams, segmenter)})
        kept = sorted(gram for gram, count in found.items() if count >= rarest)
        frequency = np.array([found[gram] for gram in kept], dtype=np.float64)
        # Smoothed as in scikit-learn: one more passage that holds every n-gram.
        idf = np.log((1 + len(passages)) / (1 + frequency)) + 1
        return cls({gram: i for i, gram in enumerate(kept)}, idf.astype(np.float32), ngrams, segmenter)

    def counts(self, sentences: Sequence[str]) -> sp.csr_matrix:
        """Return the n-gram counts, (sentences, n-grams)."""
        indices: list[int] = []
        indptr = [0]
        look_up = self.vocabulary.get
        for sentence in sentences:
            indices.extend(
                i for gram in grams(sentence, self.ngrams, self.segmenter) if (i := look_up(gram)) is not None
            )
            indptr.append(len(indices))
        matrix = sp.csr_matrix(
            (np.ones(len(indices), dtype=np.float32), indices, indptr),
            shape=(len(sentences), len(self.vocabulary)),
        )
        matrix.sum_duplicates()
        return matrix

    def weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Return TF-IDF rows of length 1 from counts, term frequency taken as ``1 + log(count)``."""
        weighted = counts.copy()
        weighted.data = (1 + np.log(weighted.data)) * self.idf[weighted.indices]
        norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        norms[norms == 0] = 1
        weighted.data /= np.repeat(norms, np.diff(weighted.indptr)).astype(np.float32)
        return weighted


def grams(sentence: str, longest: int, by: str) -> list[str]:
    """Return the n-grams of 1 to ``longest`` tokens of a sentence, repeated as they occur."""
    tokens = segmenter(by)(sentence)
    found = list(tokens)
    for n in range(2, longest + 1):
        found += [" ".join(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    return found


def summing(lengths: Sequence[int]) -> sp.csr_matrix:
    """Return the (groups, items) matrix that sums consecutive groups of the given lengths."""
    total = int(sum(lengths))
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(int)
    return sp.csr_matrix(
        (np.ones(total, dtype=np.float32), np.arange(total), indptr), shape=(len(lengths), total)
    )
