from dataclasses import replace
from itertools import count, islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import RobertaConfig, RobertaForMaskedLM

from phongtrao.errors import PhongtraoError
from phongtrao.language import pretraining
from phongtrao.language.masked_language import Vocabulary
from phongtrao.language.pretraining import Progress, Schedule, pretrain
from phongtrao.language.token_shards import shuffled_blocks, stacked

VOCABULARY = Vocabulary(size=40, mask=39, special=(0, 1, 2, 3, 39))
SCHEDULE = Schedule(
    steps=12,
    batch_blocks=4,
    accumulate=2,
    learning_rate=1e-2,
    precision="float32",
    checkpoint_minutes=1e-9,
    logged=3,
)
# Tokens that follow each other: 4, 5, 6 ... 38, 4 ...
SHARD = np.tile(np.arange(4, 39), 60).astype(np.uint16)


def stream(skip):
    return stacked(shuffled_blocks([SHARD], 16, 0, 2, seed=0, skip=skip), SCHEDULE.batch_blocks)


def network(dropout=0.1):
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40, type_vocab_size=1, hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )  # fmt: skip
    return RobertaForMaskedLM(config)


class Stop(Exception):  # noqa: N818
    pass


def test_the_loss_falls_below_what_frequencies_alone_can_do():
    schedule = replace(SCHEDULE, steps=150, logged=25)
    curve = pretrain(network(0.0), stream, VOCABULARY, schedule).curve
    assert [point["step"] for point in curve] == [25, 50, 75, 100, 125, 150]
    assert curve[-1]["tokens"] == 150 * 8 * 16
    assert curve[-1]["loss"] < np.log(35) - 0.5 < curve[0]["loss"]


def test_a_finished_run_tells_its_last_loss_and_what_it_took():
    progress = Progress(step=7, blocks=28, tokens=448, seconds=90, curve=[{"loss": 3.0}, {"loss": 2.5}])
    assert progress.figures() == {"loss": 2.5, "steps": 7, "tokens": 448, "minutes": 1.5}


def test_stopped_and_gone_on_equals_undisturbed(tmp_path):
    undisturbed = network()
    whole = pretrain(undisturbed, stream, VOCABULARY, SCHEDULE)

    def stop(point):
        if point["step"] == 9:
            raise Stop

    with pytest.raises(Stop):  # after the checkpoint of step 6, before that of step 9
        pretrain(network(), stream, VOCABULARY, SCHEDULE, checkpoint=tmp_path / "c", report=stop)
    again = network()
    with torch.no_grad():
        again.get_input_embeddings().weight.zero_()  # everything comes from the checkpoint
    seen = []
    rest = pretrain(
        again,
        stream,
        VOCABULARY,
        SCHEDULE,
        checkpoint=tmp_path / "c",
        report=lambda p: seen.append(p["step"]),
    )
    assert seen == [9, 12]
    assert [p["loss"] for p in rest.curve] == [p["loss"] for p in whole.curve]
    assert (rest.tokens, rest.blocks, rest.step) == (whole.tokens, whole.blocks, 12)
    for one, two in zip(undisturbed.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two)


def test_no_pickle_is_in_a_checkpoint(tmp_path):
    pretrain(network(), stream, VOCABULARY, SCHEDULE, checkpoint=tmp_path / "c")
    assert {file.suffix for file in (tmp_path / "c").iterdir()} == {".json", ".safetensors"}


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    pretrain(network(), stream, VOCABULARY, SCHEDULE, checkpoint=tmp_path / "c")
    with pytest.raises(PhongtraoError, match=r"learning_rate 0\.01, now 0\.5"):
        pretrain(
            network(), stream, VOCABULARY, replace(SCHEDULE, learning_rate=0.5), checkpoint=tmp_path / "c"
        )


def test_accumulated_batches_are_one_larger_batch():
    """Without dropout two halves give the gradient of the whole; masks are drawn a batch at a time."""
    halves = network(0.0)
    pretrain(halves, stream, VOCABULARY, replace(SCHEDULE, steps=1))
    one = network(0.0)
    pretrain(one, stream, VOCABULARY, replace(SCHEDULE, steps=1, accumulate=1))
    before, first, second = (m.get_input_embeddings().weight for m in (network(0.0), halves, one))
    assert not torch.equal(before, first) and not torch.equal(first, second)


def test_time_ends_a_run(monkeypatch):
    # A clock that goes on by a second each time it is looked at: at the start, after a step, for a point.
    clock = SimpleNamespace(perf_counter=count(100.0).__next__)
    monkeypatch.setattr(pretraining, "time", clock)
    progress = pretrain(network(), stream, VOCABULARY, replace(SCHEDULE, steps=None, minutes=0.1))
    # 1, 2, 3 and 4 for the point of step 3, 5, 6: six seconds are over, and 7 for the last point.
    assert [point["step"] for point in progress.curve] == [3, 5]
    assert (progress.step, progress.seconds) == (5, 7.0)
    assert [point["minutes"] for point in progress.curve] == pytest.approx([4 / 60, 7 / 60])


def test_the_rate_rises_and_falls():
    linear = Schedule(steps=100, learning_rate=1.0, warmup=0.1)
    assert [linear.rate(done) for done in (0.05, 0.1, 0.55, 1.0)] == pytest.approx([0.5, 1.0, 0.5, 0.0])
    assert linear.rate(0.0) == pytest.approx(0.01)
    cosine = replace(linear, decay="cosine")
    assert [cosine.rate(done) for done in (0.1, 0.55, 1.0)] == pytest.approx([1.0, 0.5, 0.0])
    assert cosine.rate(0.325) == pytest.approx(0.5 + 0.5 * 2**-0.5)
    assert replace(linear, warmup=0.0).rate(0.0) == 1.0
    assert linear.done(Progress(step=30)) == 0.3


def test_too_little_text_is_said():
    def short(skip):
        return islice(stream(skip), 0)

    with pytest.raises(PhongtraoError, match="less text than one batch of 4 blocks"):
        pretrain(network(), short, VOCABULARY, SCHEDULE)
