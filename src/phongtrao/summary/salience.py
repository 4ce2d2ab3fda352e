"""What is known of an article's topics -> the sentences that speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phongtrao.article import Prediction, Span
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.summary.units import Unit


@dataclass(frozen=True, slots=True)
class TopicSpan:
    """A stretch of a passage that carries a topic."""

    passage: int
    span: Span
    primary: bool
    """Whether it is the article's primary topic."""


def predicted_spans(prediction: Prediction) -> list[TopicSpan]:
    """Return the evidence of a prediction."""
    return [
        TopicSpan(evidence.passage, evidence.span, topic == prediction.primary)
        for topic, found in prediction.evidence.items()
        for evidence in found
    ]


def marked_spans(labelled: LabelledArticle) -> list[TopicSpan]:
    """Return the evidence that an annotator marked."""
    return [
        TopicSpan(index, (start, start + len(sentence)), topic == labelled.primary)
        for index, passage in enumerate(labelled.passages)
        for topic, marked in passage.evidence.items()
        for sentence in marked
        if (start := passage.text.find(sentence)) >= 0
    ]


def salience(units: Sequence[Unit], spans: Iterable[TopicSpan]) -> NDArray[np.float64]:
    """Return for each unit 2 where it carries the primary topic, 1 where another one, else 0.

    A unit carries a topic when half of it or of the evidence lies in the other: evidence may be one clause of
    a long sentence, and a sentence may be one of several that were marked together.
    """
    found = np.zeros(len(units))
    for topic in spans:
        for index, unit in enumerate(units):
            if unit.passage == topic.passage and _meet(unit.span, topic.span):
                found[index] = max(found[index], 2.0 if topic.primary else 1.0)
    return found


def _meet(unit: Span, evidence: Span) -> bool:
    shared = min(unit[1], evidence[1]) - max(unit[0], evidence[0])
    return shared > 0 and 2 * shared >= min(unit[1] - unit[0], evidence[1] - evidence[0])
