"""Predictions with their truth -> figures with 95 % intervals.

Every figure is a ratio of sums over articles (hits, misses, bins), so a resample of the articles is a product
of its multiplicities with one table: a thousand resamples cost milliseconds. Articles are drawn and not
passages, as those of one article resemble each other. Intervals are percentiles (Efron 1979); that of the
calibration error is moved by the bootstrap's estimate of its bias, since resampling adds to every bin's error
and would lift the interval off its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

BINS = 15
"""Bins of equal width of the calibration error (Guo et al. 2017)."""

Figure = Mapping[str, float]
"""``value``, and with resampling ``low`` and ``high``."""


def resamples(groups: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return how often each row is drawn in each resample of its group, (count, rows) float32."""
    names, index = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    drawn = np.empty((count, len(index)), np.float32)
    for row in drawn:
        row[:] = rng.multinomial(len(names), even)[index]
    return drawn


def with_interval(
    statistic: Callable[[np.ndarray], np.ndarray],
    table: np.ndarray,
    drawn: np.ndarray | None,
    *,
    centred: bool = False,
) -> dict[str, float]:
    """Return a statistic of the column sums of ``table`` with its percentile interval.

    Args:
        statistic: column sums (n, columns) -> values (n,).
        table: (rows, columns).
        drawn: multiplicities from ``resamples``; None for no interval.
        centred: move the interval by (value - mean of the resamples), for a statistic that resampling biases;
            not below 0.
    """
    value = float(np.nan_to_num(statistic(table.sum(axis=0, keepdims=True))[0]))
    if drawn is None or not len(drawn):
        return {"value": value}
    resampled = statistic(drawn @ table)
    if np.isnan(resampled).all():
        return {"value": value, "low": value, "high": value}
    low, high = (float(edge) for edge in np.nanpercentile(resampled, [2.5, 97.5]))
    if centred:
        shift = value - float(np.nanmean(resampled))
        low, high = max(0.0, low + shift), high + shift
    return {"value": value, "low": low, "high": high}


def f1_figures(
    truth: np.ndarray, said: np.ndarray, topics: Sequence[str], drawn: np.ndarray | None = None
) -> dict[str, Any]:
    """Return macro-F1 and, by topic, precision, recall, F1 and how many rows carry it.

    A topic that no row carries and none is given has F1 0 and is left out of the macro average, in each
    resample too.

    Args:
        truth: (rows, topics) bool.
        said: (rows, topics) bool.
        topics: names of the columns.
        drawn: multiplicities of the rows.
    """
    truth, said = np.asarray(truth, bool), np.asarray(said, bool)
    k = len(topics)
    table = np.concatenate([truth & said, said, truth], axis=1).astype(np.float32)  # hits, said, carried

    def macro(sums: np.ndarray) -> np.ndarray:
        total = sums[:, k : 2 * k] + sums[:, 2 * k :]
        f1 = np.nan_to_num(_ratio(2 * sums[:, :k], total))
        return _ratio(f1.sum(axis=1), (total > 0).sum(axis=1).astype(float))

    by_topic = {}
    for i, topic in enumerate(topics):
        own = table[:, [i, k + i, 2 * k + i]]
        by_topic[topic] = {
            "f1": with_interval(lambda s: _ratio(2 * s[:, 0], s[:, 1] + s[:, 2]), own, drawn),
            "precision": with_interval(lambda s: _ratio(s[:, 0], s[:, 1]), own, drawn),
            "recall": with_interval(lambda s: _ratio(s[:, 0], s[:, 2]), own, drawn),
            "carried": int(truth[:, i].sum()),
        }
    return {"macro_f1": with_interval(macro, table, drawn), "topics": by_topic}


def calibration_figures(
    truth: np.ndarray, scores: np.ndarray, topics: Sequence[str], drawn: np.ndarray | None = None
) -> dict[str, Any]:
    """Return the expected calibration error of the probabilities, by topic and averaged over topics.

    ECE = sum over bins of (share of rows in the bin) × |mean probability - share that carries the topic|.
    """
    tables = [_bin_table(truth[:, i], scores[:, i]) for i in range(len(topics))]
    by_topic = {
        t: with_interval(_ece, table, drawn, centred=True) for t, table in zip(topics, tables, strict=True)
    }
    width = tables[0].shape[1]

    def mean(sums: np.ndarray) -> np.ndarray:
        parts = [_ece(sums[:, i * width : (i + 1) * width]) for i in range(len(topics))]
        return np.asarray(np.mean(parts, axis=0))

    return {
        "ece": with_interval(mean, np.concatenate(tables, axis=1), drawn, centred=True),
        "topics": by_topic,
    }


def accuracy_figure(right: np.ndarray, drawn: np.ndarray | None = None) -> dict[str, float]:
    """Return the share of rows that are right, from (rows,) bool."""
    table = np.stack([right, np.ones(len(right))], axis=1).astype(np.float32)
    return with_interval(lambda s: _ratio(s[:, 0], s[:, 1]), table, drawn)


def overlap_figures(counts: np.ndarray, drawn: np.ndarray | None = None) -> dict[str, Any]:
    """Return precision, recall and F1 of marked stretches.

    Args:
        counts: (rows, 4): said stretches that meet a gold one, said, gold ones that are met, gold.
        drawn: multiplicities of the rows.
    """
    table = counts.astype(np.float32)

    def f1(s: np.ndarray) -> np.ndarray:
        precision, recall = _ratio(s[:, 0], s[:, 1]), _ratio(s[:, 2], s[:, 3])
        return _ratio(2 * precision * recall, precision + recall)

    return {
        "f1": with_interval(f1, table, drawn),
        "precision": with_interval(lambda s: _ratio(s[:, 0], s[:, 1]), table, drawn),
        "recall": with_interval(lambda s: _ratio(s[:, 2], s[:, 3]), table, drawn),
    }


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return above / below; NaN, which no interval counts, where a resample holds nothing of the kind."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


def _bin_table(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(rows, 2 × BINS): in the bin of each row, 1 and (probability - truth)."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    table = np.zeros((len(scores), 2 * BINS), np.float32)
    rows = np.arange(len(scores))
    table[rows, bins] = 1
    table[rows, BINS + bins] = scores - truth
    return table


def _ece(sums: np.ndarray) -> np.ndarray:
    return _ratio(np.abs(sums[:, BINS:]).sum(axis=1), sums[:, :BINS].sum(axis=1))
