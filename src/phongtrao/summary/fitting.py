"""Articles with reference summaries -> the scorer of sentences and the ranker of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phongtrao.config import ExtractiveSettings
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.summary.features import describe
from phongtrao.summary.groups import describe_groups, groups
from phongtrao.summary.metrics import Scale
from phongtrao.summary.overlap import group_rouge
from phongtrao.summary.ranker import GroupRanker
from phongtrao.summary.scorer import LinearScorer
from phongtrao.summary.scorer_fitting import cross_fit
from phongtrao.summary.trees import grow_trees
from phongtrao.summary.units import distinct, sentences, shortened, stands_alone

Floats = NDArray[np.float64]
FOLDS = 4
PARTS: dict[Scale, float] = {"syllable": 0.75, "default": 0.25}
"""What a summary is worth in training: mean F1 of ROUGE-1, -2 and -L, weighted by scale.

Syllable ROUGE-1 of the seed corpus in cross-fitting / default ROUGE-1 of held-out VietNews, learned from
1,800 articles: the syllable scale alone 39.7 / 56.4, for its VietNews summaries are 4 words longer; these
parts 39.4 / 57.3; equal parts 39.3 / 57.8."""


def fit_extractive(
    articles: Sequence[LabelledArticle], is_seed: Sequence[bool], settings: ExtractiveSettings, seed: int
) -> tuple[LinearScorer, GroupRanker | None]:
    """Fit the scorer of sentences, then on its shares the ranker of groups.

    There is no ranker with ``trees`` 0, or where there is nothing to learn it from: no article of weight has
    groups of sentences and articles in other folds.

    Args:
        articles: with ``summary``; at least one with sentences.
        is_seed: one an article: whether it counts ``seed_weight`` (``ranker_seed_weight`` for the ranker).
        settings: of training, and the limits that groups are held to.
        seed: of folds and trees.
    """
    folds = np.random.default_rng(seed).permutation(len(articles)) % FOLDS
    scorer, without = cross_fit(
        articles,
        [settings.seed_weight if own else 1.0 for own in is_seed],
        folds.tolist(),
        alpha=settings.alpha,
        terms=settings.terms,
        term_alpha=settings.term_alpha,
    )
    if not settings.trees:
        return scorer, None
    X, y, weights = [], [], []
    for labelled, own, fold in zip(articles, is_seed, folds.tolist(), strict=True):
        weight = settings.ranker_seed_weight if own else 1.0
        if weight == 0 or fold not in without:
            continue
        table = _table(labelled, without[fold], settings)
        if table is not None:
            X.append(table[0])
            y.append(table[1] - table[1].mean())
            weights.append(np.full(len(y[-1]), weight / len(y[-1])))
    if not X:
        return scorer, None
    w = np.concatenate(weights)
    trees = grow_trees(
        np.concatenate(X),
        np.concatenate(y),
        w / w.mean(),
        trees=settings.trees,
        leaves=settings.leaves,
        seed=seed,
    )
    return scorer, GroupRanker(trees)


def _table(
    labelled: LabelledArticle, scorer: LinearScorer, settings: ExtractiveSettings
) -> tuple[Floats, Floats] | None:
    """Return the groups of an article in numbers, and the ROUGE of each; None where it has no group."""
    article = labelled.article
    units = distinct([shortened(unit, settings.max_words) for unit in sentences(article)])
    if not units:
        return None
    described = describe(article, units)
    shares = scorer.shares(described)
    whole = np.array([stands_alone(unit.text) for unit in units])
    found = groups(shares, described.words, described.vectors, whole, settings)
    if not found:
        return None
    texts = [unit.text for unit in units]
    rouge = sum(part * group_rouge(texts, found, labelled.summary, scale) for scale, part in PARTS.items())
    return describe_groups(described, shares, found), np.asarray(rouge)
