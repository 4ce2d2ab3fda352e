"""VietNews parquet files -> articles with reference summaries.

VietNews (Nguyen et al. 2019, "VNDS") is 150,000 online news articles with the newspaper's own abstract. Its text is
word-segmented: ``_`` joins the syllables of a word, blanks part all tokens, one sentence stands on a line. Here it is
written again as a newspaper prints it, since that is what every model of this toolkit reads.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from phongtrao.article import Article, Passage
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import InputError

VietNewsSplit = Literal["train", "validation"]
COLUMNS = ("id", "title", "abstract", "body")

_CLOSING = re.compile(r"[.,;:!?…)\]}%‰°”»]+")
_OPENING = frozenset("([{“«#@")
_JOINING = frozenset("/’'")
_SPLIT_TOWN = re.compile(r"\bT ([XPT])\.(?=\w)")  # "T X.Phú Mỹ": the segmenter parted TX., TP. and TT.
_INITIAL_END = re.compile(r"(?:^|[\s.])[^\W\d_a-z]\w{0,2}\.$")
_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u00ad")


def desegment(text: str) -> str:
    """Undo the word segmentation of one line: ``công_an ( SN 1992 ) .`` -> ``công an (SN 1992).``

    Straight quotation marks open and close in turn. A lone apostrophe joins (``Ea T ' Ling`` -> ``Ea T'Ling``), as
    does a slash. Idempotent.
    """
    tokens = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("_", " ").split()
    paired = {mark for mark in "\"'" if tokens.count(mark) % 2 == 0}
    written: list[str] = []
    open_marks: set[str] = set()
    glue = True  # nothing stands before the first token
    for token in tokens:
        joins_left, joins_right = _sides(token, paired, open_marks)
        written.append(token if glue or joins_left else f" {token}")
        glue = joins_right
    return _SPLIT_TOWN.sub(r"T\1.", "".join(written))


def _sides(token: str, paired: set[str], open_marks: set[str]) -> tuple[bool, bool]:
    """Tell whether ``token`` stands close to what precedes and to what follows it."""
    if token in paired or token == "‘" or (token == "’" and "‘" in open_marks):
        mark = "‘" if token == "’" else token
        if mark in open_marks:
            open_marks.remove(mark)
            return True, False
        open_marks.add(mark)
        return False, True
    if token in _JOINING:
        return True, True
    return bool(_CLOSING.fullmatch(token)), token in _OPENING


def body_passages(body: str) -> list[str]:
    """Return the lines of a segmented body, each a passage, written as printed.

    A line that the segmenter broke after an initial (``chị Tr .`` / ``bỏ chạy``) is joined to the line before.
    """
    passages: list[str] = []
    for line in body.split("\n"):
        text = desegment(line)
        if not text:
            continue
        broken = text[0].islower() or (text[0] == "(" and passages and _INITIAL_END.search(passages[-1]))
        if passages and broken:
            passages[-1] += f" {text}"
        else:
            passages.append(text)
    return passages


def load_vietnews(folder: Path, split: VietNewsSplit, *, limit: int | None = None) -> list[LabelledArticle]:
    """Return the articles of a split, their topics empty (nobody labelled them).

    Validation articles whose abstract also occurs in training are dropped. ``limit`` takes a sample that depends on
    the ids alone, the same on every machine; a smaller one is part of a larger one.

    Raises:
        InputError: the folder or the split's files are absent.
    """
    files = sorted(folder.glob(f"{split}*.parquet")) if folder.is_dir() else []
    if not files:
        raise InputError(
            f"{folder}: expected VietNews files {split}*.parquet, found none; give the folder that holds them"
        )
    return _articles(files, limit)


def read_vietnews(path: Path, *, limit: int | None = None) -> list[LabelledArticle]:
    """Return the articles of one file, as ``load_vietnews`` does; leaks are dropped where train files lie beside it.

    Raises:
        InputError: not a parquet file with id, title, abstract and body.
    """
    return _articles([path], limit)


def sample_order(article_id: str) -> str:
    """Return the key by which samples are drawn: articles are taken in its order."""
    return hashlib.sha256(f"vietnews:{article_id}".encode()).hexdigest()


def _articles(files: Sequence[Path], limit: int | None) -> list[LabelledArticle]:
    leaked = _training_abstracts(files[0].parent) if not files[0].name.startswith("train") else frozenset()
    rows = [row for row in _rows(files) if row["body"].strip() and _key(row["abstract"]) not in leaked | {""}]
    if limit is not None:
        rows = sorted(rows, key=lambda row: sample_order(row["id"]))[:limit]
    return [_article(row) for row in rows]


def _article(row: Mapping[str, str]) -> LabelledArticle:
    passages = tuple(Passage(text) for text in body_passages(row["body"]))
    article = Article(id=row["id"], source="", title=desegment(row["title"]), lead="", passages=passages)
    summary = " ".join(filter(None, map(desegment, row["abstract"].split("\n"))))
    return LabelledArticle(article, (), (), summary=summary, slice="vietnews")


def _training_abstracts(folder: Path) -> frozenset[str]:
    import pyarrow.parquet as pq

    return frozenset(
        _key(abstract)
        for file in sorted(folder.glob("train*.parquet"))
        for abstract in pq.read_table(file, columns=["abstract"])["abstract"].to_pylist()
    )


def _key(abstract: str | None) -> str:
    return " ".join((abstract or "").split())


def _rows(files: Sequence[Path]) -> Iterator[dict[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for file in files:
        try:
            table = pq.read_table(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"{file}: expected a readable parquet file: {error}") from error
        missing = [name for name in COLUMNS if name not in table.column_names]
        if missing:
            raise InputError(
                f"{file}: columns {', '.join(missing)} are missing; found {', '.join(table.column_names)}"
            )
        for row in table.select(list(COLUMNS)).to_pylist():
            yield {name: "" if row[name] is None else str(row[name]) for name in COLUMNS}
