"""Test predictions of two configurations -> how much one is better, and how sure that is.

Both predicted the same articles, so the articles are drawn again (with replacement, Efron 1979) for both at
once and only the difference is looked at: what makes an article hard for both cancels out. Whole articles are
drawn, for passages of one article resemble each other. Where a configuration ran with several seeds, its
figure is the mean over them, on the same articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phongtrao.errors import PhongtraoError

if TYPE_CHECKING:
    import numpy as np

Rows = Sequence[Mapping[str, Any]]
"""One run's predictions on one split at one level: ``id``, ``passage``, ``gold`` and ``said`` each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric's gain over the baseline, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.low > 0 or self.high < 0


def paired_difference(
    baseline: Sequence[Rows], other: Sequence[Rows], topics: Sequence[str], *, resamples: int, seed: int
) -> Difference:
    """Return the difference in macro-F1, ``other`` minus ``baseline``, with a percentile bootstrap interval.

    Args:
        baseline: the predictions of each of its runs (seeds).
        other: likewise; both over the same articles and passages, in any order.
        topics: over which F1 is averaged; one that a run neither has nor says is left out.
        resamples: how often the articles are drawn again.
        seed: of the draws; the same seed gives the same interval.

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
    n = len(articles)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)  # (B, A)
    draws = np.concatenate([np.ones((1, n), dtype=draws.dtype), draws])  # the first row: each article once
    theirs, ours = (
        np.mean([_macro_f1(draws, _counts(rows, articles, topics)) for rows in runs], axis=0)
        for runs in (baseline, other)
    )
    gains = ours - theirs  # (1 + B,)
    low, high = np.percentile(gains[1:], [2.5, 97.5])
    return Difference(float(gains[0]), float(low), float(high))


def by_article(rows: Rows) -> list[dict[str, Any]]:
    """Return one row an article: an article carries, and is said to carry, the topics of its passages."""
    articles: dict[str, dict[str, Any]] = {}
    for row in rows:
        article = articles.setdefault(row["id"], {"id": row["id"], "gold": set(), "said": set()})
        article["gold"].update(row["gold"])
        article["said"].update(row["said"])
    return list(articles.values())


def _units(rows: Rows) -> set[tuple[str, int | None]]:
    return {(row["id"], row.get("passage")) for row in rows}


def _counts(rows: Rows, articles: Sequence[str], topics: Sequence[str]) -> np.ndarray:
    """Return true positives, false positives and false negatives, (articles, topics, 3)."""
    import numpy as np

    place = {article: index for index, article in enumerate(articles)}
    counts = np.zeros((len(articles), len(topics), 3))
    for row in rows:
        for index, topic in enumerate(topics):
            gold, said = topic in row["gold"], topic in row["said"]
            counts[place[row["id"]], index] += (gold and said, said and not gold, gold and not said)
    return counts


def _macro_f1(draws: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return macro-F1 under each draw: draws (B, A), counts (A, T, 3) -> (B,), as in ``topics.metrics``."""
    import numpy as np

    hits, false, missed = np.moveaxis(np.tensordot(draws, counts, axes=1), -1, 0)  # each (B, T)
    total = 2 * hits + false + missed
    f1: np.ndarray = np.divide(2 * hits, total, out=np.zeros_like(total), where=total > 0)
    present = counts.sum(axis=(0, 2)) > 0
    return np.asarray(f1[:, present].mean(axis=1)) if present.any() else np.zeros(len(f1))
