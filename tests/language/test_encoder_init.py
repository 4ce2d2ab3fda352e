import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from phongtrao.errors import ModelError
from phongtrao.language.encoder_init import (
    adapted,
    mini,
    set_output_bias,
    spelt,
    spread_layers,
    start_rows,
)
from tests.tiny_encoders import start_folder

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return start_folder(tmp_path_factory.mktemp("start"))


@pytest.fixture(scope="module")
def tokenizer(start):
    return Tokenizer.from_file(str(start / "tokenizer.json"))


@pytest.fixture(scope="module")
def source(start):
    return BertModel.from_pretrained(start, add_pooling_layer=False).eval()


@pytest.mark.parametrize(
    ("there", "kept", "which"),
    [
        (12, 6, [0, 2, 4, 7, 9, 11]),
        (12, 4, [0, 4, 7, 11]),
        (4, 4, [0, 1, 2, 3]),
        (4, 1, [3]),
        (12, 2, [0, 11]),
    ],
)
def test_layers_are_spread_with_first_and_last(there, kept, which):
    assert spread_layers(there, kept) == which


def test_more_layers_than_there_are_is_said():
    with pytest.raises(ModelError, match="layers=5: the start weights have 4"):
        spread_layers(4, 5)


@pytest.mark.parametrize(
    ("piece", "spelling"),
    [
        ("phong_trào", ["▁phong", "▁trào"]),
        ("công@@", ["▁công"]),  # the word goes on after it
        ("công_@@", ["▁công"]),
        ("_an", ["▁an"]),
        ("ba", ["b", "a"]),  # a lone ▁ before them says nothing of the piece
        ("Q", []),  # can't be spelt
        ("công_Q", []),
    ],
)
def test_pieces_are_spelt_with_the_start_tokenizer(tokenizer, piece, spelling):
    assert [tokenizer.id_to_token(i) for i in spelt(piece, tokenizer)] == spelling


def test_rows_are_means_of_what_spells_them(tokenizer, source):
    word = source.get_input_embeddings().weight.detach()
    pieces = [*SPECIAL, "an", "bảo_vệ", "Q@@", "<mask>"]
    rows, counts = start_rows(pieces, tokenizer, word, seed=0)
    assert torch.equal(rows[:4], word[:4])
    assert torch.equal(rows[4], word[tokenizer.token_to_id("▁an")])
    both = [tokenizer.token_to_id("▁bảo"), tokenizer.token_to_id("▁vệ")]
    assert torch.allclose(rows[5], word[both].mean(0))
    assert torch.equal(rows[7], word[tokenizer.token_to_id("<mask>")])
    assert counts == {"special": 5, "same": 1, "mean": 1, "random": 1}
    assert not torch.allclose(rows[6], word[3])


def test_the_same_pieces_give_the_same_vectors_in_the_other_architecture(start, tokenizer, source):
    """Positions shifted, token types folded in, layers copied: with nothing changed nothing may change."""
    pieces = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    network, _ = mini(start, pieces, 4, 0.0, seed=0)
    with torch.no_grad():
        network.get_input_embeddings().weight.copy_(source.get_input_embeddings().weight)
    ids = torch.tensor([[0, 7, 8, 9, 2], [0, 5, 6, 2, 1]])
    mask = (ids != 1).long()
    with torch.no_grad():
        there = source(input_ids=ids, attention_mask=mask).last_hidden_state
        here = network.eval().roberta(input_ids=ids, attention_mask=mask).last_hidden_state
    assert torch.allclose(there[mask == 1], here[mask == 1], atol=1e-5)
    longest = torch.full((1, 40), 7)
    with torch.no_grad():
        assert torch.allclose(
            source(longest).last_hidden_state, network.roberta(longest).last_hidden_state, atol=1e-5
        )


def test_kept_layers_are_the_spread_ones_and_the_head_is_tied(start, source):
    network, counts = mini(start, [*SPECIAL, "an", "<mask>"], 2, 0.0, seed=0)
    for new, old in enumerate([0, 3]):
        ours = network.roberta.encoder.layer[new].output.dense.weight
        assert torch.equal(ours, source.encoder.layer[old].output.dense.weight)
    assert network.lm_head.decoder.weight is network.get_input_embeddings().weight
    assert network.config.num_hidden_layers == 2 and counts["same"] == 1


def test_adapting_begins_with_the_start_weights(start, source):
    network = adapted(start, None, 0.0).eval()
    ids = torch.tensor([[0, 7, 8, 9, 2]])
    with torch.no_grad():
        there, here = source(ids).last_hidden_state, network.bert(ids).last_hidden_state
    assert torch.allclose(there, here, atol=1e-6)
    assert network.cls.predictions.decoder.weight is network.get_input_embeddings().weight
    assert len(adapted(start, 2, 0.0).bert.encoder.layer) == 2


def test_the_bias_is_the_smoothed_log_frequency(start):
    network = adapted(start, 1, 0.0)
    counts = [0] * network.config.vocab_size
    counts[5], counts[6] = 9, 1
    set_output_bias(network, counts)
    bias = network.get_output_embeddings().bias.detach().exp()
    assert (bias[5] / bias[6]).item() == pytest.approx(10 / 2)
    assert bias.sum().item() == pytest.approx(1)


def test_another_architecture_is_refused(tmp_path, start):
    network, _ = mini(start, [*SPECIAL, "an", "<mask>"], 2, 0.0, seed=0)
    network.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="weights of a BERT to start from, found roberta"):
        adapted(tmp_path, None, 0.0)
    with pytest.raises(ModelError):
        adapted(tmp_path / "nowhere", None, 0.0)
