"""What training recipes of topic models share: timed steps, and how a measured model is kept and recorded."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.tracking.topic_cards import charted, model_card, run_page, topic_rows

if TYPE_CHECKING:
    from phongtrao.topics.evaluation import Evaluation
    from phongtrao.topics.model import TopicModel
    from phongtrao.tracking.runs import Run
    from phongtrao.tracking.topic_cards import Trained


def record_topic_model(
    run: Run,
    model: TopicModel,
    trained: Trained,
    measured: Mapping[str, Evaluation],
    *,
    example: Mapping[str, Any],
    costs: dict[str, Any],
) -> str | None:
    """Keep the model where its settings say, and record it with all that was measured.

    Args:
        run: what it is recorded in.
        model: saved to ``out`` of its settings, else for as long as recording takes.
        trained: what its card and the run's page tell.
        measured: each split's evaluation, by name.
        example: an article, shown with the model.
        costs: figures beside the quality, recorded with the size of the model's folder.

    Returns:
        The model's address in MLflow; None with tracking switched off.
    """
    with _kept_folder(trained.settings.out) as folder:
        model.save(folder, card=model_card(trained))
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        address = run.log_model(folder, name=trained.settings.name, example=[example])
    run.log_metrics(charted(trained.metrics) | costs | {"model_megabytes": size / 1e6})
    run.log_json("metrics", trained.metrics)
    run.set_summary(run_page(trained))
    run.log_table("topics", topic_rows(trained.metrics))
    for name, evaluation in measured.items():
        run.log_table(f"{name}.slices", [_flat_slice(row) for row in evaluation.slices])
    rows = [{"source": name, **row} for name, e in measured.items() for row in e.predictions]
    run.log_rows("predictions", rows)
    return address


def _flat_slice(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a slice's row with its interval in columns of their own."""
    figure = row["macro_f1"]
    return {**row, "macro_f1": figure["value"], "low": figure.get("low"), "high": figure.get("high")}


@contextmanager
def _kept_folder(out: Path | None) -> Iterator[Path]:
    """Give the folder to save to: ``out``, else one that is gone after the run was recorded."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary) / "topics"


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    """Say on stderr what runs, and keep how long it took."""
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started
    print(f"{name}: {seconds[name]:.1f} s", file=sys.stderr, flush=True)
