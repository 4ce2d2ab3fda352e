"""Labelled articles -> the arrays a classifier learns from and is measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from phongtrao.config import SourceWeights
from phongtrao.corpus.articles import LabelledArticle, LabelledPassage

CHOSEN = ("labels", "written")
"""Sources drawn or written to show what is rare: learned from, but their frequencies say nothing."""


@dataclass(frozen=True)
class PassageSet:
    """Passages with their topics and where they come from, all of one length."""

    texts: list[str]
    Y: np.ndarray
    """(passages, topics) bool."""
    groups: np.ndarray
    """(passages,) the article each belongs to; one article's passages are never on two sides."""
    sources: np.ndarray
    """(passages,) ``seed``, ``press``, or one of CHOSEN; another name for a user's own texts."""
    evidence: list[Mapping[str, Sequence[str]] | None]
    """Sentences that carry each topic; None where nobody marked them."""

    def __len__(self) -> int:
        """Return the number of passages."""
        return len(self.texts)

    @classmethod
    def of(cls, texts: Sequence[str], Y: np.ndarray) -> PassageSet:
        """Return a set of passages of one source, each an article of its own."""
        n = len(texts)
        return cls(list(texts), np.asarray(Y, bool), np.arange(n), np.array(["text"] * n), [None] * n)

    @classmethod
    def from_articles(
        cls, by_source: Mapping[str, Sequence[LabelledArticle]], topics: Sequence[str]
    ) -> PassageSet:
        """Return the passages of labelled articles, source by source, in order."""
        rows = [
            (p.text, [t in p.topics for t in topics], a.id, source, _marked(p))
            for source, articles in by_source.items()
            for a in articles
            for p in a.passages
        ]
        texts, Y, groups, sources, evidence = zip(*rows, strict=True) if rows else ((),) * 5
        return cls(
            list(texts),
            np.array(Y, bool).reshape(-1, len(topics)),
            np.array(groups),
            np.array(sources),
            list(evidence),
        )

    @classmethod
    def joined(cls, parts: Sequence[PassageSet]) -> PassageSet:
        """Return the passages of all parts, in order."""
        return cls(
            [text for p in parts for text in p.texts],
            np.concatenate([p.Y for p in parts]),
            np.concatenate([p.groups for p in parts]),
            np.concatenate([p.sources for p in parts]),
            [evidence for p in parts for evidence in p.evidence],
        )

    @property
    def natural(self) -> np.ndarray:
        """Positions of the passages whose frequencies one may calibrate on."""
        return np.flatnonzero(~np.isin(self.sources, CHOSEN))

    def weights(self, settings: SourceWeights) -> np.ndarray:
        """Return what each passage weighs, (passages,)."""
        return np.array([settings.weight(source) for source in self.sources], float)

    def take(self, rows: np.ndarray) -> PassageSet:
        """Return the passages at these positions."""
        return PassageSet(
            [self.texts[i] for i in rows],
            self.Y[rows],
            self.groups[rows],
            self.sources[rows],
            [self.evidence[i] for i in rows],
        )


def _marked(passage: LabelledPassage) -> Mapping[str, Sequence[str]] | None:
    """Return the evidence, which is known, too, where a passage carries nothing: no sentence does."""
    return passage.evidence if passage.evidence or not passage.topics else None


def sentence_truth(
    sentences: Sequence[str], evidence: Mapping[str, Sequence[str]], topics: Sequence[str]
) -> np.ndarray:
    """Return which sentences carry which topic, (sentences, topics) bool: those that overlap a marked one."""
    return np.array(
        [
            [any(s in marked or marked in s for marked in evidence.get(t, ())) for t in topics]
            for s in sentences
        ],
        bool,
    ).reshape(len(sentences), len(topics))
