"""One scorer or several, calibrated together: the classifier of passages, with scikit-learn's interface."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from phongtrao.errors import ModelError
from phongtrao.topics.calibration import Calibration, Pooling, used_views
from phongtrao.topics.cascade import Cascade
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.one_topic import OneTopicCalibration
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import PassageScores, RawScores, Scorer

SCORERS: dict[str, type[Scorer]] = {"linear": LinearScorer, "encoder": EncoderScorer}
"""What a folder's scorers may be."""


class TopicClassifier:
    """Says with what probability a text carries each topic.

    A text carries any number of topics or, with ``one_topic``, exactly one (see ``topics.one_topic``). With
    ``cascade_lost``, dear scorers are asked only about passages where the cheap one alone puts too much at
    risk (see ``topics.cascade``).
    Fitted attributes: ``calibration_``, ``cascade_`` (None where all scorers are always asked).
    """

    def __init__(
        self,
        topics: Sequence[str],
        scorers: Sequence[Scorer],
        pooling: Pooling = "both",
        *,
        one_topic: bool = False,
        cascade_lost: float | None = None,
    ) -> None:
        self.topics = tuple(topics)
        self.scorers = tuple(scorers)
        self.pooling = pooling
        self.one_topic = one_topic
        self.cascade_lost = cascade_lost
        self.cascade_: Cascade | None = None

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
        unseen = [] if any(scorer.dear for scorer in self.scorers) else [self._cross_fit(train)]
        for scorer in self.scorers:
            scorer.fit(train, validation)
        if validation is not None and len(validation):
            unseen.append((validation, self._decide(validation.texts)))
        if not unseen:
            raise ValueError("nothing to calibrate on: give validation passages")
        passages, scores = (list(part) for part in zip(*unseen, strict=True))
        return self.calibrate(PassageSet.joined(passages), RawScores.joined(scores))

    def calibrate(self, unseen: PassageSet, raw: RawScores) -> Self:
        """Learn curves, thresholds and cascade from what the scorers say of passages they have not seen."""
        self.calibration_ = Calibration.fit(unseen, raw, self.topics, self.pooling)
        cheap = self._cheap
        if self.cascade_lost is not None and cheap is not None:
            self.cascade_ = Cascade.fit(unseen, raw.of(cheap), raw, self.calibration_, lost=self.cascade_lost)
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
        if self.cascade_ is None:
            return self.calibration_.passages(self._decide(X))
        return np.array([said.passage for said in self.score(X)]).reshape(len(X), len(self.topics))

    def predict(self, X: Sequence[str]) -> np.ndarray:
        """Return which topics each text carries, (texts, topics) bool."""
        return self.calibration_.carried(self.predict_proba(X))

    def score(self, texts: Sequence[str]) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        if self.cascade_ is None or self._cheap is None:
            return self.calibration_.scores(self._decide(texts))
        cheap = self.scorers[self._cheap].decide(texts)
        sure = self.cascade_.sure(cheap)
        said = self.cascade_.calibration.scores(cheap)
        asked = [i for i, certain in enumerate(sure) if not certain]
        if asked:
            parts = [
                cheap.take(np.array(asked)) if i == self._cheap else scorer.decide([texts[j] for j in asked])
                for i, scorer in enumerate(self.scorers)
            ]
            for j, better in zip(asked, self.calibration_.scores(RawScores.beside(parts)), strict=True):
                said[j] = better
        return said

    def without_cascade(self) -> TopicClassifier:
        """Return this classifier asking all scorers about every passage."""
        full = TopicClassifier(self.topics, self.scorers, self.pooling, one_topic=self.one_topic)
        full.calibration_ = self.calibration_
        return full

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
        if self.cascade_ is not None:
            kept = {name: getattr(self.cascade_, name).tolist() for name in ("changes", "stakes")}
            curves = self.cascade_.calibration.curves.tolist()
            about["cascade"] = {"curves": curves, **kept, "limit": self.cascade_.limit}
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
            if "cascade" in about and isinstance(model.calibration_, Calibration):
                model.cascade_ = _cascade(about["cascade"], model.calibration_, folder)
        except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"{folder} holds no topic classifier: {error!r}") from error
        if not model.calibration_.fits(len(model.topics), len(scorers)):
            raise ModelError(f"{folder}: calibration is not of {len(scorers)} scorers; copy the folder again")
        return model

    def _cross_fit(self, train: PassageSet) -> tuple[PassageSet, RawScores]:
        """Return the training passages one may calibrate on with scores of models that have not seen them."""
        found = [scorer.cross_fit(train) for scorer in self.scorers]
        passages = found[0][0]
        scores = RawScores.beside([scores for _, scores in found])
        return passages.take(passages.natural), scores.take(passages.natural)

    def _fit_one_topic(self, train: PassageSet, validation: PassageSet | None) -> Self:
        if validation is None or not len(validation):
            raise ValueError("nothing to calibrate on: give validation texts")
        for scorer in self.scorers:
            scorer.fit(train, validation)
        used = used_views(self.pooling, len(self.scorers))
        self.calibration_ = OneTopicCalibration.fit(validation, self._decide(validation.texts), used)
        return self

    @property
    def _cheap(self) -> int | None:
        """Position of the cheap scorer beside dear ones; None where there is no such pair."""
        cheap = [i for i, scorer in enumerate(self.scorers) if not scorer.dear]
        return cheap[0] if cheap and len(cheap) < len(self.scorers) else None

    def _decide(self, texts: Sequence[str]) -> RawScores:
        return RawScores.beside([scorer.decide(texts) for scorer in self.scorers])


def _cascade(about: Mapping[str, Any], full: Calibration, folder: Path) -> Cascade:
    """Return the cascade a folder tells of.

    Raises:
        ModelError: it is of the kind that a distance limits, or not of the folder's topics.
    """
    if "margin" in about:
        raise ModelError(f"{folder} was made by an earlier version; train it again")
    curves, changes, stakes = (np.array(about[name]) for name in ("curves", "changes", "stakes"))
    own = Calibration(curves, full.thresholds, full.evidence_thresholds)
    k = len(full.thresholds)
    if not own.fits(k, 1) or changes.shape != (k, 2, 2) or stakes.shape != (k,):
        raise ModelError(f"{folder}: expected a cascade of {k} topics; copy the folder again")
    return Cascade(own, changes, stakes, float(about["limit"]))
