"""What every topic classifier says of passages, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from phongtrao.article import Span


@dataclass(frozen=True)
class PassageScores:
    """Calibrated probabilities of topics for one text."""

    passage: np.ndarray
    """(topics,) of the whole."""
    spans: list[Span]
    """Of its sentences."""
    sentences: np.ndarray
    """(sentences, topics), each sentence taken as a passage of its own."""


class TopicClassifier(Protocol):
    """Scores passages; has a threshold for each topic. Its folder holds no pickle."""

    kind: str
    """What ``TopicModel.load`` looks up."""

    @property
    def thresholds(self) -> np.ndarray:
        """(topics,): a passage carries a topic from here on."""
        ...

    @property
    def evidence_thresholds(self) -> np.ndarray:
        """(topics,): a sentence of such a passage is evidence from here on."""
        ...

    def score(self, texts: Sequence[str]) -> list[PassageScores]:
        """Score each text; one without a word gets its prior, and no sentences."""
        ...

    def save(self, folder: Path) -> None:
        """Write weights and settings."""
        ...
