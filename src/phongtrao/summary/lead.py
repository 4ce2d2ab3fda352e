"""Article -> its first sentences: the baseline that news summaries are measured against."""

from __future__ import annotations

from collections.abc import Sequence

from phongtrao.article import Article, Prediction, Summary
from phongtrao.summary.base import Length
from phongtrao.summary.units import sentences


class LeadSummarizer:
    """Take the first ``k`` sentences of lead and body."""

    def __init__(self, k: int = 2) -> None:
        self.k = k

    @property
    def name(self) -> str:
        """The method, such as ``lead-2``."""
        return f"lead-{self.k}"

    def summarize(
        self,
        articles: Sequence[Article],
        *,
        length: Length = "standard",
        predictions: Sequence[Prediction] | None = None,  # noqa: ARG002 - the protocol's
    ) -> list[Summary]:
        """Return the first ``k`` sentences of each article, the first alone for ``short``."""
        count = 1 if length == "short" else self.k
        return [
            Summary(" ".join(unit.text for unit in sentences(article)[:count]), self.name)
            for article in articles
        ]
