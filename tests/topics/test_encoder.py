"""The encoder scorer on a tiny encoder made in memory: it learns, saves, and says the same again."""

import shutil

import numpy as np
import pytest
import torch

from phongtrao.config import EncoderSettings
from phongtrao.errors import ModelError
from phongtrao.language.normalize import syllables
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.encoder import EncoderScorer, pool
from phongtrao.topics.encoder_network import UNMARKED, TorchHeads, three_view_loss
from phongtrao.topics.encoder_tokens import keep_layers, load_sentence_tokenizer, open_encoder
from phongtrao.topics.encoder_training import layer_groups
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.windows import Window
from tests.tiny_encoders import word_folder, write_roberta

from .conftest import TOPICS


@pytest.fixture(scope="module")
def start(tmp_path_factory, toy):
    """A folder with a BERT of two layers, eight wide, over the toy texts' syllables."""
    texts, _ = toy
    words = sorted({w for t in texts for w in syllables(t)})
    return word_folder(tmp_path_factory.mktemp("start"), [*words, ".", ","], width=8, layers=2, positions=64)


@pytest.fixture(scope="module")
def settings(start):
    return EncoderSettings(
        start=str(start),
        window_tokens=32,
        batch_tokens=128,
        epochs=25,
        learning_rate=0.02,
        precision="float32",
    )


@pytest.fixture(scope="module")
def passages(toy):
    texts, Y = toy
    return PassageSet.of(texts, Y)


@pytest.fixture(scope="module")
def scorer(settings, passages):
    return EncoderScorer(TOPICS, settings).fit(passages)


def test_it_learns_topics_and_which_sentence_carries_them(scorer, passages):
    raw = scorer.decide(passages.texts)
    assert raw.whole.shape == (40, 2, 1)
    assert ((raw.whole[..., 0] > 0) == passages.Y).mean() > 0.9
    awards_and_crime = raw.sentences[20]  # an award, then a crime
    assert awards_and_crime[0, 0] > awards_and_crime[1, 0]
    assert awards_and_crime[1, 1] > awards_and_crime[0, 1]
    losses = [row["loss"] for row in scorer.history_]
    assert losses[-1] < losses[0] / 2


def test_padding_and_company_change_nothing(scorer, passages):
    together = scorer.decide(passages.texts[:10]).views
    alone = np.concatenate([scorer.decide([t]).views for t in passages.texts[:10]])
    assert np.allclose(together, alone, atol=1e-4)


