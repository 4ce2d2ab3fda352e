"""A summarizer and articles with references -> every metric, with lead-2 beside it in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phongtrao.article import Article, Prediction
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.language.normalize import compose
from phongtrao.summary.abstractive.claims import Facts, unsupported
from phongtrao.summary.abstractive.repair import WAYS
from phongtrao.summary.base import Summarizer
from phongtrao.summary.faithfulness import missing_numbers
from phongtrao.summary.lead import LeadSummarizer
from phongtrao.summary.metrics import ROUGES, SCALES, intervals, novelty, repetition, rouge
from phongtrao.summary.references import read_references
from phongtrao.summary.units import count_words, ends_whole

Columns = dict[str, NDArray[np.float64]]
Predict = Callable[[Sequence[Article]], Sequence[Prediction]]


@dataclass(frozen=True)
class Measured:
    """What a summarizer did with a set of articles."""

    summaries: list[str]
    columns: Columns
    """In the articles' order: those of ``score``."""
    articles_per_second: float
    ways: Sequence[str] = ()
    """Which way each summary went, where the summarizer says so (``Summary.way``)."""


def evaluate(
    path: Path,
    summarizer: Summarizer,
    *,
    limit: int | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
    predict: Predict | None = None,
) -> dict[str, Any]:
    """Evaluate on a file (see ``read_references``); returns ``file`` and what ``evaluate_articles`` does."""
    gold = read_references(path, limit=limit)
    return {"file": path.name} | evaluate_articles(
        gold, summarizer, bootstrap=bootstrap, seed=seed, predict=predict
    )


def evaluate_articles(
    gold: Sequence[LabelledArticle],
    summarizer: Summarizer,
    *,
    bootstrap: int = 1000,
    seed: int = 0,
    predict: Predict | None = None,
    measured: Measured | None = None,
) -> dict[str, Any]:
    """Evaluate on articles with references.

    Args:
        gold: at least one.
        summarizer: makes ``standard`` summaries.
        bootstrap: resamples behind each 95 % interval; 0 leaves the intervals at the value.
        seed: of the bootstrap.
        predict: gives the summarizer the articles' topics; its time is not counted.
        measured: what ``measure`` returned of these articles, where it has been called already.

    Returns:
        ``summarizer``, ``articles``, ``articles_per_second``; ``metrics`` (``{name: {value, low, high}}``;
        ROUGE F1, novelty, repetition and whole ends 0 to 1, words a summary, missing numbers and claims an
        article); ``missing_numbers`` and ``missing_claims`` (their count); ``ways`` (the part of the
        summaries that went each, where the summarizer says so); ``slices`` (metrics by kind, where there are
        kinds); and, for anything but lead-2 itself, ``lead-2`` (its metrics) and ``over_lead-2`` (paired
        differences).
    """
    measured = measured or measure(gold, summarizer, predict=predict)
    result: dict[str, Any] = {
        "summarizer": summarizer.name,
        "articles": len(gold),
        "articles_per_second": round(measured.articles_per_second, 1),
        "metrics": intervals(measured.columns, resamples=bootstrap, seed=seed),
        "missing_numbers": int(measured.columns["missing_numbers"].sum()),
        "missing_claims": int(measured.columns["missing_claims"].sum()),
    }
    if any(measured.ways):
        result["ways"] = {way: measured.ways.count(way) / len(gold) for way in WAYS}
    kinds = sorted({labelled.kind for labelled in gold} - {""})
    if kinds:
        result["slices"] = {kind: _slice(gold, measured, kind, bootstrap, seed) for kind in kinds}
    lead = LeadSummarizer(2)
    if summarizer.name != lead.name:
        beside = measure(gold, lead)
        result[lead.name] = intervals(beside.columns, resamples=bootstrap, seed=seed)
        rouges = [name for name in measured.columns if name.startswith("rouge")]
        differences = {name: measured.columns[name] - beside.columns[name] for name in rouges}
        result[f"over_{lead.name}"] = intervals(differences, resamples=bootstrap, seed=seed)
    return result


def measure(
    gold: Sequence[LabelledArticle], summarizer: Summarizer, *, predict: Predict | None = None
) -> Measured:
    """Summarize the articles and return the metrics of each."""
    articles = [labelled.article for labelled in gold]
    predictions = predict(articles) if predict else None
    start = time.perf_counter()
    made = summarizer.summarize(articles, predictions=predictions)
    seconds = max(time.perf_counter() - start, 1e-9)
    summaries = [summary.text for summary in made]
    ways = [summary.way for summary in made]
    return Measured(summaries, score(gold, summaries), len(articles) / seconds, ways)


def score(gold: Sequence[LabelledArticle], summaries: Sequence[str]) -> Columns:
    """Return the metrics of each summary.

    They are ``rouge1_syllable`` and so on, ROUGE on both scales; ``novelty`` (of pairs) and ``repetition``
    (of triples); ``words``; ``missing_numbers``; ``missing_claims`` (numbers with their units, dates and
    names that the article does not bear out); ``whole_end`` (1 where it ends as sentences do, or is empty).
    """
    references = [labelled.summary for labelled in gold]
    texts = [labelled.article.text for labelled in gold]
    scales = {scale: rouge(references, summaries, scale) for scale in SCALES}
    pairs = list(zip(summaries, texts, strict=True))
    return {
        **{f"{name}_{scale}": scales[scale][name] for scale in SCALES for name in ROUGES},
        "novelty": np.array([novelty(s, t) for s, t in pairs]),
        "repetition": np.array([repetition(s) for s in summaries]),
        "words": np.array([count_words(s) for s in summaries], dtype=float),
        "missing_numbers": np.array([len(missing_numbers(s, t)) for s, t in pairs], dtype=float),
        "missing_claims": np.array([len(unsupported(compose(s), Facts(t))) for s, t in pairs], dtype=float),
        "whole_end": np.array([not s or ends_whole(s) for s in summaries], dtype=float),
    }


def _slice(
    gold: Sequence[LabelledArticle], measured: Measured, kind: str, bootstrap: int, seed: int
) -> dict[str, Any]:
    rows = np.array([labelled.kind == kind for labelled in gold])
    columns = {name: values[rows] for name, values in measured.columns.items()}
    return {"articles": int(rows.sum()), "metrics": intervals(columns, resamples=bootstrap, seed=seed)}
