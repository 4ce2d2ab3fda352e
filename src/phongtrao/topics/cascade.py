"""The cheap scorer decides the passages it is sure of, the dear ones are asked about the rest.

A linear model reads a passage many times faster than an encoder does. The nearer its probability of a topic
lies to the threshold, the likelier all scorers together decide otherwise; how likely is learned from passages
that no scorer has seen, for each topic and for either side of its threshold. A change is worth as much as it
moves macro-F1: most for a rare topic. So a passage has a risk, the macro-F1 at stake in it. Those of little
risk are decided cheaply, up to the risk from which on more macro-F1 is lost than allowed (a cascade of two
stages, after Viola and Jones 2001).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phongtrao.topics.calibration import Calibration, fit_platt
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import RawScores
from phongtrao.topics.thresholds import f1_at

STEPS = np.linspace(0, 1, 101)
"""Shares of the passages that are tried as decided cheaply."""


@dataclass(frozen=True)
class Cascade:
    """Knows which passages the cheap scorer decides alone, and what it says of them."""

    calibration: Calibration
    """Curves of the cheap scorer by itself, thresholds of all scorers together: a probability is one."""
    changes: np.ndarray
    """(topics, 2, 2): below and above the threshold (a, b); the others change what is decided with
    probability 1 / (1 + exp(-(a - b * distance))), distance in log-odds."""
    stakes: np.ndarray
    """(topics,): about what one changed decision moves macro-F1 on validation, a mean over sources of text:
    1 / (passages that carry the topic + those said to), divided by the number of topics."""
    limit: float
    """The others are asked about passages of this risk or more: 0 asks about all."""

    @classmethod
    def fit(
        cls, unseen: PassageSet, cheap: RawScores, raw: RawScores, full: Calibration, *, lost: float
    ) -> Cascade:
        """Raise the limit until a source of text loses more than ``lost`` macro-F1; keep the last before.

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
        parts = [unseen.sources == source for source in np.unique(unseen.sources)]
        sides = _sides(own, cheap)
        changes = [_changes(side, quick[:, k] != slow[:, k], parts) for k, side in enumerate(sides.T)]
        stakes = np.mean([1 / np.maximum(unseen.Y[p].sum(0) + slow[p].sum(0), 1) for p in parts], axis=0)
        made = cls(own, np.array(changes), stakes / len(stakes), 0.0)
        risk, chosen = made.risk(cheap), 0.0
        # The last step asks about nothing: a risk is always less than all that is at stake.
        for limit in [*np.unique(np.quantile(risk, STEPS)), made.stakes.sum()]:
            said = np.where((risk >= limit)[:, None], slow, quick)
            if any(macro_f1(unseen.Y[p], said[p]) < macro_f1(unseen.Y[p], slow[p]) - lost for p in parts):
                break
            chosen = float(limit)
        return cls(own, made.changes, made.stakes, chosen)

    def risk(self, cheap: RawScores) -> np.ndarray:
        """Return the macro-F1 at stake in each text, (texts,)."""
        sides = _sides(self.calibration, cheap)  # (texts, topics)
        a, b = np.moveaxis(np.where((sides < 0)[..., None], self.changes[:, 0], self.changes[:, 1]), -1, 0)
        return np.asarray((self.stakes / (1 + np.exp(b * np.abs(sides) - a))).sum(axis=1))

    def sure(self, cheap: RawScores) -> np.ndarray:
        """Return which texts the cheap scorer decides, (texts,) bool."""
        return self.risk(cheap) < self.limit


def macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    """Return F1 averaged over topics; truth and said are (rows, topics) bool."""
    half = np.array([0.5])
    return float(np.mean([f1_at(t, s.astype(float), half)[0] for t, s in zip(truth.T, said.T, strict=True)]))


def _sides(calibration: Calibration, cheap: RawScores) -> np.ndarray:
    """Return how far above its threshold each probability lies, (texts, topics) in log-odds."""
    said, edge = (_logit(p) for p in (calibration.passages(cheap), calibration.thresholds))
    return np.asarray(said - edge)


def _changes(side: np.ndarray, changed: np.ndarray, parts: list[np.ndarray]) -> list[np.ndarray]:
    """Return (a, b) of one topic's changes below and above its threshold; sources of text count alike."""
    weight = np.zeros(len(side))
    for part in parts:
        weight[part] = len(side) / (len(parts) * part.sum())
    return [fit_change(np.abs(side[at]), changed[at], weight[at]) for at in (side < 0, side >= 0)]


def fit_change(distance: np.ndarray, changed: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the likeliest (a, b) of a decision's probability to be changed at a distance.

    Where little is known, a prior speaks: a coin decides at the threshold itself, and b is about 2.

    Args:
        distance: (n,) from the threshold, in log-odds.
        changed: (n,) bool.
        weight: (n,) of each.
    """
    from scipy.optimize import minimize

    def loss(w: np.ndarray) -> float:
        margin = w[0] - w[1] * distance
        likelihood = float((weight * (np.logaddexp(0, margin) - changed * margin)).sum())
        coin = np.logaddexp(0, w[0]) + np.logaddexp(0, -w[0])
        return likelihood + 0.25 * float(coin) + 0.05 * float(w[1] - 2) ** 2

    found = minimize(loss, [0.0, 2.0], bounds=[(-10, 10), (0.2, 10)])
    return np.asarray(found.x)


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(p / (1 - p)))
