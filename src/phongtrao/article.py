"""The nouns of the toolkit: what a page becomes, and what is said about it.

Frozen, typed values and nothing else. An ``Article`` comes from ``phongtrao.reading``; a ``Prediction``
from ``phongtrao.topics``; a ``Summary`` from ``phongtrao.summary``.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]
"""Start and end (exclusive) in characters of the text as written."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of an article's body, as written."""

    text: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else a given row said about this passage (its own id, a page number); comes back untouched."""


@dataclass(frozen=True, slots=True)
class Article:
    """A press article without its web page."""

    id: str
    """The row's own id, or the file's name without its ending."""
    source: str
    """The file's path relative to the input given; empty where the text came from memory."""
    title: str
    lead: str
    passages: tuple[Passage, ...]
    published: datetime.date | None = None
    author: str = ""

    @property
    def text(self) -> str:
        """Title, lead and passages, one a line."""
        return "\n".join(part for part in (self.title, self.lead, *(p.text for p in self.passages)) if part)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence that carries a topic."""

    passage: int
    """Index of the passage it stands in."""
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class PassagePrediction:
    """What a topic model says of one passage."""

    topics: tuple[str, ...]
    """The topics carried, in the fixed order."""
    scores: Mapping[str, float]
    """Calibrated probability of each topic, 0 to 1."""
    evidence: Mapping[str, tuple[Span, ...]]
    """For each carried topic, the spans of the sentences that carry it; at least one each."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary, and how it was made."""

    text: str
    method: str
    """Name of the summarizer, such as ``lead-2`` or ``extractive``."""
    way: str = ""
    """How an abstractive one came about: ``written``, ``rewritten``, ``mended`` or ``extracted``
    (``summary.abstractive.repair``); empty for others."""

    def __str__(self) -> str:
        """Return the text alone."""
        return self.text


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a topic model says of one article, passage by passage."""

    article: Article
    topics: tuple[str, ...]
    """The topics that the article carries, in the fixed order."""
    primary: str | None
    """The topic it is mainly about; None where it carries none."""
    scores: Mapping[str, float]
    passages: tuple[PassagePrediction, ...]
    """As many as, and in the order of, ``article.passages``."""
    uncertain: bool
    """True where a score lies in the band in which validation errors are frequent."""
    model: str
    """Name and version of the model that said so."""
    summary: Summary | None = None

    @property
    def evidence(self) -> dict[str, list[Evidence]]:
        """For each carried topic, the sentences that carry it, in reading order."""
        found: dict[str, list[Evidence]] = {topic: [] for topic in self.topics}
        for index, (passage, said) in enumerate(zip(self.article.passages, self.passages, strict=True)):
            for topic, spans in said.evidence.items():
                for start, end in spans:
                    found.setdefault(topic, []).append(
                        Evidence(passage=index, span=(start, end), text=passage.text[start:end])
                    )
        return found
