"""Articles with reference summaries -> scorers of their sentences, by ridge regression.

What chooses among groups of sentences learns from the scores of sentences, and must see such as it will see
later: scores by a scorer that did not learn from the article. So beside the scorer of all articles there is
one for each fold that has learned from the others (cross-fitting).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import UsageError
from phongtrao.summary.features import FEATURES, Described, describe
from phongtrao.summary.scorer import LinearScorer, summary_shares
from phongtrao.summary.units import distinct, sentences

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Sums:
    """What a ridge regression needs of some articles; sums add up."""

    gram: Floats
    against: Floats
    mean: Floats
    """Of the features, weighted, and with the mean share behind them."""
    weight: float

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.gram + other.gram,
            self.against + other.against,
            self.mean + other.mean,
            self.weight + other.weight,
        )


def fit_scorer(
    articles: Sequence[LabelledArticle],
    article_weights: Sequence[float],
    *,
    alpha: float,
    terms: int = 0,
    term_alpha: float = 0.01,
) -> LinearScorer:
    """Fit on what tells the sentences of one article apart; see ``cross_fit``."""
    return cross_fit(
        articles,
        article_weights,
        [0] * len(articles),
        alpha=alpha,
        terms=terms,
        term_alpha=term_alpha,
    )[0]


def cross_fit(
    articles: Sequence[LabelledArticle],
    article_weights: Sequence[float],
    folds: Sequence[int],
    *,
    alpha: float,
    terms: int,
    term_alpha: float,
) -> tuple[LinearScorer, dict[int, LinearScorer]]:
    """Fit a scorer on all articles, and for each fold one that has not learned from it.

    A fold beside which there is nothing to learn from has none.

    Features and shares are taken relative to their article's means: references of one source are longer than
    those of another, which must not be put down to a feature that only one source has, such as a lead.

    Args:
        articles: with ``summary``; those without a sentence or weight are passed over.
        article_weights: one an article; it counts by that, whatever its number of sentences.
        folds: one an article, from 0.
        alpha: penalty on the weights of standardized features, against a total article weight of 1.
        terms: how many of the commonest terms get a weight.
        term_alpha: penalty on each of those.

    Raises:
        UsageError: no article has both.
    """
    weights = np.array(article_weights, dtype=float)
    told = [
        _described(labelled) if weight > 0 else None
        for labelled, weight in zip(articles, weights, strict=True)
    ]
    kept = [index for index, found in enumerate(told) if found is not None]
    known = [found for found in told if found is not None]
    if not known:
        raise UsageError("no article has sentences and a weight above 0: raise seed_weight, or give VietNews")
    weights = weights[kept] / weights[kept].sum()
    names = _commonest([described for described, _ in known], weights, terms)
    spread = np.concatenate([described.values for described, _ in known]).std(axis=0) + 1e-9
    scale = np.concatenate([spread, np.ones(len(names))])
    penalty = np.repeat([alpha, term_alpha], [len(FEATURES), len(names)])
    own = np.array(folds)[kept]
    sums = [
        _sums([known[i] for i in np.flatnonzero(own == fold)], weights[own == fold], names, scale)
        for fold in range(max(folds) + 1)
    ]
    others = {fold: [part for other, part in enumerate(sums) if other != fold] for fold in range(len(sums))}
    return _solved(sums, penalty, scale, names), {
        fold: _solved(parts, penalty, scale, names)
        for fold, parts in others.items()
        if any(part.weight > 0 for part in parts)
    }


def _described(labelled: LabelledArticle) -> tuple[Described, Floats] | None:
    """Return the sentences of an article and their shares; None where it has none."""
    units = distinct(sentences(labelled.article))
    if not units:
        return None
    return describe(labelled.article, units), summary_shares([unit.text for unit in units], labelled.summary)


def _commonest(known: Sequence[Described], weights: Floats, count: int) -> dict[str, int]:
    """Return the terms of most sentences, weighted by article, and the column of each."""
    seen: dict[str, float] = {}
    for described, weight in zip(known, weights, strict=True):
        for term, often in Counter(term for terms in described.terms for term in terms).items():
            seen[term] = seen.get(term, 0.0) + often * float(weight)
    order = sorted(seen, key=lambda term: (-round(seen[term], 9), term))
    return {term: column for column, term in enumerate(order[:count])}


def _sums(
    known: Sequence[tuple[Described, Floats]], weights: Floats, names: Mapping[str, int], scale: Floats
) -> _Sums:
    from scipy import sparse

    width = len(scale)
    if not known:
        return _Sums(np.zeros((width, width)), np.zeros(width), np.zeros(width + 1), 0.0)
    sizes = np.array([len(shares) for _, shares in known])
    each = np.repeat(weights / sizes, sizes)  # (sentences,)
    dense = sparse.csr_matrix(np.concatenate([d.values for d, _ in known]) / scale[: len(FEATURES)])
    X = sparse.hstack([dense, _held([d for d, _ in known], names)]).tocsr()
    gather = sparse.csr_matrix(
        (1 / np.repeat(sizes, sizes), (np.repeat(np.arange(len(sizes)), sizes), np.arange(sizes.sum())))
    )
    means = gather @ X  # (articles, features)
    y = np.concatenate([shares for _, shares in known])
    around = y - np.repeat([shares.mean() for _, shares in known], sizes)
    gram = X.T @ X.multiply(each[:, None]) - means.T @ means.multiply(weights[:, None])
    mean = np.append(X.T @ each, each @ y)
    return _Sums(np.asarray(gram.todense()), X.T @ (each * around), mean, float(weights.sum()))


def _held(known: Sequence[Described], names: Mapping[str, int]) -> Any:
    """Return a sparse (sentences, terms): 1 where the sentence holds the term."""
    from scipy import sparse

    rows = [[names[term] for term in terms if term in names] for d in known for terms in d.terms]
    counts = [len(row) for row in rows]
    columns = np.array([column for row in rows for column in row], dtype=int)
    at = (np.repeat(np.arange(len(rows)), counts), columns)
    return sparse.csr_matrix((np.ones(len(columns)), at), shape=(len(rows), len(names)))


def _solved(parts: Sequence[_Sums], penalty: Floats, scale: Floats, names: Mapping[str, int]) -> LinearScorer:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    slopes = np.linalg.solve(total.gram / total.weight + np.diag(penalty), total.against / total.weight)
    intercept = float(total.mean[-1] - total.mean[:-1] @ slopes) / total.weight
    weights = dict(zip(FEATURES, (slopes / scale).tolist(), strict=False))
    return LinearScorer(weights, intercept, dict(zip(names, slopes[len(FEATURES) :].tolist(), strict=True)))
