import io
import warnings

import numpy as np
import pytest

from phongtrao.tracking.plots import plot_confusion, plot_precision_recall, plot_reliability

NAMES = {"propaganda": "Tuyên truyền, vận động", "models": "Mô hình, điển hình ƠƯĂỒẫỵ"}


def row(gold, topics, **scores):
    return {"gold": gold, "said": topics, "scores": {"propaganda": 0.0, "models": 0.0} | scores}


ROWS = [
    row(["propaganda"], ["propaganda"], propaganda=0.95),
    row(["propaganda"], ["propaganda", "models"], propaganda=0.85, models=0.65),
    row(["propaganda"], [], propaganda=0.25),
    row(["propaganda", "models"], ["propaganda", "models"], propaganda=0.75, models=0.75),
    row([], ["models"], models=0.55),
    row([], []),
]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_confusion_counts_by_hand():
    [axes] = plot_confusion(ROWS, NAMES, where="here").axes
    assert texts(axes) == [
        "75%\n3 of 4",  # propaganda found
        "33%\n1 of 3",  # models said of the three that carry propaganda alone
        "–",  # nothing carries models without propaganda
        "100%\n1 of 1",  # models found
        "0%\n0 of 2",
        "50%\n1 of 2",  # of the two without a topic
    ]


def test_the_dot_stands_at_the_precision_and_recall_of_what_was_said():
    [axes] = plot_precision_recall(ROWS, NAMES, where="here").axes
    dots = [tuple(map(float, (line.get_xdata()[0], line.get_ydata()[0]))) for line in axes.lines[1::2]]
    assert dots == [pytest.approx((3 / 4, 1)), pytest.approx((1, 1 / 3))]


def test_a_topic_that_nothing_carries_is_left_out_of_the_curves():
    [axes] = plot_precision_recall([row(["propaganda"], [], propaganda=0.3)], NAMES, where="here").axes
    assert len(axes.lines) == 1


def test_reliability_points_and_error_by_hand():
    rows = [row(["models"], [], models=0.95), row([], [], models=0.95), row([], []), row([], [])]
    axes, beneath = plot_reliability(rows, NAMES, where="here").axes
    _, model = axes.lines
    assert np.allclose(model.get_xydata(), [[0, 0], [0.95, 0.5]])
    assert "ECE 0.11" in axes.get_title(loc="left")  # 2 of 8 scores are off by 0.45
    assert [bar.get_height() for bar in beneath.patches][::9] == [6, 2]


@pytest.mark.parametrize("plot", [plot_precision_recall, plot_confusion, plot_reliability])
def test_vietnamese_letters_have_glyphs_and_axes_have_names(plot):
    figure = plot(ROWS, NAMES, where="seed test, passages")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a missing glyph
        figure.savefig(io.BytesIO(), format="png")
    assert "seed test, passages" in figure.axes[0].get_title(loc="left")
    assert figure.axes[0].get_ylabel() and figure.axes[-1].get_xlabel()
