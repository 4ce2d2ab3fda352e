"""``recipe: pretrain``: unlabelled news and start weights -> an encoder of our own, kept as a folder.

phongtrao train configs/pretrain.yaml minutes=60 init=mini|adapt [key=value ...]

A run that was stopped goes on from its checkpoint when the same command is given again.
"""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from phongtrao.config import PretrainRecipe
from phongtrao.language.masked_language import perplexity
from phongtrao.language.pretraining import Schedule, pretrain
from phongtrao.recipes.pretraining_data import PretrainingData, load_pretraining_data, start_network
from phongtrao.recipes.pretraining_folder import save_encoder
from phongtrao.tracking.curves import open_curve
from phongtrao.tracking.runs import Run, start_run


def run(settings: PretrainRecipe) -> dict[str, Any]:
    """Pretrain, measure, keep and record the encoder that the settings name.

    Returns:
        ``run`` (MLflow's id, None with tracking switched off), ``folder`` and ``metrics``: perplexity on
        held-out text ``before`` and ``after``, the last ``loss``, ``steps``, ``tokens`` and ``minutes``.

    Raises:
        PhongtraoError: texts or start weights are absent, a checkpoint is of other settings, or the tracking
            server does not answer.
    """
    config = settings.model_dump(mode="json")
    with start_run(
        settings.tracking,
        settings.name,
        recipe="pretrain",
        config=config,
        seed=settings.seed,
        variant=settings.init,
    ) as run:
        return _pretrain(settings, run)


def schedule_of(settings: PretrainRecipe) -> Schedule:
    """Return how the settings want the network to learn, the device decided."""
    import torch

    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    wanted = {key: value for key, value in settings if key in Schedule.__dataclass_fields__}
    return Schedule(**{**wanted, "device": device})


def _pretrain(settings: PretrainRecipe, run: Run) -> dict[str, Any]:
    schedule = schedule_of(settings)
    out = settings.out or Path("runs/pretrain") / settings.name
    checkpoint = out.with_name(f"{out.name}.checkpoint")

    data = load_pretraining_data(settings)
    network, rows = start_network(data)
    network.to(schedule.device)
    before = _measure(network, data, schedule)
    _say(f"perplexity on {data.held.size} held-out tokens before: {before:.2f}")

    with open_curve(run, "train") as curve:

        def report(point: dict[str, float]) -> None:
            _tell(point)
            curve(point)

        progress = pretrain(
            network,
            data.stream,
            data.vocabulary,
            schedule,
            checkpoint=checkpoint,
            report=report,
        )
    after = _measure(network, data, schedule)
    _say(f"perplexity after: {after:.2f}")

    metrics = {
        "perplexity_before": before,
        "perplexity_after": after,
        **progress.figures(),
        "held_tokens": int(data.held.size),
    }
    card = save_encoder(out, network, data, rows, metrics)
    shutil.rmtree(checkpoint, ignore_errors=True)

    run.log_metrics(metrics)
    run.log_table("curve", progress.curve)
    run.log_json("pretraining", {"rows": rows, "schedule": asdict(schedule), "texts": data.texts.fingerprint})
    run.log_folder(out, "encoder")
    run.set_summary(card)
    return {"run": run.id, "folder": str(out), "metrics": metrics}


def _measure(network: Any, data: PretrainingData, schedule: Schedule) -> float:
    return perplexity(network, data.held, data.vocabulary, autocast=schedule.autocast, device=schedule.device)


def _tell(point: dict[str, float]) -> None:
    _say(
        f"step {point['step']:.0f}, {point['tokens'] / 1e6:.2f} M tokens, {point['minutes']:.1f} min: "
        f"loss {point['loss']:.3f}, {point['tokens_a_second']:.0f} tokens/s"
    )


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
