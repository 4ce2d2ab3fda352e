"""Article -> the sentences that tell most of it, in reading order.

A linear scorer over position, length, TF-IDF centroid, title and common terms says what each sentence is
worth; the best ones are put together in groups of up to four, and boosted trees say which group tells most;
what carries the article's topics is worth more. Where no group fits, sentences are added one by one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from phongtrao.article import Article, Prediction, Summary
from phongtrao.config import ExtractiveSettings
from phongtrao.errors import ModelError
from phongtrao.integrity import CARD, MANIFEST, check_folder, write_manifest
from phongtrao.summary.base import Length
from phongtrao.summary.faithfulness import missing_numbers
from phongtrao.summary.features import Described, describe, refers_back
from phongtrao.summary.groups import describe_groups, groups, leaning
from phongtrao.summary.ranker import GroupRanker
from phongtrao.summary.salience import TopicSpan, predicted_spans, salience
from phongtrao.summary.scorer import LinearScorer
from phongtrao.summary.selection import best_single, select
from phongtrao.summary.units import Unit, cut_off, distinct, sentences, shortened, stands_alone

SHIPPED = Path(__file__).parents[1] / "weights" / "summary" / "extractive"
FORMAT = 1
RANKER = "ranker.json"
"""Absent where there is no ranker: sentences are added one by one then."""
Floats = NDArray[np.float64]


class ExtractiveSummarizer:
    """Chooses whole sentences."""

    def __init__(
        self,
        settings: ExtractiveSettings | None = None,
        scorer: LinearScorer | None = None,
        ranker: GroupRanker | None = None,
    ) -> None:
        """Take a scorer, and a ranker of groups where sentences are not to be added one by one.

        Without a scorer both are the shipped ones.

        Raises:
            ValueError: a ranker comes without the scorer that it was learned with.
        """
        if ranker and not scorer:
            raise ValueError("a ranker needs the scorer it was learned with: give both")
        self.settings = settings or ExtractiveSettings()
        self.scorer = scorer or shipped_scorer()
        self.ranker = ranker if scorer else shipped_ranker()

    @property
    def name(self) -> str:
        """``extractive``."""
        return "extractive"

    def summarize(
        self,
        articles: Sequence[Article],
        *,
        length: Length = "standard",
        predictions: Sequence[Prediction] | None = None,
    ) -> list[Summary]:
        """Summarize each article by itself; see ``Summarizer``."""
        if predictions is None:
            return [self._summary(article, length, ()) for article in articles]
        return [
            self._summary(article, length, predicted_spans(said))
            for article, said in zip(articles, predictions, strict=True)
        ]

    def choose(self, article: Article, length: Length, spans: Sequence[TopicSpan]) -> list[Unit]:
        """Return the chosen sentences, in reading order."""
        settings = self.settings
        units = distinct([shortened(unit, settings.max_words) for unit in sentences(article)])
        if not units:
            return []
        described = describe(article, units)
        topical = settings.topic_weight * salience(units, spans)
        shares = self.scorer.shares(described) + topical
        whole = np.array([stands_alone(unit.text) for unit in units])
        if length == "short":
            alone = whole & np.array([not refers_back(unit.text) for unit in units])
            chosen = [best_single(shares, described.words, alone, settings)]
        else:
            chosen = self._ranked(described, shares, topical, whole) or select(
                shares, described.words, described.vectors, whole, settings
            )
        return [cut_off(units[index], settings.max_words) for index in chosen]

    def _ranked(
        self, described: Described, shares: Floats, topical: Floats, whole: NDArray[np.bool_]
    ) -> list[int]:
        """Return the best group of sentences; nothing where there is none, or no ranker."""
        if self.ranker is None:
            return []
        found = groups(shares, described.words, described.vectors, whole, self.settings)
        if not found:
            return []
        table = describe_groups(described, shares, found)
        values = self.ranker.values(table) - leaning(table)
        if topical.any():
            values = values + [np.average(topical[list(g)], weights=described.words[list(g)]) for g in found]
        return list(found[int(np.argmax(values))])

    def _summary(self, article: Article, length: Length, spans: Sequence[TopicSpan]) -> Summary:
        texts = [" ".join(unit.text.split()) for unit in self.choose(article, length, spans)]
        # Sentences are copied, so no number should be missing; the promise is kept all the same.
        if missing_numbers(" ".join(texts), article.text):
            texts = [text for text in texts if not missing_numbers(text, article.text)]
        return Summary(" ".join(texts), self.name)

    def save(self, folder: Path, *, card: str) -> None:
        """Write the model folder: settings, scorer, ranker where there is one, model card and manifest."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {"format": FORMAT, "settings": self.settings.model_dump(mode="json"), "manifest": MANIFEST}
        (folder / "model.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        self.scorer.save(folder / "scorer.json")
        if self.ranker:
            self.ranker.save(folder / RANKER)
        else:
            (folder / RANKER).unlink(missing_ok=True)  # of a model that was here before
        (folder / CARD).write_text(card, encoding="utf-8")
        write_manifest(folder)

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> ExtractiveSummarizer:
        """Open a model folder.

        Raises:
            ModelError: it is missing, incomplete, was changed, or is of another format.
        """
        check_folder(folder)
        try:
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise ModelError(f"{folder}: expected format {FORMAT}, found {about['format']}")
            settings = ExtractiveSettings(**about["settings"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise ModelError(f"{folder}: expected the folder of a summarizer: {error}") from error
        ranker = GroupRanker.load(folder / RANKER) if (folder / RANKER).exists() else None
        return cls(settings, LinearScorer.load(folder / "scorer.json"), ranker)


@cache
def shipped_scorer() -> LinearScorer:
    """Return the scorer that comes with the package, opened once."""
    check_folder(SHIPPED)
    return LinearScorer.load(SHIPPED / "scorer.json")


@cache
def shipped_ranker() -> GroupRanker | None:
    """Return the ranker of groups that comes with the package, opened once."""
    check_folder(SHIPPED)
    return GroupRanker.load(SHIPPED / RANKER) if (SHIPPED / RANKER).exists() else None
