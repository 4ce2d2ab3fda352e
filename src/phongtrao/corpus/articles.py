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
from phongtrao.errors import InputError, UsageError


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


def read_labelled(
    path: Path, topics: Sequence[str], *, number_rows: bool = False
) -> Iterator[LabelledArticle]:
    """Read a JSONL file of labelled rows.

    ``number_rows`` gives rows without an id one of file name and line; without it they are refused, for
    splits go by id.

    Raises:
        UsageError: there is no such file.
        InputError: a line is not JSON or breaks the schema; the message names file and line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = _json_object(line, f"{path}, line {number}")
                    given = {"id": f"{path.stem}-{number}"} | row if number_rows else row
                    yield parse_row(given, topics, where=f"{path}, line {number}")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give a file of labelled articles") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 ({error})") from error


def _json_object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected an object, found {type(row).__name__}")
    return row


def _single(row: Mapping[str, Any], topics: Sequence[str]) -> LabelledArticle:
    text, carried = row["text"], _ordered(_list(row["topics"], "topics"), topics)
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, found {type(text).__name__}")
    article = Article(str(row["id"]), "", "", "", (Passage(text),))
    passage = _passage(0, row, topics)
    primary = carried[0] if len(carried) == 1 else None
    return LabelledArticle(
        article, (passage,), carried, primary, slice=str(row.get("source", "")), kind="press"
    )


def _article(row: Mapping[str, Any], topics: Sequence[str]) -> LabelledArticle:
    passages = tuple(
        _passage(index, given, topics) for index, given in enumerate(_list(row["passages"], "passages"))
    )
    if not passages:
        raise ValueError("passages: expected at least one, found none")
    carried = _ordered(_list(row["topics"], "topics"), topics)
    union = tuple(t for t in topics if any(t in p.topics for p in passages))
    if carried != union:
        raise ValueError(f"topics are {list(carried)}, but the passages' topics together are {list(union)}")
    primary = row.get("primary")
    if primary is not None and primary not in carried:
        raise ValueError(f"primary {primary!r} is not among the article's topics {list(carried)}")
    noise = row.get("noise") or {}
    return LabelledArticle(
        Article(
            id=str(row["id"]),
            source="",
            title=_text(row["title"], "title"),
            lead=_text(row.get("lead"), "lead"),
            passages=tuple(Passage(p.text) for p in passages),
            published=_date(row.get("published")),
            author=_text(row.get("author"), "author"),
        ),
        passages,
        carried,
        primary,
        summary=_text(row.get("summary"), "summary"),
        kind=_text(row.get("kind"), "kind"),
        slice=str(row["id"]).rpartition("-")[0],
        noise=Noise(
            tuple(noise.get("before", ())),
            tuple((int(index), line) for index, line in noise.get("inline", ())),
            tuple(noise.get("after", ())),
        ),
    )


def _passage(index: int, row: Any, topics: Sequence[str]) -> LabelledPassage:
    if not isinstance(row, Mapping):
        found = type(row).__name__
        raise TypeError(f"passage {index}: expected an object with text and topics, found {found}")
    text = row["text"]
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"passage {index}: expected a text, found {text!r}")
    carried = _ordered(_list(row["topics"], "topics"), topics)
    evidence = row.get("evidence") or {}
    if not isinstance(evidence, Mapping):
        found = type(evidence).__name__
        raise TypeError(f"passage {index}: evidence: expected an object of topics, found {found}")
    for topic, sentences in evidence.items():
        if isinstance(sentences, str):
            raise TypeError(f"passage {index}: evidence: expected a list of sentences, found a string")
        if topic not in carried:
            raise ValueError(f"passage {index}: evidence for {topic!r}, which the passage does not carry")
        for sentence in sentences:
            if sentence not in text:
                raise ValueError(f"passage {index}: evidence is not in the text: {sentence[:60]!r}")
    return LabelledPassage(text, carried, {topic: tuple(found) for topic, found in evidence.items()})


def _ordered(given: Sequence[str], topics: Sequence[str]) -> tuple[str, ...]:
    unknown = [topic for topic in given if topic not in topics]
    if unknown:
        raise ValueError(f"unknown topics {unknown}; there are {list(topics)}")
    if list(given) != [topic for topic in topics if topic in given]:
        raise ValueError(f"topics {list(given)} are not in the fixed order {list(topics)}, each once")
    return tuple(given)


def _list(value: Any, key: str) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{key}: expected a list, found {value!r:.60}")
    return value


def _text(value: Any, key: str) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{key}: expected a string, found {type(value).__name__}")
    return value or ""


def _date(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value) if value else None
    except (TypeError, ValueError) as error:
        raise ValueError(f"published: expected a date such as 2021-07-13, found {value!r}") from error
