"""Articles -> faithful summaries: sources, writing, checking and mending together, and the model folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from phongtrao.article import Article, Prediction, Summary
from phongtrao.config import AbstractiveSettings, ExtractiveSettings
from phongtrao.errors import ModelError
from phongtrao.integrity import CARD, MANIFEST, check_folder, write_manifest
from phongtrao.summary.abstractive import ctranslate
from phongtrao.summary.abstractive.claims import Facts
from phongtrao.summary.abstractive.reading import read_draft
from phongtrao.summary.abstractive.repair import mend, rewrite
from phongtrao.summary.abstractive.sources import source_ids
from phongtrao.summary.abstractive.tokens import SummaryTokens, load_tokens
from phongtrao.summary.abstractive.writers import NETWORK, Order, TorchWriter, Writer
from phongtrao.summary.base import Length
from phongtrao.summary.extractive import ExtractiveSummarizer
from phongtrao.summary.salience import TopicSpan, predicted_spans
from phongtrao.summary.scorer import LinearScorer
from phongtrao.summary.units import count_words, sentences

FORMAT = 1
AT_ONCE = 64
"""Articles that are read, written and mended together."""
_LEAST_SHARE = 0.5
"""No summary is made to be longer than this part of its article."""


class AbstractiveSummarizer:
    """Writes summaries of which every number, date and name stands in the article."""

    def __init__(
        self,
        settings: AbstractiveSettings,
        tokens: SummaryTokens,
        writer: Writer,
        scorer: LinearScorer,
        tokens_per_word: float,
    ) -> None:
        """Put together what ``fit_abstractive`` made or ``load`` read.

        Args:
            settings: of the model.
            tokens: of the writer's network.
            writer: runs the network.
            scorer: chooses the sentences of long articles, and those that stand in for failing ones.
            tokens_per_word: how many tokens of a summary make a word, by which least lengths are told.
        """
        self.settings, self.tokens, self.writer = settings, tokens, writer
        self.scorer, self.tokens_per_word = scorer, tokens_per_word
        limits = {"min_words": settings.min_words, "max_words": settings.max_words}
        self.extractive = ExtractiveSummarizer(ExtractiveSettings(**limits), scorer)

    @property
    def name(self) -> str:
        """``abstractive``."""
        return "abstractive"

    def summarize(
        self,
        articles: Sequence[Article],
        *,
        length: Length = "standard",
        predictions: Sequence[Prediction] | None = None,
    ) -> list[Summary]:
        """Summarize the articles; see ``Summarizer``. ``Summary.way`` says which way each went."""
        spans = [predicted_spans(said) for said in predictions] if predictions is not None else None
        if spans is not None and len(spans) != len(articles):
            raise ValueError(f"predictions must be one an article: {len(spans)} for {len(articles)}")
        made: dict[int, Summary] = {}
        told = [i for i, article in enumerate(articles) if sentences(article)]
        for start in range(0, len(told), AT_ONCE):
            group = told[start : start + AT_ONCE]
            theirs = [spans[i] if spans is not None else [] for i in group]
            made.update(zip(group, self._group([articles[i] for i in group], length, theirs), strict=True))
        return [made.get(i, Summary("", self.name)) for i in range(len(articles))]

    def _group(
        self, articles: Sequence[Article], length: Length, spans: Sequence[Sequence[TopicSpan]]
    ) -> list[Summary]:
        facts = [Facts.of(article) for article in articles]
        sources = source_ids(articles, self.tokens, self.scorer, self.settings.input_tokens)
        orders = [
            Order(source, self._least(article, length))
            for article, source in zip(articles, sources, strict=True)
        ]
        readings = rewrite(
            orders,
            lambda i, draft: read_draft(draft, self.tokens, facts[i], length, self.settings.max_words),
            self.writer,
            self.tokens,
            self.settings.rounds,
        )
        told = [
            mend(*read, known, partial(self._extracts, article, length, own))
            for article, own, known, read in zip(articles, spans, facts, readings, strict=True)
        ]
        return [Summary(one.text, self.name, one.way) for one in told]

    def _extracts(self, article: Article, length: Length, spans: Sequence[TopicSpan]) -> list[str]:
        """Return the sentences that the extractive summarizer chooses."""
        return [" ".join(unit.text.split()) for unit in self.extractive.choose(article, length, spans)]

    def _least(self, article: Article, length: Length) -> int:
        """Return the tokens that a summary has at least."""
        if length == "short":
            return 0
        words = min(self.settings.min_words, int(_LEAST_SHARE * count_words(article.text)))
        return min(int(words * self.tokens_per_word), self.settings.target_tokens - 1)

    def save(self, folder: Path, *, card: str) -> None:
        """Write the model folder: settings, tokenizer, scorer, network, model card and manifest."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "format": FORMAT,
            "runtime": "torch" if isinstance(self.writer, TorchWriter) else "ctranslate2",
            "tokens_per_word": self.tokens_per_word,
            "settings": self.settings.model_dump(mode="json"),
            "manifest": MANIFEST,
        }
        (folder / "model.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(folder / NETWORK, ignore_errors=True)  # an earlier one may be of another runtime
        (folder / NETWORK).mkdir()
        self.tokens.save(folder)
        self.writer.save(folder)
        self.scorer.save(folder / "scorer.json")
        (folder / CARD).write_text(card, encoding="utf-8")
        write_manifest(folder)

    @classmethod
    def load(cls, folder: Path) -> AbstractiveSummarizer:
        """Open a model folder; with the runtime CTranslate2, torch is not needed.

        Raises:
            ModelError: it is missing, incomplete, was changed, or is of another format.
        """
        check_folder(folder)
        try:
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise ModelError(f"{folder}: expected format {FORMAT}, found {about['format']}")
            settings = AbstractiveSettings(**about["settings"])
            runtime, ratio = about["runtime"], float(about["tokens_per_word"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise ModelError(
                f"{folder}: expected the folder of an abstractive summarizer: {error}"
            ) from error
        tokens = load_tokens(folder)
        writer: Writer = (
            TorchWriter.load(folder, tokens.frame)
            if runtime == "torch"
            else ctranslate.CTranslateWriter.load(folder)
        )
        return cls(settings, tokens, writer, LinearScorer.load(folder / "scorer.json"), ratio)
