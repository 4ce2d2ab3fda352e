"""``recipe: one_topic``: texts of one topic each -> a model, measured with and without near-duplicates.

phongtrao train configs/topics/vntc-linear.yaml [train=FILE] [test=FILE] [key=value ...]

A tenth of each topic's texts is held out by id and looked at once, at the end; another tenth calibrates.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from phongtrao.config import OneTopicRecipe
from phongtrao.corpus.leaks import near_duplicates_of
from phongtrao.corpus.splits import ids_hash
from phongtrao.corpus.vntc import Parts, TopicTexts, divide_by_id, read_topic_texts, require_topics
from phongtrao.errors import InputError
from phongtrao.recipes.steps import record_topic_model, timed
from phongtrao.tracking.runs import Run, start_run
from phongtrao.tracking.topic_cards import Trained

EXAMPLE = {"text": "Đội tuyển vào chung kết\nTối qua, đội chủ nhà thắng 2-0 và giành vé vào trận cuối cùng."}
"""An invented article, shown with the logged model."""


def run(settings: OneTopicRecipe) -> dict[str, Any]:
    """Train, measure and record the model that the settings name.

    Returns:
        ``run`` and ``model`` (MLflow's id and the model's address there; None with tracking switched off),
        ``folder`` (None where ``out`` names none), ``metrics`` of each set measured on, ``sizes``, and the
        ``seconds`` of each step.

    Raises:
        InputError: a file of texts is not as described, or has one topic alone.
    """
    with start_run(
        settings.tracking,
        settings.name,
        recipe="one_topic",
        config=settings.model_dump(mode="json"),
        seed=settings.seed,
        variant="" if settings.share == 1 else f"share={settings.share:g}",
    ) as run:
        return _train(settings, run)


def _train(settings: OneTopicRecipe, run: Run) -> dict[str, Any]:
    from phongtrao.topics.fitting import fit_one_topic_model
    from phongtrao.topics.one_topic_evaluation import evaluate_one_topic, predict_texts
    from phongtrao.topics.passages import PassageSet

    seconds: dict[str, float] = {}
    with timed("load", seconds):
        parts, tests, topics = _load(settings)
    sizes = {"train": len(parts.train), "tuning": len(parts.tuning), **{n: len(t) for n, t in tests.items()}}
    data_hash = _files_hash(settings)
    split_hash = ids_hash({name: test.ids for name, test in tests.items()})
    run.log_data(data_hash=data_hash, split_hash=split_hash, topics=topics)

    with timed("fit", seconds):
        train, tuning = (
            PassageSet.of(part.texts, _flags(part, topics)) for part in (parts.train, parts.tuning)
        )
        model = fit_one_topic_model(settings, topics, train, tuning)

    with timed("evaluate", seconds):
        whole = next(iter(tests.values()))
        started = time.perf_counter()
        said = dict(zip(whole.ids, predict_texts(model, whole), strict=True))
        speed = len(whole) / (time.perf_counter() - started)
        measured = {
            name: evaluate_one_topic(
                model, test, [said[i] for i in test.ids], bootstrap=settings.bootstrap, seed=settings.seed
            )
            for name, test in tests.items()
        }
    metrics = {name: evaluation.metrics for name, evaluation in measured.items()}
    trained = Trained(settings, topics, sizes, data_hash, split_hash, metrics)

    with timed("record", seconds):
        costs = {"seconds": seconds, "articles_per_second": speed}
        address = record_topic_model(run, model, trained, measured, example=EXAMPLE, costs=costs)
    return {
        "run": run.id,
        "model": address,
        "folder": str(settings.out) if settings.out else None,
        "metrics": metrics,
        "sizes": sizes,
        "seconds": seconds,
    }


def _load(settings: OneTopicRecipe) -> tuple[Parts, dict[str, TopicTexts], tuple[str, ...]]:
    """Return the parts, what to measure on, by name, and the topics."""
    texts = read_topic_texts(settings.train)
    if len(texts.topics) < 2:
        raise InputError(f"{settings.train}: expected two topics or more, found {list(texts.topics)}")
    parts = divide_by_id(texts, hold_out=settings.test is None, share=settings.share)
    name, test = "held", parts.held
    if settings.test is not None:
        name, test = "file", read_topic_texts(settings.test)
        require_topics(test, texts.topics, str(settings.test))
    learned_from = [*parts.train.texts, *parts.tuning.texts]
    known = near_duplicates_of(learned_from, test.texts)
    distinct = test.take([i for i, near in enumerate(known) if not near])
    tests = {f"{name}_test": test, f"{name}_distinct_test": distinct}
    return parts, {n: held for n, held in tests.items() if len(held)}, texts.topics


def _flags(part: TopicTexts, topics: tuple[str, ...]) -> Any:
    """(texts, topics) bool."""
    import numpy as np

    return np.array(part.labels)[:, None] == np.array(topics)


def _files_hash(settings: OneTopicRecipe) -> str:
    digest = hashlib.sha256()
    for file in filter(None, (settings.train, settings.test)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
