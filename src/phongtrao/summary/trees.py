"""Boosted regression trees as plain arrays: grown by scikit-learn, kept as JSON, read with numpy alone.

So a summary needs no scikit-learn, and no pickle is ever opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_COLUMNS = ("feature", "threshold", "left", "right", "value")


@dataclass(frozen=True)
class Trees:
    """The nodes of all trees in one row; a leaf is its own child."""

    roots: Integers
    """(trees,): where each begins."""
    feature: Integers
    """(nodes,)"""
    threshold: Floats
    """(nodes,): what is not above it goes left."""
    left: Integers
    right: Integers
    value: Floats
    """(nodes,): what a leaf adds; 0 elsewhere."""
    depth: int
    """Steps that lead from every root to a leaf."""

    def predict(self, X: Floats) -> Floats:
        """Return the sum of the leaves that each row (rows, features) reaches."""
        nodes = np.repeat(self.roots[None], len(X), axis=0)  # (rows, trees)
        rows = np.arange(len(X))[:, None]
        for _ in range(self.depth):
            goes_left = X[rows, self.feature[nodes]] <= self.threshold[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        total: Floats = self.value[nodes].sum(axis=1)
        return total

    def as_json(self) -> dict[str, list[Any]]:
        """Return the trees as lists of numbers."""
        told = {name: getattr(self, name).tolist() for name in _COLUMNS}
        return {"roots": self.roots.tolist(), "depth": [self.depth], **told}

    @classmethod
    def from_json(cls, about: Mapping[str, Any], features: int) -> Trees:
        """Read what ``as_json`` returned.

        Raises:
            ValueError, LookupError, TypeError: it is no set of trees over so many ``features``.
        """
        roots, feature, left, right = (
            np.array(about[name], dtype=np.int64) for name in ("roots", "feature", "left", "right")
        )
        threshold, value = (np.array(about[name], dtype=float) for name in ("threshold", "value"))
        nodes = len(feature)
        inside = all(a.min() >= 0 and a.max() < nodes for a in (roots, left, right))
        if not inside or feature.min() < 0 or feature.max() >= features:
            raise ValueError("a tree points outside of itself")
        if {len(left), len(right), len(threshold), len(value)} != {nodes} or not np.isfinite(value).all():
            raise ValueError("the columns of the trees differ in length, or a value is no number")
        return cls(roots, feature, threshold, left, right, value, int(about["depth"][0]))


def grow_trees(X: Floats, y: Floats, weights: Floats, *, trees: int, leaves: int, seed: int) -> Trees:
    """Fit gradient boosting with squared loss (``HistGradientBoostingRegressor``).

    Args:
        X: (rows, features)
        y: (rows,), of mean 0 under ``weights``: nothing is added to the sum of the leaves.
        weights: (rows,)
        trees: how many.
        leaves: of each, at most.
        seed: of the samples by which thresholds are set.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(
        max_iter=trees,
        max_leaf_nodes=leaves,
        learning_rate=_RATE,
        min_samples_leaf=min(_FEWEST, max(1, len(y) // 20)),
        l2_regularization=_PENALTY,
        early_stopping=False,
        random_state=seed,
    ).fit(X, y, sample_weight=weights)
    return _joined([grown[0].nodes for grown in model._predictors])


_RATE = 0.08
_FEWEST = 200
"""Rows in a leaf; the groups of one article are much alike."""
_PENALTY = 10.0


def _joined(grown: Sequence[Any]) -> Trees:
    """Return trees, each an array of scikit-learn's node records, as one."""
    roots = np.cumsum([0, *(len(nodes) for nodes in grown)])[:-1]
    offsets = np.repeat(roots, [len(nodes) for nodes in grown])
    every = np.concatenate(list(grown))
    leaf = every["is_leaf"].astype(bool)
    itself = np.arange(len(every))
    return Trees(
        roots.astype(np.int64),
        np.where(leaf, 0, every["feature_idx"]).astype(np.int64),
        np.where(leaf, 0.0, every["num_threshold"]),
        np.where(leaf, itself, every["left"] + offsets).astype(np.int64),
        np.where(leaf, itself, every["right"] + offsets).astype(np.int64),
        np.round(np.where(leaf, every["value"], 0.0).astype(float), 7),
        int(every["depth"].max()),
    )
