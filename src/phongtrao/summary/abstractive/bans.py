"""What each summary of a batch may not say -> a logits processor of transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from transformers import LogitsProcessor

if TYPE_CHECKING:
    from phongtrao.summary.abstractive.writers import Order


class Limits(LogitsProcessor):  # type: ignore[misc]
    """Forbids runs of ids, and the end before a least length, order by order."""

    def __init__(self, orders: Sequence[Order], beams: int, end: int) -> None:
        self.orders, self.beams, self.end = orders, beams, end

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return scores (orders × beams, vocabulary) with what is forbidden at minus infinity."""
        scores = scores.clone()
        said = input_ids[:, 1:].tolist()  # without the start
        for row, ids in enumerate(said):
            order = self.orders[row // self.beams]
            if len(ids) < order.min_tokens:
                scores[row, self.end] = -torch.inf
            for run in order.banned:
                before = list(run[:-1])
                if ids[len(ids) - len(before) :] == before:
                    scores[row, run[-1]] = -torch.inf
        return scores
