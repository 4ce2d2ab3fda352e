"""The name of a recorded metric -> how stored predictions give it, so that two runs can be paired.

A metric is a function of sums over articles: drawing articles again then costs a product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Rows = Sequence[Mapping[str, Any]]
"""One run's predictions on one split at one level: ``id``, ``passage``, ``gold`` and ``said`` each."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric as a function of sums over articles, so that drawing articles again costs a product."""

    table: Callable[[Rows, Sequence[str]], np.ndarray]
    """One run's rows and the articles' ids -> (articles, columns)."""
    value: Callable[[np.ndarray], np.ndarray]
    """Sums (n, columns) -> the metric (n,)."""
    counts_cases: bool = False
    """Whether the columns are (right, cases): McNemar's test applies to single runs."""


def measure_of(metric: str, topics: Sequence[str]) -> Measure | None:
    """Return the measure of a metric such as ``seed_test.passages.macro_f1``; None where there is none.

    Known are ``SPLIT.LEVEL.macro_f1``, ``SPLIT.LEVEL.topics.TOPIC.f1``, ``SPLIT.articles.primary_accuracy``,
    ``SPLIT.passages.accuracy`` and, of summaries, ``SPLIT.metrics.NAME``.
    """
    _, level, *rest = [*metric.split("."), ""]
    name = ".".join(filter(None, rest))
    if level == "metrics" and name:
        return mean_of(lambda row: float(row["scores"][name]))
    if level not in ("passages", "articles"):
        return None
    if name == "macro_f1":
        return macro_f1(topics)
    if name == "accuracy":
        return mean_of(lambda row: float(list(row["gold"]) == list(row["said"])), counts_cases=True)
    if name == "primary_accuracy":
        return mean_of(lambda row: float(row["primary"] == row["primary_said"]), counts_cases=True)
    if name.startswith("topics.") and name.endswith(".f1"):
        return macro_f1([name.removeprefix("topics.").removesuffix(".f1")])
    return None


def rows_for(metric: str, predictions: Sequence[Mapping[str, Any]]) -> Rows:
    """Return the rows of a run that a metric is worked out of; none where it did not record them."""
    source, level = metric.split(".")[:2]
    rows: Rows = [row for row in predictions if row["source"] == source]
    if level == "articles":
        rows = by_article(rows)
    if metric.endswith(".primary_accuracy"):
        rows = [row for row in rows if "primary" in row]
    if level == "metrics":
        rows = [row for row in rows if metric.split(".", 2)[2] in row.get("scores", ())]
    return rows


def macro_f1(topics: Sequence[str]) -> Measure:
    """Return macro-F1 over ``topics``, as in ``topics.metrics``."""
    k = len(topics)

    def table(rows: Rows, articles: Sequence[str]) -> np.ndarray:
        import numpy as np

        place = {article: index for index, article in enumerate(articles)}
        counts = np.zeros((len(articles), 2 * k))  # hits, then said + carried
        for row in rows:
            for index, topic in enumerate(topics):
                gold, said = topic in row["gold"], topic in row["said"]
                counts[place[row["id"]], index] += gold and said
                counts[place[row["id"]], k + index] += gold + said
        return counts

    def value(sums: np.ndarray) -> np.ndarray:
        import numpy as np

        hits, total = sums[:, :k], sums[:, k:]
        there = total > 0
        f1 = np.divide(2 * hits, total, out=np.zeros_like(total, dtype=float), where=there)
        return np.asarray(f1.sum(axis=1) / np.maximum(1, there.sum(axis=1)))

    return Measure(table, value)


def mean_of(score: Callable[[Mapping[str, Any]], float], *, counts_cases: bool = False) -> Measure:
    """Return the mean over rows of a score of each row; ``counts_cases`` where it is 1 (right) or 0."""

    def table(rows: Rows, articles: Sequence[str]) -> np.ndarray:
        import numpy as np

        place = {article: index for index, article in enumerate(articles)}
        sums = np.zeros((len(articles), 2))
        for row in rows:
            sums[place[row["id"]]] += (score(row), 1)
        return sums

    return Measure(table, lambda sums: sums[:, 0] / sums[:, 1].clip(1), counts_cases)


def by_article(rows: Rows) -> list[dict[str, Any]]:
    """Return one row an article: what was recorded of it, else the union of its passages' topics."""
    articles: dict[str, dict[str, Any]] = {}
    for row in rows:
        article = articles.setdefault(row["id"], {"id": row["id"], "gold": set(), "said": set()})
        article["gold"].update(row["gold"])
        article["said"].update(row["said"])
    for row in rows:
        if recorded := row.get("article"):
            articles[row["id"]] |= recorded
    return list(articles.values())
