"""One scorer or several, calibrated together: the classifier of passages, with scikit-learn's interface."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from phongtrao.errors import ModelError
from phongtrao.topics.calibration import Calibration, Pooling
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import PassageScores, RawScores, Scorer

SCORERS: dict[str, type[Scorer]] = {"linear": LinearScorer, "encoder": EncoderScorer}
"""What a folder's scorers may be."""
_ARRAYS = ("curves", "thresholds", "evidence_thresholds")


class TopicClassifier:
    """Says with what probability a text carries each topic; multi-label.

    Fitted attribute: ``calibration_``.
    """

    def __init__(self, topics: Sequence[str], scorers: Sequence[Scorer], pooling: Pooling = "both") -> None:
        self.topics = tuple(topics)
        self.scorers = tuple(scorers)
        self.pooling = pooling

    calibration_: Calibration

    def fit(self, X: Sequence[str], Y: np.ndarray) -> Self:
        """Learn from texts and their topics, (texts, topics) bool."""
        return self.fit_passages(PassageSet.of(X, Y))

    def fit_passages(self, train: PassageSet, validation: PassageSet | None = None) -> Self:
        """Fit the scorers on ``train``, calibration and thresholds on what they have not seen.

        That is ``validation`` and, where all scorers cross-fit, ``train`` too. Deterministic for a seed.

        Raises:
            ValueError: a scorer does not cross-fit and there is no validation.
        """
        unseen, raw = [], []
        crossed = [found for scorer in self.scorers if (found := scorer.cross_fit(train)) is not None]
        if len(crossed) == len(self.scorers):
            unseen.append(crossed[0][0])
            raw.append(RawScores.beside([scores for _, scores in crossed]))
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
        return np.asarray(self.predict_proba(X) >= self.thresholds)

    def score(self, texts: Sequence[str]) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        return self.calibration_.scores(self._decide(texts))

    def save(self, folder: Path) -> None:
        """Write ``classifier.json`` and a folder for each scorer."""
        about = {
            "topics": list(self.topics),
            "pooling": self.pooling,
            "scorers": [scorer.kind for scorer in self.scorers],
            "calibration": {name: getattr(self.calibration_, name).tolist() for name in _ARRAYS},
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
            model = cls(about["topics"], scorers, about["pooling"])
            arrays = {name: np.array(about["calibration"][name]) for name in _ARRAYS}
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise ModelError(f"{folder} holds no topic classifier: {error!r}") from error
        if arrays["curves"].shape != (len(model.topics), 2 * len(scorers) + 1):
            raise ModelError(f"{folder}: calibration is not of {len(scorers)} scorers; copy the folder again")
        model.calibration_ = Calibration(**arrays)
        return model

    def _decide(self, texts: Sequence[str]) -> RawScores:
        return RawScores.beside([scorer.decide(texts) for scorer in self.scorers])
