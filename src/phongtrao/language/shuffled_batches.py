"""Batches made beforehand -> the same batches in another order each epoch.

Batches of texts of like length are made once and stay as they are; were their order not drawn, a network
would learn from all short texts before the first long one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler


class ShuffledBatches(Sampler[list[int]]):
    """Positions of examples in batches, the order of the batches drawn each time they are gone through.

    Args:
        batches: of positions.
        seed: of the orders; same seed, same orders.
    """

    def __init__(self, batches: Sequence[list[int]], seed: int) -> None:
        self.batches = batches
        self.rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        """Yield each batch once."""
        for index in self.rng.permutation(len(self.batches)):
            yield self.batches[index]
