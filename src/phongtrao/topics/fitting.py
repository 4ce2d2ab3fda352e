"""Labelled data -> a topic model: classifier, then primary weights and uncertain bands on validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from phongtrao.config import EncoderSettings, EnsembleSettings, LinearSettings, OneTopicRecipe, TopicsRecipe
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.dataset import LabelledData
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.model import TopicModel
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.primary import FEATURES, fit_primary_weights
from phongtrao.topics.thresholds import uncertain_band


def fit_topic_model(settings: TopicsRecipe, data: LabelledData) -> TopicModel:
    """Train on the training split what the settings name, tune on validation; test is not touched."""
    train, held = passage_sets(data)
    classifier = make_classifier(settings.model, data.topics, settings.seed).fit_passages(train, held)
    return topic_model(settings.name, classifier, data, settings.seed)


def passage_sets(data: LabelledData) -> tuple[PassageSet, PassageSet]:
    """Return the passages to learn from, and those of validation."""
    validation = {"seed": data.seed["validation"], "press": data.press["validation"]}
    return (
        PassageSet.from_articles(data.train, data.topics),
        PassageSet.from_articles(validation, data.topics),
    )


def topic_model(name: str, classifier: TopicClassifier, data: LabelledData, seed: int) -> TopicModel:
    """Return the model of articles around a fitted classifier of passages, tuned on validation."""
    k = len(data.topics)
    plain = TopicModel(name, data.topics, classifier, np.zeros(len(FEATURES)), np.zeros((k, 2)))
    validation = [*data.seed["validation"], *data.press["validation"]]
    return TopicModel(
        name,
        data.topics,
        classifier,
        _primary_weights(plain, data.seed["validation"], seed),
        _bands(plain, validation),
    )


def fit_one_topic_model(
    settings: OneTopicRecipe, topics: Sequence[str], train: PassageSet, tuning: PassageSet
) -> TopicModel:
    """Train what the settings name on texts of one topic each; ``tuning`` calibrates, and stops an encoder.

    A linear scorer has nothing to stop: in the end it learns from ``tuning`` too, its calibration kept.
    """
    classifier = make_classifier(settings.model, topics, settings.seed, one_topic=True)
    classifier.fit_passages(train, tuning)
    for scorer in classifier.scorers:
        if isinstance(scorer, LinearScorer):
            scorer.fit(PassageSet.joined([train, tuning]))
    k = len(topics)
    return TopicModel(settings.name, tuple(topics), classifier, np.zeros(len(FEATURES)), np.zeros((k, 2)))


def make_classifier(
    settings: LinearSettings | EncoderSettings | EnsembleSettings,
    topics: Sequence[str],
    seed: int,
    *,
    one_topic: bool = False,
) -> TopicClassifier:
    """Return the unfitted classifier that the settings describe, of any number of topics a text or of one."""
    if isinstance(settings, LinearSettings):
        linear = LinearScorer(topics, settings, seed)
        return TopicClassifier(topics, [linear], settings.pooling, one_topic=one_topic)
    if isinstance(settings, EncoderSettings):
        encoder = EncoderScorer(topics, settings, seed, one_topic=one_topic)
        return TopicClassifier(topics, [encoder], one_topic=one_topic)
    encoder = EncoderScorer(topics, settings.encoder, seed, one_topic=one_topic)
    linear = LinearScorer(topics, settings.linear, seed)
    return TopicClassifier(topics, (encoder, linear), one_topic=one_topic, cascade_lost=settings.cascade_lost)


def _primary_weights(model: TopicModel, articles: Sequence[LabelledArticle], seed: int) -> np.ndarray:
    scores = [
        model.headed(model.classifier.score([a.title, a.lead, *(p.text for p in a.passages)]), a)
        for a in (labelled.article for labelled in articles)
    ]
    primary = [None if a.primary is None else model.topics.index(a.primary) for a in articles]
    return fit_primary_weights(scores, primary, model.classifier.thresholds, seed)


def _bands(model: TopicModel, articles: Sequence[LabelledArticle]) -> np.ndarray:
    """Return (topics, 2), from the articles' scores and topics."""
    said = model.predict([a.article for a in articles])
    truth = np.array([[t in a.topics for t in model.topics] for a in articles], bool)
    scores = np.array([[p.scores[t] for t in model.topics] for p in said])
    return np.array(
        [
            uncertain_band(truth[:, i], scores[:, i], float(threshold))
            for i, threshold in enumerate(model.classifier.thresholds)
        ]
    )
