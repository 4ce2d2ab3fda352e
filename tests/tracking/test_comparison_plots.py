import numpy as np
import pytest

from phongtrao.tracking.compare import compare
from phongtrao.tracking.comparison_plots import (
    plot_gains,
    plot_learning_curve,
    plot_quality_speed,
    words,
    write_plots,
)
from phongtrao.tracking.comparison_tables import as_markdown, as_sheet

TOPICS = ("propaganda", "models")
F1 = "seed_test.passages.macro_f1"


def rows(accuracy, seed):
    truth, luck = np.random.default_rng(9), np.random.default_rng(seed)
    made = []
    for article in range(60):
        gold = [t for t in TOPICS if truth.random() < 0.5]
        said = [t for t in TOPICS if (t in gold) == (luck.random() < accuracy)]
        made.append({"source": "seed_test", "id": f"a{article}", "passage": 0, "gold": gold, "said": said})
    return made


@pytest.fixture
def curve(record, request):
    """Four configurations: three that differ in how much they learned from, and another model."""
    for name, fraction, accuracy, speed in (
        ("tenth", 0.1, 0.6, 900),
        ("half", 0.5, 0.9, 1000),
        ("whole", 1.0, 0.97, 1100),
    ):
        for seed in (0, 1):
            metrics = {
                "seed_test": {"passages": {"macro_f1": accuracy + seed / 100}},
                "seconds": {"fit": 2.0 + 2 * seed},
                "articles_per_second": float(speed),
                "model_megabytes": 1.5,
            }
            settings = {"data": {"fraction": fraction}, "model": {"C": 4}}
            record(name, seed, settings, metrics, rows(accuracy, seed + int(fraction * 100)))
    other = {"seed_test": {"passages": {"macro_f1": {"value": 0.9, "low": 0.85, "high": 0.95}}}}
    record("other", 0, {"data": {"fraction": 1.0}, "model": {"C": 1}}, other, rows(0.9, 77))
    return compare(experiment=request.node.name, baseline="whole", resamples=200)


def test_costs_are_means_over_seeds_and_p_values_are_corrected_together(curve):
    by_name = {row.name: row for row in curve.rows}
    assert by_name["half"].costs == {"train s": 3.0, "articles/s": 1000.0, "model MB": 1.5}
    assert by_name["other"].costs == {}
    gains = [row.differences[F1] for row in curve.rows if row.differences]
    assert curve.comparisons == len(gains) == 3
    smallest = min(gains, key=lambda gain: gain.p)
    assert smallest.corrected == pytest.approx(3 * smallest.p) and smallest.significant
    assert by_name["tenth"].differences[F1].significant
    assert "found 4 times in 5" in as_markdown(curve) and "over the 3 differences" in as_markdown(curve)
    header = as_sheet(curve).splitlines()[0]
    for column in (f"{F1}.gain.p_holm", "articles_per_second", "model_megabytes", "train_seconds"):
        assert column in header.split(",")


def test_gains_show_every_configuration_but_the_baseline(curve):
    (axes,) = plot_gains(curve).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert sorted(names) == ["half (2 seeds)", "other", "tenth (2 seeds)"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    shown = sorted(float(dot.get_xdata()[0]) for dot in dots)
    assert shown == pytest.approx(sorted(row.differences[F1].value for row in curve.rows if row.differences))
    filled = [dot.get_markerfacecolor() != "white" for dot in dots]
    assert sum(filled) == sum(row.differences[F1].significant for row in curve.rows if row.differences) > 0


def test_the_learning_curve_is_of_what_differs_in_the_amount_alone(curve):
    (axes,) = plot_learning_curve(curve).axes
    points = axes.lines[0].get_xydata()
    assert points[:, 0].tolist() == [0.1, 0.5, 1.0]
    assert points[:, 1] == pytest.approx([0.605, 0.905, 0.975])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["10%", "50%", "100%"]
    assert "training articles" in axes.get_xlabel()


def test_quality_stands_against_speed_where_both_are_known(curve):
    (axes,) = plot_quality_speed(curve).axes
    assert sorted(text.get_text() for text in axes.texts) == ["half", "tenth", "whole"]
    assert axes.get_xscale() == "log"


def test_only_what_there_is_to_draw_is_written(curve, record, request, tmp_path):
    names = [file.name for file in write_plots(curve, tmp_path / "all")]
    assert names == ["gains.png", "learning_curve.png", "quality_speed.png"]
    assert all((tmp_path / "all" / name).read_bytes().startswith(b"\x89PNG") for name in names)
    alone = compare(runs=[record("alone")])
    assert write_plots(alone, tmp_path / "none") == []


def test_metrics_are_named_as_readers_say_them():
    assert words("seed_test.passages.macro_f1", " ") == "seed test, passages: macro-F1"
    assert words("press_test.articles.primary_accuracy") == "press test, articles:\nprimary accuracy"
    assert (
        words("vietnews_validation.metrics.rouge1_syllable", " ") == "vietnews validation: ROUGE-1 syllable"
    )
