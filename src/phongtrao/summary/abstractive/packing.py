"""Pairs of ids <-> few bytes, to be carried to a machine with a GPU and back."""

from __future__ import annotations

import lzma
from collections.abc import Sequence

import numpy as np

from phongtrao.errors import InputError
from phongtrao.summary.abstractive.pairs import Pairs

# Two-byte numbers: positions and literals are told apart by the lowest bit of the place.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lp": 1, "lc": 3, "pb": 1}]
_MOST = 1 << 16


def pack(pairs: Pairs) -> bytes:
    """Return pairs, compressed; ids and lengths are below 65,536.

    Raises:
        InputError: an id or a length is not.
    """
    rows = [*pairs.sources, *pairs.targets]
    numbers = [len(pairs) % _MOST, len(pairs) // _MOST, *map(len, rows)]
    numbers += [token for row in rows for token in row]
    if max(numbers) >= _MOST:
        raise InputError(
            f"expected ids and lengths below {_MOST}, found {max(numbers)}; take a smaller vocabulary"
        )
    return lzma.compress(np.array(numbers, dtype="<u2").tobytes(), format=lzma.FORMAT_XZ, filters=FILTERS)


def unpack(content: bytes) -> Pairs:
    """Return what ``pack`` was given, rows as lists."""
    numbers = np.frombuffer(lzma.decompress(content), dtype="<u2").astype(np.int64)
    count = int(numbers[0] + numbers[1] * _MOST)
    lengths = numbers[2 : 2 + 2 * count]
    ends = np.cumsum(lengths) + 2 + 2 * count
    rows = [numbers[end - length : end].tolist() for end, length in zip(ends, lengths, strict=True)]
    return Pairs(rows[:count], rows[count:])


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Return several as one, in their order."""
    return Pairs(
        [source for part in parts for source in part.sources],
        [target for part in parts for target in part.targets],
    )
