"""What is said of passages, raw and calibrated, whatever model says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np

from phongtrao.article import Span
from phongtrao.topics.passages import PassageSet


@dataclass(frozen=True)
class RawScores:
    """Uncalibrated decision values of some texts, by one or several scorers."""

    whole: np.ndarray
    """(texts, topics, scorers)."""
    spans: list[list[Span]]
    """For each text its sentences."""
    sentences: list[np.ndarray]
    """For each text (sentences, topics, scorers)."""

    @property
    def views(self) -> np.ndarray:
        """(texts, topics, 2 × scorers): the whole's scores, then the best sentence's (or the whole's)."""
        best = [s.max(axis=0) if len(s) else w for s, w in zip(self.sentences, self.whole, strict=True)]
        return np.concatenate([self.whole, np.array(best).reshape(self.whole.shape)], axis=-1)

    @property
    def sentence_views(self) -> list[np.ndarray]:
        """For each text (sentences, topics, 2 × scorers), each sentence taken as a passage of its own."""
        return [np.concatenate([s, s], axis=-1) for s in self.sentences]

    def of(self, scorer: int) -> RawScores:
        """Return the scores of one scorer alone."""
        one = slice(scorer, scorer + 1)
        return RawScores(self.whole[..., one], self.spans, [s[..., one] for s in self.sentences])

    def take(self, rows: np.ndarray) -> RawScores:
        """Return the scores of the texts at these positions."""
        return RawScores(self.whole[rows], [self.spans[i] for i in rows], [self.sentences[i] for i in rows])

    @classmethod
    def joined(cls, parts: Sequence[RawScores]) -> RawScores:
        """Return the scores of all parts' texts, in order."""
        return cls(
            np.concatenate([p.whole for p in parts]),
            [spans for p in parts for spans in p.spans],
            [sentences for p in parts for sentences in p.sentences],
        )

    @classmethod
    def beside(cls, parts: Sequence[RawScores]) -> RawScores:
        """Return several scorers' scores of the same texts as one."""
        return cls(
            np.concatenate([p.whole for p in parts], axis=-1),
            parts[0].spans,
            [np.concatenate(each, axis=-1) for each in zip(*(p.sentences for p in parts), strict=True)],
        )


@dataclass(frozen=True)
class PassageScores:
    """Calibrated probabilities of topics for one text."""

    passage: np.ndarray
    """(topics,) of the whole."""
    spans: list[Span]
    """Of its sentences."""
    sentences: np.ndarray
    """(sentences, topics), each sentence taken as a passage of its own."""


def evidence_spans(scores: PassageScores, topic: int, threshold: float) -> tuple[Span, ...]:
    """Return the sentences that carry a topic from ``threshold`` on; the best one where none reaches it."""
    own = scores.sentences[:, topic]
    chosen = np.flatnonzero(own >= threshold)
    if not len(chosen):
        chosen = np.array([int(np.argmax(own))])
    return tuple(scores.spans[i] for i in chosen)


class Scorer(Protocol):
    """Gives passages and their sentences raw scores for each topic. Its folder holds no pickle."""

    kind: ClassVar[str]
    """Names its folder, and what opens it."""
    dear: ClassVar[bool]
    """Fitting and asking it costs much: it is not cross-fitted, and a cascade asks it last."""

    def fit(self, train: PassageSet, validation: PassageSet | None) -> Self:
        """Learn from ``train``; ``validation`` may tell when to stop."""
        ...

    def cross_fit(self, train: PassageSet) -> tuple[PassageSet, RawScores]:
        """Score the training passages by models that have not seen them."""
        ...

    def decide(self, texts: Sequence[str]) -> RawScores:
        """Score each text (one scorer); one without a word gets its prior, and no sentences."""
        ...

    def save(self, folder: Path) -> None:
        """Write weights and settings into a folder that exists."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        ...
