"""Texts of exactly one topic each: raw scores -> probabilities that sum to 1, and what is said of an article.

Of the movement's topics a passage may carry any number; corpora such as VNTC give an article one topic out of
ten. The most probable one is said; by how much it leads the second tells how far to trust it. A model of this
kind has read whole articles, so it judges an article by its whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from phongtrao.article import Article, PassagePrediction, Prediction
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import PassageScores, RawScores, evidence_spans
from phongtrao.topics.thresholds import FREQUENT

if TYPE_CHECKING:
    from phongtrao.topics.classifier import TopicClassifier


@dataclass(frozen=True)
class OneTopicCalibration:
    """Turns raw scores into probabilities of topics that exclude each other.

    A softmax whose temperature is learned (Guo et al. 2017), one for each view.
    """

    weights: np.ndarray
    """(2 × scorers,): how far each of ``RawScores.views`` is trusted, by all topics alike; 0 or more."""
    margin: np.ndarray
    """(): where the most probable topic leads the second by less than this, it is uncertain."""
    thresholds: np.ndarray
    """(topics,) one half: from there on no other topic is more probable. The best is said below it too."""
    evidence_thresholds: np.ndarray
    """(topics,) one half: a sentence to which, read alone, the topic is as probable as that is evidence."""

    @classmethod
    def fit(cls, unseen: PassageSet, raw: RawScores, used: np.ndarray) -> OneTopicCalibration:
        """Learn from texts that the scorers have not seen.

        Args:
            unseen: each of them carries one topic.
            raw: their scores.
            used: (2 × scorers,) bool, which views speak.
        """
        topic = unseen.Y.argmax(axis=1)
        weights = fit_temperature(raw.views, topic, used)
        p = softmax(raw.views @ weights)
        half = np.full(unseen.Y.shape[1], 0.5)
        return cls(weights, np.array(uncertain_margin(p.argmax(axis=1) == topic, lead(p))), half, half)

    def passages(self, raw: RawScores) -> np.ndarray:
        """Return probabilities, (texts, topics)."""
        return softmax(raw.views @ self.weights)

    def fits(self, topics: int, scorers: int) -> bool:
        """Tell whether this is of so many topics and scorers."""
        return self.weights.shape == (2 * scorers,) and self.thresholds.shape == (topics,)

    def carried(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the most probable topic of each text, (texts, topics) bool."""
        best = probabilities.argmax(axis=1)
        return np.asarray(best[:, None] == np.arange(probabilities.shape[1]))

    def scores(self, raw: RawScores) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        parts = zip(self.passages(raw), raw.spans, raw.sentence_views, strict=True)
        return [PassageScores(p, spans, softmax(views @ self.weights)) for p, spans, views in parts]


def softmax(values: np.ndarray) -> np.ndarray:
    """Return probabilities over the last axis."""
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def lead(probabilities: np.ndarray) -> np.ndarray:
    """Return (texts,): by how much the most probable topic leads the second."""
    if probabilities.shape[-1] < 2:
        return np.ones(len(probabilities))
    second, first = np.sort(probabilities, axis=-1)[..., -2:].T
    return np.asarray(first - second)


def fit_temperature(views: np.ndarray, topic: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return the weights (views,), 0 or more, under which the true topics are likeliest; unused ones are 0.

    Args:
        views: (n, topics, views) raw scores.
        topic: (n,) index of the true one.
        used: (views,) bool.
    """
    from scipy.optimize import minimize

    x, rows = views[:, :, used], np.arange(len(topic))
    true = x[rows, topic]  # (n, used)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        p = softmax(x @ w)
        slope = (p[..., None] * x).sum(axis=1) - true
        # A breath of regularization keeps perfectly parted topics finite.
        value = -np.log(np.maximum(p[rows, topic], 1e-300)).sum() + 0.005 * float(w @ w)
        return float(value), slope.sum(axis=0) + 0.01 * w

    start = np.full(int(used.sum()), 1 / used.sum())
    weights = np.zeros(len(used))
    weights[used] = minimize(loss, start, jac=True, bounds=[(0, None)] * len(start)).x
    return weights


def uncertain_margin(right: np.ndarray, leads: np.ndarray) -> float:
    """Return the lead below which decisions err at least FREQUENT often.

    How often a lead is right is read off an isotonic regression, so it rises with the lead. One imagined
    error without any lead keeps leads uncertain that are far smaller than all that were seen.
    """
    from sklearn.isotonic import IsotonicRegression

    grid = np.linspace(0, 1, 101)
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    share = fitted.fit(np.append(leads, 0.0), np.append(right, False)).predict(grid)
    trusted = grid[share > 1 - FREQUENT]
    return float(trusted.min()) if len(trusted) else 1.0


def predict_one_topic(
    name: str, classifier: TopicClassifier, margin: float, articles: Sequence[Article]
) -> list[Prediction]:
    """Say of each article, by its whole text, and of each of its passages, which one topic it carries.

    What has no text carries none, with every score 0; an article without text is uncertain.
    """
    texts = list(dict.fromkeys(t for a in articles for t in (a.text, *(p.text for p in a.passages))))
    scored = dict(zip(texts, classifier.score(texts), strict=True))
    said = {text: _passage(classifier, scores) for text, scores in scored.items()}
    return [
        Prediction(
            article=article,
            topics=said[article.text].topics,
            primary=next(iter(said[article.text].topics), None),
            scores=said[article.text].scores,
            passages=tuple(said[p.text] for p in article.passages),
            uncertain=bool(lead(scored[article.text].passage[None])[0] < margin) or not article.text.strip(),
            model=name,
        )
        for article in articles
    ]


def _passage(classifier: TopicClassifier, scores: PassageScores) -> PassagePrediction:
    topics = classifier.topics
    if not scores.spans:
        return PassagePrediction((), dict.fromkeys(topics, 0.0), {})
    best = int(scores.passage.argmax())
    return PassagePrediction(
        (topics[best],),
        {t: float(p) for t, p in zip(topics, scores.passage, strict=True)},
        {topics[best]: evidence_spans(scores, best, float(classifier.evidence_thresholds[best]))},
    )
