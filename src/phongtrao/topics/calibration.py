"""Raw scores of passages and their sentences -> probabilities, and thresholds for them.

Two raw scores are kept for each topic, the whole passage's and its best sentence's. Calibration (Platt 1999,
with two inputs and no negative weight) learns from scores on unseen passages how far to trust each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from phongtrao.article import Span
from phongtrao.topics.passages import PassageSet, sentence_truth
from phongtrao.topics.scores import PassageScores
from phongtrao.topics.thresholds import best_threshold

POOLINGS = {"passage": (0,), "sentence": (1,), "both": (0, 1)}


@dataclass(frozen=True)
class RawScores:
    """Uncalibrated decision values of some texts."""

    whole: np.ndarray
    """(texts, topics)."""
    spans: list[list[Span]]
    sentences: list[np.ndarray]
    """For each text (sentences, topics)."""

    @property
    def pooled(self) -> np.ndarray:
        """(texts, topics, 2): the whole's score and the best sentence's (the whole's where there is none)."""
        best = [s.max(axis=0) if len(s) else w for s, w in zip(self.sentences, self.whole, strict=True)]
        return np.stack([self.whole, np.array(best).reshape(self.whole.shape)], axis=-1)

    @classmethod
    def joined(cls, parts: Sequence[RawScores]) -> RawScores:
        """Return the scores of all parts, in order."""
        return cls(
            np.concatenate([p.whole for p in parts]),
            [spans for p in parts for spans in p.spans],
            [sentences for p in parts for sentences in p.sentences],
        )


@dataclass(frozen=True)
class Calibration:
    """Turns raw scores into probabilities; knows from where on they count."""

    curves: np.ndarray
    """(topics, 3): weight of the whole, of the best sentence, and the constant of a logistic curve."""
    thresholds: np.ndarray
    """(topics,): a passage carries a topic from here on."""
    evidence_thresholds: np.ndarray
    """(topics,): a sentence of such a passage is evidence from here on."""

    @classmethod
    def fit(cls, unseen: PassageSet, raw: RawScores, topics: Sequence[str], pooling: str) -> Calibration:
        """Learn from passages that the scores' model has not seen; ``pooling`` is one of POOLINGS."""
        each = range(len(topics))
        curves = np.array([fit_platt(raw.pooled[:, k], unseen.Y[:, k], POOLINGS[pooling]) for k in each])
        p = probability(raw.pooled, curves)
        thresholds = np.array([best_threshold(unseen.Y[:, k], p[:, k], unseen.sources) for k in each])
        return cls(curves, thresholds, _evidence_thresholds(unseen, raw, curves, thresholds, topics))

    def passages(self, raw: RawScores) -> np.ndarray:
        """Return probabilities, (texts, topics)."""
        return probability(raw.pooled, self.curves)

    def scores(self, raw: RawScores) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        whole = self.passages(raw)
        sentences = _as_passages(raw.sentences, self.curves)
        return [PassageScores(*parts) for parts in zip(whole, raw.spans, sentences, strict=True)]


def probability(pooled: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Return probabilities (..., topics) of raw scores (..., topics, 2)."""
    from scipy.special import expit

    return np.asarray(expit((pooled * curves[:, :2]).sum(axis=-1) + curves[:, 2]))


def fit_platt(pooled: np.ndarray, truth: np.ndarray, used: Sequence[int]) -> np.ndarray:
    """Return (2 weights, constant) of the likeliest logistic curve; weights are not negative, unused ones 0.

    Args:
        pooled: (n, 2) raw scores.
        truth: (n,) bool.
        used: which of the two scores speak.
    """
    from scipy.optimize import minimize

    mask = np.array([i in used for i in range(2)], float)
    x, sign = pooled * mask, np.where(truth, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w[:2] + w[2])
        slope = -sign / (1 + np.exp(np.clip(margin, -500, 500)))
        # A breath of regularization keeps a perfectly parted topic finite.
        value = np.logaddexp(0, -margin).sum() + 0.005 * float(w[:2] @ w[:2])
        return value, np.array([*(slope @ x + 0.01 * w[:2]), slope.sum()])

    found = minimize(loss, np.array([*mask, 0.0]), jac=True, bounds=[(0, None), (0, None), (None, None)])
    return np.asarray(found.x * np.array([*mask, 1.0]))


def _as_passages(sentences: Sequence[np.ndarray], curves: np.ndarray) -> list[np.ndarray]:
    """Return the probabilities of sentences, each taken as a passage of its own."""
    if not sentences:
        return []
    stacked = np.concatenate(sentences)
    said = probability(np.stack([stacked, stacked], axis=-1), curves)
    return np.split(said, np.cumsum([len(s) for s in sentences])[:-1])


def _evidence_thresholds(
    unseen: PassageSet, raw: RawScores, curves: np.ndarray, thresholds: np.ndarray, topics: Sequence[str]
) -> np.ndarray:
    """Choose from the sentences of passages that carry the topic and have their evidence marked."""
    said = _as_passages(raw.sentences, curves)
    marked = [i for i, evidence in enumerate(unseen.evidence) if evidence is not None and len(said[i])]
    truth = {
        i: sentence_truth([unseen.texts[i][a:b] for a, b in raw.spans[i]], unseen.evidence[i] or {}, topics)
        for i in marked
    }
    chosen = thresholds.copy()
    for k in range(len(topics)):
        carrying = [i for i in marked if unseen.Y[i, k]]
        if carrying:
            chosen[k] = best_threshold(
                np.concatenate([truth[i][:, k] for i in carrying]),
                np.concatenate([said[i][:, k] for i in carrying]),
            )
    return chosen
