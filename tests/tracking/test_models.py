"""A logged model: fetched again as the same folder, and served by MLflow's own server."""

import filecmp
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml

from phongtrao.article import Article, Passage
from phongtrao.config import TrackingSettings
from phongtrao.errors import ModelError
from phongtrao.integrity import write_manifest
from phongtrao.rows import classify_row
from phongtrao.topics.model import TopicModel
from phongtrao.tracking.models import fetch_model
from phongtrao.tracking.runs import start_run

EXAMPLE = {"title": "Tin", "passages": ["Ra mắt mô hình tự quản."]}
ROWS = [
    {
        "id": 7,
        "title": "Một tin",
        "passages": ["Công an xã tuyên truyền pháp luật.", "Thời tiết hôm nay đẹp."],
    },
    {
        "id": "b",
        "source": "s.txt",
        "published": "2024-05-01",
        "passages": [{"text": "Ra mắt mô hình tự quản."}],
    },
]


@pytest.fixture
def logged(store, model_folder):
    """Address and run id of the tiny model."""
    with start_run(TrackingSettings(experiment="models"), "tiny", recipe="topics", config={}, seed=0) as run:
        address = run.log_model(model_folder, name="tiny", example=[EXAMPLE])
        run.log_metrics({"macro_f1": 0.5})
    return address, run.id


def stored(store, address, ending):
    """The stored file of a logged model whose path ends so."""
    where = mlflow.MlflowClient(store).get_logged_model(address.split("/")[-1]).artifact_location
    (found,) = (p for p in Path(where.removeprefix("file://")).rglob("*") if p.as_posix().endswith(ending))
    return found


def test_a_model_that_was_changed_where_it_is_stored_is_refused(logged, store, tmp_path):
    scorer = stored(store, logged[0], "linear/scorer.json")
    scorer.write_bytes(scorer.read_bytes() + b" ")
    with pytest.raises(ModelError, match=r"scorer.json: expected \d+ bytes"):
        fetch_model(logged[0], tmp_path / "a")
    write_manifest(scorer.parents[1])  # whoever can change a file there can change the manifest too
    with pytest.raises(ModelError, match="expected the model folder that was logged"):
        fetch_model(logged[0], tmp_path / "b")
    (scorer.parents[1] / "manifest.json").unlink()
    with pytest.raises(ModelError, match=r"manifest\.json is missing"):
        fetch_model(logged[0], tmp_path / "c")


def test_a_model_cannot_name_a_folder_outside_of_itself(logged, store, tmp_path):
    about = stored(store, logged[0], "/MLmodel")
    settings = yaml.safe_load(about.read_text())
    settings["flavors"]["python_function"]["artifacts"]["model"]["path"] = "../../elsewhere"
    about.write_text(yaml.safe_dump(settings))
    with pytest.raises(ModelError, match="outside of itself"):
        fetch_model(logged[0], tmp_path / "a" / "b")


def test_a_logged_model_comes_back_as_the_same_folder(logged, store, model_folder, tmp_path):
    address, run_id = logged
    client = mlflow.MlflowClient(store)
    version = mlflow.register_model(address, "phongtrao-topics")
    client.set_registered_model_alias("phongtrao-topics", "champion", version.version)
    for given in (
        address,
        f"runs:/{run_id}",
        f"runs:/{run_id}/tiny",
        "models:/phongtrao-topics@champion",
        "models:/phongtrao-topics/1",
    ):
        folder = fetch_model(given, tmp_path / given.replace("/", "_"))
        same = filecmp.dircmp(folder, model_folder)
        assert not (same.diff_files or same.left_only or same.right_only), given
    article = Article("a", "", "", "", (Passage("Công an xã tuyên truyền pháp luật."),))
    assert TopicModel.load(folder).predict([article]) == TopicModel.load(model_folder).predict([article])


