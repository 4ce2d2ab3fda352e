"""What int8 weights cost an encoder: macro-F1 of a saved model against its float32 network, on validation.

    python experiments/bench/int8.py configs/topics/ensemble.yaml [key=value ...]
    python experiments/bench/int8.py configs/topics/ensemble.yaml --model FOLDER --full FULL.onnx

A model folder holds the int8 graph alone. So either the model is trained here, measured, saved, opened again
and measured, or its float32 graph was kept (``encoder_onnx.export`` of the fitted network) and the
configuration says only what data to measure on. Both networks are used with the same calibration and
thresholds, those of the folder.

Prints one JSON line for each set: macro-F1 of passages with either network, what int8 loses with a 95 %
interval (the same articles resampled for both), and on how many passages the two say different topics.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from phongtrao.config import TopicsRecipe, load_config
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.dataset import load_dataset
from phongtrao.errors import UsageError
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.evaluation import evaluate_topics
from phongtrao.topics.metrics import f1_figures, resamples, with_interval
from phongtrao.topics.model import TopicModel

RESAMPLES = 1000


def main(given: argparse.Namespace) -> None:
    """Compare on the validation split of the seed corpus, and on that of the press where it is here."""
    settings = load_config(given.config, given.overrides)
    if not isinstance(settings, TopicsRecipe):
        raise UsageError(f"{given.config}: expected recipe: topics")
    data = load_dataset(settings.data)
    if given.model is not None:
        small = TopicModel.load(given.model)
        full = with_network(small, given.full)
    else:
        from phongtrao.topics.fitting import fit_topic_model

        full = fit_topic_model(settings, data)
        with tempfile.TemporaryDirectory() as folder:
            full.save(Path(folder))
            small = TopicModel.load(Path(folder))
    for name, articles in (("seed", data.seed["validation"]), ("press", data.press["validation"])):
        if articles:
            print(json.dumps({"set": f"{name} validation", **loss(full, small, articles)}), flush=True)


def with_network(model: TopicModel, graph: Path) -> TopicModel:
    """Return the model with another graph as its encoder's network.

    Raises:
        UsageError: the model has no encoder.
        ModelError: the graph cannot be opened.
    """
    from phongtrao.topics.encoder_onnx import OnnxHeads

    classifier = copy.copy(model.classifier)
    scorers = [copy.copy(scorer) for scorer in classifier.scorers]
    encoders = [scorer for scorer in scorers if isinstance(scorer, EncoderScorer)]
    if not encoders:
        raise UsageError(f"{model.label} has no encoder: nothing of it is in int8")
    encoders[0].network_ = OnnxHeads.load(graph)
    classifier.scorers = tuple(scorers)
    return dataclasses.replace(model, classifier=classifier)


def loss(full: TopicModel, small: TopicModel, articles: Sequence[LabelledArticle]) -> dict[str, Any]:
    """Return macro-F1 of passages with both models, ``lost`` (full - small) and ``changed`` passages."""
    rows = [evaluate_topics(model, articles, bootstrap=0).predictions for model in (full, small)]
    topics = full.topics
    truth, said_full, said_small = (
        _flags(table, key, topics) for table, key in ((rows[0], "gold"), (rows[0], "said"), (rows[1], "said"))
    )
    drawn = resamples(np.array([row["id"] for row in rows[0]]), RESAMPLES, seed=0)
    scores = [np.array([[r["scores"][t] for t in topics] for r in table]) for table in rows]
    return {
        "float32": f1_figures(truth, said_full, topics)["macro_f1"]["value"],
        "int8": f1_figures(truth, said_small, topics)["macro_f1"]["value"],
        "lost": lost_f1(truth, said_full, said_small, drawn),
        "passages": len(truth),
        "changed": int((said_full != said_small).any(axis=1).sum()),
        "largest_score_difference": float(np.abs(scores[0] - scores[1]).max()),
    }


def lost_f1(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, drawn: np.ndarray | None = None
) -> dict[str, float]:
    """Return macro-F1 of ``before`` less that of ``after``, each (rows, topics) bool, with its interval.

    A topic without a row that carries it or is given it counts as in ``f1_figures``: not at all.
    """
    k = truth.shape[1]
    parts = [part for said in (before, after) for part in (truth & said, said, truth)]
    table = np.concatenate(parts, axis=1).astype(np.float32)  # hits, said, carried; twice

    def macro(sums: np.ndarray) -> np.ndarray:
        total = sums[:, k : 2 * k] + sums[:, 2 * k :]
        f1 = 2 * sums[:, :k] / np.maximum(total, 1)
        return np.asarray(f1.sum(axis=1) / np.maximum((total > 0).sum(axis=1), 1))

    return with_interval(lambda sums: macro(sums[:, : 3 * k]) - macro(sums[:, 3 * k :]), table, drawn)


def _flags(rows: Sequence[Mapping[str, Any]], key: str, topics: Sequence[str]) -> np.ndarray:
    """(rows, topics) bool."""
    return np.array([[t in row[key] for t in topics] for row in rows], bool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="names the data, and the model to train where none is given")
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    parser.add_argument("--model", type=Path, help="model folder")
    parser.add_argument("--full", type=Path, help="its float32 graph")
    asked = parser.parse_args()
    if (asked.model is None) != (asked.full is None):
        parser.error("--model and --full go together; without them the model of the configuration is trained")
    main(asked)
