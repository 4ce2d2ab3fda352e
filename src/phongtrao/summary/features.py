"""Sentences of an article -> numbers that say how likely each belongs into a summary.

TF-IDF knows this article alone: a syllable weighs ``log((n + 1) / n_with_it)`` over its ``n`` sentences.
Measured against a table of 2,700 frequencies from 6,000 news articles, this was better by 1.3 ROUGE-1 on
VietNews, and nothing need ship with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from phongtrao.article import Article
from phongtrao.language.normalize import compose
from phongtrao.summary.units import LEAD, Unit

Floats = NDArray[np.float64]
FEATURES = (
    "first",
    "inverse_rank",
    "relative_place",
    "last",
    "lead",
    "after_lead",
    "opens_passage",
    "log_words",
    "words_to_20",
    "words_20_to_40",
    "words_40_to_70",
    "centroid_cosine",
    "title_cosine",
    "first_cosine",
    "number_share",
    "name_share",
    "asks_or_announces",
    "refers_back",
)
_WORD = re.compile(r"\w+")
_LEANING = re.compile(
    r"""(?: tuy\ nhiên | do\ đó | vì\ (?:vậy|thế) | ngoài\ ra | bên\ cạnh | đồng\ thời | trong\ (?:khi|đó)
      | theo\ đó | trước\ đó | sau\ đó | cùng\ với | mặt\ khác | thế\ nhưng | nhưng | và | còn | cũng | đó
      | đây | nó | họ | tôi | chúng\ tôi | người\ này | đối\ tượng\ này | (?:việc|điều)\ này | khi\ đó
      | lúc\ (?:này|đó) | (?:tại|từ|qua)\ (?:đây|đó) | nhờ\ đó | như\ vậy | ngay\ sau | hiện | được\ biết
      | riêng | cụ\ thể )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_PERSON = re.compile(r"(?:Anh|Chị|Ông|Bà|Em|Cháu) (?!con\b|em\b)(\w)")  # "Bà con", "Anh em": people at large
_REPEATS = 3
"""A syllable counts at most this often in one sentence."""


@dataclass(frozen=True)
class Described:
    """The sentences of one article in numbers."""

    values: Floats
    """(sentences, ``FEATURES``)"""
    vectors: Floats
    """(sentences, vocabulary): TF-IDF rows of unit length, for redundancy."""
    words: Floats
    """(sentences,): syllables in each."""
    title: Floats
    """(vocabulary,) of unit length: the title, as far as its syllables stand in the text."""
    terms: tuple[frozenset[str], ...]
    """What each sentence holds: its syllables, and the pairs of neighbours, in lower case."""


def refers_back(text: str) -> bool:
    """Tell whether a sentence opens with a connective or pronoun that leans on the one before.

    ``Ông cho biết`` does, ``Ông Trần Văn Hòa cho biết`` does not.
    """
    person = _PERSON.match(text)
    return not person[1].isupper() if person else _LEANING.match(text) is not None


def describe(article: Article, units: Sequence[Unit]) -> Described:
    """Return the features of ``units``, which are sentences of ``article``; at least one."""
    written = [_WORD.findall(unit.text) for unit in units]
    tokens = [[token.lower() for token in row] for row in written]
    words = np.array([len(row) for row in tokens], dtype=float)
    vectors, title = _tf_idf(tokens, _WORD.findall(compose(article.title).lower()))
    columns = [
        *_place_columns(units),
        *_length_columns(words),
        vectors @ _unit(vectors.mean(axis=0)),
        vectors @ title,
        np.append(0.0, vectors[1:] @ vectors[0]),
        *_text_columns(units, written),
    ]
    terms = tuple(frozenset((*row, *map(" ".join, pairwise(row)))) for row in tokens)
    return Described(np.stack(columns, axis=1), vectors, words, title, terms)


def _tf_idf(tokens: Sequence[Sequence[str]], title: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the sentences' rows and the title's vector, all of unit length (or zero)."""
    vocabulary: dict[str, int] = {}
    rows, columns = [], []
    for row, sentence in enumerate(tokens):
        for token in sentence:
            rows.append(row)
            columns.append(vocabulary.setdefault(token, len(vocabulary)))
    counts = np.zeros((len(tokens), max(1, len(vocabulary))))
    np.add.at(counts, (rows, columns), 1.0)
    idf = np.log((len(tokens) + 1) / np.maximum((counts > 0).sum(axis=0), 1))
    weighted = np.minimum(counts, _REPEATS) * idf
    norms = np.linalg.norm(weighted, axis=1, keepdims=True)
    title_vector = np.zeros(counts.shape[1])
    title_vector[[vocabulary[token] for token in set(title) if token in vocabulary]] = 1.0
    return weighted / np.maximum(norms, 1e-9), _unit(title_vector * idf)


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit


def _place_columns(units: Sequence[Unit]) -> list[Floats]:
    count = len(units)
    rank = np.arange(count, dtype=float)
    lead = np.array([unit.passage == LEAD for unit in units], dtype=float)
    passages = [unit.passage for unit in units]
    opens = [
        passage != before and passages[index + 1 : index + 2] == [passage]
        for index, (before, passage) in enumerate(zip([None, *passages], passages, strict=False))
    ]
    after_lead = (rank == lead.sum()) & (lead.sum() > 0)
    return [
        (rank == 0).astype(float),
        1 / (1 + rank),
        rank / count,
        (rank == count - 1).astype(float),
        lead,
        after_lead.astype(float),
        np.array(opens, dtype=float),
    ]


def _length_columns(words: Floats) -> list[Floats]:
    """Return the logarithm and a piecewise linear scale: neither scraps nor monsters are wanted."""
    return [
        np.log1p(words),
        np.minimum(words, 20) / 20,
        np.clip(words - 20, 0, 20) / 20,
        np.clip(words - 40, 0, 30) / 30,
    ]


def _text_columns(units: Sequence[Unit], written: Sequence[Sequence[str]]) -> list[Floats]:
    counts = [max(1, len(row)) for row in written]
    digits = [sum(token[0].isdigit() or token[-1].isdigit() for token in row) for row in written]
    names = [sum(token[0].isupper() for token in row[1:]) for row in written]
    return [
        np.array(digits) / counts,
        np.array(names) / counts,
        np.array([unit.text.endswith(("?", "!", ":")) for unit in units], dtype=float),
        np.array([refers_back(unit.text) for unit in units], dtype=float),
    ]
