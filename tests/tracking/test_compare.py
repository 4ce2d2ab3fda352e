import csv
import io

import numpy as np
import pytest
from rich.console import Console

from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.tracking.compare import compare
from phongtrao.tracking.comparison_tables import as_markdown, as_rich, as_sheet, write_comparison

F1 = "seed_test.passages.macro_f1"
TOPICS = ("propaganda", "models")


class FailsWhenRead(dict):
    def items(self):
        raise ZeroDivisionError


def metrics(value, seconds=2.0):
    interval = {"value": value, "low": value - 0.05, "high": value + 0.05}
    return {"seed_test": {"passages": {"macro_f1": interval}}, "seconds": {"fit": seconds}}


def rows(accuracy, seed=0):
    """Test predictions of 50 articles, each topic right with the given probability."""
    truth, luck = np.random.default_rng(9), np.random.default_rng(seed)
    made = []
    for article in range(50):
        gold = [t for t in TOPICS if truth.random() < 0.5]
        said = [t for t in TOPICS if (t in gold) == (luck.random() < accuracy)]
        made.append({"source": "seed_test", "id": f"a{article}", "passage": 0} | {"gold": gold, "said": said})
    return made


def test_seeds_are_gathered_and_only_differing_settings_shown(record, request):
    for seed, value in ((0, 0.70), (1, 0.74)):
        record("linear", seed, {"model": {"C": 1.0, "ngrams": 3}}, metrics(value, seconds=2 + seed))
    record("linear", 0, {"model": {"C": 4.0, "ngrams": 3}}, metrics(0.8))
    found = compare(experiment=request.node.name)
    assert found.settings == ("model.C",)
    best, other = found.rows
    assert best.settings == {"model.C": "4.0"} and len(best.runs) == 1
    assert (best.figures[F1].low, best.figures[F1].high) == pytest.approx((0.75, 0.85))
    assert other.figures[F1].value == pytest.approx(0.72)
    assert other.figures[F1].deviation == pytest.approx(0.0282843, abs=1e-6)  # (0.04 / 2) * sqrt 2
    assert other.seconds == pytest.approx(2.5)
    assert found.baseline is other, "the oldest run is the baseline"


def test_the_gain_over_a_baseline_is_paired_on_stored_predictions(record):
    worse = record("linear", settings={"C": 1}, metrics=metrics(0.6), rows=rows(0.6))
    better = record("encoder", settings={"C": 2}, metrics=metrics(0.9), rows=rows(0.97, seed=1))
    found = compare(runs=[worse, better], baseline="encoder", resamples=300)
    assert found.baseline.name == "encoder" and found.baseline.differences == {}
    loss = found.rows[1].differences[F1]
    assert loss.clear and loss.value < -0.2
    mirrored = compare(runs=[worse[:12], better[:12]], resamples=300).rows[0].differences[F1]
    assert mirrored.value == pytest.approx(-loss.value)


def test_of_runs_alike_the_newest_counts_and_the_rest_are_told(record, request):
    record(metrics=metrics(0.5))
    newest = record(metrics=metrics(0.6))
    found = compare(experiment=request.node.name)
    assert [run.id for row in found.rows for run in row.runs] == [newest]
    assert found.left_out == 1
    assert "Left out: 1 older" in as_markdown(found)


def test_runs_named_one_by_one_stand_apart_even_with_equal_settings(record):
    ids = [record(metrics=metrics(0.5), rows=rows(0.8)), record(metrics=metrics(0.5), rows=rows(0.8))]
    found = compare(runs=ids)
    assert len(found.rows) == 2
    [other] = [row for row in found.rows if row is not found.baseline]
    assert other.differences[F1].value == other.differences[F1].high == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"split": "split-b"}, ("split hash split-a", "split-b")),
        ({"topics": ("propaganda",)}, ("propaganda, models", "has propaganda.")),
        ({"recipe": "summary"}, ("recipe topics", "summary")),
    ],
)
def test_runs_measured_on_different_things_are_refused_naming_both(record, change, words):
    ids = [record("one"), record("other", **change)]
    with pytest.raises(PhongtraoError) as caught:
        compare(runs=ids)
    for word in ("one seed=0", "other seed=0", *words, ids[0][:8], ids[1][:8]):
        assert word in str(caught.value)


def test_wrong_questions_get_an_answer_that_helps(record, store):
    known = record()
    for wrong, words in (
        ({}, "experiment, or run ids"),
        ({"experiment": "x", "runs": [known]}, "one of the two"),
        ({"runs": ["deadbeef"]}, "no run has the id"),
        ({"runs": ["không"]}, "hexadecimal"),
        ({"runs": [known], "baseline": "nobody"}, "linear seed=0"),
        ({"runs": [known], "metrics": ["accuracy"]}, F1),
        ({"experiment": "nothing-here"}, "phongtrao train"),
    ):
        with pytest.raises(PhongtraoError, match=words):
            compare(**wrong)


def test_another_recipe_and_unfinished_runs_are_passed_over(record, request):
    mine = record()
    record("lead", recipe="summary")
    with pytest.raises(ZeroDivisionError):
        record("broken", metrics={"seed_test": {"passages": {"macro_f1": FailsWhenRead()}}})
    assert [r.runs[0].id for r in compare(experiment=request.node.name).rows] == [mine]
    with pytest.raises(PhongtraoError, match="no finished run of recipe 'reading'"):
        compare(experiment=request.node.name, recipe="reading")


@pytest.fixture
def comparison(record):
    one = record("linear", settings={"C": 1}, metrics=metrics(0.6), rows=rows(0.6))
    other = record("câu|văn", settings={"C": 2}, metrics=metrics(0.9), rows=rows(0.97, seed=1))
    return compare(runs=[one, other], resamples=200)


def test_markdown_and_csv_hold_the_same_figures(comparison, tmp_path):
    files = write_comparison(comparison, tmp_path / "out")
    assert [file.name for file in files] == ["compare.md", "compare.csv"]
    table = [line for line in files[0].read_text("utf-8").splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert "0.900 [0.850, 0.950]" in table[2] and "câu\\|văn" in table[2]
    assert "linear (baseline)" in table[3]
    best, base = csv.DictReader(io.StringIO(files[1].read_text("utf-8")))
    assert float(best[F1]) == 0.9 and best["C"] == "2" and base["baseline"] == "True"
    assert float(best[f"{F1}.gain"]) == comparison.rows[0].differences[F1].value
    assert best["runs"] == comparison.rows[0].runs[0].id
    assert as_sheet(comparison) == files[1].read_text("utf-8")


def test_out_takes_one_of_two_endings(comparison, tmp_path):
    assert write_comparison(comparison, tmp_path / "a.csv") == [tmp_path / "a.csv"]
    with pytest.raises(UsageError, match=r"\.md or \.csv"):
        write_comparison(comparison, tmp_path / "a.xlsx")


def test_the_terminal_table_shows_gains_and_what_they_were_measured_on(comparison):
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(as_rich(comparison))
    shown = console.export_text()
    assert "0.900" in shown and "[+" in shown and "split-a" in shown and "(baseline)" in shown


def test_settings_that_only_another_kind_of_model_has_are_no_difference(record):
    ids = [
        record("lead-1", settings={"model": {"kind": "lead", "sentences": 1}}),
        record("lead-2", settings={"model": {"kind": "lead", "sentences": 2}}),
        record("chosen", settings={"model": {"kind": "extractive", "alpha": 0.1, "max_words": 90}}),
    ]
    found = compare(runs=ids)
    assert found.settings == ("model.kind", "model.sentences")
    assert compare(runs=ids[1:]).settings == ("model.kind",)
