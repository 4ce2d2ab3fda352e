import json
import subprocess
import sys

import mlflow
import pytest
import yaml

from phongtrao.config import TopicsRecipe, TrackingSettings
from phongtrao.tracking.runs import Run, start_run

METRICS = {
    "seed_test": {"passages": {"macro_f1": {"value": 0.5, "low": 0.4, "high": 0.6}}},
    "seconds": {"fit": 1.5},
}


@pytest.fixture
def stored(store):
    """A run with everything in it, read back from the server."""
    settings = TopicsRecipe(tracking=TrackingSettings(experiment="stored"))
    config = settings.model_dump(mode="json")
    with start_run(settings.tracking, "linear", recipe="topics", config=config, seed=3) as run:
        run.log_data(data_hash="d1", split_hash="s1", topics=("propaganda", "models"))
        run.log_metrics(METRICS)
        run.log_table("topics", [{"topic": "awards", "f1": 0.5}])
        run.log_rows("predictions", [{"id": "bài-1", "gold": ["models"]}])
        run.set_summary("## Bài báo")
    return mlflow.MlflowClient(store).get_run(run.id)


def test_a_run_records_settings_hashes_metrics_and_files(stored, store, tmp_path):
    assert stored.info.status == "FINISHED"
    assert stored.info.run_name == "linear seed=3"
    assert stored.data.metrics == {
        "seed_test.passages.macro_f1": 0.5,
        "seed_test.passages.macro_f1.low": 0.4,
        "seed_test.passages.macro_f1.high": 0.6,
        "seconds.fit": 1.5,
    }
    assert stored.data.params["model.C"] == str(TopicsRecipe().model.C)
    tags = stored.data.tags
    assert (tags["data.hash"], tags["split.hash"], tags["taxonomy"]) == ("d1", "s1", "propaganda,models")
    assert (tags["recipe"], tags["seed"], tags["mlflow.note.content"]) == ("topics", "3", "## Bài báo")
    [given] = stored.inputs.dataset_inputs
    assert given.dataset.digest == "d1"

    client = mlflow.MlflowClient(store)
    files = client.download_artifacts(stored.info.run_id, "", str(tmp_path))
    config = yaml.safe_load((tmp_path / "config.yaml").read_text("utf-8"))
    assert TopicsRecipe(**config).tracking.experiment == "stored", files
    assert (tmp_path / "tables/topics.csv").read_text("utf-8") == "topic,f1\nawards,0.5\n"
    assert json.loads((tmp_path / "predictions.jsonl").read_text("utf-8")) == {
        "id": "bài-1",
        "gold": ["models"],
    }


def test_a_checkout_is_named_by_its_commit(stored):
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=_package(), capture_output=True, text=True, check=False
    ).stdout
    if not commit:
        pytest.skip("not a git checkout")
    assert stored.data.tags["git.commit"] == commit.strip()
    assert stored.data.tags["git.dirty"] in ("true", "false")


def test_a_run_that_breaks_is_failed_and_one_that_is_stopped_is_killed(store):
    tracking = TrackingSettings(experiment="broken")
    ids = []
    for error in (ValueError, KeyboardInterrupt):
        with (
            pytest.raises(error),
            start_run(tracking, "m", recipe="topics", config={"name": "m"}, seed=0) as run,
        ):
            ids.append(run.id)
            raise error
    client = mlflow.MlflowClient(store)
    assert [client.get_run(i).info.status for i in ids] == ["FAILED", "KILLED"]


def test_switched_off_nothing_is_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with start_run(TrackingSettings(enabled=False), "m", recipe="topics", config={}, seed=0) as run:
        run.log_metrics(METRICS)
        run.log_data(data_hash="", split_hash="", topics=())
        run.log_rows("predictions", [{}])
        assert run.log_model(tmp_path, name="m", example=[]) is None
    assert type(run) is Run and run.id is None
    assert list(tmp_path.iterdir()) == []


def test_a_first_start_makes_its_database_here_and_says_one_line(tmp_path):
    """In a fresh process and folder: no chatter of database migrations, nothing on stdout."""
    code = (
        "from phongtrao.config import TrackingSettings\n"
        "from phongtrao.tracking.runs import start_run\n"
        "import os\n"
        "with start_run(TrackingSettings(), 'm', recipe='topics', config={'name': 'm'}, seed=0) as run:\n"
        "    run.log_metrics({'a': 1})\n"
        "assert 'MLFLOW_TRACKING_URI' not in os.environ\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env=_plain()
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("recorded run ") and len(done.stderr.splitlines()) == 1
    assert (tmp_path / "mlflow.db").exists()


def _package():
    import phongtrao

    return phongtrao.__path__[0]


def _plain():
    import os

    return {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
