"""One scorer or several, calibrated together: the classifier of passages, with scikit-learn's interface."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from phongtrao.errors import ModelError
from phongtrao.topics.calibration import Calibration, Pooling, used_views
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.one_topic import OneTopicCalibration
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import PassageScores, RawScores, Scorer

SCORERS: dict[str, type[Scorer]] = {"linear": LinearScorer, "encoder": EncoderScorer}
"""What a folder's scorers may be."""


class TopicClassifier:
    """Says with what probability a text carries each topic.

    A text carries any number of topics or, with ``one_topic``, exactly one (see ``topics.one_topic``).
    Fitted attribute: ``calibration_``.
    """

    def __init__(
        self,
        topics: Sequence[str],
        scorers: Sequence[Scorer],
        pooling: Pooling = "both",
        *,
        one_topic: bool = False,
    ) -> None:
        self.topics = tuple(topics)
        self.scorers = tuple(scorers)
        self.pooling = pooling
        self.one_topic = one_topic

    calibration_: Calibration | OneTopicCalibration

    def fit(self, X: Sequence[str], Y: np.ndarray) -> Self:
        """Learn from texts and their topics, (texts, topics) bool."""
        return self.fit_passages(PassageSet.of(X, Y))

    def fit_passages(self, train: PassageSet, validation: PassageSet | None = None) -> Self:
        """Fit the scorers on ``train``, calibration and thresholds on what they have not seen.

        That is ``validation`` and, where all scorers cross-fit, ``train`` too. Deterministic for a seed.

        Raises:
            ValueError: a scorer does not cross-fit, or the texts carry one topic, and there is no validation.
        """
        if self.one_topic:
            return self._fit_one_topic(train, validation)
        unseen, raw = [], []
        if crossed := self._cross_fit(train):
            unseen.append(crossed[0])
            raw.append(crossed[1])
        for scorer in self.scorers:
            scorer.fit(train, validation)
        if validation is not None and len(validation):
            unseen.append(validation)
            raw.append(self._decide(validation.texts))
        if not unseen:
            raise ValueError("nothing to calibrate on: give validation passages")
        passages, scores = PassageSet.joined(unseen), RawScores.joined(raw)
        self.calibration_ = Calibration.fit(passages, scores, self.topics, self.pooling)
        return self

    @property
    def thresholds(self) -> np.ndarray:
        """(topics,): a passage carries a topic from here on."""
        return self.calibration_.thresholds

    @property
    def evidence_thresholds(self) -> np.ndarray:
        """(topics,): a sentence of such a passage is evidence from here on."""
        return self.calibration_.evidence_thresholds

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        """Return calibrated probabilities, (texts, topics)."""
        return self.calibration_.passages(self._decide(X))

    def predict(self, X: Sequence[str]) -> np.ndarray:
        """Return which topics each text carries, (texts, topics) bool."""
        return self.calibration_.carried(self.predict_proba(X))

    def score(self, texts: Sequence[str]) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        return self.calibration_.scores(self._decide(texts))

    def save(self, folder: Path) -> None:
        """Write ``classifier.json`` and a folder for each scorer."""
        about = {
            "topics": list(self.topics),
            "pooling": self.pooling,
            "one_topic": self.one_topic,
            "scorers": [scorer.kind for scorer in self.scorers],
            "calibration": {
                name: np.asarray(value).tolist() for name, value in vars(self.calibration_).items()
            },
        }
        (folder / "classifier.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        for scorer in self.scorers:
            (folder / scorer.kind).mkdir(exist_ok=True)
            scorer.save(folder / scorer.kind)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ModelError: a file is missing, or its parts do not fit each other.
        """
        try:
            about = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
            scorers = [SCORERS[kind].load(folder / kind) for kind in about["scorers"]]
            # Folders written before there were other tasks do not say: any number of topics.
            one_topic = bool(about.get("one_topic", False))
            model = cls(about["topics"], scorers, about["pooling"], one_topic=one_topic)
            arrays = {name: np.array(value) for name, value in about["calibration"].items()}
            model.calibration_ = OneTopicCalibration(**arrays) if one_topic else Calibration(**arrays)
        except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"{folder} holds no topic classifier: {error!r}") from error
        if not model.calibration_.fits(len(model.topics), len(scorers)):
            raise ModelError(f"{folder}: calibration is not of {len(scorers)} scorers; copy the folder again")
        return model

    def _cross_fit(self, train: PassageSet) -> tuple[PassageSet, RawScores] | None:
        """Return the training passages one may calibrate on with scores of models that have not seen them."""
        parts: list[RawScores] = []
        for scorer in self.scorers:
            found = scorer.cross_fit(train)
            if found is None:
                return None
            passages, scores = found
            parts.append(scores)
        return passages.take(passages.natural), RawScores.beside(parts).take(passages.natural)

    def _fit_one_topic(self, train: PassageSet, validation: PassageSet | None) -> Self:
        if validation is None or not len(validation):
            raise ValueError("nothing to calibrate on: give validation texts")
        for scorer in self.scorers:
            scorer.fit(train, validation)
        used = used_views(self.pooling, len(self.scorers))
        self.calibration_ = OneTopicCalibration.fit(validation, self._decide(validation.texts), used)
        return self

    def _decide(self, texts: Sequence[str]) -> RawScores:
        return RawScores.beside([scorer.decide(texts) for scorer in self.scorers])
