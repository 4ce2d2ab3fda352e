"""A file of labelled text, in any form the toolkit knows -> labelled articles to measure on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from phongtrao.corpus.articles import LabelledArticle, parse_row, read_labelled
from phongtrao.errors import InputError, UsageError


def read_gold(path: Path, topics: Sequence[str]) -> list[LabelledArticle]:
    """Read labelled articles or passages.

    ``.jsonl``: seed corpus rows, or rows of ``text`` and ``topics``; ``.parquet``: columns of these names.
    Rows without ``id`` are numbered.

    Raises:
        UsageError: there is no such file, or its ending is another.
        InputError: it holds no rows, one breaks the schema, or an id stands twice.
    """
    if not path.is_file():
        raise UsageError(f"no file {path}; give labelled articles as .jsonl or .parquet")
    if path.suffix == ".jsonl":
        articles = list(read_labelled(path, topics, number_rows=True))
    elif path.suffix == ".parquet":
        articles = _parquet(path, topics)
    else:
        raise UsageError(f"{path}: expected .jsonl or .parquet, found {path.suffix or 'no ending'}")
    if not articles:
        raise InputError(f"{path}: no labelled rows in it")
    ids = Counter(article.id for article in articles)
    if twice := [id for id, count in ids.items() if count > 1]:
        raise InputError(f"{path}: {len(twice)} ids stand twice, such as {twice[0]!r}; give each row its own")
    return articles


def _parquet(path: Path, topics: Sequence[str]) -> list[LabelledArticle]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path).to_pylist()
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: not a Parquet file ({error})") from error
    numbered = ({"id": f"{path.stem}-{n}", **row} for n, row in enumerate(rows, 1))
    return [parse_row(row, topics, where=f"{path}, row {n}") for n, row in enumerate(numbered, 1)]
