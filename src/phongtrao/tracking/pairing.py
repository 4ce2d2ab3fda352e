"""The name of a recorded metric -> how stored predictions give it, so that two runs can be paired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phongtrao.tracking.paired import Measure, Rows, by_article, macro_f1, mean_of


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
