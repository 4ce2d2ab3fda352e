"""Labelled rows -> labelled articles, checked.

Two forms of a row are understood: the seed corpus's (an article with labelled passages) and a single labelled
text (``text`` with ``topics``), which becomes an article of one passage. Every rule of the annotation that a
program can check is checked here, once.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phongtrao.article import Article, Passage
from phongtrao.errors import InputError


@dataclass(frozen=True, slots=True)
class Noise:
    """The lines of a web page that are not the article."""

    before: tuple[str, ...] = ()
    inline: tuple[tuple[int, str], ...] = ()
    """(index of the passage it follows, line)."""
    after: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.before or self.inline or self.after)


@dataclass(frozen=True, slots=True)
class LabelledPassage:
    """A passage with the topics an annotator gave it."""

    text: str
    topics: tuple[str, ...]
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each topic the sentences that carry it, letter by letter; empty where nobody marked them."""


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article with its annotation."""

    article: Article
    passages: tuple[LabelledPassage, ...]
    topics: tuple[str, ...]
    """Union of the passages' topics, in the fixed order."""
    primary: str | None = None
    summary: str = ""
    kind: str = ""
    slice: str = ""
    noise: Noise = Noise()

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article.id


def parse_row(row: Mapping[str, Any], topics: Sequence[str], *, where: str = "row") -> LabelledArticle:
    """Check one row against the schema and return it as a labelled article.

    Args:
        row: seed corpus schema, or ``{id, text, topics}``.
        topics: the topics there are, in the fixed order.
        where: named in the error.

    Raises:
        InputError: a key is missing, a topic unknown or out of order, a passage's evidence not in its text,
            or ``topics`` not the union of the passages' topics.
    """
    try:
        return _single(row, topics) if "passages" not in row else _article(row, topics)
    except KeyError as error:
        raise InputError(f"{where}: key {error} is missing; found {', '.join(map(str, row))}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: {error}") from error


def read_labelled(path: Path, topics: Sequence[str]) -> Iterator[LabelledArticle]:
    """Read a JSONL file of labelled rows.

    Raises:
        InputError: a line is not JSON or breaks the schema; the message names file and line.
    """
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{path}, line {number}: not JSON ({error})") from error
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: expected an object, found {type(row).__name__}")
            yield parse_row(row, topics, where=f"{path}, line {number}")


def _single(row: Mapping[str, Any], topics: Sequence[str]) -> LabelledArticle:
    text, carried = row["text"], _ordered(row["topics"], topics)
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, found {type(text).__name__}")
    article = Article(str(row["id"]), "", "", "", (Passage(text),))
    passage = LabelledPassage(text, carried)
    primary = carried[0] if len(carried) == 1 else None
    return LabelledArticle(
        article, (passage,), carried, primary, slice=str(row.get("source", "")), kind="press"
    )


def _article(row: Mapping[str, Any], topics: Sequence[str]) -> LabelledArticle:
    passages = tuple(_passage(index, given, topics) for index, given in enumerate(row["passages"]))
    carried = _ordered(row["topics"], topics)
    union = tuple(t for t in topics if any(t in p.topics for p in passages))
    if carried != union:
        raise ValueError(f"topics are {list(carried)}, but the passages' topics together are {list(union)}")
    primary = row.get("primary")
    if primary is not None and primary not in carried:
        raise ValueError(f"primary {primary!r} is not among the article's topics {list(carried)}")
    published = datetime.date.fromisoformat(row["published"]) if row.get("published") else None
    noise = row.get("noise") or {}
    return LabelledArticle(
        Article(
            id=str(row["id"]),
            source="",
            title=row["title"],
            lead=row.get("lead") or "",
            passages=tuple(Passage(p.text) for p in passages),
            published=published,
            author=row.get("author") or "",
        ),
        passages,
        carried,
        primary,
        summary=row.get("summary") or "",
        kind=row.get("kind") or "",
        slice=str(row["id"]).rpartition("-")[0],
        noise=Noise(
            tuple(noise.get("before", ())),
            tuple((int(index), line) for index, line in noise.get("inline", ())),
            tuple(noise.get("after", ())),
        ),
    )


def _passage(index: int, row: Mapping[str, Any], topics: Sequence[str]) -> LabelledPassage:
    text = row["text"]
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"passage {index}: expected a text, found {text!r}")
    carried = _ordered(row["topics"], topics)
    evidence = {topic: tuple(sentences) for topic, sentences in (row.get("evidence") or {}).items()}
    for topic, sentences in evidence.items():
        if topic not in carried:
            raise ValueError(f"passage {index}: evidence for {topic!r}, which the passage does not carry")
        for sentence in sentences:
            if sentence not in text:
                raise ValueError(f"passage {index}: evidence is not in the text: {sentence[:60]!r}")
    return LabelledPassage(text, carried, evidence)


def _ordered(given: Sequence[str], topics: Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise TypeError(f"topics: expected a list, found the string {given!r}")
    unknown = [topic for topic in given if topic not in topics]
    if unknown:
        raise ValueError(f"unknown topics {unknown}; there are {list(topics)}")
    if list(given) != [topic for topic in topics if topic in given]:
        raise ValueError(f"topics {list(given)} are not in the fixed order {list(topics)}, each once")
    return tuple(given)
