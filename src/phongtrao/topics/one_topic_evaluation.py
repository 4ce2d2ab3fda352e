"""A model and texts of one topic each -> accuracy, F1 and calibration with intervals."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from phongtrao.article import Article, Passage, Prediction
from phongtrao.corpus.vntc import TopicTexts, require_topics
from phongtrao.topics.evaluation import Evaluation
from phongtrao.topics.metrics import accuracy_figure, calibration_figures, f1_figures, resamples
from phongtrao.topics.model import TopicModel

LENGTHS = ((0, 150), (150, 300), (300, 600), (600, sys.maxsize))
"""Slices of length, in words."""
_BLOCK = 256  # texts scored at a time: a test set of 50,000 articles needs no more memory than one of 5,000


def evaluate_one_topic(
    model: TopicModel,
    texts: TopicTexts,
    said: Sequence[Prediction] | None = None,
    *,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Measure a model on texts of one topic each, each text a passage.

    ``said`` is what ``predict_texts`` returns for them, where that is known already.

    ``calibration.ece`` is that of the topic said (Guo et al. 2017), ``calibration.topics`` have that of each
    topic's probability. Intervals resample texts.

    Raises:
        InputError: a text carries a topic that the model does not know.
    """
    require_topics(texts, model.topics, "the texts to measure on")
    started = time.perf_counter()
    speed = None
    if said is None:
        said = predict_texts(model, texts)
        speed = len(texts) / max(1e-9, time.perf_counter() - started)
    truth = np.array(texts.labels)[:, None] == np.array(model.topics)
    scores = np.array([[p.scores[t] for t in model.topics] for p in said])
    given = np.array([[t in p.topics for t in model.topics] for p in said], bool)
    right = (truth & given).any(axis=1)
    unsure = np.array([p.uncertain for p in said])
    drawn = resamples(np.arange(len(texts)), bootstrap, seed) if bootstrap else None
    calibration = calibration_figures(truth, scores, model.topics, drawn)["topics"]
    confidence = calibration_figures(right[:, None], scores.max(axis=1)[:, None], ["said"], drawn)
    passages: dict[str, Any] = {
        "accuracy": accuracy_figure(right, drawn),
        **f1_figures(truth, given, model.topics, drawn),
        "calibration": {"ece": confidence["ece"], "topics": calibration},
        "uncertain_share": accuracy_figure(unsure, drawn),
        "count": len(texts),
    }
    for name, part in (("accuracy_where_uncertain", unsure), ("accuracy_elsewhere", ~unsure)):
        if part.any():
            passages[name] = accuracy_figure(right[part], None if drawn is None else drawn[:, part])
    rows = [
        {"id": i, "passage": 0, "gold": [label], "said": list(p.topics), "scores": dict(p.scores)}
        for i, label, p in zip(texts.ids, texts.labels, said, strict=True)
    ]
    slices = _slices(texts.texts, truth, given, model.topics, drawn)
    return Evaluation({"passages": passages}, rows, slices, speed)


def predict_texts(model: TopicModel, texts: TopicTexts) -> list[Prediction]:
    """Return what the model says of each text."""
    said: list[Prediction] = []
    for start in range(0, len(texts), _BLOCK):
        block = zip(texts.ids[start : start + _BLOCK], texts.texts[start : start + _BLOCK], strict=True)
        articles = [Article(i, "", "", "", (Passage(text),)) for i, text in block]
        said += model.predict(articles)
    return said


def _slices(
    texts: Sequence[str],
    truth: np.ndarray,
    given: np.ndarray,
    topics: Sequence[str],
    drawn: np.ndarray | None,
) -> list[dict[str, Any]]:
    words = np.array([len(text.split()) for text in texts])
    table = []
    for low, high in LENGTHS:
        inside = (words >= low) & (words < high)
        if inside.any():
            name = f"{low}-{high - 1} words" if high < sys.maxsize else f"{low} words and more"
            part = None if drawn is None else drawn[:, inside]
            figure = f1_figures(truth[inside], given[inside], topics, part)["macro_f1"]
            table.append({"by": "length", "slice": name, "passages": int(inside.sum()), "macro_f1": figure})
    return table
