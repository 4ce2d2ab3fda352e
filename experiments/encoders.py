"""What pretraining brings: encoders fine-tuned with and without it, alone and beside the linear model.

    python experiments/encoders.py OUT START [START ...] [--seeds 0 1 2] [--config FILE] [--set key=value ...]

Each START is a folder or hub name of an encoder, START:LAYERS keeps so many of its layers. An encoder is
fine-tuned once a seed, its weights brought to int8 as they would ship, and measured in two classifiers: by
itself, and with the linear model (trained once). OUT/START.SEED.json holds all figures, OUT/START.SEED the
folder of the pair, OUT/START.SEED.onnx the float32 network (experiments/bench/int8.py compares). What is
there is not made again, so a stopped run goes on; without its .json a kept encoder is measured anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from phongtrao.config import EnsembleSettings, TopicsRecipe, load_config
from phongtrao.corpus.dataset import LabelledData, load_dataset
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.encoder_onnx import export
from phongtrao.topics.evaluation import evaluate_topics
from phongtrao.topics.fitting import passage_sets, topic_model
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import RawScores, Scorer

TRAINING = "training.json"
"""In a kept encoder's folder: how it was trained. Written last, so that what is there is whole."""


def main(given: argparse.Namespace) -> None:
    """Fine-tune and measure every start with every seed."""
    settings = load_config(given.config, given.overrides)
    assert isinstance(settings, TopicsRecipe) and isinstance(settings.model, EnsembleSettings), given.config
    data = load_dataset(settings.data)
    train, held = passage_sets(data)
    linear = LinearScorer(data.topics, settings.model.linear, settings.seed).fit(train)
    given.out.mkdir(parents=True, exist_ok=True)
    for seed in given.seeds:
        for start in given.starts:
            name, _, layers = start.partition(":")
            where = given.out / f"{Path(name).name}{'-' if layers else ''}{layers}.{seed}"
            about = where.with_name(where.name + ".json")
            if about.exists():
                continue
            options = {"start": name} | ({"layers": int(layers)} if layers else {})
            encoder_settings = settings.model.encoder.model_copy(update=options)
            kept = where.with_name(where.name + ".encoder")
            if not (kept / TRAINING).exists():
                began = time.perf_counter()
                encoder = EncoderScorer(data.topics, encoder_settings, seed).fit(train, held)
                row = {"start": start, "seed": seed, "seconds": time.perf_counter() - began}
                export(encoder.network_, where.with_name(where.name + ".onnx"))
                kept.mkdir(exist_ok=True)
                encoder.save(kept)
                text = json.dumps(row | {"epochs": encoder.history_}, indent=1) + "\n"
                (kept / TRAINING).write_text(text, encoding="utf-8")
            trained = json.loads((kept / TRAINING).read_text("utf-8"))
            encoder = EncoderScorer.load(kept)
            encoder.settings = encoder_settings
            encoder.read_in(encoder_settings.read_tokens)
            figures = measured((encoder, linear), data, held, settings, where)
            about.write_text(json.dumps(trained | {"figures": figures}, indent=1) + "\n", encoding="utf-8")
            print(where.name, f"{trained['seconds']:.0f} s", brief(figures), file=sys.stderr, flush=True)


def measured(
    fitted: tuple[EncoderScorer, LinearScorer],
    data: LabelledData,
    held: PassageSet,
    settings: TopicsRecipe,
    where: Path,
) -> dict[str, Any]:
    """Return the figures of the encoder and of the pair, whose folder is kept."""
    encoder, linear = fitted
    assert isinstance(settings.model, EnsembleSettings)
    cascade_lost = settings.model.cascade_lost
    classifiers: dict[str, list[Scorer]] = {"encoder": [encoder], "ensemble": [encoder, linear]}
    figures: dict[str, Any] = {}
    for name, scorers in classifiers.items():
        classifier = calibrated(scorers, held, data.topics, cascade_lost)
        model = topic_model(settings.name, classifier, data, settings.seed)
        if name == "ensemble":
            model.save(where)
        figures[name] = {
            f"{source}_{split}": evaluate_topics(model, parts[split], bootstrap=settings.bootstrap).metrics
            for source, parts in (("seed", data.seed), ("press", data.press))
            for split in ("validation", "test")
            if parts[split]
        }
    return figures


def calibrated(
    scorers: list[Scorer], held: PassageSet, topics: tuple[str, ...], cascade_lost: float | None
) -> TopicClassifier:
    """Return a classifier of fitted scorers, calibrated on validation."""
    raw = RawScores.beside([scorer.decide(held.texts) for scorer in scorers])
    return TopicClassifier(topics, scorers, cascade_lost=cascade_lost).calibrate(held, raw)


def brief(figures: dict[str, Any]) -> str:
    """Return macro-F1 on validation, in one line."""
    return ", ".join(
        f"{kind} {split} {metrics['passages']['macro_f1']['value']:.3f}"
        for kind, splits in figures.items()
        for split, metrics in splits.items()
        if split.endswith("validation")
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("starts", nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--config", default="configs/topics/ensemble.yaml")
    parser.add_argument("--set", dest="overrides", nargs="*", default=[], metavar="key=value")
    main(parser.parse_args())
