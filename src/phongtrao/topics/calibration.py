"""Raw scores of passages and their sentences -> probabilities, and thresholds for them.

Every scorer gives each topic two raw scores, the whole passage's and its best sentence's. Calibration (Platt
1999, with several inputs and no negative weight) learns from scores on unseen passages how far to trust each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from phongtrao.topics.passages import PassageSet, sentence_truth
from phongtrao.topics.scores import PassageScores, RawScores
from phongtrao.topics.thresholds import best_threshold

Pooling = Literal["passage", "sentence", "both"]


@dataclass(frozen=True)
class Calibration:
    """Turns raw scores into probabilities; knows from where on they count."""

    curves: np.ndarray
    """(topics, 2 × scorers + 1): logistic curves: weights of ``RawScores.views``, and a constant."""
    thresholds: np.ndarray
    """(topics,): a passage carries a topic from here on."""
    evidence_thresholds: np.ndarray
    """(topics,): a sentence of such a passage is evidence from here on."""

    @classmethod
    def fit(
        cls, unseen: PassageSet, raw: RawScores, topics: Sequence[str], pooling: Pooling = "both"
    ) -> Calibration:
        """Learn from passages that the scorers have not seen, using the views that ``pooling`` names."""
        views = raw.views
        used = used_views(pooling, views.shape[-1] // 2)
        each = range(len(topics))
        curves = np.array([fit_platt(views[:, k], unseen.Y[:, k], used) for k in each])
        p = probability(views, curves)
        thresholds = np.array([best_threshold(unseen.Y[:, k], p[:, k], unseen.sources) for k in each])
        return cls(curves, thresholds, _evidence_thresholds(unseen, raw, curves, thresholds, topics))

    def passages(self, raw: RawScores) -> np.ndarray:
        """Return probabilities, (texts, topics)."""
        return probability(raw.views, self.curves)

    def fits(self, topics: int, scorers: int) -> bool:
        """Tell whether this is of so many topics and scorers."""
        return self.curves.shape == (topics, 2 * scorers + 1)

    def carried(self, probabilities: np.ndarray) -> np.ndarray:
        """Return which topics texts of such probabilities carry, (texts, topics) bool."""
        return np.asarray(probabilities >= self.thresholds)

    def scores(self, raw: RawScores) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        parts = zip(self.passages(raw), raw.spans, _sentences(raw, self.curves), strict=True)
        return [PassageScores(*part) for part in parts]


def probability(views: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Return probabilities (..., topics) of raw scores (..., topics, views)."""
    from scipy.special import expit

    return np.asarray(expit((views * curves[:, :-1]).sum(axis=-1) + curves[:, -1]))


def fit_platt(views: np.ndarray, truth: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return (weights, constant) of the likeliest logistic curve; no weight is negative, unused ones are 0.

    Args:
        views: (n, views) raw scores.
        truth: (n,) bool.
        used: (views,) bool, which of them speak.
    """
    from scipy.optimize import minimize

    mask = used.astype(float)
    x, sign = views * mask, np.where(truth, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w[:-1] + w[-1])
        slope = -sign / (1 + np.exp(np.clip(margin, -500, 500)))
        # A breath of regularization keeps a perfectly parted topic finite.
        value = np.logaddexp(0, -margin).sum() + 0.005 * float(w[:-1] @ w[:-1])
        return value, np.array([*(slope @ x + 0.01 * w[:-1]), slope.sum()])

    start = np.array([*(mask / mask.sum()), 0.0])
    found = minimize(loss, start, jac=True, bounds=[(0, None)] * len(mask) + [(None, None)])
    return np.asarray(found.x * np.array([*mask, 1.0]))


def used_views(pooling: Pooling, scorers: int) -> np.ndarray:
    """Return which of ``RawScores.views`` speak, (2 × scorers,) bool."""
    return np.repeat([pooling != "sentence", pooling != "passage"], scorers)


def _sentences(raw: RawScores, curves: np.ndarray) -> list[np.ndarray]:
    """Return the probabilities of each text's sentences, (sentences, topics)."""
    if not raw.sentences:
        return []
    said = probability(np.concatenate(raw.sentence_views), curves)
    return np.split(said, np.cumsum([len(s) for s in raw.sentences])[:-1])


def _evidence_thresholds(
    unseen: PassageSet, raw: RawScores, curves: np.ndarray, thresholds: np.ndarray, topics: Sequence[str]
) -> np.ndarray:
    """Choose from the sentences of passages that carry the topic and have their evidence marked."""
    said = _sentences(raw, curves)
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
