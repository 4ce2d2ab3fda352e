"""Labelled articles -> train, validation and test, fixed once by a committed list of ids.

Near-duplicates stay together; topics and slices are spread evenly. New articles that the list does not know
go to training, so that the test split never moves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.duplicates import near_duplicate_groups
from phongtrao.errors import InputError

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
Splits = Mapping[SplitName, Sequence[str]]


def make_splits(
    articles: Sequence[LabelledArticle], topics: Sequence[str], *, validation: float, test: float, seed: int
) -> dict[SplitName, list[str]]:
    """Return the ids of each split, in the order of ``articles``.

    Stratified (Sechidis et al. 2011, iterative-stratification) over the topics of a group of near-duplicates
    and its slice; ``validation`` and ``test`` are shares of the whole.
    """
    import numpy as np
    from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit

    groups = near_duplicate_groups([a.article.text for a in articles])
    members: dict[int, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    strata = [*topics, *sorted({a.slice for a in articles})]
    Y = np.array(
        [
            [any(s in (*articles[i].topics, articles[i].slice) for i in m) for s in strata]
            for m in members.values()
        ],
        dtype=int,
    )  # (groups, topics + slices)

    def divide(rows: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
        splitter = MultilabelStratifiedShuffleSplit(n_splits=1, test_size=share, random_state=seed)
        rest, held = next(splitter.split(rows, Y[rows]))
        return rows[rest], rows[held]

    rest, held_test = divide(np.arange(len(members)), test)
    train, held_validation = divide(rest, validation / (1 - test))
    parts = dict(zip(SPLITS, (train, held_validation, held_test), strict=True))
    lists = list(members.values())
    return {
        name: [articles[i].id for i in sorted(i for group in part for i in lists[group])]
        for name, part in parts.items()
    }


def read_splits(path: Path, source: str) -> dict[SplitName, list[str]]:
    """Return the committed ids of a source (``seed`` or ``press``).

    Raises:
        InputError: the file lacks the source, or an id stands twice.
    """
    splits = json.loads(path.read_text(encoding="utf-8"))
    if source not in splits or set(splits[source]) != set(SPLITS):
        raise InputError(f"{path}: expected {source} with {', '.join(SPLITS)}")
    ids = [i for name in SPLITS for i in splits[source][name]]
    if len(set(ids)) != len(ids):
        raise InputError(f"{path}: an id of {source} stands in two splits")
    return {name: list(splits[source][name]) for name in SPLITS}


def divide(
    articles: Sequence[LabelledArticle], splits: Splits, *, where: str
) -> dict[SplitName, list[LabelledArticle]]:
    """Return the articles of each split; those that the list does not know go to training.

    Raises:
        InputError: an id of the list has no article.
    """
    by_id = {a.id: a for a in articles}
    if len(by_id) != len(articles):
        raise InputError(f"{where}: {len(articles) - len(by_id)} ids stand twice")
    known = [i for name in SPLITS for i in splits[name]]
    missing = [i for i in known if i not in by_id]
    if missing:
        raise InputError(
            f"{where}: the split list names {len(missing)} ids that are not there: {missing[:5]}"
        )
    parts = {name: [by_id[i] for i in splits[name]] for name in SPLITS}
    listed = set(known)
    parts["train"] += [a for a in articles if a.id not in listed]
    return parts


def ids_hash(parts: Mapping[str, Sequence[str]]) -> str:
    """Return 16 hexadecimal digits that change with any id of any part (order does not matter)."""
    canonical = json.dumps({name: sorted(ids) for name, ids in sorted(parts.items())}, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