def test_the_logged_model_holds_no_pickle_and_tells_its_signature(logged, store):
    address, run_id = logged
    here = Path(mlflow.artifacts.download_artifacts(address))
    endings = {file.suffix for file in here.rglob("*") if file.is_file()}
    assert not endings & {".pkl", ".pickle", ".joblib", ".bin"}
    assert (here / "code/phongtrao/tracking/pyfunc.py").exists(), "runs where phongtrao is not installed"
    model = mlflow.models.Model.load(here)
    assert model.signature.inputs.required_input_names() == []
    assert model.load_input_example(here)["title"].tolist() == ["Tin"]
    about = mlflow.MlflowClient(store).get_logged_model(model.model_id)
    assert (about.name, str(about.status), about.source_run_id) == ("tiny", "READY", run_id)
    assert {metric.key: metric.value for metric in about.metrics} == {"macro_f1": 0.5}


def test_loaded_by_mlflow_it_answers_rows_from_a_frame_with_gaps(logged, model_folder):
    answers = mlflow.pyfunc.load_model(logged[0]).predict(pd.DataFrame(ROWS))
    model = TopicModel.load(model_folder)
    passages = [Passage(text) for text in ROWS[0]["passages"]]
    assert answers[0] == classify_row(model.predict([Article("7", "", "Một tin", "", tuple(passages))])[0])
    assert answers[0]["topics"] == ["propaganda"]
    assert (answers[1]["id"], answers[1]["source"], answers[1]["published"]) == ("b", "s.txt", "2024-05-01")
    json.dumps(answers, allow_nan=False)


@pytest.mark.parametrize("address", ["runs:/" + "0" * 32, "models:/nobody@champion", "models:/m-" + "0" * 32])
def test_a_model_that_is_not_there_is_named(store, address):
    with pytest.raises(ModelError, match=address):
        fetch_model(address)


def test_a_model_that_phongtrao_did_not_log_is_refused(store, tmp_path):
    (tmp_path / "MLmodel").write_text("flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n")
    with start_run(TrackingSettings(experiment="others"), "other", recipe="topics", config={}, seed=0) as run:
        run.log_folder(tmp_path, "other")
    with pytest.raises(ModelError, match="no phongtrao model"):
        fetch_model(f"runs:/{run.id}/other")


@pytest.fixture
def served(logged):
    """The address of a real ``mlflow models serve``, stopped afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    binaries = str(Path(sys.executable).parent)
    server = subprocess.Popen(
        f"{binaries}/mlflow models serve -m {logged[0]} --env-manager local -h 127.0.0.1 -p {port}".split(),
        env={**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(server, f"{url}/ping")
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=20)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{url}/ping", timeout=2)


def _wait(server, url):
    for _ in range(200):
        assert server.poll() is None, server.stderr.read().decode()
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not come up within 40 s")


def _ask(url, rows):
    request = urllib.request.Request(
        f"{url}/invocations",
        json.dumps({"dataframe_records": rows}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())["predictions"]


def test_the_real_server_answers_json_rows(served, model_folder):
    page = "Công an xã tuyên truyền pháp luật\n\nSáng nay, công an xã tuyên truyền pháp luật cho người dân."
    first, second, third = _ask(served, [*ROWS, {"text": page}])
    model = TopicModel.load(model_folder)
    passages = tuple(Passage(text) for text in ROWS[0]["passages"])
    assert first == classify_row(model.predict([Article("7", "", "Một tin", "", passages)])[0])
    assert second["topics"] == ["models"] and second["passages"][0]["evidence"] == {"models": [[0, 23]]}
    assert third["id"] == "row-3" and third["passages"], "a raw page is read, then classified"
    assert "propaganda" in third["topics"]

    with pytest.raises(urllib.error.HTTPError) as refused:
        _ask(served, [ROWS[0], {"id": "x", "passages": [3]}])
    assert refused.value.code == 400
    assert "row 2: passages[0]" in json.loads(refused.value.read())["message"]
