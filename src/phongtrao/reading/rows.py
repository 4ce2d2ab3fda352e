"""A row of a table -> Article.

A row with ``passages`` says itself what its passages are: they are kept exactly as given. A row with ``text``
alone is a page in a cell and is read like one.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from phongtrao.article import Article, Passage
from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError
from phongtrao.reading.dates import parse_date
from phongtrao.reading.marks import MOST_MARKS, apart
from phongtrao.reading.pages import read_page, too_much

KNOWN_COLUMNS = frozenset({"id", "text", "title", "lead", "passages", "published", "author"})
_CONTENT = ("text", "title", "lead", "passages")


def read_row(row: Mapping[str, Any], *, id: str, source: str, limits: ReadingLimits | None = None) -> Article:
    """Return the article of a row.

    Args:
        row: ``text``, or ``title``, ``lead`` and ``passages``; optionally ``id``, ``published`` and
            ``author``, which go before what the text says, as ``passages`` does where both are there.
        id: used where the row has none.
        source: the file it came from.
        limits: what is refused for its size.

    Raises:
        InputError: no known column, a value that is no text, no text at all, or more than ``limits`` allow.
    """
    limits = limits or ReadingLimits()
    if not any(name in row for name in _CONTENT):
        found = ", ".join(map(str, row))[:200] or "nothing"
        raise InputError(f"wrong columns: expected text, or title, lead and passages; found {found}")
    own_id = _id(row.get("id")) or id
    title, lead, author = (_text(row, name) for name in ("title", "lead", "author"))
    given = row.get("passages")
    passages = () if _missing(given) else _passages(given, limits)
    text = _text(row, "text")
    _check_size([title, lead, author, text, *(p.text for p in passages)], limits)
    # Only these are kept as they are; a page is mended as it is read.
    _check_marks([own_id, title, lead, author, *(p.text for p in passages)])
    if not passages and text.strip():
        article = read_page(text, id=own_id, source=source, limits=limits)
    else:
        article = Article(own_id, source, "", "", passages)
    article = replace(
        article,
        title=title or article.title,
        lead=lead or article.lead,
        author=author or article.author,
        published=_published(row.get("published")) or article.published,
    )
    if not article.text.strip():
        raise InputError("no text: text, title, lead and passages are all empty; give one of them a text")
    return article


def _passages(given: Any, limits: ReadingLimits) -> tuple[Passage, ...]:
    if isinstance(given, str | bytes | Mapping) or not hasattr(given, "__iter__"):
        raise InputError(f"passages: expected a list of texts or of objects with text, found {_kind(given)}")
    if hasattr(given, "__len__") and len(given) > limits.lines:
        raise InputError(
            f"passages: expected those of one article, at most {limits.lines}; found {len(given)}"
        )
    return tuple(_passage(index, value, limits) for index, value in enumerate(given))


def _passage(index: int, value: Any, limits: ReadingLimits) -> Passage:
    if isinstance(value, str):
        return Passage(value)
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        extra = {key: other for key, other in value.items() if key != "text"}
        if _deeper(extra, limits.nesting):
            found = f"more than {limits.nesting} lists and objects inside each other"
            raise InputError(f"passages[{index}]: expected plain values beside text, found {found}")
        return Passage(value["text"], extra)
    found = (
        f"an object with {', '.join(map(str, value))}"[:200] if isinstance(value, Mapping) else _kind(value)
    )
    raise InputError(f"passages[{index}]: expected a text or an object with text, found {found}")


def _deeper(value: Any, most: int) -> bool:
    """Tell whether lists and objects lie deeper in each other than ``most``; what writes rows recurses."""
    level = [value]
    for _ in range(most + 1):
        inside = [list(v.values()) if isinstance(v, Mapping) else v for v in level]
        level = [one for many in inside if isinstance(many, list | tuple) for one in many]
        if not level:
            return False
    return True


def _check_size(texts: Sequence[str], limits: ReadingLimits) -> None:
    size = sum(map(len, texts))
    if size > limits.page_bytes:
        raise InputError(too_much("a row", size, limits))


def _check_marks(texts: Sequence[str]) -> None:
    """Refuse what would have to be changed to be sorted (see ``marks``), for a row's texts stay as given."""
    for text in texts:
        if apart(text) != text:
            raise InputError(
                f"a letter with more than {MOST_MARKS} combining marks: expected text to be read"
            )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if _missing(value):
        return ""
    if not isinstance(value, str):
        raise InputError(f"{name}: expected a text, found {_kind(value)}; put it in quotation marks")
    return value


def _id(value: Any) -> str:
    if _missing(value):
        return ""
    if isinstance(value, str):
        return value
    # Tables with a missing id elsewhere hold the others as floating-point numbers.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InputError(f"id: expected a text or a whole number, found {_kind(value)}")


def _published(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    return parse_date(value) if isinstance(value, str) else None


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _kind(value: Any) -> str:
    return f"{type(value).__name__} ({str(value)[:40]})"
