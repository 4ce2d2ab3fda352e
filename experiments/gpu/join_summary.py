"""The pieces that ``summary.py`` wrote -> the summarizer's folder, measured here, and a run in MLflow.

    python experiments/gpu/join_summary.py PREPARED RESULTS [key=value ...]

PREPARED is the ``call-1`` of ``prepare_summary.py``, RESULTS where ``summary.py`` wrote; ``out=FOLDER`` and
the like are laid over the prepared settings. What the network wrote there, before anything was looked up, is
scored beside the finished summaries, so that one sees what the look-up costs.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from weight_pieces import joined_folder

from phongtrao.config import AbstractiveSettings, SummaryRecipe, load_config
from phongtrao.errors import InputError, PhongtraoError
from phongtrao.recipes.train_summary import Gathered, gather, record
from phongtrao.summary.abstractive.fitting import finished_writer
from phongtrao.summary.abstractive.start import open_network
from phongtrao.summary.abstractive.summarizer import AbstractiveSummarizer
from phongtrao.summary.abstractive.tokens import SummaryTokens, load_tokens
from phongtrao.summary.evaluation import score
from phongtrao.summary.extractive import shipped_scorer
from phongtrao.summary.metrics import intervals
from phongtrao.tracking.curves import open_curve
from phongtrao.tracking.runs import start_run


def main() -> None:
    """Read the arguments, join, measure and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("settings", nargs="*", help="key=value")
    given = parser.parse_args()
    try:
        print(json.dumps(join(given.prepared, given.results, given.settings), indent=1))
    except PhongtraoError as error:
        sys.exit(str(error))


def join(prepared: Path, results: Path, overrides: list[str]) -> dict[str, Any]:
    """Make, measure and record the summarizer; return the main figures."""
    plan: dict[str, Any] = json.loads((prepared / "plan.json").read_text(encoding="utf-8"))
    result: dict[str, Any] = json.loads(lzma.decompress((results / "result.json.xz").read_bytes()))
    settings, model = _settings(plan, overrides)
    tokens = load_tokens(prepared / "tokens")
    with joined_folder(results, result) as folder:
        network = open_network(folder)
    writer = finished_writer(network, tokens, model)
    summarizer = AbstractiveSummarizer(model, tokens, writer, shipped_scorer(), plan["tokens_per_word"])
    gathered = gather(settings)
    config = settings.model_dump(mode="json")
    with start_run(
        settings.tracking, settings.name, recipe="summary", config=config, seed=settings.seed, variant="gpu"
    ) as run:
        with open_curve(run, "train") as log:
            for point in result["curve"]:
                log(point)
        recorded = record(settings, run, gathered, summarizer, result["curve"])
        unchecked = _unchecked(gathered, result["drafts"], tokens)
        run.log_metrics({"unchecked": unchecked, "minutes": result["minutes"]})
    return {
        "folder": recorded["folder"],
        "finished": _main_figures(recorded["metrics"]),
        "unchecked": unchecked,
    }


def _settings(plan: dict[str, Any], overrides: list[str]) -> tuple[SummaryRecipe, AbstractiveSettings]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prepared.yaml"
        path.write_text(yaml.safe_dump(plan["settings"], allow_unicode=True), encoding="utf-8")
        settings = load_config(path, overrides)
    if not isinstance(settings, SummaryRecipe) or not isinstance(settings.model, AbstractiveSettings):
        raise InputError("plan.json: expected the settings of an abstractive summarizer")
    return settings, settings.model


def _unchecked(
    gathered: Gathered, drafts: dict[str, Any], tokens: SummaryTokens
) -> dict[str, dict[str, float]]:
    """Return the mean metrics of what was written at the GPU, by set."""
    figures = {}
    for name, rows in drafts.items():
        written = {row["id"]: tokens.text(row["ids"]) for row in rows}
        articles = [a for a in gathered.sets.get(name, ()) if a.id in written]
        if articles:
            columns = score(articles, [written[a.id] for a in articles])
            means = intervals(columns, resamples=0)
            figures[name] = {metric: round(figure["value"], 4) for metric, figure in means.items()}
    return figures


def _main_figures(metrics: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {metric: round(figure["value"], 4) for metric, figure in told["metrics"].items()}
        | {"ways": told.get("ways"), "articles_per_second": told["articles_per_second"]}
        for name, told in metrics.items()
    }


if __name__ == "__main__":
    main()
