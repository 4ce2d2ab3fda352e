"""An experiment through the real command: planned, run, killed, gone on with, compared."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
import yaml

from phongtrao.config import DataSettings, shipped
from phongtrao.corpus import load_dataset
from phongtrao.errors import InputError, UsageError
from phongtrao.recipes.experiment_plan import plan, read_experiment
from phongtrao.recipes.run_experiment import look, run_experiment

ROOT = Path(__file__).parents[2]
LINEAR = str(ROOT / "configs/topics/linear.yaml")
SHIPPED = ("topics", "summary", "ablations", "vietnews")


def write(folder, **changes) -> Path:
    experiment = {
        "name": "small",
        "seeds": [0, 1],
        "baseline": "one",
        "settings": ["model.ngrams=1", "data.real=null"],
        "configurations": {
            "one": {"config": LINEAR, "settings": ["model.pooling=passage"]},
            "two": {"config": LINEAR, "settings": ["model.C=1"], "seeds": [0]},
            "big": {"config": LINEAR, "needs": "a GPU"},
        },
    }
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(experiment | changes, sort_keys=False), encoding="utf-8")
    return file


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path


def start(*arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "phongtrao", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
    )


def call(*arguments) -> tuple[int, str, str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=150)
    return process.returncode, out, err


def recorded(place) -> list:
    client = mlflow.MlflowClient(f"sqlite:///{place}/runs.db")
    found = client.get_experiment_by_name("small-tiny")
    return client.search_runs([found.experiment_id], order_by=["attributes.start_time ASC"])


def test_killed_in_the_middle_it_goes_on_and_its_runs_compare(place):
    file = write(place)
    status, out, _ = call("experiment", file, "--tiny", "--dry-run")
    assert status == 0 and not (place / "mlruns").exists()
    assert [line.split()[:3] for line in out.splitlines() if line.startswith("to run")] == [
        ["to", "run", "one"],
        ["to", "run", "one"],
        ["to", "run", "two"],
    ]
    assert "skipped big: needs a GPU (--all runs it)" in out
    assert out.splitlines()[-1] == "small-tiny: 3 to run in about 3.0 min, 0 done, 2 skipped"

    process = start("experiment", file, "--tiny")
    for line in process.stderr:
        if "[2/3] one seed=1: starting" in line:
            break
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # until the second run stands in the database
        if any(r.info.run_name == "one seed=1" for r in recorded(place)):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close(), process.stdout.close()
    before = {r.info.run_name: r.info.status for r in recorded(place)}
    assert before == {"small-tiny": "RUNNING", "one seed=0": "FINISHED", "one seed=1": "RUNNING"}

    status, out, err = call("experiment", file, "--tiny")
    assert status == 0, err
    assert re.match(r"small-tiny: ran 2 in .* 1 done before, 2 skipped; .*compare .*small.yaml --tiny\n", out)
    assert re.search(r"\[1/2\] one seed=1: \d+ s, seed test passages macro f1 0\.\d+", err)
    runs = recorded(place)
    assert sorted((r.info.run_name, r.info.status) for r in runs) == [
        ("one seed=0", "FINISHED"),
        ("one seed=1", "FINISHED"),
        ("one seed=1", "KILLED"),
        ("small-tiny", "FINISHED"),
        ("two seed=0", "FINISHED"),
    ]
    [parent] = [r for r in runs if r.info.run_name == "small-tiny"]
    children = [r for r in runs if r is not parent]
    assert {r.data.tags["mlflow.parentRunId"] for r in children} == {parent.info.run_id}
    assert parent.data.metrics == {"runs.finished": 3, "runs.failed": 0, "runs.skipped": 2}

    status, out, _ = call("experiment", file, "--tiny")
    assert status == 0 and re.match("small-tiny: ran 0 in .*, 3 done before", out)
    assert len(recorded(place)) == len(runs)

    status, out, err = call("compare", file, "--tiny", "--out", "out", "--plots", "plots")
    assert status == 0, err
    assert "one, 2 seeds (baseline)" in out and "compared 3 runs" in out
    table = (place / "out" / "compare.md").read_text("utf-8")
    assert re.search(r"\| two \|.*[+-]0\.\d{3} \[.*\| p[=<]\.?\d+", table)
    assert "articles/s" in table and "model MB" in table and "| model.ngrams" not in table
    pictures = [place / "plots" / name for name in ("gains.png", "quality_speed.png")]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert not (place / "plots" / "learning_curve.png").exists()


def test_a_run_that_fails_is_told_and_run_again_and_the_others_are_run(place):
    broken = {"config": LINEAR, "settings": ["data.extra=[missing.jsonl]"]}
    good = {"config": LINEAR, "settings": ["model.C=1"]}
    file = write(place, seeds=[0], configurations={"one": good})
    own = place / "missing.jsonl"
    own.write_text('{"id": "m1", "text": "Tặng cờ.", "topics": ["awards"]}\n', encoding="utf-8")
    file = write(place, seeds=[0], baseline="good", configurations={"bad": broken, "good": good})
    standing = look(read_experiment(file), tiny=True)
    assert len(standing.to_do) == 2
    lines = []

    def tell(line):
        lines.append(line)
        if "bad seed=0: starting" in line:
            own.unlink()  # gone between the plan and the run

    with pytest.raises(Exception, match=r"1 of 2 runs failed \(bad seed=0\)"):
        run_experiment(file, tiny=True, tell=tell)
    assert any("[1/2] bad seed=0: FAILED" in line for line in lines)
    assert any(line.startswith("[2/2] good seed=0: ") and "macro f1" in line for line in lines)
    own.write_text('{"id": "m1", "text": "Tặng cờ.", "topics": ["awards"]}\n', encoding="utf-8")
    done = run_experiment(file, tiny=True, tell=lambda _: None)
    assert (done.ran, done.kept) == (1, 1)


def test_the_key_follows_settings_and_data_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own.jsonl"
    own.write_text('{"id": "m1", "text": "Tặng cờ.", "topics": ["awards"]}\n', encoding="utf-8")

    def keys(**changes):
        one = {"config": LINEAR, "settings": [f"data.extra=[{own}]"]} | changes
        return [run.key for run in plan(read_experiment(write(tmp_path, configurations={"one": one})))]

    first = keys()
    assert len(set(first)) == 2 and keys() == first, "a key for each seed, the same each time"
    assert keys(minutes=9, needs="x") == first
    assert not set(keys(settings=[f"data.extra=[{own}]", "model.C=2"])) & set(first)
    from phongtrao.recipes import experiment_plan

    experiment_plan._dataset_hashes.cache_clear()
    own.write_text('{"id": "m1", "text": "Tặng cờ.", "topics": []}\n', encoding="utf-8")
    assert not set(keys()) & set(first), "other bytes, other keys"


def test_data_sets_multiply_the_configurations(place):
    data = {"all": [], "few": ["data.fraction=0.5"]}
    configurations = {"one": {"config": LINEAR}}
    file = write(place, data=data, baseline="one@all", configurations=configurations)
    runs = plan(read_experiment(file))
    assert [(str(run), run.settings.data.fraction) for run in runs] == [
        ("one@all seed=0", 1.0),
        ("one@all seed=1", 1.0),
        ("one@few seed=0", 0.5),
        ("one@few seed=1", 0.5),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"baseline": "nobody"}, "baseline 'nobody' is none of one, two, big"),
        ({"seed": [1]}, "seed: Extra inputs"),
        ({"seeds": []}, "seeds: "),
        ({"configurations": {}}, "configurations: "),
        ({"name": "a b"}, "name: "),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(place, changes, words):
    with pytest.raises(UsageError, match=re.escape(words)):
        read_experiment(write(place, **changes))


def test_recipes_are_not_mixed_and_absent_data_is_named(place):
    lead = {"config": str(ROOT / "configs/summary/lead.yaml")}
    mixed = write(place, settings=[], configurations={"one": {"config": LINEAR}, "lead": lead})
    with pytest.raises(UsageError, match="found summary, topics"):
        plan(read_experiment(mixed))
    extra = write(place, settings=["data.extra=[no.jsonl]"])
    with pytest.raises((InputError, UsageError), match=r"no\.jsonl"):
        plan(read_experiment(extra))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_experiment_can_be_planned(name, root, monkeypatch):
    monkeypatch.chdir(root)
    experiment = read_experiment(shipped(f"experiments/{name}.yaml"))
    runs = plan(experiment, tiny=True)
    assert experiment.name == name and experiment.about
    assert len({run.key for run in runs}) == len(runs)
    assert all(run.settings.bootstrap <= 20 for run in runs)


def test_topics_fits_in_forty_minutes_by_its_own_estimates(root, monkeypatch):
    monkeypatch.chdir(root)
    runs = plan(read_experiment(shipped("experiments/topics.yaml")))
    assert sum(run.minutes for run in runs if not run.needs) < 20
    assert {run.configuration for run in runs if run.needs} == {"ensemble", "encoder-mini", "phobert"}


def test_a_part_of_the_training_articles_is_even_over_slices_nested_and_leaves_the_rest():
    whole, half, quarter = (
        load_dataset(DataSettings(real=None, fraction=fraction)) for fraction in (1, 0.5, 0.25)
    )
    ids = [{a.id for a in data.seed["train"]} for data in (whole, half, quarter)]
    assert ids[2] < ids[1] < ids[0]
    assert len(ids[1]) == pytest.approx(len(ids[0]) / 2, abs=6)
    for name in {a.slice for a in whole.seed["train"]}:
        full, part = (sum(a.slice == name for a in d.seed["train"]) for d in (whole, half))
        assert abs(part - full / 2) <= 0.5
    for split in ("validation", "test"):
        assert [a.id for a in quarter.seed[split]] == [a.id for a in whole.seed[split]]
    assert quarter.split_hash == whole.split_hash and quarter.data_hash == whole.data_hash


def test_press_can_be_measured_on_without_being_learned_from(press_file):
    both, seed = (load_dataset(DataSettings(real=press_file, learn_press=learn)) for learn in (True, False))
    assert not seed.press["train"] and not seed.press["validation"]
    assert [a.id for a in seed.press["test"]] == [a.id for a in both.press["test"]] != []
    assert seed.split_hash == both.split_hash
