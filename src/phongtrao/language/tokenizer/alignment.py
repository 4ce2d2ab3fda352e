"""A raw text and a segmenter's tokens -> where each character of the segmented text stood in the raw one.

Segmenters join syllables by ``_``, part punctuation by blanks, compose letters, move tone marks, and now and
then replace or drop a character. Blanks and ``_`` are therefore left out of the comparison, letters are
compared without marks and case, and where the two still differ the nearest place is sought from which they
agree again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from phongtrao.language.normalize import compose

Span = tuple[int, int]

_REACH = 64  # characters looked ahead on either side, more than any token that a segmenter rewrites
_AGREED = 4  # characters in a row that count as agreement


@dataclass(frozen=True)
class Alignment:
    """A segmented text whose every character knows its place in the raw text."""

    raw: str
    tokens: tuple[str, ...]
    text: str
    """The tokens joined by blanks: what the tokenizer is given."""
    spans: list[Span]
    """For each character of ``text``, start and end in ``raw``. What stands between two words, or was dropped
    by the segmenter, belongs to the blank or ``_`` in its place."""

    def raw_span(self, start: int, end: int) -> Span:
        """Return the span in ``raw`` of the characters ``start`` to ``end`` of ``text``."""
        if start >= end:
            place = self.spans[start][0] if start < len(self.spans) else len(self.raw)
            return place, place
        first, last = self.spans[start][0], self.spans[end - 1][1]
        return first, max(first, last)

    def token_spans(self) -> list[Span]:
        """Return the span in ``raw`` of each token, in order."""
        spans, place = [], 0
        for token in self.tokens:
            spans.append(self.raw_span(place, place + len(token)))
            place += len(token) + 1
        return spans


def align(raw: str, tokens: Sequence[str]) -> Alignment:
    """Find the characters of ``tokens``, which a segmenter made of ``raw``, in ``raw``.

    Never fails: a token that has no counterpart gets an empty span between its neighbours' places.
    """
    text = " ".join(tokens)
    source, places = _characters(raw)
    target = [index for index, c in enumerate(text) if not _between(c)]
    letters = "".join([text[index] for index in target])
    matches = places if letters == source else _matches(_folded(letters), _folded(source), places)
    return Alignment(raw, tuple(tokens), text, _filled(text, target, matches, raw))


def _between(c: str) -> bool:
    return c == "_" or c.isspace()


def _characters(raw: str) -> tuple[str, list[Span]]:
    """Return the composed characters of ``raw`` that are compared, and the place of each."""
    if unicodedata.is_normalized("NFC", raw):
        kept = [index for index, c in enumerate(raw) if not _between(c)]
        return "".join([raw[index] for index in kept]), [(index, index + 1) for index in kept]
    characters: list[str] = []
    places: list[Span] = []
    start = 0
    while start < len(raw):
        end = start + 1
        while end < len(raw) and unicodedata.combining(raw[end]) and not _between(raw[start]):
            end += 1
        for c in compose(raw[start:end]):
            if not _between(c):
                characters.append(c)
                places.append((start, end))
        start = end
    return "".join(characters), places


@lru_cache(maxsize=4096)
def _bare(c: str) -> str:
    return unicodedata.normalize("NFD", c)[0].casefold()[0]


def _folded(characters: str) -> str:
    return "".join([_bare(c) for c in characters])


def _matches(target: str, source: str, places: list[Span]) -> list[Span]:
    """Return the place of each character of ``target``."""
    matches: list[Span] = []
    i = j = 0  # next in source, next in target
    while j < len(target):
        if i < len(source) and target[j] == source[i]:
            matches.append(places[i])
            i, j = i + 1, j + 1
            continue
        if matches and unicodedata.combining(target[j]):
            matches.append(matches[-1])  # a mark that the raw text has inside its letter
            j += 1
            continue
        skipped, inserted = _resume(target, source, j, i)
        replaced = places[i : i + skipped]
        if skipped == inserted:
            matches += replaced
        else:
            after = matches[-1][1] if matches else 0
            whole = (replaced[0][0], replaced[-1][1]) if replaced else (after, after)
            matches += [whole] * inserted
        i, j = i + skipped, j + inserted
    return matches


def _resume(target: str, source: str, j: int, i: int) -> tuple[int, int]:
    """Return how many characters of source and target to pass over until both agree again."""
    best: tuple[int, int] | None = None
    for inserted in range(min(_REACH, len(target) - j)):
        if best is not None and inserted >= sum(best):
            break
        sought = target[j + inserted : j + inserted + _AGREED]
        found = source.find(sought, i, i + _REACH + _AGREED)
        if found >= 0 and (best is None or found - i + inserted < sum(best)):
            best = found - i, inserted
    if best is not None:
        return best
    left, missing = len(source) - i, len(target) - j
    if max(left, missing) <= _REACH:
        return left, missing  # the ends of both have nothing in common
    return min(1, left), 1


def _filled(text: str, target: list[int], matches: list[Span], raw: str) -> list[Span]:
    """Give blanks and ``_`` what stands between their neighbours, a ``_`` of the raw text to its own."""
    spans: list[Span] = [(0, 0)] * len(text)
    for index, match in zip(target, matches, strict=True):
        spans[index] = match
    ends = [-1, *target, len(text)]
    for position in range(len(ends) - 1):
        gap = range(ends[position] + 1, ends[position + 1])
        if gap:
            start = matches[position - 1][1] if position > 0 else 0
            end = matches[position][0] if position < len(matches) else len(raw)
            _fill(spans, text, gap, raw, (start, end))
    return spans


def _fill(spans: list[Span], text: str, gap: range, raw: str, between: Span) -> None:
    for index in gap:
        # Start and end the other way round: within a place that several characters share.
        spans[index] = (min(between), max(between))
    joints = [index for index in gap if text[index] == "_"]
    written = [place for place in range(*between) if raw[place] == "_"]
    if joints and len(joints) == len(written):
        for index, place in zip(joints, written, strict=True):
            spans[index] = (place, place + 1)
    elif joints and written:
        for index in joints:
            spans[index] = (written[0], written[-1] + 1)
