"""Passage scores of an article -> the topic it is mainly about.

Among the topics that an article carries, the primary one has the highest weighed sum of what its title, lead,
first passage and body say of it. The five weights are learned (logistic regression: is this carried topic the
primary one?) from labelled articles with the topic scores of a model that has not seen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEATURES = ("title", "lead", "first_passage", "mean", "share")


@dataclass(frozen=True)
class HeadedScores:
    """Probabilities for the parts of one article."""

    title: np.ndarray
    """(topics,); zeros where there is no title."""
    lead: np.ndarray
    passages: np.ndarray
    """(passages, topics)."""

    def features(self, thresholds: np.ndarray) -> np.ndarray:
        """Return (topics, FEATURES); ``share`` is the part of the passages that carry the topic."""
        if not len(self.passages):
            nothing = np.zeros_like(self.title)
            return np.stack([self.title, self.lead, nothing, nothing, nothing], axis=1)
        carried = self.passages >= thresholds
        parts = [self.title, self.lead, self.passages[0], self.passages.mean(axis=0), carried.mean(axis=0)]
        return np.stack(parts, axis=1)


def fit_primary_weights(
    scores: Sequence[HeadedScores], primary: Sequence[int | None], thresholds: np.ndarray, seed: int = 0
) -> np.ndarray:
    """Return the weights of FEATURES, from articles whose primary topic (its index) is known.

    Articles without one are passed over. With nothing to learn from, the body's mean decides alone.
    """
    from sklearn.linear_model import LogisticRegression

    rows, is_primary = [], []
    for said, index in zip(scores, primary, strict=True):
        if index is None:
            continue
        features = said.features(thresholds)
        rows.append(features - features.mean(axis=0))  # what sets the topic apart within its article
        is_primary.append(np.arange(len(features)) == index)
    if not rows:
        return np.array([float(name == "mean") for name in FEATURES])
    model = LogisticRegression(C=1.0, max_iter=1000, random_state=seed)
    model.fit(np.concatenate(rows), np.concatenate(is_primary))
    return np.asarray(model.coef_[0])


def choose_primary(
    said: HeadedScores, carried: np.ndarray, thresholds: np.ndarray, weights: np.ndarray
) -> int | None:
    """Return the index of the primary topic among those ``carried``, (topics,) bool; None without any."""
    if not carried.any():
        return None
    return int(np.argmax(np.where(carried, said.features(thresholds) @ weights, -np.inf)))
