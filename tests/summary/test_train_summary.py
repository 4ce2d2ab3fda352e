"""The recipe through its settings: learns, measures, keeps and records."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.config import (
    DataSettings,
    ExtractiveSettings,
    SummaryRecipe,
    TrackingSettings,
    load_config,
    shipped,
)
from phongtrao.errors import UsageError
from phongtrao.recipes.train_summary import run
from phongtrao.summary import load_summarizer
from tests.few_seeds import write_seeds

OFF = TrackingSettings(enabled=False)
SMALL = ExtractiveSettings(terms=100, trees=20)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Seed articles enough for a scorer and a ranker that beat the lead."""
    folder = tmp_path_factory.mktemp("seeds")
    return DataSettings(seeds=write_seeds(folder, {"train": 60, "validation": 10, "test": 30}), real=None)


@pytest.fixture
def vietnews(tmp_path):
    folder = tmp_path / "vietnews"
    folder.mkdir()
    for split, count in (("train-1-of-1", 12), ("validation", 6)):
        lines = [
            f"Công_an phường {split} {{0}} bắt {n} đối_tượng trộm_cắp ở khu_phố số {n} ." for n in range(5)
        ]
        rows = {
            "id": [f"{split}{i}" for i in range(count)],
            "title": ["Bắt trộm"] * count,
            "abstract": [lines[0].format(i) for i in range(count)],
            "body": ["\n".join(lines).format(i) for i in range(count)],
        }
        pq.write_table(pa.table(rows), folder / f"{split}.parquet")
    return folder


def test_extractive_is_trained_measured_and_kept(tmp_path, vietnews, few):
    settings = SummaryRecipe(
        model=SMALL,
        data=few,
        vietnews=vietnews,
        train_articles=10,
        validation_articles=4,
        bootstrap=20,
        out=tmp_path / "m",
        tracking=OFF,
    )
    result = run(settings)
    assert set(result["metrics"]) == {"seed_validation", "seed_test", "vietnews_validation"}
    assert result["metrics"]["vietnews_validation"]["articles"] == 4
    assert result["metrics"]["seed_test"]["over_lead-2"]["rouge1_syllable"]["value"] > 0.01
    assert result["metrics"]["seed_test"]["articles"] == 30
    assert result["run"] is None
    card = (tmp_path / "m" / "README.md").read_text()
    assert "VietNews validation (real news), 4 | extractive" in card
    assert "10 VietNews articles" in card
    assert "20 boosted trees choose\namong groups of the best" in card
    opened = load_summarizer(tmp_path / "m")
    assert opened.name == "extractive"
    assert opened.settings == SMALL
    assert len(opened.scorer.terms) == 100


def test_without_vietnews_the_seed_corpus_alone_is_used(tmp_path, capsys, few):
    plain = ExtractiveSettings(trees=0)
    result = run(SummaryRecipe(model=plain, data=few, vietnews=tmp_path / "none", bootstrap=0, tracking=OFF))
    assert set(result["metrics"]) == {"seed_validation", "seed_test"}
    assert "VietNews is not at" in capsys.readouterr().err


def test_a_run_is_recorded(tmp_path, monkeypatch, few):
    mlflow = pytest.importorskip("mlflow")
    uri = f"sqlite:///{tmp_path / 'runs.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.chdir(tmp_path)
    changed = ["vietnews=null", f"data.seeds={few.seeds}", "bootstrap=10", "tracking.experiment=s"]
    lead = load_config("configs/summary/lead.yaml", changed)
    result = run(lead)
    recorded = mlflow.MlflowClient(uri).get_run(result["run"])
    value = recorded.data.metrics["seed_test.metrics.rouge1_syllable"]
    assert value == pytest.approx(result["metrics"]["seed_test"]["metrics"]["rouge1_syllable"]["value"])
    assert recorded.data.tags["recipe"] == "summary"
    assert "lead-2" in recorded.data.tags["mlflow.note.content"]


def test_shipped_configurations_load():
    files = sorted(shipped("configs/summary").glob("*.yaml"))
    assert {file.stem for file in files} >= {"extractive", "lead"}
    for file in files:
        assert load_config(file).recipe == "summary"
    with pytest.raises(UsageError, match="over max_words"):
        load_config("configs/summary/extractive.yaml", ["model.min_words=100"])
    assert ExtractiveSettings() == load_summarizer().settings
