"""A passage and its evidence -> pieces of text, each with the topics it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any


def segments(
    text: str, evidence: Mapping[str, Sequence[Sequence[int]]], place: Mapping[str, int]
) -> list[list[Any]]:
    """Cut ``text`` where a span of evidence begins or ends.

    Args:
        text: the passage.
        evidence: for each topic the spans ``[start, end)`` in characters; they may overlap.
        place: number of each topic; evidence for others is passed over.

    Returns:
        ``[piece, topic, topic, ...]`` in order, topics as numbers in ascending order; the pieces joined are
        ``text``. Cut here and not in the page, as JavaScript counts characters otherwise.
    """
    spans = [
        (max(0, start), min(len(text), end), place[topic])
        for topic, given in evidence.items()
        if topic in place
        for start, end in given
    ]
    cuts = sorted({0, len(text), *(at for start, end, _ in spans if start < end for at in (start, end))})
    pieces: list[list[Any]] = []
    for start, end in pairwise(cuts):
        topics = sorted({topic for first, last, topic in spans if first <= start and end <= last})
        pieces.append([text[start:end], *topics])
    return pieces
