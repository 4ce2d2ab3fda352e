"""Files of articles with reference summaries -> labelled articles.

Two forms: VietNews parquet (id, title, abstract, body; word-segmented) and JSON lines in the seed corpus's
schema, of which only ``passages`` and ``summary`` are needed here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phongtrao.article import Article, Passage
from phongtrao.corpus.articles import LabelledArticle, LabelledPassage
from phongtrao.corpus.vietnews import read_vietnews
from phongtrao.errors import InputError, UsageError


def read_references(path: Path, *, limit: int | None = None) -> list[LabelledArticle]:
    """Return the articles of a file, each with a reference summary.

    ``limit`` takes the fixed sample of ``corpus.vietnews`` from a parquet file, the first rows of another.

    Raises:
        UsageError: there is no such file, or its ending is another.
        InputError: it holds no rows, or a row lacks its text or summary.
    """
    if not path.is_file():
        raise UsageError(f"no file {path}; give VietNews .parquet, or .jsonl with a summary in each row")
    if path.suffix == ".parquet":
        return _some(read_vietnews(path, limit=limit), path)
    if path.suffix != ".jsonl":
        raise UsageError(f"{path}: expected .parquet or .jsonl, found {path.suffix or 'no ending'}")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # U+2028 may stand in a text
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 ({error})") from error
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    return _some([_labelled(line, f"{path}, line {number}") for number, line in rows[:limit]], path)


def _some(articles: list[LabelledArticle], path: Path) -> list[LabelledArticle]:
    if not articles:
        raise InputError(f"{path}: expected articles with reference summaries, found none")
    return articles


def _labelled(line: str, where: str) -> LabelledArticle:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected an object, found {type(row).__name__}")
    passages = row.get("passages")
    if not isinstance(passages, list) or not passages:
        raise InputError(f"{where}: expected passages, a list of texts; found {type(passages).__name__}")
    read = tuple(_passage(given, where) for given in passages)
    article = Article(
        id=str(row.get("id", "")),
        source="",
        title=_text(row, "title", where),
        lead=_text(row, "lead", where),
        passages=tuple(Passage(passage.text) for passage in read),
    )
    summary = _text(row, "summary", where)
    if not summary.strip():
        raise InputError(f"{where}: expected a reference summary, found none")
    return LabelledArticle(
        article, read, (), row.get("primary"), summary=summary, kind=_text(row, "kind", where)
    )


def _passage(given: Any, where: str) -> LabelledPassage:
    row: Mapping[str, Any] = given if isinstance(given, dict) else {"text": given}
    evidence = row.get("evidence")
    marked = evidence if isinstance(evidence, dict) else {}
    return LabelledPassage(_text(row, "text", where), (), {t: tuple(found) for t, found in marked.items()})


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{where}: {key}: expected a text, found {type(value).__name__}")
    return value or ""
