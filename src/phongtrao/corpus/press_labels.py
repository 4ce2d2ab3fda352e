"""Labels without texts -> labelled press passages, looked up in the collections they come from.

Press texts belong to the newspapers and are not published with the project; what annotators said of them is.
A row names the collection, the article, the stretch and the topics, and a hash that tells whether the stretch
is still the one that was read. So do the marks of the sentences that carry a topic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from phongtrao.corpus.articles import LabelledArticle, parse_row
from phongtrao.errors import InputError

COLLECTIONS: Mapping[str, tuple[str, str]] = {
    "vietnews-train": ("vietnews/train-*.parquet", "body"),
    "vntc-train": ("vntc/train.parquet", "text"),
    "baomoi": ("baomoi/*.parquet", "text"),
}
"""Source -> its files in the data folder, and the column that ``start`` and ``end`` count characters in."""


def text_hash(text: str) -> str:
    """Return 12 hexadecimal digits of a text, blanks aside."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:12]


def written(source: str, stretch: str) -> str:
    """Return a stretch of a collection's text as printed, in one line."""
    from phongtrao.corpus.vietnews import desegment

    lines = stretch.splitlines()
    return " ".join(
        (desegment(line) if source.startswith("vietnews") else line).strip() for line in lines
    ).strip()


def load_press_labels(path: Path, data_dir: Path, topics: Sequence[str]) -> list[LabelledArticle]:
    """Return the labelled passages whose texts are found.

    Args:
        path: JSONL of ``{id, source, source_id, start, end, hash, topics}``.
        data_dir: folder of the collections.
        topics: in the fixed order.

    Raises:
        InputError: a collection is not there, or a stretch is another than the annotator read.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    wanted: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        wanted.setdefault(row["source"], {}).setdefault(str(row["source_id"]), []).append(row)
    texts: dict[str, str] = {}
    for source, by_article in wanted.items():
        for article_id, text in _articles(source, data_dir, frozenset(by_article)):
            for row in by_article[article_id]:
                texts[row["id"]] = written(source, text[row["start"] : row["end"]])
    found = []
    for number, row in enumerate(rows, 1):
        where = f"{path}, line {number}"
        if text_hash(texts.get(row["id"], "")) != row["hash"]:
            raise InputError(
                f"{where}: {row['source']} {row['source_id']} in {data_dir} is not the text labelled"
            )
        labelled = {
            "id": row["id"],
            "text": texts[row["id"]],
            "topics": row["topics"],
            "source": row["source"],
        }
        found.append(parse_row(labelled, topics, where=where))
    return found


def add_evidence(
    articles: Sequence[LabelledArticle], path: Path, topics: Sequence[str]
) -> list[LabelledArticle]:
    """Return press passages with the sentences that carry their topics, where somebody marked them.

    Args:
        articles: press passages.
        path: JSONL of ``{id, evidence: {topic: [[start, end], ...]}}``, in characters of the passage.
        topics: in the fixed order.

    Raises:
        InputError: a row marks another topic than the passage carries, or what is no stretch of it.
    """
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    marked = {row["id"]: row["evidence"] for row in rows}

    def with_evidence(article: LabelledArticle) -> LabelledArticle:
        if article.id not in marked:
            return article
        text = article.passages[0].text
        row = {
            "id": article.id,
            "text": text,
            "topics": article.topics,
            "source": article.slice,
            "evidence": {t: [text[a:b] for a, b in spans] for t, spans in marked[article.id].items()},
        }
        return parse_row(row, topics, where=f"{path}, {article.id}")

    return [with_evidence(article) for article in articles]


def _articles(source: str, data_dir: Path, ids: frozenset[str]) -> Iterator[tuple[str, str]]:
    import pyarrow.parquet as pq

    pattern, column = COLLECTIONS[source]
    files = sorted(data_dir.glob(pattern))
    if not files:
        raise InputError(f"{data_dir / pattern}: no such files; the labels need the {source} collection")
    for file in files:
        table = pq.read_table(file, columns=["id", column])
        for article_id, text in zip(table["id"].to_pylist(), table[column].to_pylist(), strict=True):
            if str(article_id) in ids:
                yield str(article_id), text
