"""The comparison of encoders, on a tiny one and a few articles."""

import argparse
import json

import encoders
import numpy as np
import onnxruntime
import pytest

from phongtrao.article import Article, Passage
from phongtrao.topics.model import TopicModel
from tests.few_seeds import write_seeds
from tests.tiny_encoders import SYLLABLES, word_folder

TINY = [
    *("model.encoder.epochs=1", "model.encoder.window_tokens=64", "model.encoder.precision=float32"),
    *("model.linear.ngrams=1", "bootstrap=0", "data.real=null", "data.written=false"),
]


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders")
    start = word_folder(folder / "tiny", SYLLABLES, width=8, layers=2, positions=64)
    seeds = write_seeds(folder / "seeds", {"train": 24, "validation": 10, "test": 6})
    return argparse.Namespace(
        out=folder / "out",
        starts=[str(start), f"{start}:1"],
        seeds=[3],
        config="configs/topics/ensemble.yaml",
        overrides=[*TINY, f"data.seeds={seeds}"],
    )


@pytest.fixture(scope="module")
def out(given):
    encoders.main(given)
    return given.out


def told(path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize(("name", "layers"), [("tiny.3", 2), ("tiny-1.3", 1)])
def test_each_start_is_trained_and_measured_alone_and_in_a_pair(out, given, name, layers):
    about = told(out / f"{name}.json")
    assert about["start"] == given.starts[2 - layers] and about["seed"] == 3
    assert len(about["epochs"]) == 1 and about["epochs"][0]["loss"] > 0
    assert {kind: set(splits) for kind, splits in about["figures"].items()} == {
        "encoder": {"seed_validation", "seed_test"},
        "ensemble": {"seed_validation", "seed_test"},
    }
    scores = {
        kind: splits["seed_validation"]["passages"]["macro_f1"]["value"]
        for kind, splits in about["figures"].items()
    }
    # An encoder that knows nothing; the linear model beside it does.
    assert scores["ensemble"] > scores["encoder"]
    assert f"ensemble seed_validation {scores['ensemble']:.3f}" in encoders.brief(about["figures"])
    assert "test" not in encoders.brief(about["figures"])

    graph = onnxruntime.InferenceSession(out / f"{name}.onnx", providers=["CPUExecutionProvider"])
    ids = np.array([[0, 4, 5, 2]])
    (values,) = graph.run(None, dict(zip((i.name for i in graph.get_inputs()), (ids, ids**0), strict=True)))
    assert np.isfinite(values).all()


def test_the_pairs_folder_is_a_model(out):
    model = TopicModel.load(out / "tiny.3")
    text = "Công an tỉnh bắt đối tượng trộm cắp."
    (said,) = model.predict([Article("a", "", "", "", (Passage(text),))])
    assert set(said.passages[0].scores) == set(model.topics)


def test_what_is_there_is_not_made_again(out, given):
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    encoders.main(given)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before

    measured = told(out / "tiny.3.json")
    (out / "tiny.3.json").unlink()
    encoders.main(given)
    assert told(out / "tiny.3.json") == measured
    kept = out / "tiny.3.encoder" / encoders.TRAINING
    assert kept.stat().st_mtime_ns == before[kept], "the encoder is measured anew, not trained anew"
