"""Sentences -> TF-IDF vectors, of the sentences and of the passages they make.

Every sentence is cut into n-grams once; a passage's counts are the sum of its sentences' counts. So the two
views on a text, best sentence and whole, cost one reading of it.
"""

from __future__ import annotations

from array import array
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
        return cls.fit_counts(passages, ngrams=ngrams, segmenter=segmenter, rarest=rarest)[0]

    @classmethod
    def fit_counts(
        cls, passages: Sequence[Sequence[str]], *, ngrams: int, segmenter: str, rarest: int
    ) -> tuple[NgramTfidf, sp.csr_matrix]:
        """Fit, and return the passages' counts beside it: those of their sentences, summed."""
        names, counts = ngram_counts(passages, ngrams, segmenter, rarest)
        frequency = np.bincount(counts.indices, minlength=len(names)).astype(np.float64)
        # Smoothed as in scikit-learn: one more passage that holds every n-gram.
        idf = np.log((1 + len(passages)) / (1 + frequency)) + 1
        return cls(
            {gram: i for i, gram in enumerate(names)}, idf.astype(np.float32), ngrams, segmenter
        ), counts

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


def ngram_counts(
    passages: Sequence[Sequence[str]], longest: int, by: str, rarest: int
) -> tuple[list[str], sp.csr_matrix]:
    """Return the n-grams that at least ``rarest`` passages hold, sorted, and their counts.

    N-grams are pairs of numbers (the n-gram but for its last token, that token) until the rare ones are gone:
    a newspaper's millions of bigrams, most of them seen once, never stand in memory as texts.
    """
    tokens, sentence, owner, words = _token_numbers(passages, by)
    names = [""]
    prefix = np.zeros(len(tokens), np.int64)  # the kept n-gram that begins at each token; -1: none
    kept_names: list[str] = []
    parts: list[sp.csr_matrix] = []
    for n in range(longest):
        # Position i stands for the n-gram of tokens i to i + n.
        end = max(0, len(tokens) - n)
        inside = np.flatnonzero((prefix[:end] >= 0) & (sentence[n:] == sentence[:end]))
        keys, column = np.unique(prefix[inside] * len(words) + tokens[inside + n], return_inverse=True)
        counts = sp.csr_matrix(
            (np.ones(len(inside), np.float32), (owner[inside], column)), shape=(len(passages), len(keys))
        )
        kept = np.bincount(counts.indices, minlength=len(keys)) >= rarest
        names = [" ".join(filter(None, (names[k // len(words)], words[k % len(words)]))) for k in keys[kept]]
        number = np.where(kept, np.cumsum(kept) - 1, -1)
        prefix = np.full(len(tokens), -1, np.int64)
        prefix[inside] = number[column]
        kept_names += names
        parts.append(counts[:, kept])
    order = sorted(range(len(kept_names)), key=kept_names.__getitem__)
    return [kept_names[i] for i in order], sp.hstack(parts).tocsr()[:, order]


def _token_numbers(
    passages: Sequence[Sequence[str]], by: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Return each token's number, sentence and passage, (tokens,) each, and the numbered words."""
    known: dict[str, int] = {}
    numbers, lengths, owners = array("i"), array("i"), array("i")
    cut = segmenter(by)
    for owner, sentences in enumerate(passages):
        for sentence in sentences:
            tokens = cut(sentence)
            numbers.extend([known.setdefault(token, len(known)) for token in tokens])
            lengths.append(len(tokens))
            owners.append(owner)
    index = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    return np.array(numbers), index, np.array(owners, np.int32)[index], list(known)


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
