"""TF-IDF over n-grams and one logistic regression a topic, on passages and on their sentences.

A passage carries a topic as soon as one whole sentence does, but its other sentences tell too. So two raw
scores are kept for each topic, the whole passage's and its best sentence's, and calibration (Platt 1999, with
two inputs and no negative weight) learns from cross-fitted scores how far to trust each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from phongtrao.article import Span
from phongtrao.config import LinearSettings
from phongtrao.errors import ModelError
from phongtrao.language.segmentation import segmenter_version
from phongtrao.language.sentences import sentence_spans
from phongtrao.topics.features import NgramTfidf, summing
from phongtrao.topics.passages import PassageSet, sentence_truth
from phongtrao.topics.scores import PassageScores
from phongtrao.topics.thresholds import best_threshold

FOLDS = 5


@dataclass(frozen=True)
class RawScores:
    """Uncalibrated decision values of some texts."""

    whole: np.ndarray
    """(texts, topics)."""
    spans: list[list[Span]]
    sentences: list[np.ndarray]
    """For each text (sentences, topics)."""

    @property
    def pooled(self) -> np.ndarray:
        """(texts, topics, 2): the whole's score and the best sentence's (the whole's where there is none)."""
        best = np.array(
            [s.max(axis=0) if len(s) else w for s, w in zip(self.sentences, self.whole, strict=True)]
        )
        return np.stack([self.whole, best.reshape(self.whole.shape)], axis=-1)


class LinearTopicClassifier:
    """Multi-label topic classifier with scikit-learn's interface.

    Fitted attributes: ``tfidf_``, ``coef_`` (topics, n-grams), ``intercept_`` (topics,), ``calibration_``
    (topics, 3: weight of the whole, of the best sentence, and the constant), ``thresholds_``,
    ``evidence_thresholds_`` (topics,).
    """

    kind = "linear"

    def __init__(self, topics: Sequence[str], settings: LinearSettings | None = None, seed: int = 0) -> None:
        self.topics = tuple(topics)
        self.settings = settings or LinearSettings()
        self.seed = seed

    def fit(self, X: Sequence[str], Y: np.ndarray) -> Self:
        """Learn from texts and their topics, (texts, topics) bool."""
        return self.fit_passages(PassageSet.of(X, Y))

    def fit_passages(self, train: PassageSet, validation: PassageSet | None = None) -> Self:
        """Learn weights from ``train``, calibration and thresholds from it (cross-fitted) and ``validation``.

        Deterministic for a seed.
        """
        unseen = [self._cross_fit(train)]
        self._fit_weights(train)
        if validation is not None and len(validation):
            unseen.append((validation, self._decide(validation.texts)))
        self._calibrate([passages for passages, _ in unseen], [raw for _, raw in unseen])
        return self

    def predict_proba(self, X: Sequence[str]) -> np.ndarray:
        """Return calibrated probabilities, (texts, topics)."""
        return self._probability(self._decide(X).pooled)

    def predict(self, X: Sequence[str]) -> np.ndarray:
        """Return which topics each text carries, (texts, topics) bool."""
        return np.asarray(self.predict_proba(X) >= self.thresholds_)

    def score(self, texts: Sequence[str]) -> list[PassageScores]:
        """Return the probabilities of each text and of its sentences."""
        raw = self._decide(texts)
        whole = self._probability(raw.pooled)
        return [
            PassageScores(p, spans, self._probability(np.stack([s, s], axis=-1)))
            for p, spans, s in zip(whole, raw.spans, raw.sentences, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write ``classifier.json``, ``vocabulary.txt``, ``weights.safetensors`` into an existing folder."""
        from safetensors.numpy import save_file

        about = {
            "topics": list(self.topics),
            "settings": self.settings.model_dump(),
            "seed": self.seed,
            "segmenter_version": segmenter_version(self.settings.segmenter),
        }
        (folder / "classifier.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        vocabulary = "\n".join(self.tfidf_.vocabulary)  # in the order of the columns
        (folder / "vocabulary.txt").write_text(vocabulary, encoding="utf-8")
        arrays = {"idf": self.tfidf_.idf, **{name: getattr(self, f"{name}_") for name in _ARRAYS}}
        save_file(
            {n: np.ascontiguousarray(a, dtype=np.float32) for n, a in arrays.items()},
            folder / "weights.safetensors",
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ModelError: a file is missing, or its parts do not fit each other.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            about: dict[str, Any] = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
            words = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
            arrays = load_file(folder / "weights.safetensors")
            model = cls(about["topics"], LinearSettings(**about["settings"]), about["seed"])
            for name in _ARRAYS:
                setattr(model, f"{name}_", arrays[name])
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise ModelError(f"{folder} is not a linear topic model: {error}") from error
        if model.coef_.shape != (len(model.topics), len(words)) or len(arrays["idf"]) != len(words):
            raise ModelError(
                f"{folder}: {len(words)} n-grams, weights for {model.coef_.shape[1]}; copy the folder again"
            )
        model.tfidf_ = NgramTfidf(
            {word: i for i, word in enumerate(words)},
            arrays["idf"],
            model.settings.ngrams,
            model.settings.segmenter,
        )
        return model

    tfidf_: NgramTfidf
    coef_: np.ndarray
    intercept_: np.ndarray
    calibration_: np.ndarray
    thresholds_: np.ndarray
    evidence_thresholds_: np.ndarray

    def _cross_fit(self, train: PassageSet) -> tuple[PassageSet, RawScores]:
        """Score every training passage by a model that has not seen its article."""
        from sklearn.model_selection import GroupKFold

        folds = GroupKFold(min(FOLDS, len(set(train.groups))), shuffle=True, random_state=self.seed)
        order: list[np.ndarray] = []
        parts: list[RawScores] = []
        for known, held in folds.split(train.texts, groups=train.groups):
            model = LinearTopicClassifier(self.topics, self.settings, self.seed)
            model._fit_weights(train.take(known))
            order.append(held)
            parts.append(model._decide([train.texts[i] for i in held]))
        raw = RawScores(
            np.concatenate([p.whole for p in parts]),
            [spans for p in parts for spans in p.spans],
            [s for p in parts for s in p.sentences],
        )
        return train.take(np.concatenate(order)), raw

    def _fit_weights(self, train: PassageSet) -> None:
        from sklearn.linear_model import LogisticRegression

        units = [[text[a:b] for a, b in sentence_spans(text)] for text in train.texts]
        options = self.settings
        self.tfidf_ = NgramTfidf.fit(
            units, ngrams=options.ngrams, segmenter=options.segmenter, rarest=options.min_articles
        )
        X, Y, weight = self._examples(train, units)
        fitted = [
            LogisticRegression(C=options.C, solver="liblinear", max_iter=500, random_state=self.seed).fit(
                X, Y[:, k], sample_weight=weight
            )
            if 0 < Y[:, k].sum() < len(Y)
            else None
            for k in range(len(self.topics))
        ]
        width = X.shape[1]
        # A topic that nothing (or everything) carries has no weights: its prior alone speaks.
        self.coef_ = np.array([m.coef_[0] if m else np.zeros(width) for m in fitted], np.float32)
        self.intercept_ = np.array(
            [m.intercept_[0] if m else (5.0 if Y[:, k].all() else -5.0) for k, m in enumerate(fitted)],
            np.float32,
        )

    def _examples(self, train: PassageSet, units: list[list[str]]) -> tuple[Any, np.ndarray, np.ndarray]:
        """Passages, and the sentences of those whose evidence is marked: (n, n-grams), (n, topics), (n,)."""
        import scipy.sparse as sp

        counts = self.tfidf_.counts([s for sentences in units for s in sentences])
        passages = self.tfidf_.weigh(summing([len(s) for s in units]) @ counts)
        weight = np.where(train.sources == "press", self.settings.real_weight, 1.0)
        if not self.settings.sentence_weight:
            return passages, train.Y, weight
        marked = np.repeat([e is not None for e in train.evidence], [len(s) for s in units])
        truth = [
            sentence_truth(sentences, evidence, self.topics)
            for sentences, evidence in zip(units, train.evidence, strict=True)
            if evidence is not None
        ]
        X = sp.vstack([passages, self.tfidf_.weigh(counts[np.flatnonzero(marked)])]).tocsr()
        extra = int(marked.sum())
        return (
            X,
            np.concatenate([train.Y, *truth]),
            np.concatenate([weight, np.full(extra, self.settings.sentence_weight)]),
        )

    def _decide(self, texts: Sequence[str]) -> RawScores:
        spans = [sentence_spans(text) for text in texts]
        lengths = [len(s) for s in spans]
        counts = self.tfidf_.counts(
            [text[a:b] for text, own in zip(texts, spans, strict=True) for a, b in own]
        )
        sentences = self.tfidf_.weigh(counts) @ self.coef_.T + self.intercept_
        whole = self.tfidf_.weigh(summing(lengths) @ counts) @ self.coef_.T + self.intercept_
        return RawScores(
            np.asarray(whole),
            spans,
            np.split(np.asarray(sentences), np.cumsum(lengths)[:-1]) if texts else [],
        )

    def _probability(self, pooled: np.ndarray) -> np.ndarray:
        """Calibrate (..., topics, 2) raw scores to (..., topics) probabilities."""
        from scipy.special import expit

        return np.asarray(expit((pooled * self.calibration_[:, :2]).sum(axis=-1) + self.calibration_[:, 2]))

    def _calibrate(self, held: list[PassageSet], raw: list[RawScores]) -> None:
        pooled = np.concatenate([r.pooled for r in raw])
        Y = np.concatenate([h.Y for h in held])
        sources = np.concatenate([h.sources for h in held])
        used = {"passage": (0,), "sentence": (1,), "both": (0, 1)}[self.settings.pooling]
        self.calibration_ = np.array(
            [fit_platt(pooled[:, k], Y[:, k], used) for k in range(len(self.topics))], np.float32
        )
        p = self._probability(pooled)
        self.thresholds_ = np.array(
            [best_threshold(Y[:, k], p[:, k], sources) for k in range(len(self.topics))], np.float32
        )
        self.evidence_thresholds_ = self._evidence_thresholds(held, raw)

    def _evidence_thresholds(self, held: list[PassageSet], raw: list[RawScores]) -> np.ndarray:
        """Choose from the sentences of passages that carry the topic and have their evidence marked."""
        scores: list[list[np.ndarray]] = [[] for _ in self.topics]
        truths: list[list[np.ndarray]] = [[] for _ in self.topics]
        for part, said in zip(held, raw, strict=True):
            for text, Y, evidence, spans, s in zip(
                part.texts, part.Y, part.evidence, said.spans, said.sentences, strict=True
            ):
                if evidence is None or not len(s):
                    continue
                truth = sentence_truth([text[a:b] for a, b in spans], evidence, self.topics)
                p = self._probability(np.stack([s, s], axis=-1))
                for k in np.flatnonzero(Y):
                    scores[k].append(p[:, k])
                    truths[k].append(truth[:, k])
        return np.array(
            [
                best_threshold(np.concatenate(t), np.concatenate(s)) if s else threshold
                for t, s, threshold in zip(truths, scores, self.thresholds_, strict=True)
            ],
            np.float32,
        )


_ARRAYS = ("coef", "intercept", "calibration", "thresholds", "evidence_thresholds")


def fit_platt(pooled: np.ndarray, truth: np.ndarray, used: Sequence[int]) -> np.ndarray:
    """Return (2 weights, constant) of the likeliest logistic curve; weights are not negative, unused ones 0.

    Args:
        pooled: (n, 2) raw scores.
        truth: (n,) bool.
        used: which of the two scores speak.
    """
    from scipy.optimize import minimize

    mask = np.array([i in used for i in range(2)], float)
    x, sign = pooled * mask, np.where(truth, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x @ w[:2] + w[2])
        slope = -sign / (1 + np.exp(np.clip(margin, -500, 500)))
        # A breath of regularization keeps a perfectly parted topic finite.
        value = np.logaddexp(0, -margin).sum() + 0.005 * float(w[:2] @ w[:2])
        return value, np.array([*(slope @ x + 0.01 * w[:2]), slope.sum()])

    found = minimize(loss, np.array([*mask, 0.0]), jac=True, bounds=[(0, None), (0, None), (None, None)])
    return np.asarray(found.x * np.array([*mask, 1.0]))
