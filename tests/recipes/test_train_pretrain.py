"""The recipe on a few dozen texts: folder, figures and run; stopped and gone on; both ways to begin."""

import json

import mlflow
import numpy as np
import pytest
import yaml
from safetensors import safe_open

from phongtrao.config import PretrainRecipe, TrackingSettings, load_config
from phongtrao.corpus import unlabelled
from phongtrao.errors import InputError, PhongtraoError, UsageError
from phongtrao.language.encoders import open_encoder
from phongtrao.recipes import train_pretrain
from phongtrao.recipes.train_pretrain import run
from tests.tiny_encoders import news_folder, start_folder

QUIET = TrackingSettings(enabled=False)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("pretrain")
    start_folder(place / "start")
    return place, news_folder(place / "news")


@pytest.fixture(autouse=True)
def many_held(monkeypatch):
    monkeypatch.setattr(unlabelled, "HELD_ONE_IN", 5)


def settings(folders, out, **changes):
    place, news = folders
    values = {
        "start": str(place / "start"),
        "data_dir": news,
        "cache": place / "cache",
        "out": out / "encoder",
        "vocab_size": 300,
        "layers": 2,
        "steps": 40,
        "block_tokens": 16,
        "batch_blocks": 8,
        "accumulate": 1,
        "learning_rate": 1e-2,
        "held_tokens": 600,
        "precision": "float32",
        "tracking": QUIET,
        **changes,
    }
    return PretrainRecipe(**values)


@pytest.mark.parametrize("init", ["mini", "adapt"])
def test_the_folder_holds_an_encoder_that_learned(folders, tmp_path, init):
    outcome = run(settings(folders, tmp_path, init=init))
    metrics = outcome["metrics"]
    assert metrics["perplexity_after"] < 0.7 * metrics["perplexity_before"]
    assert metrics["tokens"] == 40 * 8 * 16 and outcome["run"] is None
    folder = tmp_path / "encoder"
    encoder = open_encoder(folder)
    assert encoder.tokens.facts.prefix == "" and encoder.tokens.begin == (0,)
    assert encoder.tokens.segmenter == ("pyvi" if init == "mini" else None)
    assert encoder.network.config.num_hidden_layers == 2 and encoder.network.config.hidden_dropout_prob == 0.1
    vectors = encoder.vectors(["công an tỉnh", "phong trào toàn dân"])
    assert np.isfinite(vectors).all() and not np.allclose(*vectors)
    assert {"README.md", "encoder.json"} <= {file.name for file in folder.iterdir()}
    card = (folder / "README.md").read_text("utf-8")
    assert "intfloat/multilingual-e5-small (MIT)" in card and f"{metrics['perplexity_after']:.2f}" in card
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert any("lm_head" in name or "cls.predictions" in name for name in weights.keys())  # noqa: SIM118
    assert not list(tmp_path.glob("*.checkpoint"))


def test_stopped_and_gone_on_gives_the_same_losses(folders, tmp_path, monkeypatch):
    whole = run(settings(folders, tmp_path / "whole", checkpoint_minutes=1e-9))

    def stop(point):
        if point["step"] == 40:
            raise KeyboardInterrupt

    again = settings(folders, tmp_path / "again", checkpoint_minutes=1e-9)
    with monkeypatch.context() as patched:
        patched.setattr(train_pretrain, "_tell", stop)
        with pytest.raises(KeyboardInterrupt):
            run(again)
    assert (tmp_path / "again" / "encoder.checkpoint" / "progress.json").is_file()
    rest = run(again)["metrics"]
    kept = {key: value for key, value in whole["metrics"].items() if key != "minutes"}
    assert kept == {key: value for key, value in rest.items() if key != "minutes"}


def test_a_run_has_its_curve_and_its_folder(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    outcome = run(settings(folders, tmp_path, tracking=TrackingSettings(), seed=3))
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    stored = client.get_run(outcome["run"])
    assert stored.info.run_name == "phongtrao-mini mini seed=3" and stored.data.tags["recipe"] == "pretrain"
    assert stored.data.metrics["perplexity_after"] == outcome["metrics"]["perplexity_after"]
    curve = client.get_metric_history(outcome["run"], "train.loss")
    assert [point.step for point in curve] == [20, 40] and curve[1].value < curve[0].value
    files = {file.path for file in client.list_artifacts(outcome["run"], "encoder")}
    assert "encoder/model.safetensors" in files
    rows = json.loads(
        (tmp_path / mlflow.artifacts.download_artifacts(
            run_id=outcome["run"], artifact_path="pretraining.json", tracking_uri=f"sqlite:///{tmp_path}/mlflow.db"
        )).read_text()
    )["rows"]  # fmt: skip
    assert rows["special"] == 5 and sum(rows.values()) <= 300


def test_what_is_missing_is_said(folders, tmp_path):
    with pytest.raises(InputError, match="set data_dir"):
        run(settings(folders, tmp_path, data_dir=tmp_path))
    with pytest.raises(InputError, match="not one block of 16 tokens"):
        run(settings(folders, tmp_path, init="adapt", matching="steht nirgends"))
    with pytest.raises(PhongtraoError, match="layers=9"):
        run(settings(folders, tmp_path, init="adapt", layers=9))


def test_the_name_follows_the_way_to_begin_and_one_length_is_given(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump({"recipe": "pretrain", "minutes": 5}))
    assert load_config(file).name == "phongtrao-mini"
    assert load_config(file, ["init=adapt"]).name == "phongtrao-adapted"
    assert load_config(file, ["name=mine"]).name == "mine"
    for bad in (["steps=5"], ["minutes=null"]):
        with pytest.raises(UsageError, match="either minutes or steps"):
            load_config(file, bad)
