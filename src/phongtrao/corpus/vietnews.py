"""VietNews parquet files -> articles with reference summaries.

VietNews (Nguyen et al. 2019, "VNDS") is 150,000 online news articles with the newspaper's own abstract. Its
text is word-segmented: ``_`` joins the syllables of a word, blanks part all tokens, one sentence stands on a
line. Here it is written again as a newspaper prints it, since that is what every model of this toolkit reads.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from phongtrao.article import Article, Passage
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.text_columns import read_text_columns
from phongtrao.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset

VietNewsSplit = Literal["train", "validation"]
COLUMNS = ("id", "title", "abstract", "body")

_CLOSING = re.compile(r"[.,;:!?…)\]}%‰°”»]+")
_OPENING = frozenset("([{“«#@")
_JOINING = frozenset("/’'")
_BEFORE_QUOTE = frozenset(":(“–-")
_PARTED_TOWN = re.compile(r"\bT ([XPT])\.(?=\w)")  # "T X.Phú Mỹ": the segmenter parted TX., TP. and TT.
_INITIAL_END = re.compile(r"(?:^|[\s.])[A-ZĐ](?:h|r|gh?|u|i)?\.$")  # "anh T.", "chị Tr.", "cháu Ngh."
_TOWN_END = re.compile(r"\b(?:TP|TX|TT)\.$")
_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u00ad")


def desegment(text: str) -> str:
    """Undo the word segmentation of one line: ``công_an ( SN 1992 ) .`` becomes ``công an (SN 1992).``.

    Straight quotation marks open and close in turn, unless their place says which they do. A lone apostrophe
    joins (``Ea T ' Ling`` -> ``Ea T'Ling``), as does a slash. Idempotent.
    """
    tokens = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("_", " ").split()
    lone_apostrophe = tokens.count("'") % 2 == 1
    written: list[str] = []
    open_marks: set[str] = set()
    glue = True  # nothing stands before the first token
    for index, token in enumerate(tokens):
        if token == '"' or (token == "'" and not lone_apostrophe):
            left = _closes(tokens, index, token in open_marks)
            (open_marks.discard if left else open_marks.add)(token)
            right = not left
        else:
            left, right = _sides(token, open_marks)
        written.append(token if glue or left else f" {token}")
        glue = right
    return _PARTED_TOWN.sub(r"T\1.", "".join(written))


def _closes(tokens: Sequence[str], index: int, is_open: bool) -> bool:
    """Tell whether the straight quotation mark at ``index`` closes; a quotation may span lines."""
    if index == 0 or tokens[index - 1] in _BEFORE_QUOTE:
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    if following in ("", "-", "–") or _CLOSING.fullmatch(following):
        return True
    return is_open


def _sides(token: str, open_marks: set[str]) -> tuple[bool, bool]:
    """Tell whether ``token`` stands close to what precedes and to what follows it."""
    if token == "‘":
        open_marks.add(token)
        return False, True
    if token == "’" and "‘" in open_marks:
        open_marks.discard("‘")
        return True, False
    if token in _JOINING:
        return True, True
    return bool(_CLOSING.fullmatch(token)), token in _OPENING


def body_passages(body: str) -> list[str]:
    """Return the lines of a segmented body, each a passage, written as printed.

    A line that the segmenter broke after an initial or ``TP.`` (``chị Tr .`` / ``bỏ chạy``) is joined to the
    line before it.
    """
    passages: list[str] = []
    for line in body.split("\n"):
        text = desegment(line)
        if text and passages and _continues(passages[-1], text):
            passages[-1] += f" {text}"
        elif text:
            passages.append(text)
    return passages


def _continues(before: str, text: str) -> bool:
    if text[0].islower() or _TOWN_END.search(before):
        return True
    return text[0] == "(" and bool(_INITIAL_END.search(before))


def load_vietnews(folder: Path, split: VietNewsSplit, *, limit: int | None = None) -> list[LabelledArticle]:
    """Return the articles of a split, their topics empty (nobody labelled them).

    Validation articles whose abstract also occurs in training are dropped. ``limit`` takes a sample that
    depends on the ids alone, the same on every machine; a smaller one is part of a larger one.

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
    """Return the articles of one file; where train files lie beside it, what leaks from them is dropped.

    Raises:
        InputError: not a parquet file with id, title, abstract and body.
    """
    return _articles([path], limit)


def as_summary_dataset(articles: Sequence[LabelledArticle]) -> Dataset:
    """Return articles with references as a ``datasets.Dataset``: one row an article.

    Columns: id, title, text (lead and passages, one a line), summary.
    """
    from datasets import Dataset, Features, Value

    rows = [
        {
            "id": labelled.id,
            "title": labelled.article.title,
            "text": "\n".join(
                filter(None, (labelled.article.lead, *(p.text for p in labelled.article.passages)))
            ),
            "summary": labelled.summary,
        }
        for labelled in articles
    ]
    names = ("id", "title", "text", "summary")
    return Dataset.from_list(rows, features=Features({name: Value("string") for name in names}))


def sample_order(article_id: str) -> str:
    """Return the key by which samples are drawn: articles are taken in its order."""
    return hashlib.sha256(f"vietnews:{article_id}".encode()).hexdigest()


def _articles(files: Sequence[Path], limit: int | None) -> list[LabelledArticle]:
    import pyarrow as pa

    table = pa.concat_tables([_read(file) for file in files])
    is_train = files[0].name.startswith("train")
    unwanted = {""} if is_train else {"", *_training_abstracts(files[0].parent)}
    keep = [i for i, abstract in enumerate(table["abstract"].to_pylist()) if _key(abstract) not in unwanted]
    if limit is not None:
        ids = table["id"].to_pylist()
        keep = sorted(keep, key=lambda i: sample_order(ids[i]))[:limit]
    return [_article(row) for row in table.take(keep).to_pylist()]


def _article(row: Mapping[str, str]) -> LabelledArticle:
    passages = tuple(Passage(text) for text in body_passages(row["body"]))
    article = Article(id=row["id"], source="", title=desegment(row["title"]), lead="", passages=passages)
    summary = " ".join(filter(None, map(desegment, row["abstract"].split("\n"))))
    return LabelledArticle(article, (), (), summary=summary, slice="vietnews")


def _training_abstracts(folder: Path) -> set[str]:
    files = sorted(folder.glob("train*.parquet"))
    return {_key(abstract) for file in files for abstract in _read(file)["abstract"].to_pylist()}


def _key(abstract: str) -> str:
    return " ".join(abstract.split())


def _read(file: Path) -> pa.Table:
    """Read the four columns, nothing where a cell is empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = read_text_columns(file, COLUMNS)
    return pa.table({name: pc.fill_null(table[name], "") for name in COLUMNS})
