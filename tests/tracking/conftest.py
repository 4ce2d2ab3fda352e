"""One database for all tests of tracking (making one takes seconds); each test has its own experiment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from phongtrao.config import TrackingSettings
from phongtrao.tracking.runs import start_run
from tests.tracking.real_server import Gate, RealServer

TOPICS = ("propaganda", "models")


@pytest.fixture(scope="session")
def _folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tracking")


@pytest.fixture
def store(_folder, monkeypatch) -> str:
    """The address of an empty or half-full MLflow database; the working folder is beside it."""
    uri = f"sqlite:///{_folder}/runs.db"
    monkeypatch.chdir(_folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    return uri


@pytest.fixture
def record(store, request):
    """Record a small run with made-up settings, metrics and predictions; return its id."""

    def _record(
        model: str = "linear",
        seed: int = 0,
        settings: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
        rows: Sequence[Mapping[str, Any]] = (),
        split: str = "split-a",
        topics: Sequence[str] = TOPICS,
        recipe: str = "topics",
        experiment: str = request.node.name,
    ) -> str:
        config = {"recipe": recipe, "name": model, "seed": seed, **(settings or {})}
        tracking = TrackingSettings(experiment=experiment)
        with start_run(tracking, model, recipe=recipe, config=config, seed=seed) as run:
            run.log_data(data_hash="data-a", split_hash=split, topics=topics)
            run.log_metrics(metrics or {"seed_test": {"passages": {"macro_f1": 0.5}}})
            if rows:
                run.log_rows("predictions", rows)
        assert run.id
        return run.id

    return _record


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """A topic model that has learned two words."""
    import numpy as np

    from phongtrao.config import LinearSettings
    from phongtrao.topics.classifier import TopicClassifier
    from phongtrao.topics.linear import LinearScorer
    from phongtrao.topics.model import TopicModel
    from phongtrao.topics.primary import FEATURES

    texts = ["Công an xã tuyên truyền pháp luật.", "Ra mắt mô hình tự quản.", "Thời tiết hôm nay đẹp."] * 8
    carried = np.array([[True, False], [False, True], [False, False]] * 8)
    classifier = TopicClassifier(TOPICS, [LinearScorer(TOPICS, LinearSettings(C=100))]).fit(texts, carried)
    model = TopicModel("tiny", TOPICS, classifier, np.zeros(len(FEATURES)), np.zeros((2, 2)))
    folder = tmp_path_factory.mktemp("models") / "tiny"
    model.save(folder)
    return folder


@pytest.fixture(scope="session")
def _server(tmp_path_factory):
    """One real server for all tests that ask for it: starting one takes seconds."""
    server = RealServer(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(_server, tmp_path, monkeypatch):
    """The server, running; the working folder is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", _server.url)
    yield _server
    if not _server.running:
        _server.start()


@pytest.fixture
def gate(server, monkeypatch):
    """A way to the server that can be shut; tracking goes through it."""
    with Gate(server) as gate:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", gate.url)
        yield gate
        gate.shutdown()
