"""A group of sentences in numbers -> how good a summary it would make, by boosted trees.

What is learned is ROUGE (``fitting.PARTS``), relative to the article's other groups: only their order
matters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phongtrao.errors import ModelError
from phongtrao.summary.groups import GROUP_FEATURES
from phongtrao.summary.trees import Trees

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GroupRanker:
    """Weighs the groups of one article against each other."""

    trees: Trees

    def values(self, groups_described: Floats) -> Floats:
        """Return the ROUGE expected of each group, 0 to 1, against the mean of the article's groups."""
        return self.trees.predict(groups_described)

    def save(self, path: Path) -> None:
        """Write the trees as JSON."""
        about = {"features": list(GROUP_FEATURES), **self.trees.as_json()}
        path.write_text(json.dumps(about, separators=(",", ":")) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> GroupRanker:
        """Read what ``save`` wrote.

        Raises:
            ModelError: the file is missing, broken or of other features.
        """
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            if about["features"] != list(GROUP_FEATURES):
                raise ModelError(
                    f"{path}: expected the {len(GROUP_FEATURES)} features of groups, found others"
                )
            return cls(Trees.from_json(about, len(GROUP_FEATURES)))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ModelError(f"{path}: expected boosted trees: {error!r}") from error
