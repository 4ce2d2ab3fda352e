"""Articles and what is said of them -> output rows: plain values, keys in the order of the contract.

A row is what one line of JSONL holds. The same rows go to Parquet and CSV (``phongtrao.batch.formats``), into
the report and into a notebook, so their shape is decided here and nowhere else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from phongtrao.article import Article, Passage, PassagePrediction, Prediction, Summary

Row = dict[str, Any]
"""One output row."""

DIGITS = 4
"""Decimals of a score."""
READ_KEYS = ("id", "source", "title", "lead", "published", "author", "passages")
CLASSIFY_KEYS = (
    *("id", "source", "title", "published", "topics", "primary", "scores", "passages"),
    *("model", "uncertain"),
)
SUMMARIZE_KEYS = ("id", "source", "title", "published", "summary", "method")

_SURROGATE = re.compile("[\ud800-\udfff]")


def classify_keys(*, summarize: bool) -> tuple[str, ...]:
    """Return the keys of a classify row; ``summary`` comes before ``model`` where it is asked for."""
    return (*CLASSIFY_KEYS[:8], *(("summary",) if summarize else ()), *CLASSIFY_KEYS[8:])


def read_row(article: Article) -> Row:
    """Return the row of ``phongtrao read``: the article without its web page."""
    return {
        "id": article.id,
        "source": article.source,
        "title": article.title,
        "lead": article.lead,
        "published": _date(article),
        "author": article.author,
        "passages": [_with_extra({"text": p.text}, p) for p in article.passages],
    }


def classify_row(prediction: Prediction, *, summarize: bool = False) -> Row:
    """Return the row of ``phongtrao classify``.

    Args:
        prediction: what the model said.
        summarize: whether the row has the key ``summary``; null where the article has none.
    """
    article = prediction.article
    pairs = zip(article.passages, prediction.passages, strict=True)
    row: Row = {
        "id": article.id,
        "source": article.source,
        "title": article.title,
        "published": _date(article),
        "topics": list(prediction.topics),
        "primary": prediction.primary,
        "scores": _rounded(prediction.scores),
        "passages": [_with_extra(_said(passage, said), passage) for passage, said in pairs],
    }
    if summarize:
        row["summary"] = prediction.summary.text if prediction.summary else None
    return row | {"model": prediction.model, "uncertain": bool(prediction.uncertain)}


def summarize_row(article: Article, summary: Summary) -> Row:
    """Return the row of ``phongtrao summarize``; its method says the way, too: ``abstractive/mended``."""
    return {
        "id": article.id,
        "source": article.source,
        "title": article.title,
        "published": _date(article),
        "summary": summary.text,
        "method": f"{summary.method}/{summary.way}" if summary.way else summary.method,
    }


def encode(row: Mapping[str, Any]) -> bytes:
    """Return ``row`` as one line of UTF-8 JSON with its line end.

    Values that JSON lacks become ones it has: dates and the like their text, NaN null. Lone surrogates (from
    file names that are no text) become U+FFFD, so that every reader takes the line.
    """
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"
    except (TypeError, ValueError):  # UnicodeEncodeError is a ValueError
        text = json.dumps(_plain(row), ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"


def _said(passage: Passage, said: PassagePrediction) -> Row:
    return {
        "text": passage.text,
        "topics": list(said.topics),
        "scores": _rounded(said.scores),
        "evidence": {topic: [[int(a), int(b)] for a, b in spans] for topic, spans in said.evidence.items()},
    }


def _with_extra(row: Row, passage: Passage) -> Row:
    """Add what a given row said of the passage; what the model's own keys would hide goes under ``given``."""
    hidden = {key: value for key, value in passage.extra.items() if key in row}
    row.update((key, value) for key, value in passage.extra.items() if key not in hidden)
    if hidden:
        row["given"] = hidden
    return row


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {topic: round(float(score), DIGITS) for topic, score in scores.items()}


def _date(article: Article) -> str | None:
    return article.published.isoformat() if article.published else None


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return _plain(value.tolist())
    return _plain(value.isoformat() if hasattr(value, "isoformat") else str(value))
