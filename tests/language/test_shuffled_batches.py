import numpy as np
from torch.utils.data import DataLoader

from phongtrao.language.shuffled_batches import ShuffledBatches

BATCHES = [[0], [1, 2], [3, 4, 5], [6], [7, 8], [9]]


def test_an_epoch_has_each_batch_once_and_whole():
    sampler = ShuffledBatches(BATCHES, seed=0)
    assert len(sampler) == 6
    for _ in range(3):
        assert sorted(sampler) == BATCHES


def test_each_epoch_has_an_order_of_its_own_that_the_seed_decides():
    sampler, again, other = (ShuffledBatches(BATCHES, seed) for seed in (3, 3, 4))
    epochs = [list(sampler) for _ in range(3)]
    assert epochs == [list(again) for _ in range(3)]
    assert epochs != [list(other) for _ in range(3)]
    assert epochs[0] != epochs[1] != epochs[2]
    drawn = np.random.default_rng(3).permutation(6)
    assert epochs[0] == [BATCHES[i] for i in drawn]  # so that recorded runs can be run again


def test_a_loader_gives_the_batches_as_they_are():
    texts = [f"text {n}" for n in range(10)]
    loader = DataLoader(texts, batch_sampler=ShuffledBatches(BATCHES, 0), collate_fn=list)
    assert sorted(loader) == [[texts[i] for i in batch] for batch in BATCHES]


def test_nothing_has_no_batch():
    assert list(ShuffledBatches([], 0)) == []
