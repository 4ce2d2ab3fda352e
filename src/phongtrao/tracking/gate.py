"""Test predictions of the champion and of a challenger -> whether the challenger may take its place.

It may where it is better beyond doubt on every test split that both were measured on, the synthetic and the
real one, and no topic pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phongtrao.tracking.paired import Difference, Rows, paired_difference
from phongtrao.tracking.topic_cards import SPLITS

MAY_FALL = 0.02
"""F1 that a single topic may lose."""


@dataclass(frozen=True, slots=True)
class TopicChange:
    """F1 of one topic, the champion's and the challenger's."""

    topic: str
    before: float
    after: float

    @property
    def fell(self) -> bool:
        """Whether it lost more than a topic may."""
        return self.before - self.after > MAY_FALL + 1e-9


@dataclass(frozen=True, slots=True)
class Check:
    """What the gate saw on one test split; macro-F1 is of passages."""

    split: str
    before: float
    after: float
    gain: Difference
    topics: tuple[TopicChange, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the challenger may not pass, in words; empty where it may."""
        reasons = []
        where = SPLITS.get(self.split, self.split)
        if self.gain.low <= 0:
            reasons.append(
                f"{where}: not better beyond doubt, macro-F1 {self.gain.value:+.3f} "
                f"[{self.gain.low:+.3f}, {self.gain.high:+.3f}]"
            )
        reasons += [
            f"{where}: {t.topic} falls by {t.before - t.after:.3f}, over {MAY_FALL}"
            for t in self.topics
            if t.fell
        ]
        return tuple(reasons)


def check_splits(
    champion: Rows, challenger: Rows, topics: Sequence[str], *, resamples: int, seed: int
) -> tuple[Check, ...]:
    """Return a check for each gating split that both have predictions of.

    Raises:
        PhongtraoError: they did not predict the same passages.
    """
    checks = []
    for split in SPLITS:
        before, after = (_of(rows, split) for rows in (champion, challenger))
        if before and after:
            gain = paired_difference([before], [after], topics, resamples=resamples, seed=seed)
            changes = _changes(before, after, topics)
            checks.append(Check(split, _mean(before, topics), _mean(after, topics), gain, changes))
    return tuple(checks)


def _of(rows: Rows, split: str) -> list[Mapping[str, object]]:
    return [row for row in rows if row["source"] == split]


def _changes(before: Rows, after: Rows, topics: Sequence[str]) -> tuple[TopicChange, ...]:
    changes = []
    for topic in topics:
        one, other = _f1(before, topic), _f1(after, topic)
        if one is not None or other is not None:  # a topic that both neither have nor say is no matter
            changes.append(TopicChange(topic, one or 0.0, other or 0.0))
    return tuple(changes)


def _mean(rows: Rows, topics: Sequence[str]) -> float:
    figures = [f1 for topic in topics if (f1 := _f1(rows, topic)) is not None]
    return sum(figures) / len(figures) if figures else 0.0


def _f1(rows: Rows, topic: str) -> float | None:
    carried = sum(topic in row["gold"] for row in rows)
    said = sum(topic in row["said"] for row in rows)
    hits = sum(topic in row["gold"] and topic in row["said"] for row in rows)
    return 2 * hits / (carried + said) if carried + said else None
