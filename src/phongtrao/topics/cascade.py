"""The cheap scorer decides the passages it is sure of, the dear ones are asked about the rest.

A linear model reads a passage many times faster than an encoder does. Where its probabilities of all
topics are far from the thresholds, the encoder hardly ever changes what is decided, so it need not be asked.
How far is far is chosen on validation: as near as loses no more macro-F1 than allowed (a cascade of two
stages, after Viola and Jones 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phongtrao.topics.calibration import Calibration, fit_platt
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import RawScores
from phongtrao.topics.thresholds import f1_at

MARGINS = np.linspace(0.0, 6.0, 61)
"""Distances from the thresholds that are tried, in log-odds."""


@dataclass(frozen=True)
class Cascade:
    """Knows which passages the cheap scorer decides alone, and what it says of them."""

    calibration: Calibration
    """Curves of the cheap scorer by itself, thresholds of all scorers together: a probability is one."""
    margin: float
    """A passage is sure where every topic's probability is so far from its threshold, in log-odds."""

    @classmethod
    def fit(
        cls, unseen: PassageSet, cheap: RawScores, raw: RawScores, full: Calibration, *, lost: float
    ) -> Cascade:
        """Choose the smallest margin that loses at most ``lost`` macro-F1, on each source of text.

        Args:
            unseen: passages that no scorer has seen.
            cheap: what the cheap scorer says of them.
            raw: what all scorers say of them.
            full: calibration of all scorers.
            lost: macro-F1 that may be lost against asking all scorers about every passage.
        """
        used = np.ones(cheap.views.shape[-1], bool)
        curves = [fit_platt(cheap.views[:, k], unseen.Y[:, k], used) for k in range(unseen.Y.shape[1])]
        own = Calibration(np.array(curves), full.thresholds, full.evidence_thresholds)
        quick, slow = (c.carried(c.passages(scores)) for c, scores in ((own, cheap), (full, raw)))
        distance = cls(own, 0.0).distance(cheap)
        parts = [unseen.sources == source for source in np.unique(unseen.sources)]
        chosen = float("inf")
        for margin in MARGINS[::-1]:
            said = np.where((distance >= margin)[:, None], quick, slow)
            if any(macro_f1(unseen.Y[p], said[p]) < macro_f1(unseen.Y[p], slow[p]) - lost for p in parts):
                break
            chosen = float(margin)
        return cls(own, chosen)

    def distance(self, cheap: RawScores) -> np.ndarray:
        """Return how far the nearest topic's probability is from its threshold, (texts,) in log-odds."""
        said, edge = (_logit(p) for p in (self.calibration.passages(cheap), self.calibration.thresholds))
        return np.asarray(np.abs(said - edge).min(axis=1))

    def sure(self, cheap: RawScores) -> np.ndarray:
        """Return which texts the cheap scorer decides, (texts,) bool."""
        return self.distance(cheap) >= self.margin


def macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    """Return F1 averaged over topics; truth and said are (rows, topics) bool."""
    half = np.array([0.5])
    return float(np.mean([f1_at(t, s.astype(float), half)[0] for t, s in zip(truth.T, said.T, strict=True)]))


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(p / (1 - p)))
