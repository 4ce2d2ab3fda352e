"""The gate and the registry, on made-up predictions; a whole way with real models is in test_server_real."""

import json

import mlflow
import numpy as np
import pytest
from mlflow.entities import LoggedModelOutput

from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.tracking.gate import check_splits
from phongtrao.tracking.promote import promote, roll_back

TOPICS = ("propaganda", "models")


def rows(right, source="seed_test", seed=0, articles=80):
    """Test predictions, each topic right with its probability (one number: the same for both)."""
    right = right if isinstance(right, dict) else dict.fromkeys(TOPICS, right)
    truth, luck = np.random.default_rng(9), np.random.default_rng(seed)
    made = []
    for article in range(articles):
        gold = [t for t in TOPICS if truth.random() < 0.5]
        said = [t for t in TOPICS if (t in gold) == (luck.random() < right[t])]
        made.append({"source": source, "id": f"a{article}", "passage": 0, "gold": gold, "said": said})
    return made


@pytest.fixture
def trained(record, store, request):
    """Record a run with predictions and an (empty) logged model; return its id."""
    client = mlflow.MlflowClient(store)

    def _trained(right, seed=0, **more):
        predictions = right if isinstance(right, list) else rows(right, seed=seed)
        run_id = record(seed=seed, rows=predictions, **more)
        where = client.get_run(run_id).info.experiment_id
        model = client.create_logged_model(where, "tiny", run_id)
        client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 0)])
        client.finalize_logged_model(model.model_id, "READY")
        return run_id

    return _trained


@pytest.fixture
def name(request):
    """A registered model of the test's own."""
    return request.node.name


@pytest.fixture
def champion(store, name):
    def run_id():
        return mlflow.MlflowClient(store).get_model_version_by_alias(name, "champion").run_id

    return run_id


def test_the_gate_counts_by_hand():
    """Champion: propaganda 1/2 found, models 1/1; challenger: propaganda 2/2, models 1/1 and one too many."""

    def row(article, gold, said):
        return {"source": "press_test", "id": article, "passage": 0, "gold": gold, "said": said}

    before = [row("a", ["propaganda"], ["propaganda"]), row("b", ["propaganda", "models"], ["models"])]
    after = [row("a", ["propaganda"], ["propaganda", "models"]), row("b", *[["propaganda", "models"]] * 2)]
    [check] = check_splits(before, after, (*TOPICS, "awards"), resamples=50, seed=0)
    assert check.split == "press_test"
    assert [(t.topic, t.before, t.after, t.fell) for t in check.topics] == [
        ("propaganda", pytest.approx(2 / 3), 1.0, False),
        ("models", 1.0, pytest.approx(2 / 3), True),
    ]
    assert check.before == pytest.approx(5 / 6) == check.after
    assert check.gain.value == pytest.approx(0)
    assert any("models falls by 0.333" in reason and "real" in reason for reason in check.reasons)


@pytest.mark.parametrize(("after", "fell"), [(0.88, False), (0.8799, True)])
def test_a_topic_may_lose_two_hundredths_and_no_more(after, fell):
    from phongtrao.tracking.gate import TopicChange

    assert TopicChange("models", 0.9, after).fell is fell


def test_the_first_champion_passes_and_a_better_one_takes_its_place(trained, champion, store, name):
    first, better = trained(0.7), trained(0.95, seed=1)
    done = promote(first, name=name)
    assert (done.version, done.champion, done.checks, done.reasons) == ("1", None, (), ())
    assert champion() == first

    done = promote(better[:8], name=name)
    assert (done.version, done.reasons) == ("2", ()) and done.champion.id == first
    [check] = done.checks
    assert check.split == "seed_test" and check.gain.low > 0 and check.gain.value > 0.1
    assert champion() == better

    client = mlflow.MlflowClient(store)
    version = client.get_model_version(name, "2")
    assert version.tags["promoted.over"] == "1" and version.tags["split.hash"] == "split-a"
    assert "in place of version 1" in version.description and "seed test" in version.description
    assert "forced" not in version.tags
    assert client.get_run(better).data.tags["promoted"].startswith(f"{name} version 2, ")
    assert f"models:/{name}@champion" in client.get_registered_model(name).description
    about = client.get_logged_model(client.get_run(better).outputs.model_outputs[0].model_id)
    assert json.loads(about.tags["mlflow.modelVersions"]) == [{"name": name, "version": "2"}]


@pytest.mark.parametrize("right", [0.7, 0.9], ids=["worse", "no better"])
def test_a_model_not_better_is_refused_and_changes_nothing(trained, champion, store, name, right):
    first, other = trained(0.9), trained(right, seed=1)
    promote(first, name=name)
    done = promote(other, name=name)
    assert done.version is None and any("not better beyond doubt" in reason for reason in done.reasons)
    client = mlflow.MlflowClient(store)
    assert champion() == first and len(client.search_model_versions(f"name = '{name}'")) == 1
    assert not {"promoted", "forced"} & client.get_run(other).data.tags.keys()


