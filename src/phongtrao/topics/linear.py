"""TF-IDF over n-grams and one logistic regression a topic, on passages and on their sentences.

A passage carries a topic as soon as one whole sentence does, but its other sentences tell too: both scores
are given, and ``topics.calibration`` learns how far to trust each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from phongtrao.config import LinearSettings
from phongtrao.errors import ModelError
from phongtrao.language.segmentation import segmenter_version
from phongtrao.language.sentences import sentence_spans
from phongtrao.topics.features import NgramTfidf, summing
from phongtrao.topics.passages import PassageSet, sentence_truth
from phongtrao.topics.scores import RawScores

FOLDS = 5
TITLE_WORDS = 40
"""A first line that is longer is no title; its beginning is taken."""


class LinearScorer:
    """Logistic regressions over TF-IDF.

    Fitted attributes: ``tfidf_``, ``title_tfidf_`` (of first lines; empty where they have no weight),
    ``coef_`` (topics, n-grams of both), ``intercept_`` (topics,).
    """

    kind: ClassVar[str] = "linear"
    dear: ClassVar[bool] = False

    def __init__(self, topics: Sequence[str], settings: LinearSettings | None = None, seed: int = 0) -> None:
        self.topics = tuple(topics)
        self.settings = settings or LinearSettings()
        self.seed = seed

    tfidf_: NgramTfidf
    title_tfidf_: NgramTfidf
    coef_: np.ndarray
    intercept_: np.ndarray

    def fit(self, train: PassageSet, validation: PassageSet | None = None) -> Self:  # noqa: ARG002
        """Learn from ``train``. Deterministic for a seed."""
        units = [[text[a:b] for a, b in sentence_spans(text)] for text in train.texts]
        options = self.settings
        self.tfidf_, counts = NgramTfidf.fit_counts(
            units, ngrams=options.ngrams, segmenter=options.segmenter, rarest=options.min_articles
        )
        titles = [[_first_line(text)] for text in train.texts] if options.title_weight else []
        self.title_tfidf_ = NgramTfidf.fit(
            titles, ngrams=1, segmenter=options.segmenter, rarest=options.min_articles
        )
        X, Y, weight = self._examples(train, units, counts)
        vectors = None if options.dimensions is None else static_vectors(X, options.dimensions, self.seed)
        seen = X if vectors is None else X @ vectors
        fitted = [
            self._learner().fit(seen, Y[:, k], sample_weight=weight) if 0 < Y[:, k].sum() < len(Y) else None
            for k in range(len(self.topics))
        ]
        # A topic that nothing (or everything) carries has no weights: its prior alone speaks.
        coef = np.array([m.coef_[0] if m else np.zeros(seen.shape[1]) for m in fitted])
        # Weights on sums of vectors are weights on the n-grams they are vectors of: kept as such.
        self.coef_ = np.asarray(coef if vectors is None else coef @ vectors.T, np.float32)
        self.intercept_ = np.array(
            [m.intercept_[0] if m else (5.0 if Y[:, k].all() else -5.0) for k, m in enumerate(fitted)],
            np.float32,
        )
        return self

    def cross_fit(self, train: PassageSet) -> tuple[PassageSet, RawScores]:
        """Score every training passage by a model that has not seen its article."""
        from sklearn.model_selection import GroupKFold

        folds = GroupKFold(min(FOLDS, len(set(train.groups))), shuffle=True, random_state=self.seed)
        order: list[np.ndarray] = []
        parts: list[RawScores] = []
        for known, held in folds.split(train.texts, groups=train.groups):
            model = LinearScorer(self.topics, self.settings, self.seed).fit(train.take(known))
            order.append(held)
            parts.append(model.decide([train.texts[i] for i in held]))
        return train.take(np.concatenate(order)), RawScores.joined(parts)

    def decide(self, texts: Sequence[str]) -> RawScores:
        """Score each text and its sentences."""
        spans = [sentence_spans(text) for text in texts]
        lengths = [len(s) for s in spans]
        counts = self.tfidf_.counts(
            [text[a:b] for text, own in zip(texts, spans, strict=True) for a, b in own]
        )
        width = len(self.tfidf_.vocabulary)
        sentences, whole = (
            np.asarray(self.tfidf_.weigh(of) @ self.coef_[:, :width].T + self.intercept_)[..., None]
            for of in (counts, summing(lengths) @ counts)
        )
        if self.settings.title_weight:
            whole += np.asarray(self._titles(texts) @ self.coef_[:, width:].T)[..., None]
        return RawScores(whole, spans, np.split(sentences, np.cumsum(lengths)[:-1]) if texts else [])

    def save(self, folder: Path) -> None:
        """Write ``scorer.json``, ``weights.safetensors``, and the n-grams in ``vocabulary.txt``."""
        from safetensors.numpy import save_file

        about = {
            "topics": list(self.topics),
            "settings": self.settings.model_dump(),
            "seed": self.seed,
            "segmenter_version": segmenter_version(self.settings.segmenter),
            "title_ngrams": len(self.title_tfidf_.vocabulary),
        }
        (folder / "scorer.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        columns = [*self.tfidf_.vocabulary, *self.title_tfidf_.vocabulary]
        (folder / "vocabulary.txt").write_text("\n".join(columns), encoding="utf-8")
        idf = np.concatenate([self.tfidf_.idf, self.title_tfidf_.idf])
        arrays = {"idf": idf, "coef": self.coef_, "intercept": self.intercept_}
        weights = folder / "weights.safetensors"
        save_file({n: np.ascontiguousarray(a, dtype=np.float32) for n, a in arrays.items()}, weights)
        weights.chmod(0o644)  # safetensors makes files that only their owner reads

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ModelError: a file is missing, or its parts do not fit each other.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            about: dict[str, Any] = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
            words = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
            arrays = load_file(folder / "weights.safetensors")
            model = cls(about["topics"], LinearSettings(**about["settings"]), about["seed"])
            model.coef_, model.intercept_ = arrays["coef"], arrays["intercept"]
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise ModelError(f"{folder} holds no linear scorer: {error}") from error
        if model.coef_.shape != (len(model.topics), len(words)) or len(arrays["idf"]) != len(words):
            raise ModelError(
                f"{folder}: {len(words)} n-grams, weights for {model.coef_.shape[1]}; copy the folder again"
            )
        width = len(words) - about.get("title_ngrams", 0)
        by = model.settings.segmenter
        body, titles = ({w: i for i, w in enumerate(part)} for part in (words[:width], words[width:]))
        model.tfidf_ = NgramTfidf(body, arrays["idf"][:width], model.settings.ngrams, by)
        model.title_tfidf_ = NgramTfidf(titles, arrays["idf"][width:], 1, by)
        return model

    def _learner(self) -> Any:
        """Return the unfitted classifier of one topic."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import LinearSVC

        if self.settings.loss == "squared_hinge":
            return LinearSVC(C=self.settings.C, random_state=self.seed)
        return LogisticRegression(C=self.settings.C, solver="liblinear", max_iter=500, random_state=self.seed)

    def _examples(
        self, train: PassageSet, units: list[list[str]], counts: Any
    ) -> tuple[Any, np.ndarray, np.ndarray]:
        """Passages, and the sentences of those whose evidence is marked: (n, n-grams), (n, topics), (n,)."""
        import scipy.sparse as sp

        passages = self.tfidf_.weigh(counts)
        if self.settings.title_weight:
            passages = sp.hstack([passages, self._titles(train.texts)]).tocsr()
        weight = train.weights(self.settings)
        if not self.settings.sentence_weight:
            return passages, train.Y, weight
        marked = [
            (sentences, evidence)
            for sentences, evidence in zip(units, train.evidence, strict=True)
            if evidence is not None
        ]
        truth = [sentence_truth(sentences, evidence, self.topics) for sentences, evidence in marked]
        extra = sum(len(sentences) for sentences, _ in marked)
        if not extra:
            return passages, train.Y, weight
        of_sentences = self.tfidf_.counts([s for sentences, _ in marked for s in sentences])
        sentences = self.tfidf_.weigh(of_sentences)
        sentences.resize(extra, passages.shape[1])  # a sentence has no title
        X = sp.vstack([passages, sentences]).tocsr()
        return (
            X,
            np.concatenate([train.Y, *truth]),
            np.concatenate([weight, np.full(extra, self.settings.sentence_weight)]),
        )

    def _titles(self, texts: Sequence[str]) -> Any:
        """Return the weighed first lines, (texts, n-grams of first lines)."""
        tfidf = self.title_tfidf_
        return tfidf.weigh(tfidf.counts([_first_line(text) for text in texts])) * self.settings.title_weight


def _first_line(text: str) -> str:
    return " ".join(text.strip().partition("\n")[0].split()[:TITLE_WORDS])


def static_vectors(X: Any, dimensions: int, seed: int) -> np.ndarray:
    """Return a vector for each n-gram, (n-grams, dimensions): latent semantics (Deerwester et al. 1990).

    Scaled so that every dimension has variance 1 over the rows of ``X`` (texts, n-grams).
    """
    from sklearn.decomposition import TruncatedSVD

    most = min(dimensions, min(X.shape) - 1)
    found = TruncatedSVD(most, random_state=seed).fit(X)
    spread = np.asarray(X @ found.components_.T).std(axis=0)
    return np.asarray((found.components_ / np.maximum(spread, 1e-9)[:, None]).T)
