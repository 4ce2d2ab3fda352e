"""Pairs and a network -> a network that has learned them."""

from __future__ import annotations

import pytest
import torch

from phongtrao.summary.abstractive import encoded
from phongtrao.summary.abstractive.encoded import EncodedSet
from phongtrao.summary.abstractive.pairs import Pairs, PairSet, token_batches
from phongtrao.summary.abstractive.start import open_start
from phongtrao.summary.abstractive.tokens import Frame
from phongtrao.summary.abstractive.training import Schedule, train

from .conftest import settings_of

FRAME = Frame((0,), 2, 1, 0)
PAIRS = Pairs([[0, 5, 6, 7, 2], [0, 8, 9, 2], [0, 10, 2]] * 4, [[5, 7], [8], [10, 10, 10]] * 4)


LESSON = {
    "learning_rate": 3e-3,
    "batch_tokens": 30,
    "precision": "float32",
    "label_smoothing": 0.0,
    "logged": 1,
}


def schedule(**changed):
    return Schedule(**{**LESSON, **changed})


def test_a_batch_shows_the_decoder_what_was_said_before():
    batch = PairSet(PAIRS, FRAME).collate([([0, 5, 2], [7, 8]), ([0, 5, 6, 2], [9])])
    assert batch["input_ids"].tolist() == [[0, 5, 2, 1], [0, 5, 6, 2]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert batch["decoder_input_ids"].tolist() == [[0, 7, 8], [0, 9, 1]]
    assert batch["labels"].tolist() == [[7, 8, 2], [9, 2, -100]]


def test_batches_hold_like_lengths_within_the_limit():
    groups = token_batches([3, 9, 4, 8, 20, 4], 17)
    assert groups == [[4], [1], [3, 2], [5, 0]]  # 20 alone is too long already


def test_the_loss_falls_on_every_kind(start):
    tokens, network = open_start(settings_of(start))
    lesson = schedule(epochs=8, label_smoothing=0.1, learning_rate=4e-2)
    curve = train(network, tokens.frame, PAIRS, lesson, held=PAIRS)
    held = [point["held_loss"] for point in curve if "held_loss" in point]
    assert len(held) == 8
    assert held[-1] < 0.9 * held[0]


def test_the_same_seed_gives_the_same_network(encoder_start):
    states = []
    for seed in (1, 1, 2):
        tokens, network = open_start(settings_of(encoder_start))
        train(network, tokens.frame, PAIRS, schedule(steps=2, seed=seed))
        states.append(network.state_dict()["model.decoder.layers.0.fc1.weight"])
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_a_frozen_encoder_stays_and_the_decoder_learns(encoder_start):
    tokens, network = open_start(settings_of(encoder_start))
    network.get_encoder().requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    train(network, tokens.frame, PAIRS, schedule(steps=2))
    changed = {n for n, tensor in network.state_dict().items() if not torch.equal(tensor, before[n])}
    assert any("decoder.layers" in name for name in changed)
    assert not any("encoder.layers" in name and "decoder" not in name for name in changed)


def test_a_frozen_encoder_reads_each_article_once_and_the_decoder_sees_the_same(encoder_start):
    tokens, network = open_start(settings_of(encoder_start))
    kept = EncodedSet.read(network, PAIRS, tokens.frame, batch_tokens=12, bfloat16=False)
    rows, plain = [0, 4, 8, 1], PairSet(PAIRS, tokens.frame)
    with torch.inference_mode():
        once = network(**kept.collate([kept[i] for i in rows])).logits
        anew = network(**plain.collate([plain[i] for i in rows])).logits
    torch.testing.assert_close(once, anew, atol=0.02, rtol=0.02)  # kept at half precision

    network.get_encoder().requires_grad_(False)
    passes = []
    network.get_encoder().register_forward_hook(lambda *_: passes.append(1))
    train(network, tokens.frame, PAIRS, schedule(steps=9))
    assert len(passes) == len(token_batches([len(s) for s in PAIRS.sources], 30))


def test_vectors_that_take_too_much_room_are_not_kept(encoder_start, monkeypatch):
    _, network = open_start(settings_of(encoder_start))
    size = 2 * 16 * sum(map(len, PAIRS.sources))
    monkeypatch.setattr(encoded, "KEPT_BYTES", size)
    assert encoded.fits(network, PAIRS)
    monkeypatch.setattr(encoded, "KEPT_BYTES", size - 1)
    assert not encoded.fits(network, PAIRS)


def test_minutes_end_the_run_and_bring_the_rate_down(encoder_start):
    tokens, network = open_start(settings_of(encoder_start))
    curve = train(network, tokens.frame, PAIRS, schedule(minutes=0.05))
    assert curve[-1]["minutes"] < 0.5
    assert curve[-1]["learning_rate"] < 3e-3


def test_the_best_epoch_is_kept_where_wanted(encoder_start):
    tokens, network = open_start(settings_of(encoder_start))
    other = Pairs(PAIRS.sources[:3], [[20, 21, 22]] * 3)  # what is learned makes these less likely
    curve = train(
        network, tokens.frame, PAIRS, schedule(epochs=8, keep_best=True, learning_rate=5e-2), held=other
    )
    held = [point["held_loss"] for point in curve if "held_loss" in point]
    batch = PairSet(other, tokens.frame).collate([PairSet(other, tokens.frame)[i] for i in range(3)])
    with torch.inference_mode():
        loss = float(network.eval()(**batch).loss)
    assert min(held) < held[-1]
    assert loss == pytest.approx(min(held), rel=0.02)


def test_the_rate_rises_and_falls():
    shape = Schedule(warmup=0.2)
    assert [round(shape.share(done), 3) for done in (0, 0.1, 0.2, 0.6, 1, 1.5)] == [0.01, 0.5, 1, 0.5, 0, 0]
