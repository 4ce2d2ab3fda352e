"""The recipe on a handful of seed articles: everything a run should hold, and the same without tracking."""

import json
from pathlib import Path

import mlflow
import pytest

from phongtrao.config import (
    DataSettings,
    LinearSettings,
    TopicsRecipe,
    TrackingSettings,
    load_config,
)
from phongtrao.recipes.train_topics import run
from phongtrao.topics.model import TopicModel
from tests.few_seeds import write_seeds

EACH = {"train": 30, "validation": 8, "test": 8}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> Path:
    """A seed folder of its own: the first articles of each split."""
    return write_seeds(tmp_path_factory.mktemp("seeds"), EACH)


def settings(seeds, tmp_path, **changes):
    return TopicsRecipe(
        data=DataSettings(seeds=seeds, real=None),
        model=LinearSettings(ngrams=1),
        bootstrap=20,
        out=tmp_path / "model",
        **changes,
    )


def test_a_run_holds_everything_and_its_folder_predicts(seeds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    outcome = run(settings(seeds, tmp_path, seed=1))
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    stored = client.get_run(outcome["run"])
    assert stored.info.status == "FINISHED" and stored.info.run_name == "linear ngrams=1 seed=1"
    value = outcome["metrics"]["seed_test"]["passages"]["macro_f1"]["value"]
    assert stored.data.metrics["seed_test.passages.macro_f1"] == value > 0.3
    assert stored.data.metrics["seconds.fit"] > 0
    assert (
        stored.data.tags["split.hash"] and "| passages: macro-F1 |" in stored.data.tags["mlflow.note.content"]
    )

    assert {
        "config.yaml",
        "metrics.json",
        "predictions.jsonl",
        "tables/topics.csv",
        "tables/seed_test.slices.csv",
        "plots/seed_test.precision_recall.png",
        "plots/seed_test.confusion.png",
        "plots/seed_test.reliability.png",
    } <= set(_files(client, outcome["run"]))

    predictions = Path(client.download_artifacts(outcome["run"], "predictions.jsonl", str(tmp_path)))
    rows = [json.loads(line) for line in predictions.read_text("utf-8").splitlines()]
    assert {row["source"] for row in rows} == {"seed_test"}
    assert len({row["id"] for row in rows}) == EACH["test"]
    assert set(rows[0]) == {"source", "id", "passage", "article", "gold", "said", "scores"}

    assert TopicModel.load(tmp_path / "model").name == "linear"
    assert "seed test (synthetic)" in (tmp_path / "model/README.md").read_text("utf-8")
    served = mlflow.pyfunc.load_model(f"runs:/{outcome['run']}/linear")
    assert served.predict([{"title": "Tin", "passages": ["Tặng bằng khen."]}])[0]["model"].startswith(
        "linear "
    )


def test_without_tracking_the_figures_are_the_same_and_nothing_is_recorded(
    seeds, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    once, again = (run(settings(seeds, tmp_path, tracking=TrackingSettings(enabled=False))) for _ in range(2))
    assert once["metrics"] == again["metrics"]
    assert once["run"] is None and once["model"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    shown = capsys.readouterr()
    assert shown.out == "" and "fit: " in shown.err


def test_the_shipped_configuration_loads():
    assert load_config("configs/topics/linear.yaml", ["model.C=2"]).model.C == 2


def _files(client, run_id, folder=None):
    for file in client.list_artifacts(run_id, folder):
        if file.is_dir:
            yield from _files(client, run_id, file.path)
        else:
            yield file.path
