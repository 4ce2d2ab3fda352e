"""The figures of a topic model -> the Markdown that its run's page opens with, and its model card.

Synthetic and real text stand side by side; their mean would say nothing about either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phongtrao.config import OneTopicRecipe, TopicsRecipe
from phongtrao.language.encoders import ORIGINS

SPLITS = {
    "seed_test": "seed test (synthetic)",
    "press_test": "press test (real)",
    "held_test": "held-out tenth",
    "held_distinct_test": "held-out tenth without near-duplicates of training texts",
    "file_test": "test file",
    "file_distinct_test": "test file without near-duplicates of training texts",
}
"""Test splits, and what a reader has to know of them."""
_FIGURES = {
    "passages.accuracy": "accuracy",
    "passages.macro_f1": "passages: macro-F1",
    "articles.macro_f1": "articles: macro-F1",
    "articles.primary_accuracy": "articles: primary topic right",
    "evidence.f1": "evidence sentences: F1",
    "passages.calibration.ece": "passages: calibration error",
}


_MEANT_FOR = """\
For sorting press articles about the movement to protect national security, and for finding the sentences
behind a topic, with a person reading what matters. The seed corpus is synthetic: its people, places and
figures are invented, and it is easier than real press, so the press column tells what to expect of collected
pages. Not for judging people, and not for texts of another kind: other topics are never found, and scores
there mean little."""


_MEANT_FOR_ONE = """\
For sorting articles like those learned from, whole texts of exactly one of these topics. A text about
something else gets one of them too: look at the score and at `uncertain`. Not for judging people."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a card tells of."""

    settings: TopicsRecipe | OneTopicRecipe
    topics: Sequence[str]
    sizes: Mapping[str, int]
    """How many articles or passages each split holds, by name."""
    data_hash: str
    split_hash: str
    metrics: Mapping[str, Any]
    """Nested figures of each test split."""


def run_page(trained: Trained) -> str:
    """Return what a run's page shows first: the figures, and how to get the same."""
    return "\n\n".join([_results(trained), _sentence(trained), _making(trained)])


def model_card(trained: Trained) -> str:
    """Return the README.md of a model folder."""
    name = trained.settings.name
    return (
        "\n\n".join(
            [
                f"# {name}: a topic model of phongtrao",
                _sentence(trained),
                '```python\nimport phongtrao\n\nanalyse = phongtrao.load()  # or load("this folder")\n```',
                "## Measured",
                _results(trained),
                "## Made",
                _making(trained),
                "## Meant for, and not",
                _MEANT_FOR_ONE if isinstance(trained.settings, OneTopicRecipe) else _MEANT_FOR,
                "No pickle: settings are JSON, weights safetensors or ONNX (int8), the vocabulary is text.",
            ]
        )
        + "\n"
    )


def charted(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures worth a chart: by topic F1 alone; ``metrics.json`` and tables have the rest."""
    kept: dict[str, Any] = {}
    for name, value in metrics.items():
        if name == "topics":
            kept[name] = {topic: {"f1": own["f1"]} for topic, own in value.items() if "f1" in own}
        else:
            kept[name] = charted(value) if isinstance(value, Mapping) else value
    return kept


def topic_rows(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one flat row for each split, level and topic: F1 with interval, precision, recall, support."""
    return [
        {"split": split, "level": level, "topic": topic}
        | {
            "f1": figures["f1"]["value"],
            "f1_low": figures["f1"].get("low"),
            "f1_high": figures["f1"].get("high"),
        }
        | {key: figures[key]["value"] for key in ("precision", "recall")}
        | {"carried": figures["carried"]}
        for split, levels in metrics.items()
        for level in ("passages", "articles")
        for topic, figures in levels.get(level, {}).get("topics", {}).items()
    ]


def _sentence(trained: Trained) -> str:
    if isinstance(trained.settings, OneTopicRecipe):
        return (
            f"Says which one of {len(trained.topics)} topics ({', '.join(trained.topics)}) a Vietnamese "
            "press article carries, with calibrated scores and the sentences that carry it."
        )
    return (
        f"Says which of {len(trained.topics)} topics ({', '.join(trained.topics)}) the passages of a "
        "Vietnamese press article carry, with calibrated scores and the sentences that carry them."
    )


def _results(trained: Trained) -> str:
    splits = [split for split in SPLITS if split in trained.metrics]
    rows = [["", *(SPLITS[split] for split in splits)], ["---", *["---:"] * len(splits)]]
    paths = list(_FIGURES.items())
    paths[2:2] = [(f"passages.topics.{t}.f1", f"passages: {t} F1") for t in trained.topics]
    for path, name in paths:
        cells = [_interval(_at(trained.metrics[split], path)) for split in splits]
        if any(cells):
            rows.append([name, *(cell or "–" for cell in cells)])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"{table}\n\nBrackets: 95 % interval, bootstrap over articles. Calibration error: lower is better. "
        "Measured by the run that made the model: `phongtrao train` with the settings below."
    )


def _making(trained: Trained) -> str:
    settings = trained.settings
    sizes = ", ".join(f"{name} {size}" for name, size in trained.sizes.items())
    return "\n\n".join(
        [
            *_model_lines(settings.model.model_dump()),
            f"Seed {settings.seed}. Articles or passages: {sizes}. "
            f"Data `{trained.data_hash}`, split `{trained.split_hash}`. "
            "Thresholds and calibration were chosen without the test splits.",
        ]
    )


def _model_lines(model: Mapping[str, Any]) -> list[str]:
    """Return the settings of each part of a model, and where an encoder's weights come from."""
    parts = {key: value for key, value in model.items() if isinstance(value, Mapping)}
    own = ", ".join(f"{key}={value}" for key, value in model.items() if key not in parts)
    lines = [f"Settings: {own}."]
    if start := model.get("start"):
        origin = ORIGINS.get(start)
        weights = f"`{start}`, itself started from {origin}" if origin else f"`{start}`"
        lines.append(f"The encoder's weights started from {weights}; its licence holds for them too.")
    return lines + [line for part in parts.values() for line in _model_lines(part)]


def _at(nested: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(nested, Mapping) or key not in nested:
            return None
        nested = nested[key]
    return nested


def _interval(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    interval = f" [{figure['low']:.3f}, {figure['high']:.3f}]" if "low" in figure else ""
    return f"{figure['value']:.3f}{interval}"
