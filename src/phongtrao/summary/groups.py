"""Sentences with their expected shares -> groups of them, each in numbers, to be weighed as a whole.

A summary is more than the sum of its sentences: they may say the same, leave the title untold, or together
be too long. So groups are compared, not sentences alone (after Zhong et al. 2020, "MatchSum", with counted
features in the place of a network).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from phongtrao.config import ExtractiveSettings
from phongtrao.summary.features import FEATURES, Described

Floats = NDArray[np.float64]
Group = tuple[int, ...]
GROUP_FEATURES = (
    "sentences",
    "words",
    "log_words",
    "gain",
    "expected_f",
    "least_share",
    "greatest_share",
    "mean_share",
    "mass",
    "mass_per_word",
    "title_told",
    "title_cosine",
    "centroid_cosine",
    "greatest_cosine",
    "mean_cosine",
    "first_place",
    "last_place",
    "mean_place",
    "has_first",
    "has_second",
    "lead",
    "neighbours",
    "opening_refers_back",
    "refer_to_absent",
    "number_share",
    "name_share",
    "echoes",
    "opens_passage",
    "rank",
    "fewest_words",
    "most_words",
    "gain_behind",
    "mass_behind",
    "title_behind",
    "f_behind",
    "article_sentences",
    "article_words",
    "article_sentence_words",
    "article_lead",
    "title_words",
    "best_share",
    "first_share",
    "first_words",
)
"""The ones ``behind`` say how far a group falls short of the article's best; those of the article let the
others mean something else in another sort of article."""
POOL = 8
"""Only so many of the best sentences are grouped: 6 lost 1.5 of the ROUGE-1 that is within reach."""
LARGEST = 4
_REFERENCE_WORDS = 35.0
_COLUMN = {name: place for place, name in enumerate(FEATURES)}


def groups(
    shares: Floats, words: Floats, vectors: Floats, preferred: NDArray[np.bool_], settings: ExtractiveSettings
) -> list[Group]:
    """Return the groups of preferred sentences within the limits of length and redundancy.

    Args:
        shares: (sentences,): the share of each sentence's words that a summary is expected to hold.
        words: (sentences,)
        vectors: (sentences, vocabulary) of unit length.
        preferred: (sentences,): the others are in no group.
        settings: limits.

    Returns:
        Indices in reading order; none where no group of at most ``LARGEST`` sentences is within the limits.
    """
    value = np.maximum(shares, 1e-6) * words / (words + settings.length_pull)
    usable = preferred & (words <= settings.max_words)
    order = np.argsort(np.where(usable, -value, 1.0), kind="stable")
    pool = sorted(order[: min(POOL, int(usable.sum()))].tolist())
    close = vectors[pool] @ vectors[pool].T > settings.redundancy
    apart = {(a, b) for i, a in enumerate(pool) for j, b in enumerate(pool) if i < j and not close[i, j]}
    found = []
    for size in range(1, LARGEST + 1):
        for group in combinations(pool, size):
            total = sum(words[index] for index in group)
            fits = settings.min_words <= total <= settings.max_words
            if fits and all(pair in apart for pair in combinations(group, 2)):
                found.append(group)
    return found


def describe_groups(described: Described, shares: Floats, found: list[Group]) -> Floats:
    """Return (groups, ``GROUP_FEATURES``) of at least one group."""
    pool = sorted({index for group in found for index in group})
    place = {index: i for i, index in enumerate(pool)}
    M = np.zeros((len(found), len(pool)))  # 1 where the group holds the sentence
    for row, group in enumerate(found):
        M[row, [place[index] for index in group]] = 1.0
    parts = [
        *_worth(M, described, shares, pool),
        *_meaning(M, described, pool),
        *_places(M, described, found, pool),
        *_kinds(M, described, pool),
    ]
    named = dict(parts)
    for name, of in (("gain", "gain"), ("mass", "mass"), ("title", "title_told"), ("f", "expected_f")):
        named[f"{name}_behind"] = named[of] - named[of].max()
    for name, value in _article(described, shares).items():
        named[name] = np.full(len(found), value)
    return np.stack([named[name] for name in GROUP_FEATURES], axis=1)


def leaning(table: Floats) -> Floats:
    """Return what each group of ``describe_groups`` loses for sentences that lean on one it leaves out.

    One that opens so ("Tuy nhiên, ...") and not with the article's first sentence loses to every other:
    before, 10 % of VietNews summaries opened so. Each further such sentence costs 0.01 of ROUGE. It costs
    VietNews 0.3 of ROUGE-1, whose abstracts have no such rule, and the seed corpus gains 0.2.
    """
    column = dict(zip(GROUP_FEATURES, table.T, strict=True))
    opening: Floats = column["opening_refers_back"] * (1 - column["has_first"])
    lost: Floats = opening + _ABSENT * column["refer_to_absent"]
    return lost


_ABSENT = 0.01


Columns = list[tuple[str, Floats]]


def _worth(M: Floats, described: Described, shares: Floats, pool: list[int]) -> Columns:
    words, own = described.words[pool], shares[pool]
    gains = np.maximum(own, 1e-6) * words
    total, gain = M @ words, M @ gains
    rank = np.argsort(np.argsort(-shares, kind="stable"), kind="stable")[pool].astype(float)
    held = M > 0
    return [
        ("sentences", M.sum(axis=1)),
        ("words", total),
        ("log_words", np.log(total)),
        ("gain", gain),
        ("expected_f", 2 * gain / (total + _REFERENCE_WORDS)),
        ("least_share", np.where(held, own, np.inf).min(axis=1)),
        ("greatest_share", np.where(held, own, -np.inf).max(axis=1)),
        ("mean_share", gain / total),
        ("rank", M @ rank / M.sum(axis=1)),
        ("fewest_words", np.where(held, words, np.inf).min(axis=1)),
        ("most_words", np.where(held, words, 0.0).max(axis=1)),
    ]


def _meaning(M: Floats, described: Described, pool: list[int]) -> Columns:
    vectors = described.vectors[pool]
    weight = described.vectors.sum(axis=0)
    told = (M @ (vectors > 0)) > 0  # (groups, vocabulary)
    mass = told @ weight / max(float(weight.sum()), 1e-9)
    joined = M @ vectors
    joined /= np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-9)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, 0.0)
    pairs = M[:, :, None] * M[:, None, :] * similarity  # (groups, pool, pool)
    size = M.sum(axis=1)
    title = described.title
    return [
        ("mass", mass),
        ("mass_per_word", mass / (M @ described.words[pool])),
        ("title_told", told @ title / max(float(title.sum()), 1e-9)),
        ("title_cosine", joined @ title),
        ("centroid_cosine", joined @ (weight / max(float(np.linalg.norm(weight)), 1e-9))),
        ("greatest_cosine", pairs.max(axis=(1, 2))),
        ("mean_cosine", pairs.sum(axis=(1, 2)) / np.maximum(size * (size - 1), 1)),
    ]


def _places(M: Floats, described: Described, found: list[Group], pool: list[int]) -> Columns:
    count = len(described.words)
    leans = described.values[:, _COLUMN["refers_back"]]
    at = np.array(pool)
    first = np.array([group[0] for group in found])
    # A sentence that stands right behind another of the group leans on that one.
    follows = np.array([[index in group and index - 1 in group for index in pool] for group in found])
    return [
        ("first_place", first.astype(float)),
        ("last_place", np.array([group[-1] for group in found]) / count),
        ("mean_place", M @ at / M.sum(axis=1) / count),
        ("has_first", M @ (at == 0)),
        ("has_second", M @ (at == 1)),
        ("neighbours", follows.sum(axis=1).astype(float)),
        ("opening_refers_back", leans[first]),
        ("refer_to_absent", (M * ~follows) @ leans[pool]),
    ]


def _kinds(M: Floats, described: Described, pool: list[int]) -> Columns:
    words, size = described.words[pool], M.sum(axis=1)
    values = described.values[pool]
    columns = [(name, M @ values[:, _COLUMN[name]] / size) for name in ("lead", "opens_passage")]
    for name in ("number_share", "name_share"):
        columns.append((name, M @ (values[:, _COLUMN[name]] * words) / (M @ words)))
    return [*columns, ("echoes", M @ _echoes(described, pool) / (M @ words))]


def _echoes(described: Described, pool: list[int]) -> Floats:
    """Return how many pairs of words each sentence of the pool shares with another sentence."""
    seen: set[str] = set()
    again: set[str] = set()
    for terms in described.terms:
        again |= seen & terms
        seen |= terms
    return np.array([sum(" " in term for term in described.terms[i] & again) for i in pool], dtype=float)


def _article(described: Described, shares: Floats) -> dict[str, float]:
    words = described.words
    return {
        "article_sentences": float(len(words)),
        "article_words": float(words.sum()),
        "article_sentence_words": float(words.mean()),
        "article_lead": float(described.values[:, _COLUMN["lead"]].sum()),
        "title_words": float((described.title > 0).sum()),
        "best_share": float(shares.max()),
        "first_share": float(shares[0]),
        "first_words": float(words[0]),
    }
