"""A topic model: a classifier of passages with all it takes to speak about articles, kept as one folder.

The folder holds ``model.json`` (topics in order, primary weights, uncertain bands), the classifier's files
and a model card. It is what MLflow logs and what ``phongtrao.load`` opens; no file of it is a pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phongtrao.article import Article, PassagePrediction, Prediction
from phongtrao.errors import ModelError
from phongtrao.integrity import CARD, MANIFEST, check_folder, write_manifest
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.folder import FORMAT, read_about
from phongtrao.topics.one_topic import OneTopicCalibration, predict_one_topic
from phongtrao.topics.primary import HeadedScores, choose_primary
from phongtrao.topics.scores import PassageScores, evidence_spans


@dataclass(frozen=True)
class TopicModel:
    """Says of articles which topics they carry."""

    name: str
    topics: tuple[str, ...]
    classifier: TopicClassifier
    primary_weights: np.ndarray
    """See ``topics.primary.FEATURES``."""
    bands: np.ndarray
    """(topics, 2): article scores within low and high are uncertain."""
    version: str = ""
    """Changes with any weight of a saved model; empty for one that was never saved."""

    @property
    def label(self) -> str:
        """Name and version, as rows carry them."""
        return f"{self.name} {self.version}".strip()

    def predict(self, articles: Sequence[Article]) -> list[Prediction]:
        """Score each article's passages, title and lead.

        A passage carries a topic from its threshold on; an article carries those of its passages, or, where
        it has no passage, of its title and lead. Its score is the highest of theirs. A model of one topic a
        text judges the article as a whole.
        """
        calibration = self.classifier.calibration_
        if isinstance(calibration, OneTopicCalibration):
            return predict_one_topic(self.label, self.classifier, float(calibration.margin), articles)
        scores = self.classifier.score([t for a in articles for t in (a.title, a.lead, *_texts(a))])
        predictions, start = [], 0
        for article in articles:
            end = start + 2 + len(article.passages)
            predictions.append(self._article(article, scores[start:end]))
            start = end
        return predictions

    def save(self, folder: Path, *, card: str = "") -> None:
        """Write the model folder and its manifest; ``card`` becomes its README.md."""
        folder.mkdir(parents=True, exist_ok=True)
        self.classifier.save(folder)
        about = {
            "format": FORMAT,
            "name": self.name,
            "version": files_hash(folder)[:8],
            "topics": list(self.topics),
            "primary_weights": [round(float(w), 6) for w in self.primary_weights],
            "bands": [[round(float(edge), 6) for edge in band] for band in self.bands],
            "manifest": MANIFEST,
        }
        (folder / "model.json").write_text(
            json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        (folder / CARD).write_text(card or f"# {self.name}\n", encoding="utf-8")
        write_manifest(folder)

    @classmethod
    def load(cls, folder: Path) -> TopicModel:
        """Open a model folder that is as it was saved.

        Raises:
            ModelError: there is no such folder, it is incomplete, was changed, or is of another format.
        """
        check_folder(folder)
        about = read_about(folder)
        classifier = TopicClassifier.load(folder)
        if classifier.topics != about.topics:
            raise ModelError(
                f"{folder}: model.json names {list(about.topics)}, classifier.json "
                f"{list(classifier.topics)}; copy the folder again"
            )
        weights, bands = np.array(about.primary_weights), np.array(about.bands)
        return cls(about.name, about.topics, classifier, weights, bands, about.version)

    def headed(self, scores: Sequence[PassageScores], article: Article) -> HeadedScores:
        """Return the probabilities of title, lead and passages; an empty title or lead says nothing."""
        nothing = np.zeros(len(self.topics))
        return HeadedScores(
            scores[0].passage if article.title.strip() else nothing,
            scores[1].passage if article.lead.strip() else nothing,
            np.array([s.passage if len(s.spans) else nothing for s in scores[2:]]).reshape(
                -1, len(self.topics)
            ),
        )

    def _article(self, article: Article, scores: Sequence[PassageScores]) -> Prediction:
        thresholds = self.classifier.thresholds
        said = self.headed(scores, article)
        body = said.passages if len(said.passages) else np.stack([said.title, said.lead])
        highest = body.max(axis=0)
        primary = choose_primary(said, highest >= thresholds, thresholds, self.primary_weights)
        return Prediction(
            article=article,
            topics=self._carried(highest >= thresholds),
            primary=None if primary is None else self.topics[primary],
            scores=self._named(highest),
            passages=tuple(self._passage(p, s) for p, s in zip(said.passages, scores[2:], strict=True)),
            uncertain=bool(((highest >= self.bands[:, 0]) & (highest < self.bands[:, 1])).any()),
            model=self.label,
        )

    def _passage(self, probabilities: np.ndarray, scores: PassageScores) -> PassagePrediction:
        carried = probabilities >= self.classifier.thresholds
        evidence = {
            self.topics[k]: evidence_spans(scores, int(k), float(self.classifier.evidence_thresholds[k]))
            for k in np.flatnonzero(carried)
        }
        return PassagePrediction(self._carried(carried), self._named(probabilities), evidence)

    def _carried(self, flags: np.ndarray) -> tuple[str, ...]:
        return tuple(t for t, carried in zip(self.topics, flags, strict=True) if carried)

    def _named(self, probabilities: np.ndarray) -> dict[str, float]:
        return {t: float(p) for t, p in zip(self.topics, probabilities, strict=True)}


def _texts(article: Article) -> list[str]:
    return [passage.text for passage in article.passages]


def files_hash(folder: Path) -> str:
    """Return a hash of everything in a model folder but card, manifest and ``model.json``, with names."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = file.relative_to(folder).as_posix()
        if name not in ("model.json", CARD, MANIFEST):
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
