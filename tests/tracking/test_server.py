import socket
import time

import pytest

from phongtrao.config import TrackingSettings
from phongtrao.errors import PhongtraoError
from phongtrao.tracking.runs import start_run
from phongtrao.tracking.server import connect, shown, tracking_uri


@pytest.fixture
def closed_port():
    with socket.socket() as held:  # bound but not listening: connections are refused
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_server_that_is_not_there_is_named_at_once_with_what_to_do(monkeypatch, closed_port):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://ai:matkhau@127.0.0.1:{closed_port}")
    started = time.monotonic()
    with (
        pytest.raises(PhongtraoError) as caught,
        start_run(TrackingSettings(), "m", recipe="topics", config={}, seed=0),
    ):
        pytest.fail("nothing may be trained before the server is known to answer")
    message = str(caught.value)
    assert time.monotonic() - started < 10
    assert f"127.0.0.1:{closed_port}" in message and "mlflow server" in message
    assert "tracking.enabled=false" in message
    assert "matkhau" not in message


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path, monkeypatch):
    (tmp_path / "runs.db").write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    with pytest.raises(PhongtraoError, match=r"runs\.db"), connect() as client:
        client.search_experiments()


def test_a_connection_leaves_the_environment_as_it_found_it(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    with connect():
        assert mlflow.get_tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    import os

    assert "MLFLOW_TRACKING_URI" not in os.environ


@pytest.mark.parametrize(
    ("uri", "safe"),
    [
        ("https://u:p@host/x", "https://***@host/x"),
        ("http://host:5000", "http://host:5000"),
        ("sqlite:////a/b@c.db", "sqlite:////a/b@c.db"),
    ],
)
def test_a_password_is_not_shown(uri, safe):
    assert shown(uri) == safe
