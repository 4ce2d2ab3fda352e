"""Files of texts with one topic each -> the parts a model learns from, is tuned on and is measured on.

VNTC (Hoang et al. 2007) is such a corpus: newspaper articles of ten sections. The topics are the labels found
in the training file. What is held out depends on the texts' ids alone, so it is the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phongtrao.corpus.text_columns import read_text_columns
from phongtrao.errors import InputError, UsageError

COLUMNS = ("id", "label", "text")
TENTH = 0.1


@dataclass(frozen=True)
class TopicTexts:
    """Texts with the one topic of each; all three of one length."""

    ids: list[str]
    labels: list[str]
    """The topic of each text."""
    texts: list[str]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.ids)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics there are, sorted."""
        return tuple(sorted(set(self.labels)))

    def take(self, rows: Sequence[int]) -> TopicTexts:
        """Return the texts at these positions."""
        return TopicTexts(*([column[i] for i in rows] for column in (self.ids, self.labels, self.texts)))


@dataclass(frozen=True)
class Parts:
    """What is never mixed."""

    train: TopicTexts
    tuning: TopicTexts
    """For calibration and early stopping."""
    held: TopicTexts
    """To measure on."""


def read_topic_texts(path: Path) -> TopicTexts:
    """Read a Parquet file with columns ``id``, ``label`` and ``text``, other columns left alone.

    Raises:
        UsageError: there is no such file.
        InputError: it is not Parquet, lacks a column, has an empty cell, an id twice, or no rows.
    """
    if not path.is_file():
        raise UsageError(f"no file {path}; give a Parquet file with columns {', '.join(COLUMNS)}")
    ids, labels, texts = (column.to_pylist() for column in read_text_columns(path, COLUMNS).columns)
    if not ids:
        raise InputError(f"{path}: no rows in it")
    for number, row in enumerate(zip(ids, labels, texts, strict=True), 1):
        if any(cell is None for cell in row):
            raise InputError(f"{path}, row {number}: id, label and text must not be empty")
    if len(set(ids)) < len(ids):
        raise InputError(f"{path}: {len(ids) - len(set(ids))} ids stand twice; every text needs its own")
    return TopicTexts(ids, labels, texts)


def divide_by_id(texts: TopicTexts, *, hold_out: bool = True, share: float = 1.0) -> Parts:
    """Return training, tuning and held-out part, the latter two a tenth of each topic.

    Args:
        texts: the whole.
        hold_out: without it nothing is held out.
        share: part of each topic's training and tuning texts that is kept. What is held out does not change,
            and a smaller share is part of a larger one.
    """
    train: list[int] = []
    tuning: list[int] = []
    held: list[int] = []
    for topic in texts.topics:
        rows = [i for i, label in enumerate(texts.labels) if label == topic]
        rows.sort(key=lambda i: _key(texts.ids[i]))
        tenth = max(1, round(TENTH * len(rows)))
        first = tenth if hold_out else 0
        held += rows[:first]
        tuning += rows[first : first + max(1, round(share * tenth))]
        rest = rows[first + tenth :]
        train += rest[: max(1, round(share * len(rest)))]
    return Parts(*(texts.take(sorted(part)) for part in (train, tuning, held)))


def require_topics(texts: TopicTexts, topics: Sequence[str], where: str) -> None:
    """Check that texts carry none but these topics.

    Raises:
        InputError: they do.
    """
    unknown = [topic for topic in texts.topics if topic not in topics]
    if unknown:
        raise InputError(f"{where}: topics {unknown} are unknown to the model; it has {list(topics)}")


def _key(text_id: str) -> str:
    return hashlib.sha256(f"vntc:{text_id}".encode()).hexdigest()
