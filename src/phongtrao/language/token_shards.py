"""Texts -> token ids on disk -> blocks of equal length, shuffled.

Segmenting is slower than learning on a GPU and worth keeping on a CPU: ids are made a shard at a time, when
they are first needed, and kept in a folder named by everything they depend on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

TEXTS_A_SHARD = 1000
"""About half a million tokens of news: seconds of segmenting."""

IdsOf = Callable[[list[str]], Sequence[Sequence[int]]]


class TokenShards:
    """Shards of token ids: texts in order, each followed by the end token.

    A shard is one flat array (uint16 where the vocabulary allows, else uint32) in ``NUMBER.npy``.
    """

    def __init__(
        self,
        cache: Path,
        facts: Mapping[str, Any],
        texts: Sequence[Any],
        render: Callable[[Sequence[Any]], Iterator[str]],
        ids_of: IdsOf,
        *,
        end: int,
        vocab_size: int,
    ) -> None:
        """Open or begin the folder of these facts.

        Args:
            cache: folder of all such folders.
            facts: everything the ids depend on (texts, tokenizer, segmenter); kept in ``tokens.json``.
            texts: places of the texts.
            render: places -> the texts to learn from, some perhaps left out.
            ids_of: texts -> ids without special tokens.
            end: id of the token that ends a text.
            vocab_size: decides the size of a number.
        """
        plain = json.dumps(dict(facts), sort_keys=True, ensure_ascii=False, default=str)
        self.folder = cache / hashlib.sha256(plain.encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "tokens.json").write_text(plain + "\n", encoding="utf-8")
        self._texts, self._render, self._ids_of = texts, render, ids_of
        self._end = end
        self._dtype = np.uint16 if vocab_size <= 1 << 16 else np.uint32

    def __len__(self) -> int:
        return (len(self._texts) + TEXTS_A_SHARD - 1) // TEXTS_A_SHARD

    def __getitem__(self, number: int) -> np.ndarray:
        """Return a shard, made now if nobody has made it: one flat array of ids.

        Raises:
            IndexError: there are not so many shards.
        """
        if not 0 <= number < len(self):
            raise IndexError(number)
        path = self.folder / f"{number:04d}.npy"
        if not path.exists():
            self._make(number, path)
        shard: np.ndarray = np.load(path, allow_pickle=False)
        return shard

    def _make(self, number: int, path: Path) -> None:
        start = number * TEXTS_A_SHARD
        texts = list(self._render(self._texts[start : start + TEXTS_A_SHARD]))
        flat = [token for ids in self._ids_of(texts) for token in (*ids, self._end)] if texts else []
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        with unfinished.open("wb") as file:
            np.save(file, np.array(flat, dtype=self._dtype), allow_pickle=False)
        unfinished.replace(path)


def blocks_of(ids: np.ndarray, length: int, begin: int, end: int) -> np.ndarray:
    """Cut ids laid end to end into blocks framed by begin and end tokens; what is left over is dropped.

    Returns:
        (blocks, length), of the dtype of ``ids``.
    """
    inside = length - 2
    many = len(ids) // inside
    blocks = np.empty((many, length), dtype=ids.dtype)
    blocks[:, 0], blocks[:, -1] = begin, end
    blocks[:, 1:-1] = ids[: many * inside].reshape(many, inside)
    return blocks


def shuffled_blocks(
    shards: Sequence[np.ndarray] | TokenShards, length: int, begin: int, end: int, *, seed: int, skip: int = 0
) -> Iterator[np.ndarray]:
    """Stream the blocks of all shards without end: shards in order, their blocks shuffled anew each time.

    Args:
        shards: flat ids.
        length: tokens in a block, begin and end included.
        begin: first id of each block.
        end: last id of each block.
        seed: the same seed gives the same stream.
        skip: blocks left out at the beginning: where a stopped stream goes on.
    """
    for epoch in count():
        found = 0
        for number in range(len(shards)):
            blocks = blocks_of(shards[number], length, begin, end)
            found += len(blocks)
            if skip >= len(blocks):
                skip -= len(blocks)
                continue
            order = np.random.default_rng((seed, epoch, number)).permutation(len(blocks))
            yield from blocks[order[skip:]]
            skip = 0
        if not found:
            return


def stacked(blocks: Iterator[np.ndarray], many: int) -> Iterator[np.ndarray]:
    """Group a stream of blocks: (many, length) int64 arrays; a last incomplete group is dropped."""
    group: list[np.ndarray] = []
    for block in blocks:
        group.append(block)
        if len(group) == many:
            yield np.stack(group).astype(np.int64)
            group = []
