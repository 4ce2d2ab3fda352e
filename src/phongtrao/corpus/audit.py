"""Labelled articles -> what an annotator should look at again: suspicious topics, near-duplicate articles.

This room knows no model: the probabilities come from outside (``recipes.audit`` makes them) and must be those
of models that have not seen the article, else every mistake of the annotation is learned and none is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.duplicates import SHARED, near_duplicate_groups, shingles


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A topic of a passage that the annotation and the models see differently."""

    id: str
    """The article's."""
    passage: int
    topic: str
    annotated: bool
    """Whether the annotation gives the passage this topic."""
    probability: float
    """What models that have not seen the article give the topic."""
    text: str

    @property
    def doubt(self) -> float:
        """The probability, 0 to 1, that the annotation is wrong, were the models right."""
        return 1 - self.probability if self.annotated else self.probability


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two articles of which one tells much of the other's words."""

    first: str
    second: str
    shared: float
    """Part of the shorter one's five-syllable sequences that the other has too."""


def suspicious_topics(
    articles: Sequence[LabelledArticle], topics: Sequence[str], probabilities: np.ndarray
) -> list[Suspicion]:
    """Return the topics of passages that are likely annotated wrongly, the most doubtful first.

    Confident learning (Northcutt et al. 2021, by cleanlab), topic by topic: how many annotations are wrong is
    estimated from the probabilities, and so many of the least likely ones are named. A topic that every or no
    passage carries is passed over.

    Args:
        articles: labelled.
        topics: the columns of ``probabilities``.
        probabilities: (passages, topics), the articles' passages in order, by models that have not seen them.
    """
    from cleanlab.filter import find_label_issues

    passages = [(a.id, index, p) for a in articles for index, p in enumerate(a.passages)]
    found = []
    for column, topic in enumerate(topics):
        annotated = np.array([topic in p.topics for _, _, p in passages])
        if annotated.all() or not annotated.any():
            continue
        p = probabilities[:, column]
        doubtful = find_label_issues(annotated.astype(int), np.stack([1 - p, p], axis=1), n_jobs=1)
        for row in np.flatnonzero(doubtful):
            id, index, passage = passages[row]
            found.append(Suspicion(id, index, topic, bool(annotated[row]), float(p[row]), passage.text))
    return sorted(found, key=lambda s: (-s.doubt, s.id, s.passage, s.topic))


def near_duplicate_pairs(
    articles: Sequence[LabelledArticle], *, shared: float = SHARED
) -> list[DuplicatePair]:
    """Return the pairs that share at least ``shared`` of the shorter one's sequences, the closest first."""
    texts = [a.article.text for a in articles]
    groups: dict[int, list[int]] = {}
    for index, group in enumerate(near_duplicate_groups(texts, shared=shared)):
        groups.setdefault(group, []).append(index)
    pairs = []
    for members in groups.values():
        sets = {index: shingles(texts[index]) for index in members} if len(members) > 1 else {}
        for i, j in combinations(sets, 2):
            share = len(sets[i] & sets[j]) / min(len(sets[i]), len(sets[j]))
            if share >= shared:
                pairs.append(DuplicatePair(articles[i].id, articles[j].id, share))
    return sorted(pairs, key=lambda pair: (-pair.shared, pair.first, pair.second))
