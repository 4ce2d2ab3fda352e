"""Test predictions of two configurations -> how much one is better, how sure that is, and what could be seen.

Both predicted the same articles, so the articles are drawn again (with replacement, Efron 1979) for both at
once and only the difference is looked at: what makes an article hard for both cancels out. Whole articles are
drawn, for passages of one article resemble each other. Where a configuration ran with several seeds, its
figure is the mean over them, on the same articles.

The interval comes from that bootstrap. The p-value comes from swapping: were the two alike, an article's
predictions could as well be the other's (Fisher's randomization, as Yeh 2000 for F1), so it holds its level
even for few articles. For accuracies of one run each that is McNemar's exact test, which needs no draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from phongtrao.errors import PhongtraoError
from phongtrao.tracking.measures import Measure, Rows, macro_f1

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SIGNIFICANCE", "Difference", "Rows", "difference_in", "holm", "mcnemar", "paired_difference"]

SIGNIFICANCE = 0.05
POWER = 0.8
_SWAPS = 5
"""Swaps for each resample: a p-value is looked at further out in the tail than an interval."""
_EXACT = 12
"""Up to so many articles that differ, every way of swapping them is tried."""
_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric's gain over the baseline, with its 95 % interval and its p-value."""

    value: float
    low: float
    high: float
    error: float = 0.0
    """Standard error, from the bootstrap."""
    p: float = 1.0
    """Two-sided, of no difference."""
    test: str = "permutation"
    """Where ``p`` is from: ``permutation`` or ``McNemar``."""
    corrected: float | None = None
    """``p`` after Holm's correction over a table's comparisons; None where it stands alone."""

    @property
    def clear(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.low > 0 or self.high < 0

    @property
    def significant(self) -> bool:
        """Whether the p-value, corrected where it was, is at most 5 %."""
        return (self.p if self.corrected is None else self.corrected) <= SIGNIFICANCE

    def detectable(self, comparisons: int = 1) -> float:
        """Return the smallest gain found 4 times in 5 at 5 %, corrected for so many comparisons.

        Normal approximation, with the strictest of Holm's levels (that of the smallest p-value).
        """
        normal = NormalDist()
        return (normal.inv_cdf(1 - SIGNIFICANCE / (2 * comparisons)) + normal.inv_cdf(POWER)) * self.error


def paired_difference(
    baseline: Sequence[Rows], other: Sequence[Rows], topics: Sequence[str], *, resamples: int, seed: int
) -> Difference:
    """Return the difference in macro-F1, ``other`` minus ``baseline``; see ``difference_in``.

    Args:
        baseline: the predictions of each of its runs (seeds).
        other: likewise; both over the same articles and passages, in any order.
        topics: over which F1 is averaged; one that a draw neither has nor says is left out of it.
        resamples: how often the articles are drawn again.
        seed: of the draws; the same seed gives the same interval.
    """
    return difference_in(macro_f1(topics), baseline, other, resamples=resamples, seed=seed)


def difference_in(
    measure: Measure, baseline: Sequence[Rows], other: Sequence[Rows], *, resamples: int, seed: int
) -> Difference:
    """Return the difference in a metric, ``other`` minus ``baseline``.

    Raises:
        PhongtraoError: the runs did not predict the same articles and passages.
    """
    import numpy as np

    units = _units(baseline[0])
    for rows in (*baseline, *other):
        if _units(rows) != units:
            raise PhongtraoError(
                "the runs hold predictions of different passages, so they cannot be paired; "
                "train them again on the same data"
            )
    articles = sorted({article for article, _ in units})
    theirs, ours = (
        np.stack([measure.table(rows, articles) for rows in runs]) for runs in (baseline, other)
    )  # (runs, articles, columns)
    gains = _gains(measure, theirs, ours, resamples, np.random.default_rng(seed))
    low, high = np.percentile(gains[1:], [2.5, 97.5])
    p, test = _p_value(measure, theirs, ours, resamples * _SWAPS, np.random.default_rng(seed + 1))
    error = float(gains[1:].std())
    return Difference(float(gains[0]), float(low), float(high), error, p, test)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number, in their order (Holm 1979).

    The smallest is multiplied by their count, the next by one less, and so on; none is then below a smaller
    one, nor over 1.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, floor = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        floor = max(floor, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = floor
    return corrected


def mcnemar(only_one: int, only_other: int) -> float:
    """Return the exact two-sided p-value of McNemar's test, from cases that one alone gets right."""
    n, fewer = only_one + only_other, min(only_one, only_other)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**n))


def _units(rows: Rows) -> set[tuple[str, int | None]]:
    return {(row["id"], row.get("passage")) for row in rows}


def _gains(
    measure: Measure, theirs: np.ndarray, ours: np.ndarray, resamples: int, rng: np.random.Generator
) -> np.ndarray:
    """Return (1 + resamples,): first the gain on each article once, then on articles drawn again."""
    import numpy as np

    n = theirs.shape[1]

    def gain(draws: np.ndarray) -> np.ndarray:
        means = (np.mean([measure.value(draws @ t) for t in tables], axis=0) for tables in (ours, theirs))
        return np.asarray(next(means) - next(means))

    parts = [gain(np.ones((1, n)))]
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        parts.append(gain(rng.multinomial(n, np.full(n, 1 / n), size=size).astype(float)))
    return np.concatenate(parts)


def _p_value(
    measure: Measure, theirs: np.ndarray, ours: np.ndarray, swaps: int, rng: np.random.Generator
) -> tuple[float, str]:
    """Return the p-value and its test; seeds are pooled, as they know of the same articles."""
    import numpy as np

    if measure.counts_cases and len(theirs) == len(ours) == 1 and (theirs[0, :, 1] == 1).all():
        gained = ours[0, :, 0] - theirs[0, :, 0]
        return mcnemar(int((gained < 0).sum()), int((gained > 0).sum())), "McNemar"
    base, other = theirs.mean(axis=0), ours.mean(axis=0)  # (articles, columns)
    apart = (other - base)[np.any(other != base, axis=1)]
    total_base, total_other = base.sum(axis=0, keepdims=True), other.sum(axis=0, keepdims=True)

    def gain(swapped: np.ndarray) -> np.ndarray:
        moved = swapped @ apart
        gap = measure.value(total_other - moved) - measure.value(total_base + moved)
        return np.asarray(np.abs(gap))

    seen = gain(np.zeros((1, len(apart))))[0] - 1e-12
    if len(apart) <= _EXACT:
        every = (np.arange(2 ** len(apart))[:, None] >> np.arange(len(apart))) & 1
        return float((gain(every.astype(float)) >= seen).mean()), "permutation"
    beyond = 0
    for start in range(0, swaps, _CHUNK):
        drawn = rng.random((min(_CHUNK, swaps - start), len(apart))) < 0.5
        beyond += int((gain(drawn.astype(float)) >= seen).sum())
    return (1 + beyond) / (1 + swaps), "permutation"
