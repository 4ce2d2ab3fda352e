from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from phongtrao.summary.trees import Trees, grow_trees

# One tree: x0 <= 1 gives 5, else x1 <= 2 gives 7, else 9; and one that is a leaf of 0.5.
BY_HAND = {
    "roots": [0, 5],
    "depth": [2],
    "feature": [0, 0, 1, 0, 0, 0],
    "threshold": [1, 0, 2, 0, 0, 0],
    "left": [1, 1, 3, 3, 4, 5],
    "right": [2, 1, 4, 3, 4, 5],
    "value": [0, 5, 0, 7, 9, 0.5],
}


def test_a_row_goes_down_every_tree():
    trees = Trees.from_json(BY_HAND, 2)
    X = np.array([[1.0, 9.0], [1.1, 2.0], [1.1, 2.1]])
    assert trees.predict(X).tolist() == [5.5, 7.5, 9.5]


def test_grown_trees_say_what_scikit_learn_says():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 4))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]
    y -= y.mean()
    trees = grow_trees(X, y, np.ones(3000), trees=20, leaves=7, seed=0)
    model = HistGradientBoostingRegressor(
        max_iter=20, max_leaf_nodes=7, learning_rate=0.08, min_samples_leaf=150, l2_regularization=10.0,
        early_stopping=False, random_state=0,
    ).fit(X, y)  # fmt: skip
    assert trees.predict(X) == pytest.approx(model.predict(X), abs=1e-5)
    assert np.corrcoef(trees.predict(X), y)[0, 1] > 0.6
    again = Trees.from_json(json.loads(json.dumps(trees.as_json())), 4)
    assert (again.predict(X) == trees.predict(X)).all()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("feature", [0, 0, 2, 0, 0, 0]),
        ("left", [1, 1, 6, 3, 4, 5]),
        ("roots", [0, -1]),
        ("value", [0, 5, 0, 7, 9]),
        ("threshold", [1, 0]),
        ("value", [0, 5, 0, 7, 9, float("nan")]),
    ],
)
def test_broken_trees_are_refused(column, values):
    with pytest.raises(ValueError, match=r"outside|differ"):
        Trees.from_json({**BY_HAND, column: values}, 2)
