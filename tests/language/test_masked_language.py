import contextlib
import math

import numpy as np
import pytest
import torch
from transformers import RobertaConfig, RobertaForMaskedLM

from phongtrao.language.masked_language import Masked, Vocabulary, guess_loss, mask_blocks, perplexity

VOCABULARY = Vocabulary(size=50, mask=49, special=(0, 1, 2, 3, 49))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=50, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=40, type_vocab_size=1,
    )  # fmt: skip
    return RobertaForMaskedLM(config)


def blocks(many=64, length=20):
    inside = np.random.default_rng(0).integers(4, 49, (many, length))
    inside[:, 0], inside[:, -1] = 0, 2
    return inside


def test_each_block_has_the_share_and_special_tokens_stay():
    ids = torch.from_numpy(blocks())
    masked = mask_blocks(ids, VOCABULARY, 0.15, generator())
    rows, columns = masked.places // 20, masked.places % 20
    assert torch.bincount(rows, minlength=64).tolist() == [3] * 64  # 0.15 of 20
    assert ((columns > 0) & (columns < 19)).all()
    assert torch.equal(masked.wanted, ids.flatten()[masked.places])
    untouched = torch.ones(ids.numel(), dtype=torch.bool)
    untouched[masked.places] = False
    assert torch.equal(masked.ids.flatten()[untouched], ids.flatten()[untouched])


def test_eight_of_ten_become_the_mask_one_another_and_one_stays():
    ids = torch.from_numpy(blocks(2000))
    masked = mask_blocks(ids, VOCABULARY, 0.15, generator())
    shown = masked.ids.flatten()[masked.places]
    share = (shown == 49).float().mean().item(), (shown == masked.wanted).float().mean().item()
    # Of the tenth that becomes any token, one in 50 is the mask and one in 50 the token itself.
    assert share == pytest.approx((0.8 + 0.002, 0.1 + 0.002), abs=0.02)


def test_the_same_seed_masks_the_same():
    ids = torch.from_numpy(blocks())
    one, two = (mask_blocks(ids, VOCABULARY, 0.15, generator(3)) for _ in range(2))
    assert torch.equal(one.ids, two.ids)
    assert not torch.equal(one.ids, mask_blocks(ids, VOCABULARY, 0.15, generator(4)).ids)


def test_the_loss_is_that_of_the_whole_model_at_the_guessed_places(network):
    masked = mask_blocks(torch.from_numpy(blocks(4)), VOCABULARY, 0.15, generator())
    wanted = torch.full((4 * 20,), -100)
    wanted[masked.places] = masked.wanted
    network.eval()
    whole = network(input_ids=masked.ids, labels=wanted.view(4, 20)).loss
    assert guess_loss(network, masked).item() == pytest.approx(whole.item(), rel=1e-5)


def test_a_network_that_knows_only_frequencies_has_their_perplexity(network):
    """With a bias alone every guess costs -log p: by hand for two tokens, three to one."""

    class Frequencies(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = torch.tensor([0.75, 0.25]).log()
            self.base_model = lambda input_ids: type("O", (), {"last_hidden_state": input_ids[..., None]})
            self.lm_head = lambda hidden: self.bias.expand(len(hidden), 2)

    ids = np.array([[0, 0, 0, 1]] * 32)
    vocabulary = Vocabulary(size=2, mask=1, special=())
    found = perplexity(Frequencies(), ids, vocabulary, autocast=contextlib.nullcontext, device="cpu", batch=5)
    # The places are chosen at random: between always the frequent and always the rare one, near their mean.
    assert 1 / 0.75 < found < 4
    assert math.log(found) == pytest.approx(0.75 * math.log(4 / 3) + 0.25 * math.log(4), abs=0.25)


def test_perplexity_is_the_same_each_time_and_leaves_the_network_as_it_was(network):
    network.train()
    found = [
        perplexity(network, blocks(8), VOCABULARY, autocast=contextlib.nullcontext, device="cpu", batch=8)
        for _ in range(2)
    ]
    assert found[0] == found[1] and network.training
    assert isinstance(mask_blocks(torch.from_numpy(blocks(1)), VOCABULARY, 0.01, generator()), Masked)
