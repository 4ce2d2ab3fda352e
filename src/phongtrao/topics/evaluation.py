"""A topic model and labelled articles -> every figure, the predictions behind them, and slices."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from phongtrao.article import Prediction, Span
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import InputError
from phongtrao.topics.metrics import (
    accuracy_figure,
    calibration_figures,
    f1_figures,
    overlap_figures,
    resamples,
)
from phongtrao.topics.model import TopicModel

LENGTHS = ((0, 40), (40, 80), (80, 120), (120, sys.maxsize))
"""Slices of passage length, in words."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of one model on one set of articles."""

    metrics: dict[str, Any]
    """Nested; leaves are ``{value, low, high}`` or counts."""
    predictions: list[dict[str, Any]] = field(repr=False)
    """One row a passage: id, passage, gold, said, scores; an article's first row has ``article`` too."""
    slices: list[dict[str, Any]] = field(repr=False)
    """One row a slice: by, slice, passages, macro_f1, low, high."""
    articles_per_second: float | None = None
    """Of the model's prediction alone."""


def evaluate_topics(
    model: TopicModel, articles: Sequence[LabelledArticle], *, bootstrap: int = 1000, seed: int = 0
) -> Evaluation:
    """Measure a model on labelled articles.

    Article-level figures and primary accuracy are left out where the articles are single passages, evidence
    where nobody marked it. Intervals resample articles.

    Raises:
        InputError: there are no articles, or their topics are not the model's.
    """
    if not articles:
        raise InputError("no labelled articles to measure on")
    started = time.perf_counter()
    said = model.predict([a.article for a in articles])
    speed = len(articles) / max(1e-9, time.perf_counter() - started)
    rows = _rows(articles, said)
    truth = _flags([r["gold"] for r in rows], model.topics)
    given = _flags([r["said"] for r in rows], model.topics)
    scores = np.array([[r["scores"][t] for t in model.topics] for r in rows])
    drawn = resamples(np.array([r["id"] for r in rows]), bootstrap, seed) if bootstrap else None
    metrics: dict[str, Any] = {
        "passages": f1_figures(truth, given, model.topics, drawn)
        | {"calibration": calibration_figures(truth, scores, model.topics, drawn), "count": len(rows)}
    }
    if any(len(a.passages) > 1 for a in articles):
        metrics["articles"] = _article_figures(model, articles, said, bootstrap, seed)
    if any(p.evidence for a in articles for p in a.passages):
        metrics["evidence"] = _evidence_figures(model.topics, articles, said, drawn)
    return Evaluation(metrics, rows, _slices(articles, rows, model.topics, drawn), speed)


def _rows(articles: Sequence[LabelledArticle], said: Sequence[Prediction]) -> list[dict[str, Any]]:
    return [
        {
            "id": a.id,
            "passage": index,
            "gold": list(gold.topics),
            "said": list(passage.topics),
            "scores": dict(passage.scores),
            **({} if index else {"article": _article_row(a, prediction)}),
        }
        for a, prediction in zip(articles, said, strict=True)
        for index, (gold, passage) in enumerate(zip(a.passages, prediction.passages, strict=True))
    ]


def _article_row(a: LabelledArticle, said: Prediction) -> dict[str, Any]:
    """Return what only the whole article has: its topics (title and lead count too) and its primary one."""
    topics = {"gold": list(a.topics), "said": list(said.topics)}
    return topics | {"primary": a.primary, "primary_said": said.primary}


def _flags(given: Sequence[Sequence[str]], topics: Sequence[str]) -> np.ndarray:
    """(rows, topics) bool."""
    return np.array([[t in row for t in topics] for row in given], bool).reshape(-1, len(topics))


def _article_figures(
    model: TopicModel,
    articles: Sequence[LabelledArticle],
    said: Sequence[Prediction],
    bootstrap: int,
    seed: int,
) -> dict[str, Any]:
    drawn = resamples(np.arange(len(articles)), bootstrap, seed) if bootstrap else None
    truth = _flags([a.topics for a in articles], model.topics)
    given = _flags([p.topics for p in said], model.topics)
    primary = np.array([p.primary == a.primary for a, p in zip(articles, said, strict=True)])
    unsure = np.array([p.uncertain for p in said])
    wrong = (truth != given).any(axis=1)
    return f1_figures(truth, given, model.topics, drawn) | {
        "primary_accuracy": accuracy_figure(primary, drawn),
        "uncertain_share": accuracy_figure(unsure, drawn),
        "error_where_uncertain": accuracy_figure(wrong[unsure], None if drawn is None else drawn[:, unsure]),
        "error_elsewhere": accuracy_figure(wrong[~unsure], None if drawn is None else drawn[:, ~unsure]),
        "count": len(articles),
    }


def _evidence_figures(
    topics: Sequence[str],
    articles: Sequence[LabelledArticle],
    said: Sequence[Prediction],
    drawn: np.ndarray | None,
) -> dict[str, Any]:
    """Two stretches meet when the overlap is at least half of the shorter one."""
    counts: dict[str, list[tuple[int, int, int, int]]] = {t: [] for t in topics}
    for a, prediction in zip(articles, said, strict=True):
        for gold, passage in zip(a.passages, prediction.passages, strict=True):
            for topic in topics:
                marked = [
                    (at, at + len(s)) for s in gold.evidence.get(topic, ()) if (at := gold.text.find(s)) >= 0
                ]
                given = list(passage.evidence.get(topic, ()))
                met_said = sum(any(_meet(g, m) for m in marked) for g in given)
                met_gold = sum(any(_meet(m, g) for g in given) for m in marked)
                counts[topic].append((met_said, len(given), met_gold, len(marked)))
    tables = {t: np.array(rows) for t, rows in counts.items()}  # (passages, 4) each
    by_topic = {t: overlap_figures(table, drawn) for t, table in tables.items()}
    return overlap_figures(np.sum(list(tables.values()), axis=0), drawn) | {"topics": by_topic}


def _meet(a: Span, b: Span) -> bool:
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared * 2 >= min(a[1] - a[0], b[1] - b[0])


def _slices(
    articles: Sequence[LabelledArticle],
    rows: Sequence[Mapping[str, Any]],
    topics: Sequence[str],
    drawn: np.ndarray | None,
) -> list[dict[str, Any]]:
    by_id = {a.id: a for a in articles}
    truth, said = (_flags([r[key] for r in rows], topics) for key in ("gold", "said"))
    ways: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "kind": lambda row: by_id[row["id"]].kind,
        "length": lambda row: _length(by_id[row["id"]].passages[row["passage"]].text),
        "slice": lambda row: by_id[row["id"]].slice,
    }
    table = []
    for by, name_of in ways.items():
        names = np.array([name_of(row) for row in rows])
        for name in sorted(set(names)):
            inside = names == name
            part = None if drawn is None else drawn[:, inside]
            figure = f1_figures(truth[inside], said[inside], topics, part)["macro_f1"]
            table.append({"by": by, "slice": str(name), "passages": int(inside.sum()), "macro_f1": figure})
    return table


def _length(text: str) -> str:
    words = len(text.split())
    low, high = next((low, high) for low, high in LENGTHS if low <= words < high)
    return f"{low}-{high - 1} words" if high < LENGTHS[-1][1] else f"{low} words and more"
