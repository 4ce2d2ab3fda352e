"""Folders of three kinds become an encoder-decoder and its tokens."""

from __future__ import annotations

import json
import math

import pytest
import torch

from phongtrao.errors import ModelError
from phongtrao.language.encoders import open_encoder
from phongtrao.summary.abstractive.start import begin_with_frequencies, open_start
from phongtrao.summary.abstractive.tokens import Frame, load_tokens
from tests.tiny_encoders import write_roberta

from .conftest import PIECES, settings_of

FRAME = Frame((0,), 2, 1, 0)
TEXT = "Công an phường Bình An bắt 24 đối tượng, giảm 17,5% so với cùng kỳ."


def test_every_start_writes_back_what_it_read(start, tmp_path):
    tokens, network = open_start(settings_of(start))
    (ids,) = tokens.ids([TEXT])
    assert tokens.text(ids) == TEXT
    assert max(ids) < network.config.vocab_size
    tokens.save(tmp_path)
    opened = load_tokens(tmp_path)
    assert opened.frame == tokens.frame
    assert opened.ids([TEXT]) == [ids]
    assert opened.text([*ids, tokens.frame.end]) == TEXT


def test_an_encoder_stays_what_it_was(encoder_start):
    settings = settings_of(encoder_start, encoder_layers=None)
    tokens, network = open_start(settings)
    ids = torch.tensor([[0, *tokens.ids([TEXT])[0], 2]])[:, :40]
    with torch.inference_mode():
        before = open_encoder(encoder_start).network(input_ids=ids).last_hidden_state
        after = network.get_encoder()(input_ids=ids).last_hidden_state
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)


def test_decoder_layers_are_copies_and_embeddings_shared(encoder_start):
    _, network = open_start(settings_of(encoder_start, decoder_layers=3, encoder_layers=4))
    model = network.model
    assert len(model.decoder.layers) == 3
    source = open_encoder(encoder_start).network.encoder.layer
    for layer, index in zip(model.decoder.layers, (0, 2, 3), strict=True):
        assert torch.equal(layer.self_attn.q_proj.weight, source[index].attention.self.query.weight)
        assert torch.equal(layer.fc1.weight, source[index].intermediate.dense.weight)
        assert torch.equal(layer.encoder_attn.v_proj.weight, source[index].attention.self.value.weight)
    assert network.lm_head.weight.data_ptr() == model.shared.weight.data_ptr()
    assert model.decoder.embed_tokens.weight.data_ptr() == model.shared.weight.data_ptr()


def test_a_warm_started_decoder_begins_with_the_frequencies_of_what_it_should_say(encoder_start):
    _, network = open_start(settings_of(encoder_start))
    begin_with_frequencies(network, FRAME, [[7, 7, 7, 8], [7, 8]])
    bias = network.final_logits_bias[0]
    # 4 times 7, twice 8, twice the end (2) and 0.1 for each token of the vocabulary
    total = 8 + 0.1 * network.config.vocab_size
    for token, count in ((7, 4.1), (8, 2.1), (FRAME.end, 2.1), (9, 0.1)):
        assert float(bias[token]) == pytest.approx(math.log(count / total), abs=1e-4)
    assert float(bias.exp().sum()) == pytest.approx(1, abs=1e-4)
    begin_with_frequencies(network, FRAME, [[9]] * 50)  # as where training goes on from it
    assert torch.equal(network.final_logits_bias[0], bias)


def test_a_whole_encoder_decoder_keeps_its_own_bias(bartpho_start):
    _, network = open_start(settings_of(bartpho_start))
    begin_with_frequencies(network, FRAME, [[7, 7]])
    assert not network.final_logits_bias.any()


def test_positions_beyond_the_encoders_repeat(encoder_start):
    _, network = open_start(settings_of(encoder_start, input_tokens=64))
    rows = network.model.encoder.embed_positions.weight[2:]  # BART leaves two unused
    assert len(rows) == 64
    assert torch.equal(rows[40:], rows[:24])


def test_a_phobert_like_start_joins_words_and_parts_them_again(tmp_path):
    words = "công_an phường ra_mắt tổ ( 15 thành_viên ) . Bình_An"
    (tmp_path / "vocab.txt").write_text("".join(f"{w} 1\n" for w in words.split()), encoding="utf-8")
    codes = []
    for word in words.split():
        symbols = [*word[:-1], f"{word[-1]}</w>"]
        while len(symbols) > 1:
            codes.append(f"{symbols[0]} {symbols[1]} 1\n")
            symbols = ["".join(symbols[:2]), *symbols[2:]]
    (tmp_path / "bpe.codes").write_text("".join(dict.fromkeys(codes)), encoding="utf-8")
    (tmp_path / "segmenter.json").write_text('{"name": "syllables", "version": "1"}')
    write_roberta(tmp_path, len(words.split()) + 5)
    tokens, network = open_start(settings_of(tmp_path))
    ids = tokens.tokens.tokenizer(words, add_special_tokens=False)["input_ids"]
    assert tokens.text(ids) == "công an phường ra mắt tổ (15 thành viên). Bình An"
    source = open_encoder(tmp_path).network.embeddings
    position = source.position_embeddings.weight[2] + source.token_type_embeddings.weight[0]
    assert torch.allclose(network.model.encoder.embed_positions.weight[2], position)


def test_pieces_outside_bartphos_dictionary_are_spelt(bartpho_start):
    tokens, _ = open_start(settings_of(bartpho_start))
    (ids,) = tokens.ids(["Hà Nội"])
    assert 3 not in ids  # unknown
    assert len(ids) > 2
    # fairseq's ids: four special tokens, then the lines of dict.txt
    assert tokens.ids(["Công"]) == [[4 + PIECES.index("▁Công")]]


def test_t5_frames_with_its_end_alone(vit5_start):
    tokens, _ = open_start(settings_of(vit5_start))
    assert (tokens.frame.begin, tokens.frame.end, tokens.frame.start) == ((), 1, 0)
    assert tokens.ids(["Công"]) == [[3 + PIECES.index("▁Công")]]


def test_what_cannot_be_a_start_is_said(tmp_path, bartpho_start, encoder_start):
    with pytest.raises(ModelError, match="no encoder folder nowhere"):
        open_start(settings_of("nowhere"))
    with pytest.raises(ModelError, match=r"input_tokens=65, but .* reads 64"):
        open_start(settings_of(bartpho_start, input_tokens=65))
    with pytest.raises(ModelError, match="layers=5: the start weights have 4"):
        open_start(settings_of(encoder_start, encoder_layers=5))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(ModelError, match="is of the kind gpt2; expected one of bert"):
        open_start(settings_of(tmp_path))
