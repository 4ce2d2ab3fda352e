import json
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.language import token_shards
from phongtrao.language.token_shards import TokenShards, blocks_of, shuffled_blocks, stacked


def shards_of(folder, calls, facts=None, vocab_size=100):
    def ids_of(texts):
        calls.append(len(texts))
        return [[int(c) + 10 for c in text] for text in texts]

    texts = [str(n) * 3 for n in range(5)]
    return TokenShards(folder, facts or {"a": 1}, texts, iter, ids_of, end=2, vocab_size=vocab_size)


def test_shards_are_made_once_and_only_when_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(token_shards, "TEXTS_A_SHARD", 2)
    calls = []
    shards = shards_of(tmp_path, calls)
    assert len(shards) == 3 and calls == []
    assert shards[1].tolist() == [12, 12, 12, 2, 13, 13, 13, 2]
    assert shards[2].tolist() == [14, 14, 14, 2] and calls == [2, 1]
    again = shards_of(tmp_path, calls)
    assert again[1].tolist() == shards[1].tolist() and calls == [2, 1]
    with pytest.raises(IndexError):
        shards[3]
    assert [p.name for p in shards.folder.glob("*.part")] == []


def test_other_facts_are_another_folder(tmp_path):
    calls = []
    one, other = shards_of(tmp_path, calls, {"a": 1}), shards_of(tmp_path, calls, {"a": 2})
    assert one.folder != other.folder
    assert json.loads((other.folder / "tokens.json").read_text()) == {"a": 2}


def test_numbers_are_as_small_as_the_vocabulary_allows(tmp_path):
    assert shards_of(tmp_path, [], vocab_size=65536)[0].dtype == np.uint16
    assert shards_of(tmp_path, [], {"a": 3}, vocab_size=65537)[0].dtype == np.uint32


def test_blocks_are_framed_and_lose_only_the_rest():
    blocks = blocks_of(np.arange(10, 17, dtype=np.uint16), 5, begin=0, end=2)
    assert blocks.tolist() == [[0, 10, 11, 12, 2], [0, 13, 14, 15, 2]]
    assert blocks_of(np.array([], dtype=np.uint16), 5, 0, 2).shape == (0, 5)


SHARDS = [
    np.arange(first, first + n) for first, n in ((100, 31), (200, 0), (300, 17))
]  # 10, 0 and 5 blocks of three inside


@given(skip=st.integers(0, 40), seed=st.integers(0, 3))
def test_a_stream_goes_on_where_it_stopped(skip, seed):
    whole = list(islice(shuffled_blocks(SHARDS, 5, 0, 2, seed=seed), 60))
    rest = list(islice(shuffled_blocks(SHARDS, 5, 0, 2, seed=seed, skip=skip), 60 - skip))
    assert np.array_equal(whole[skip:], rest)


def test_each_pass_has_every_block_once_in_another_order():
    blocks = list(islice(shuffled_blocks(SHARDS, 5, 0, 2, seed=1), 30))
    first, second = ([tuple(b) for b in blocks[i : i + 15]] for i in (0, 15))
    assert sorted(first) == sorted(second) and len(set(first)) == 15
    assert first != second


def test_no_text_ends_the_stream():
    assert list(shuffled_blocks([np.arange(2)], 5, 0, 2, seed=0)) == []


def test_blocks_are_stacked_and_a_last_incomplete_group_is_dropped():
    groups = list(stacked(iter(blocks_of(np.arange(15), 5, 0, 2)), 2))
    assert [g.shape for g in groups] == [(2, 5), (2, 5)] and groups[0].dtype == np.int64
