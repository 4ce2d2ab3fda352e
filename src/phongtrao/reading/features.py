"""Lines of a page -> what the classifier of ``roles`` sees of them: numbers, and hashed words.

The numbers tell a line's make (length, signs, digits, capitals), its place (from the start, from the end,
among the long lines) and what it shares with the rest of the page; those of two lines before and after are
laid beside them. Words are hashed, so that no list of words is kept; those of long lines are left out but for
their ends, since a passage is known by its make and may be about anything.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from phongtrao.reading.dates import has_date
from phongtrao.reading.lines import Line, squeezed

Floats = npt.NDArray[np.float32]

BUCKETS = 4096
_REACH = 2
"""Lines before and after whose numbers are seen."""
_LONG_WORDS = 22
"""A line of as many words is long: most passages are, little else is."""
_SHORT_WORDS = 16
"""Lines of up to this many words show all of them, longer ones only their ends."""

_END_WORDS = 5
"""Enough for what a caption ends in: ``Ảnh:`` and a full name."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_SEPARATOR = re.compile(r"[|»«›‹•·>/]|\s[-–]\s|\s{2,}")
_SENTENCE_END = re.compile(r"[.!?…][”\"’)]*\s+[^\W\da-z_]")
_CONTACT = re.compile(
    r"https?:|www\.|@\w|\.(?:com|vn|org|net|jpg|png|pdf|docx?)\b|\b0\d{2,3}[. ]?\d{3}", re.I
)
_TIME = re.compile(r"\b\d{1,2}[:h]\d{2}\b")
_NOTHING_SHARED = [0.0, 0.0, 0.0]
_BULLETS = "-–•*+»>›<&●◦▪"
_CLOSERS = "”\"’')]»"


def dense(lines: Sequence[Line]) -> Floats:
    """Return the numbers of every line and its neighbours, float32 of shape (lines, features)."""
    own = _own(lines)  # (n, f)
    n, f = own.shape
    padded = np.zeros((n + 2 * _REACH, f), np.float32)
    padded[_REACH : _REACH + n] = own
    beside = [padded[offset : offset + n] for offset in range(2 * _REACH + 1)]
    return np.concatenate(beside, axis=1)


def hashed(lines: Sequence[Line]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the buckets of the words of all lines, line after line, and where each line's begin.

    A long line without a word has none.
    """
    buckets: list[int] = []
    starts: list[int] = []
    for line in lines:
        starts.append(len(buckets))
        buckets.extend(_buckets(line.text))
    return np.array(buckets, np.int64), np.array(starts, np.int64)


@lru_cache(maxsize=20_000)
def _bucket(feature: str) -> int:
    return zlib.crc32(feature.encode("utf-8", "surrogatepass")) % BUCKETS


def _buckets(text: str) -> list[int]:
    head = _shape(text[:80])
    words = head if len(text) <= 80 else [*head[:2], *_shape(text[-60:])[-_END_WORDS:]]
    if len(text) <= 80 and len(words) <= _SHORT_WORDS:
        features = ["w " + word for word in words]
        features += [f"p {a} {b}" for a, b in pairwise(words)]
        features.append("one " + words[0] if len(words) == 1 else "first " + words[0] if words else "none")
        features.append("last " + words[-1] if words else "none")
    else:
        features = ["begin " + word for word in words[:2]]
        features += ["end " + word for word in words[-_END_WORDS:]]
    return [_bucket(feature) for feature in features]


def _shape(text: str) -> list[str]:
    return ["0" * len(word) if word[0].isdigit() else word for word in _WORD.findall(text.lower())]


def _own(lines: Sequence[Line]) -> Floats:
    words = [line.text.split() for line in lines]
    counts = [len(w) for w in words]
    keys = [squeezed(line.text) for line in lines]
    times = Counter(keys)
    is_long = [count >= _LONG_WORDS for count in counts]
    typical = float(np.median([c for c, long in zip(counts, is_long, strict=True) if long] or [_LONG_WORDS]))
    said = _said_in_long_lines(keys, is_long)
    longs_before = np.cumsum([0, *is_long])
    rows = []
    seen: set[str] = set()
    for i, line in enumerate(lines):
        rows.append(
            [
                1.0,
                *_make(line.text, words[i], counts[i]),
                *_place(
                    i, len(lines), int(longs_before[i]), int(longs_before[-1]) - int(longs_before[i + 1])
                ),
                max(-2.0, math.log((counts[i] + 1) / (typical + 1))),
                *(_NOTHING_SHARED if is_long[i] else _shared(keys[i], said)),
                times[keys[i]] > 1,
                keys[i] in seen,
                line.after_blank,
                i + 1 < len(lines) and lines[i + 1].after_blank,
            ]
        )
        seen.add(keys[i])
    return np.array(rows, np.float32)


def _make(text: str, words: Sequence[str], count: int) -> list[float]:
    chars = len(text)
    head = text[:200]
    letters = sum(map(str.isalpha, head)) or 1
    last = text.rstrip(_CLOSERS)[-1:]
    first = text[0]
    separators = len(_SEPARATOR.findall(head))
    inner_ends = len(_SENTENCE_END.findall(text[:800]))
    date = chars < 200 and has_date(text)
    return [
        math.log(chars),
        math.log(chars) ** 2 / 10,
        count <= 2,
        count <= 5,
        6 <= count < _LONG_WORDS,
        count >= _LONG_WORDS,
        count >= 45,
        last in ".!?…",
        last == ":",
        text[-1] in ")]",
        last == "." and count >= 12,
        first.islower(),
        first.isdigit(),
        first in _BULLETS,
        first in "([{",
        first in "“\"'‘",
        sum(map(str.isdigit, head)) / len(head),
        sum(map(str.isupper, head)) / letters,
        sum(word[0].isupper() for word in words[:30]) / min(count, 30),
        separators / count,
        separators > 0,
        separators >= 3,
        ":" in text[:40],
        text.count(",") / count,
        min(inner_ends, 5) / 5,
        inner_ends > 0 and last in ".!?…",
        last == "?" and first in "-–*•",
        date and count <= 14,
        date,
        bool(_TIME.search(head)),
        bool(_CONTACT.search(head)),
        text.isascii(),
    ]


def _place(index: int, n: int, longs_before: int, longs_after: int) -> list[float]:
    return [
        index / n,
        math.log(index + 1),
        math.log(n - index),
        index == 0,
        index == n - 1,
        longs_before == 0,
        longs_after == 0,
        longs_before == 0 and longs_after > 0,
        longs_after == 0 and longs_before > 0,
        longs_before > 0 and longs_after > 0,
        math.log(longs_before + 1),
        math.log(longs_after + 1),
    ]


def _said_in_long_lines(
    keys: Sequence[str], is_long: Sequence[bool]
) -> tuple[set[str], set[tuple[str, str]]]:
    """Words, and pairs of words, of the long lines."""
    words: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for key, long in zip(keys, is_long, strict=True):
        if long:
            found = _WORD.findall(key)
            words.update(found)
            pairs.update(pairwise(found))
    return words, pairs


def _shared(key: str, said: tuple[set[str], set[tuple[str, str]]]) -> list[float]:
    """Shares of a short line's words and pairs of words that the long lines say."""
    found = _WORD.findall(key)
    if len(found) < 2:
        return _NOTHING_SHARED
    words = sum(word in said[0] for word in found) / len(found)
    pairs = sum(pair in said[1] for pair in pairwise(found)) / (len(found) - 1)
    return [words, pairs, pairs * len(found) / 10]
