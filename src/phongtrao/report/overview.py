"""Rows -> the figures at the head of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from phongtrao.errors import PhongtraoError


@dataclass(frozen=True, slots=True)
class ReportTopic:
    """A topic as the page speaks of it."""

    key: str
    vi: str
    en: str
    """Empty where only the key is known."""


def name_topics(keys: Iterable[str]) -> list[ReportTopic]:
    """Return the topics with their names from ``topics.yaml``; others are named by their key."""
    from phongtrao.corpus.topics import load_topics

    try:
        known = {topic.key: topic for topic in load_topics()}
    except PhongtraoError:
        known = {}
    return [
        ReportTopic(key, known[key].vi, known[key].en)
        if key in known
        else ReportTopic(key, key.replace("_", " "), "")
        for key in keys
    ]


@dataclass
class Overview:
    """Counts over all rows."""

    articles: int = 0
    passages: int = 0
    uncertain: int = 0
    without_topic: int = 0
    summaries: int = 0
    carried: Counter[str] = field(default_factory=Counter)
    """Articles that carry each topic."""
    primary: Counter[str] = field(default_factory=Counter)
    years: Counter[str] = field(default_factory=Counter)
    """Articles of each year."""
    by_year: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Articles that carry a topic in a year: (topic, year)."""
    models: Counter[str] = field(default_factory=Counter)

    def count(self, row: Mapping[str, Any]) -> None:
        """Take a row into account."""
        self.articles += 1
        self.passages += len(row["passages"] or ())
        self.uncertain += bool(row.get("uncertain"))
        self.without_topic += not row["topics"]
        self.summaries += bool(row.get("summary"))
        self.carried.update(row["topics"])
        self.primary.update([row["primary"]] if row["primary"] else [])
        self.models.update([row["model"]] if row.get("model") else [])
        if published := row.get("published"):
            year = str(published)[:4]
            self.years[year] += 1
            self.by_year.update((topic, year) for topic in row["topics"])

    @property
    def period(self) -> str:
        """First and last year, such as ``2017-2022``; empty where no row has a date."""
        if not self.years:
            return ""
        first, last = min(self.years), max(self.years)
        return first if first == last else f"{first}\u2013{last}"