@pytest.fixture(scope="module")
def saved(scorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    scorer.save(folder)
    return folder


def test_saved_as_int8_and_loaded_it_says_nearly_the_same(scorer, passages, saved):
    loaded = EncoderScorer.load(saved)
    before, after = (s.decide(passages.texts) for s in (scorer, loaded))
    assert after.spans == before.spans
    spread = before.views.std()
    assert np.abs(after.views - before.views).mean() < 0.05 * spread
    assert (
        b"site-packages" not in (saved / "network.onnx").read_bytes()
    )  # no path of the machine that made it


def test_a_loaded_scorer_saves_itself_unchanged(saved, tmp_path):
    EncoderScorer.load(saved).save(tmp_path)
    for file in saved.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_damaged_network_is_refused(saved, tmp_path):
    shutil.copytree(saved, tmp_path, dirs_exist_ok=True)
    (tmp_path / "network.onnx").write_bytes(b"oops")
    with pytest.raises(ModelError, match="damaged"):
        EncoderScorer.load(tmp_path)
    (tmp_path / "frame.json").unlink()
    with pytest.raises(ModelError, match="no tokenizer"):
        load_sentence_tokenizer(tmp_path)


def test_with_validation_it_stops_early_and_calibrates(settings, passages, toy):
    few = settings.model_copy(update={"epochs": 30.0, "patience": 1})
    train, held = passages.take(np.arange(0, 40, 2)), passages.take(np.arange(1, 40, 2))
    scorer = EncoderScorer(TOPICS, few)
    classifier = TopicClassifier(TOPICS, [scorer]).fit_passages(train, held)
    assert len(scorer.history_) < 30
    assert all("eval_loss" in row for row in scorer.history_)
    assert (classifier.predict(held.texts) == held.Y).mean() > 0.8


def test_without_validation_there_is_nothing_to_calibrate_on(settings, passages):
    one_step = settings.model_copy(update={"epochs": 0.01})
    with pytest.raises(ValueError, match="give validation passages"):
        TopicClassifier(TOPICS, [EncoderScorer(TOPICS, one_step)]).fit_passages(passages)


def test_layers_are_kept_evenly_and_end_with_the_last(settings):
    tokenizer, encoder = open_encoder(settings.model_copy(update={"layers": 1}))
    _, whole = open_encoder(settings)
    kept, last = encoder.encoder.layer[0], whole.encoder.layer[-1]
    assert len(encoder.encoder.layer) == encoder.config.num_hidden_layers == 1
    assert torch.equal(kept.output.dense.weight, last.output.dense.weight)
    assert (tokenizer.frame.before, tokenizer.frame.after, tokenizer.frame.pad) == ([0], [2], 1)
    with pytest.raises(ModelError, match="has 1"):
        keep_layers(encoder, 3)


def test_a_window_longer_than_the_encoder_reads_is_refused(settings):
    with pytest.raises(ModelError, match=r"window_tokens=64"):
        open_encoder(settings.model_copy(update={"window_tokens": 100}))


def test_lower_layers_learn_slower(settings, scorer):
    groups = list(layer_groups(scorer.network_.model, settings))
    rates = sorted({round(g["lr"], 8) for g in groups})
    full, decay = settings.learning_rate, settings.layer_decay
    assert rates == [round(full * decay**2, 8), round(full * decay, 8), round(full, 8)]
    parameters = sum(p.numel() for p in scorer.network_.model.parameters())
    assert sum(p.numel() for g in groups for p in g["params"]) == parameters


def test_pooling_takes_means_over_windows_by_hand():
    windows = [Window(0, [0, 5, 6, 2], [-1, 0, 0, -1]), Window(0, [0, 7, 2], [-1, 1, -1])]
    values = [np.array([[1.0, 10], [2, 20], [3, 40], [0, 0]]), np.array([[4.0, 0], [6, 7], [5, 0]])]
    raw = pool([[(0, 1), (1, 2)]], windows, values, topics=1)
    assert raw.whole[0, 0, 0] == pytest.approx((1 + 2 + 3 + 0 + 4 + 6 + 5) / 7)
    assert raw.sentences[0][:, 0, 0].tolist() == [30.0, 7.0]


def test_the_loss_by_hand():
    # One window: tokens of sentences 0 and 1, one topic; passage head 0 everywhere, sentence head 2 and -2.
    values = torch.tensor([[[0.0, 2.0], [0.0, -2.0]]])
    batch = {
        "attention_mask": torch.ones(1, 2),
        "sentences": torch.tensor([[0, 1]]),
        "truth": torch.ones(1, 1),
        "weight": torch.ones(1),
        "sentence_truth": torch.tensor([[[1.0], [UNMARKED]]]),
    }
    plain = np.log(2) + np.log1p(np.exp(-2))  # whole at 0; best sentence at 2
    ones = torch.ones(1)
    assert three_view_loss(values, batch, ones, 0.0).item() == pytest.approx(plain, abs=1e-6)
    marked = plain + 0.5 * np.log1p(np.exp(-2))
    assert three_view_loss(values, batch, ones, 0.5).item() == pytest.approx(marked, abs=1e-6)
    assert three_view_loss(values, batch, 3 * ones, 0.0).item() == pytest.approx(3 * plain, abs=1e-6)


def test_torch_heads_are_the_same_in_evaluation(scorer):
    heads = TorchHeads(scorer.network_.model)
    ids, mask = np.array([[0, 5, 6, 2]]), np.ones((1, 4), np.int64)
    assert (heads(ids, mask) == heads(ids, mask)).all()


def test_phobert_from_its_hub_layout_trains_saves_and_loads(tmp_path, passages, settings):
    """As the hub has it: config.json, vocab.txt, bpe.codes and weights, but no tokenizer_class."""
    pytest.importorskip("underthesea")
    from phongtrao.language.tokenizer import train_tokenizer

    start, made = tmp_path / "phobert", tmp_path / "made"
    tokenizer = train_tokenizer(passages.texts, 300, made, "underthesea")
    start.mkdir()
    for name in ("vocab.txt", "bpe.codes"):
        shutil.copy(made / name, start / name)
    write_roberta(start, len(tokenizer), width=8, layers=1, positions=66)
    scorer = EncoderScorer(TOPICS, settings.model_copy(update={"start": str(start), "epochs": 1.0})).fit(
        passages
    )
    saved = tmp_path / "saved"
    saved.mkdir()
    scorer.save(saved)
    before, after = (s.decide(passages.texts[:8]) for s in (scorer, EncoderScorer.load(saved)))
    assert after.spans == before.spans
    assert np.abs(after.views - before.views).max() < 0.1
    assert scorer.tokenizer_.encode(["Công an tỉnh."]) == EncoderScorer.load(saved).tokenizer_.encode(
        ["Công an tỉnh."]
    )


def test_company_changes_nothing_at_all_once_saved(saved, passages):
    """Int8 scales are a window's own: together, alone, again or in another order the values are the same."""
    loaded, fresh = EncoderScorer.load(saved), EncoderScorer.load(saved)
    texts = [*passages.texts[:9], " ".join(passages.texts[:12])]
    together = loaded.decide(texts)
    alone = [fresh.decide([t]) for t in reversed(texts)][::-1]
    assert (together.views == np.concatenate([one.views for one in alone])).all()
    for own, one in zip(together.sentences, alone, strict=True):
        assert (own == one.sentences[0]).all()
    assert (loaded.decide(texts[::-1]).views[::-1] == together.views).all()


def test_a_window_that_comes_again_is_not_read_again(saved, passages):
    loaded = EncoderScorer.load(saved)
    session, runs = loaded.network_.session, []

    class Counted:
        def run(self, names, given):
            runs.append(given["input_ids"].shape)
            return session.run(names, given)

    loaded.network_.session = Counted()
    texts = passages.texts[:3]
    once = loaded.decide(texts * 4)
    assert len(runs) == 3
    assert all(windows == 1 for windows, _ in runs)
    assert (once.views == np.tile(loaded.decide(texts).views, (4, 1, 1))).all()
    assert len(runs) == 3
