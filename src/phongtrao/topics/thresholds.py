"""Calibrated scores with their truth -> decision thresholds, and the band in which errors are frequent."""

from __future__ import annotations

import numpy as np

GRID = np.linspace(0.05, 0.95, 91)
FREQUENT = 0.25
"""A score is uncertain where at least this part of the decisions on such scores is wrong."""


def f1_at(truth: np.ndarray, scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return F1 of ``scores >= threshold`` for each threshold; 0 where nothing is carried nor said.

    Args:
        truth: (n,) bool.
        scores: (n,).
        thresholds: (t,).
    """
    said = scores[None, :] >= thresholds[:, None]  # (t, n)
    hits = (said & truth).sum(axis=1)
    total = said.sum(axis=1) + truth.sum()
    return np.asarray(2 * hits / np.maximum(total, 1))


def best_threshold(truth: np.ndarray, scores: np.ndarray, sources: np.ndarray | None = None) -> float:
    """Return the threshold of the grid with the highest F1, averaged over sources of text.

    Sources count alike however many passages each has; the middle of a plateau is taken, as the most stable.
    One half where nothing carries the topic.
    """
    parts = [np.ones(len(truth), bool)] if sources is None else [sources == s for s in np.unique(sources)]
    telling = [part for part in parts if truth[part].any()]
    if not telling:
        return 0.5
    quality = np.mean([f1_at(truth[part], scores[part], GRID) for part in telling], axis=0)
    plateau = np.flatnonzero(quality >= quality.max() - 1e-9)
    return float(GRID[plateau[len(plateau) // 2]])


def uncertain_band(truth: np.ndarray, scores: np.ndarray, threshold: float) -> tuple[float, float]:
    """Return the (low, high) around the threshold within which decisions err at least FREQUENT often.

    How often a score is followed by the topic is read off an isotonic regression, so it rises with the score.
    """
    from sklearn.isotonic import IsotonicRegression

    share = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, truth).predict(GRID)
    low = GRID[(threshold >= GRID) & (share >= FREQUENT)]
    high = GRID[(threshold <= GRID) & (share <= 1 - FREQUENT)]
    return (float(low.min()) if len(low) else threshold, float(high.max()) if len(high) else threshold)
