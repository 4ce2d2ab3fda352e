"""What every summarizer is: articles, and what is known about their topics, become summaries.

A word is a syllable (a run of letters or digits), the unit that Vietnamese newsrooms count in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from phongtrao.article import Article, Prediction, Summary

Length = Literal["short", "standard"]
"""``short`` is one sentence, ``standard`` 35 to 90 words where the article has them."""


@runtime_checkable
class Summarizer(Protocol):
    """Makes one summary an article."""

    @property
    def name(self) -> str:
        """The method, as rows and runs carry it."""

    def summarize(
        self,
        articles: Sequence[Article],
        *,
        length: Length = "standard",
        predictions: Sequence[Prediction] | None = None,
    ) -> list[Summary]:
        """Summarize ``articles``, in their order; an article without text gets an empty summary.

        ``predictions``, one an article, let a summarizer lean to the sentences that carry topics.
        The same articles give the same summaries, alone or in a batch.
        """
        ...


@runtime_checkable
class TrainedSummarizer(Summarizer, Protocol):
    """One that learned something and is kept as a model folder."""

    def save(self, folder: Path, *, card: str) -> None:
        """Write the model folder with its model card."""
