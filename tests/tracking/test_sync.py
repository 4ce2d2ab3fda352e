"""A server that goes away in the middle of a training loses nothing of it."""

import json

import mlflow
import pytest
from matplotlib.figure import Figure

from phongtrao.article import Article, Passage
from phongtrao.config import TrackingSettings
from phongtrao.errors import PhongtraoError
from phongtrao.topics.model import TopicModel
from phongtrao.tracking.curves import open_curve
from phongtrao.tracking.entries import Entry
from phongtrao.tracking.models import fetch_model
from phongtrao.tracking.runs import start_run
from phongtrao.tracking.sync import sync
from phongtrao.tracking.unsent import UNSENT, Unsent, kept_runs

EXAMPLE = {"title": "Tin", "passages": ["Ra mắt mô hình tự quản."]}
ARTICLE = Article("a", "", "", "", (Passage("Công an xã tuyên truyền pháp luật."),))
CONFIG = {"name": "tiny", "model": {"C": 4}}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """A closed port is closed at the first try."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")


def start(experiment: str = "sync"):
    tracking = TrackingSettings(experiment=experiment)
    return start_run(tracking, "tiny", recipe="topics", config=CONFIG, seed=0)


def test_a_server_killed_in_a_training_gets_everything_when_it_is_back(
    server, model_folder, capsys, tmp_path
):
    with start() as run:
        run.log_data(data_hash="d1", split_hash="s1", topics=("propaganda", "models"))
        with open_curve(run, "train") as curve:
            curve({"step": 1, "loss": 0.9})
            server.kill()
            curve({"step": 2, "loss": 0.4})
        assert run.log_model(model_folder, name="tiny", example=[EXAMPLE]) is None
        run.log_metrics({"seed_test": {"macro_f1": {"value": 0.5, "low": 0.4, "high": 0.6}}})
        run.set_summary("## Bài báo")
        run.log_rows("predictions", [{"id": "bài-1"}])
        run.log_figure("one", Figure())
    said = capsys.readouterr()
    assert said.out == ""
    first, last = said.err.splitlines()
    assert server.url in first and "went away" in first and "phongtrao sync" in first
    assert str(tmp_path / UNSENT / run.id) in last and "phongtrao sync" in last

    with pytest.raises(PhongtraoError, match="no MLflow server answers"):
        list(sync())
    assert kept_runs(UNSENT), "nothing is thrown away where it could not be sent"

    server.start()
    [sent] = sync()
    assert (sent.id, sent.name) == (run.id, "tiny seed=0")
    assert not kept_runs(UNSENT) and list(sync()) == []

    client = mlflow.MlflowClient(server.url)
    stored = client.get_run(run.id)
    assert stored.info.status == "FINISHED"
    assert stored.data.metrics["seed_test.macro_f1.low"] == 0.4
    assert [(m.step, m.value) for m in client.get_metric_history(run.id, "train.loss")] == [
        (1, 0.9),
        (2, 0.4),
    ]
    assert stored.data.params["model.C"] == "4"
    assert stored.data.tags["mlflow.note.content"] == "## Bài báo"
    here = client.download_artifacts(run.id, "", str(tmp_path))
    files = {str(f.relative_to(here)) for f in tmp_path.rglob("*") if f.is_file()}
    assert {"config.yaml", "predictions.jsonl", "plots/one.png"} <= files
    [output] = stored.outputs.model_outputs
    about = client.get_logged_model(output.model_id)
    assert (str(about.status), about.tags["mlflow.note.content"]) == ("READY", "## Bài báo")
    assert {m.key: m.value for m in about.metrics}["seed_test.macro_f1"] == 0.5
    model = TopicModel.load(fetch_model(f"runs:/{run.id}"))
    assert model.predict([ARTICLE]) == TopicModel.load(model_folder).predict([ARTICLE])


def test_a_sending_that_breaks_off_goes_on_and_logs_no_model_twice(gate, model_folder, monkeypatch):
    with start() as run:
        gate.open = False
        run.log_model(model_folder, name="tiny", example=[EXAMPLE])
        run.log_metrics({"a": 1.0})
    gate.open = True

    import phongtrao.tracking.models as models

    whole = models._code

    def killed_between(folder):
        gate.open = False  # the model is begun on the server, its files are not there yet
        return whole(folder)

    monkeypatch.setattr(models, "_code", killed_between)
    with pytest.raises(PhongtraoError, match="went away"):
        list(sync())
    monkeypatch.setattr(models, "_code", whole)
    gate.open = True
    assert [sent.id for sent in sync()] == [run.id]

    client = mlflow.MlflowClient(gate.url)
    stored = client.get_run(run.id)
    logged = client.search_logged_models([stored.info.experiment_id], f"source_run_id = '{run.id}'")
    assert [(m.name, str(m.status)) for m in logged] == [("tiny", "READY")]
    assert stored.data.metrics == {"a": 1.0}
    TopicModel.load(fetch_model(f"runs:/{run.id}"))


def test_a_run_that_still_trains_is_left_alone_and_a_killed_one_is_sent_as_failed(gate):
    with start() as run:
        gate.open = False
        run.log_metrics({"a": 1.0})
        gate.open = True
        with pytest.raises(PhongtraoError, match="still trains"):
            list(sync())
        [folder] = kept_runs(UNSENT)
        until_now = (folder / "journal.jsonl").read_bytes()
        about = (folder / "run.json").read_bytes()
    # what a kill -9 of the training would have left: no end, and perhaps half a line
    (folder / "journal.jsonl").write_bytes(until_now + b'{"kind": "metr')
    (folder / "run.json").write_bytes(about)
    list(sync())
    stored = mlflow.MlflowClient(gate.url).get_run(run.id)
    assert (stored.info.status, stored.data.metrics) == ("FAILED", {"a": 1.0})


def test_a_server_that_knows_no_such_run_is_told_from_the_one_that_does(server, tmp_path):
    about = {"run_id": "0" * 32, "name": "m", "server": "http://elsewhere:5000", "model_id": None}
    Unsent(tmp_path / UNSENT / ("0" * 32), about).close()
    with pytest.raises(PhongtraoError, match="elsewhere:5000"):
        list(sync())
    assert kept_runs(UNSENT)


def test_what_the_server_refuses_is_an_error_and_not_kept(server):
    with pytest.raises(PhongtraoError), start() as run:
        run.log_metrics({"no such name ☃ \n": 1.0})
    assert not kept_runs(UNSENT)
    assert mlflow.MlflowClient(server.url).get_run(run.id).info.status == "FAILED"


def test_entries_come_back_as_they_were_kept_in_order(tmp_path):
    (tmp_path / "đồ thị.csv").write_text("a", encoding="utf-8")
    entries = [
        Entry("metrics", {"values": {"a": 0.1}, "time": 5, "step": 1, "split_hash": ""}),
        Entry("file", {"to": "tables"}, tmp_path / "đồ thị.csv"),
        Entry("file", {"to": ""}, tmp_path / "đồ thị.csv"),
    ]
    kept = Unsent(tmp_path / "run", {"run_id": "r"})
    for entry in entries:
        kept.keep(entry)
    (tmp_path / "đồ thị.csv").unlink()
    back = list(kept.entries())
    assert [(e.kind, e.values) for e in back] == [(e.kind, e.values) for e in entries]
    assert [e.content.read_text("utf-8") for e in back[1:]] == ["a", "a"]
    assert [e.content.name for e in back[1:]] == ["đồ thị.csv"] * 2

    kept.mark_sent("m-1")
    assert [e.kind for e in kept.entries()] == ["file", "file"]
    assert json.loads((tmp_path / "run/run.json").read_text("utf-8"))["model_id"] == "m-1"
    with pytest.raises(PhongtraoError, match="in use"):
        Unsent(tmp_path / "run")
    kept.close()
    assert len(list(Unsent(tmp_path / "run").entries())) == 2
