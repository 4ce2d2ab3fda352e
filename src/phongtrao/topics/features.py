"""Sentences -> TF-IDF vectors, of the sentences and of the passages they make.

Every sentence is cut into n-grams once; a passage's counts are the sum of its sentences' counts. So the two
views on a text, best sentence and whole, cost one reading of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from phongtrao.language.segmentation import segmenter

BLOCK = 1_000_000
"""Tokens counted at a time."""


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

    An n-gram is a number made of its first tokens' number and its last token's, and becomes a text only where
    it is kept: a newspaper's millions of pairs, most of them seen once, never stand in memory as texts.
    """
    numbered = _Numbered.of(passages, by)
    size = len(numbered.words)
    names, prefix = [""], np.zeros(len(numbered.tokens), np.int32)
    kept_names: list[str] = []
    parts: list[sp.csr_matrix] = []
    for n in range(longest):
        kept = numbered.frequent(prefix, n, rarest)
        names = [" ".join(filter(None, (names[key // size], numbered.words[key % size]))) for key in kept]
        prefix = numbered.find(prefix, n, kept)
        held = np.flatnonzero(prefix >= 0)
        ones = np.ones(len(held), np.float32)
        places = (numbered.owner[held], prefix[held])
        parts.append(sp.csr_matrix((ones, places), shape=(len(passages), len(kept))))
        kept_names += names
    order = sorted(range(len(kept_names)), key=kept_names.__getitem__)
    counts = sp.hstack(parts, format="csr")
    counts.indices = np.argsort(order).astype(np.int32)[counts.indices]
    counts.sort_indices()
    return [kept_names[i] for i in order], counts


@dataclass(frozen=True)
class _Numbered:
    """The tokens of all passages, one after the other, as numbers."""

    tokens: np.ndarray
    """(tokens,) places in ``words``."""
    sentence: np.ndarray
    """(tokens,) which sentence each stands in, counted through."""
    owner: np.ndarray
    """(tokens,) which passage."""
    words: list[str]

    @classmethod
    def of(cls, passages: Sequence[Sequence[str]], by: str) -> _Numbered:
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
        return cls(np.array(numbers, np.int32), index, np.array(owners, np.int32)[index], list(known))

    def frequent(self, prefix: np.ndarray, n: int, rarest: int) -> np.ndarray:
        """Return the keys of the n-grams that at least ``rarest`` passages hold, sorted; see ``_keys``."""
        found = [np.zeros(0, np.int64)]
        for start, end in self._blocks():
            keys = self._keys(prefix, n, start, end)
            valid = keys >= 0
            first = int(self.owner[start])
            many = int(self.owner[end - 1]) - first + 1
            in_passage = np.unique(keys[valid] * many + (self.owner[start:end][valid] - first))
            found.append(in_passage // many)
        keys, held_by = np.unique(np.concatenate(found), return_counts=True)
        return np.asarray(keys[held_by >= rarest])

    def find(self, prefix: np.ndarray, n: int, kept: np.ndarray) -> np.ndarray:
        """Return which of the ``kept`` n-grams begins at each token, (tokens,); -1 for none."""
        found = np.full(len(self.tokens), -1, np.int32)
        for start, end in self._blocks() if len(kept) else ():
            keys = self._keys(prefix, n, start, end)
            place = np.searchsorted(kept, keys).clip(max=len(kept) - 1)
            found[start:end] = np.where(kept[place] == keys, place, -1)
        return found

    def _keys(self, prefix: np.ndarray, n: int, start: int, end: int) -> np.ndarray:
        """Return the keys of the n-grams of tokens i to i + n that begin in a block; -1 where there is none.

        Args:
            prefix: number of the n-gram without its last token that begins at each token, or -1.
            n: tokens before the last.
            start: of the block.
            end: of the block.
        """
        keys = np.full(end - start, -1, np.int64)
        inside = np.arange(start, max(start, min(end, len(self.tokens) - n)))
        inside = inside[(prefix[inside] >= 0) & (self.sentence[inside + n] == self.sentence[inside])]
        keys[inside - start] = prefix[inside].astype(np.int64) * len(self.words) + self.tokens[inside + n]
        return keys

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield stretches of about a million tokens, whole passages each."""
        starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        edges = [0, *starts[1:][np.diff(starts // BLOCK) > 0].tolist(), len(self.tokens)]
        yield from ((a, b) for a, b in pairwise(edges) if b > a)


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