def test_better_on_synthetic_and_worse_on_real_press_is_refused(trained, champion, name):
    first = trained(rows(0.7) + rows(0.9, "press_test"))
    other = trained(rows(0.95, seed=1) + rows(0.8, "press_test", seed=1), seed=1)
    promote(first, name=name)
    done = promote(other, name=name)
    assert [check.split for check in done.checks] == ["seed_test", "press_test"]
    assert done.checks[0].gain.low > 0, "the synthetic split alone would let it pass"
    assert done.reasons and all(reason.startswith("press test (real)") for reason in done.reasons)
    assert champion() == first


def test_a_gain_that_one_topic_pays_for_is_refused(trained, champion, name):
    first = trained({"propaganda": 0.55, "models": 0.95})
    other = trained({"propaganda": 0.99, "models": 0.85}, seed=1)
    promote(first, name=name)
    done = promote(other, name=name)
    [check] = done.checks
    assert check.gain.low > 0
    [reason] = done.reasons
    assert "models falls by" in reason and champion() == first


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"split": "split-b"}, ("split-a", "split-b")),
        ({"topics": ("propaganda", "awards")}, ("propaganda, models", "propaganda, awards")),
    ],
)
def test_another_split_or_taxonomy_is_refused_with_both_named_and_can_be_forced(
    trained, champion, store, name, changed, named
):
    name = name.split("[")[0] + named[1].replace(", ", "-")
    first, other = trained(0.7), trained(0.99, seed=1, **changed)
    promote(first, name=name)
    with pytest.raises(PhongtraoError) as refused:
        promote(other, name=name)
    assert all(hash_ in str(refused.value) for hash_ in named) and "--force" in str(refused.value)
    client = mlflow.MlflowClient(store)
    assert client.get_model_version_by_alias(name, "champion").run_id == first

    done = promote(other, name=name, force=True, why="bộ đề mới")
    assert done.version == "2" and done.champion is None
    version = client.get_model_version_by_alias(name, "champion")
    assert version.run_id == other
    told = version.tags["forced"]
    assert version.tags["promoted.by"] in told and version.tags["promoted.at"] in told
    assert "bộ đề mới" in told and named[1] in told
    assert client.get_run(other).data.tags["forced"] == told and told in version.description


def test_forced_where_the_gate_was_open_is_no_force(trained, store, name):
    promote(trained(0.7), name=name)
    promote(trained(0.95, seed=1), name=name, force=True)
    assert "forced" not in mlflow.MlflowClient(store).get_model_version(name, "2").tags


def test_rolling_back_walks_back_over_the_champions_and_stops_at_the_first(trained, champion, store, name):
    runs = [trained(right, seed=seed) for seed, right in enumerate((0.6, 0.8, 0.97))]
    for run in runs:
        assert promote(run, name=name).version
    assert roll_back(name) == ("3", "2") and champion() == runs[1]
    client = mlflow.MlflowClient(store)
    assert "to version 2" in client.get_model_version(name, "3").tags["rolled.back"]

    assert promote(runs[2], name=name).version == "3", "registered once, however often it is promoted"
    assert roll_back(name) == ("3", "2") and roll_back(name) == ("2", "1")
    assert champion() == runs[0]
    with pytest.raises(PhongtraoError, match="first champion"):
        roll_back(name)
    assert champion() == runs[0]


def test_rolling_back_passes_over_a_version_that_was_deleted_and_heeds_a_move_by_hand(
    trained, champion, store, name
):
    runs = [trained(right, seed=seed) for seed, right in enumerate((0.6, 0.8, 0.97))]
    for run in runs:
        promote(run, name=name)
    client = mlflow.MlflowClient(store)
    client.delete_model_version(name, "2")
    assert roll_back(name) == ("3", "1") and champion() == runs[0]
    client.set_registered_model_alias(name, "champion", "3")
    assert roll_back(name) == ("3", "1")


def test_what_cannot_be_promoted_is_said(trained, record, name):
    with pytest.raises(UsageError, match="no run has the id"):
        promote("0" * 32, name=name)
    with pytest.raises(PhongtraoError, match="logged no model"):
        promote(record(rows=rows(0.9)), name=name)
    with pytest.raises(PhongtraoError, match="no champion"):
        roll_back(name)
    run = trained(0.9)
    promote(run, name=name)
    with pytest.raises(PhongtraoError, match=r"the champion of .* already"):
        promote(run, name=name, force=True)
    assert promote(trained([], seed=3), name=name).reasons == (
        "the two have no test split in common whose predictions were recorded",
    )
