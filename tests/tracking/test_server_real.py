"""The whole way against a real server, by the real commands: train, compare, promote, load, roll back."""

import re

import mlflow
import pytest

import phongtrao
from phongtrao.cli import main
from tests.few_seeds import write_seeds

EACH = {"train": 60, "validation": 12, "test": 40}


@pytest.fixture
def seeds(tmp_path):
    """A seed folder of its own: the first articles of each split."""
    return write_seeds(tmp_path / "seeds", EACH)


@pytest.fixture
def command(capfd, monkeypatch):
    """Run the command line in this process; return exit status, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return left.value.code or 0, said.out, said.err

    return run


def test_train_compare_promote_load_and_roll_back(server, command, seeds):
    def train(*settings) -> str:
        config = ("configs/topics/linear.yaml", f"data.seeds={seeds}", "data.real=null", "bootstrap=20")
        status, out, err = command("train", *config, *settings)
        assert status == 0, err
        assert server.url in err, "the run's page is named"
        return re.search("run ([0-9a-f]{32})", out)[1]

    poor = train("name=poor", "model.ngrams=1", "model.min_articles=40")
    good = train("name=good", "model.ngrams=1")

    status, out, err = command("compare", poor, good)
    assert status == 0 and "poor (baseline)" in out and "good" in out, err

    status, out, err = command("promote", poor)
    assert (status, out.splitlines()[-1]) == (
        0,
        f"promoted poor ngrams=1 min_articles=40 seed=0 ({poor[:8]}): version 1 "
        "-> models:/phongtrao-topics@champion",
    ), err
    status, out, err = command("promote", good[:8])
    assert status == 0, out + err
    assert "seed test: macro" in out and "better beyond doubt" in out
    assert phongtrao.load("models:/phongtrao-topics@champion").topics.name == "good"

    status, out, err = command("promote", poor)
    assert status == 1 and "seed test: macro" in out and "worse" in out
    assert "not better beyond doubt" in out and "was not promoted" in err
    assert phongtrao.load("models:/phongtrao-topics@champion").topics.name == "good"

    status, out, err = command("promote", "--rollback")
    assert (status, out) == (
        0,
        "rolled back from version 2 to version 1 -> models:/phongtrao-topics@champion\n",
    ), err
    analyse = phongtrao.load("models:/phongtrao-topics@champion")
    assert analyse.topics.name == "poor" and analyse("Công an xã tuyên truyền pháp luật.").topics is not None

    status, out, err = command("promote", good, "--force", "--why", "thử lại")
    assert status == 0, err
    client = mlflow.MlflowClient(server.url)
    assert client.get_model_version_by_alias("phongtrao-topics", "champion").run_id == good


def test_sync_is_a_command(server, command):
    assert command("sync") == (0, "nothing to send in runs/unsent\n", "")


def test_wrong_usage_is_told_apart_from_a_refusal(command):
    for wrong in ((), ("12345678", "--rollback"), ("--rollback", "--force")):
        status, out, err = command("promote", *wrong)
        assert (status, out) == (2, "") and "--rollback" in err
