"""Ids of articles and references -> batches of like lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils.data import Dataset

from phongtrao.summary.abstractive.tokens import Frame

_IGNORED = -100


@dataclass(frozen=True)
class Pairs:
    """Articles and their references as ids."""

    sources: Sequence[Sequence[int]]
    """With everything that stands around an article."""
    targets: Sequence[Sequence[int]]
    """Without start and end."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.sources)


class PairSet(Dataset):  # type: ignore[type-arg]
    """Pairs, and how they become a batch."""

    def __init__(self, pairs: Pairs, frame: Frame) -> None:
        self.pairs, self.frame = pairs, frame

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[list[int], list[int]]:
        """Return ids of an article and of its reference."""
        return list(self.pairs.sources[index]), list(self.pairs.targets[index])

    def collate(self, rows: list[tuple[list[int], list[int]]]) -> dict[str, torch.Tensor]:
        """Return ids and mask (B, S), what the decoder is given and what it should say (B, T)."""
        frame = self.frame
        sources = [source for source, _ in rows]
        return {
            "input_ids": padded(sources, frame.pad),
            "attention_mask": padded([[1] * len(source) for source in sources], 0),
            "decoder_input_ids": padded([[frame.start, *target] for _, target in rows], frame.pad),
            "labels": padded([[*target, frame.end] for _, target in rows], _IGNORED),
        }


def padded(rows: Sequence[Sequence[int]], pad: int) -> torch.Tensor:
    """Return rows as one tensor, as wide as the longest."""
    width = max(len(row) for row in rows)
    return torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows])


def token_batches(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Return positions in groups of like length; a group's longest times its size is within the limit."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if groups and lengths[groups[-1][0]] * (len(groups[-1]) + 1) <= batch_tokens:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups
