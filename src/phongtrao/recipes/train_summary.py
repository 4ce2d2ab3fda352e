"""``recipe: summary``: articles with references -> a summarizer, measured, kept as a folder and recorded.

phongtrao train configs/summary/extractive.yaml [key=value ...]
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phongtrao.config import AbstractiveSettings, LeadSettings, SummaryRecipe
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.dataset import LabelledData, load_dataset
from phongtrao.corpus.splits import ids_hash
from phongtrao.corpus.vietnews import VietNewsSplit, load_vietnews
from phongtrao.summary.base import Summarizer, TrainedSummarizer
from phongtrao.summary.cards import model_card
from phongtrao.summary.evaluation import Measured, evaluate_articles, measure
from phongtrao.summary.extractive import ExtractiveSummarizer
from phongtrao.summary.fitting import fit_extractive
from phongtrao.summary.lead import LeadSummarizer
from phongtrao.tracking.curves import open_curve
from phongtrao.tracking.runs import Run, start_run

EXAMPLES = 20
"""Article, reference and summary, side by side for reading."""

Sets = Mapping[str, Sequence[LabelledArticle]]


def run(settings: SummaryRecipe) -> dict[str, Any]:
    """Train, measure and record the summarizer that the settings name.

    Returns:
        ``run`` (MLflow's id, None with tracking switched off), ``folder`` (None where ``out`` names none)
        and ``metrics`` of each set (``evaluate_articles``): seed_validation, seed_test and, where the files
        are there, vietnews_validation.

    Raises:
        PhongtraoError: the tracking server does not answer; nothing has been trained then.
    """
    config = settings.model_dump(mode="json")
    with start_run(
        settings.tracking, settings.name, recipe="summary", config=config, seed=settings.seed
    ) as run:
        return _train(settings, run)


@dataclass(frozen=True)
class Gathered:
    """What a summarizer learns from and is measured on."""

    data: LabelledData
    seed: Sequence[LabelledArticle]
    news: Sequence[LabelledArticle]
    sets: Sets


def gather(settings: SummaryRecipe) -> Gathered:
    """Return the articles with references that the settings name."""
    data = load_dataset(settings.data)
    sets = {
        "seed_validation": data.seed["validation"],
        "seed_test": data.seed["test"],
        "vietnews_validation": _vietnews(settings, "validation", settings.validation_articles),
    }
    return Gathered(
        data,
        [a for a in data.seed["train"] if a.summary],
        _vietnews(settings, "train", settings.train_articles),
        {name: [a for a in held if a.summary] for name, held in sets.items()},
    )


def _train(settings: SummaryRecipe, run: Run) -> dict[str, Any]:
    gathered = gather(settings)
    run.log_data(**_hashes(gathered), topics=gathered.data.topics)
    started = time.perf_counter()
    summarizer, curve = _summarizer(settings, gathered, run)
    run.log_metrics({"seconds": {"fit": time.perf_counter() - started}})
    return record(settings, run, gathered, summarizer, curve)


def record(
    settings: SummaryRecipe,
    run: Run,
    gathered: Gathered,
    summarizer: Summarizer,
    curve: Sequence[Mapping[str, float]] = (),
) -> dict[str, Any]:
    """Measure a summarizer, keep its folder and record all of it; return what ``run`` does."""
    sets = gathered.sets
    measured = {name: measure(held, summarizer) for name, held in sets.items() if held}
    metrics = {
        name: evaluate_articles(
            sets[name], summarizer, bootstrap=settings.bootstrap, seed=settings.seed, measured=one
        )
        for name, one in measured.items()
    }
    sizes = {"seed": len(gathered.seed), "VietNews": len(gathered.news)}
    card = model_card(settings, sizes, metrics)
    if isinstance(summarizer, TrainedSummarizer):
        _keep(summarizer, card, settings.out, run)
    run.log_metrics(metrics)
    run.set_summary(card)
    run.log_rows("predictions", [row for n, one in measured.items() for row in _rows(n, sets[n], one)])
    if curve:
        run.log_table("curve", curve)
    for name, one in measured.items():
        run.log_table(f"{name}.summaries", _examples(sets[name], one))
    return {"run": run.id, "folder": str(settings.out) if settings.out else None, "metrics": metrics}


def _summarizer(
    settings: SummaryRecipe, gathered: Gathered, run: Run
) -> tuple[Summarizer, list[dict[str, float]]]:
    """Return the trained summarizer, and the curve of one that has one."""
    model, seed, news, sets = settings.model, gathered.seed, gathered.news, gathered.sets
    if isinstance(model, LeadSettings):
        return LeadSummarizer(model.sentences), []
    if isinstance(model, AbstractiveSettings):
        from phongtrao.summary.abstractive.fitting import Teaching, fit_abstractive

        teaching = Teaching(news, seed, sets["vietnews_validation"], sets["seed_validation"])
        with open_curve(run, "train") as log:

            def report(point: dict[str, float]) -> None:
                told = " ".join(f"{name} {value:.4g}" for name, value in point.items())
                print(told, file=sys.stderr, flush=True)
                log(point)

            return fit_abstractive(model, settings.seed, teaching, report)
    is_seed = [True] * len(seed) + [False] * len(news)
    scorer, ranker = fit_extractive([*seed, *news], is_seed, model, settings.seed)
    return ExtractiveSummarizer(model, scorer, ranker), []


def _keep(summarizer: TrainedSummarizer, card: str, out: Path | None, run: Run) -> None:
    """Save the model folder, for good where ``out`` names one, and record it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = out or Path(temporary)
        summarizer.save(folder, card=card)
        run.log_folder(folder, "model")
        run.log_metrics({"model_megabytes": sum(f.stat().st_size for f in folder.rglob("*")) / 1e6})


def _vietnews(settings: SummaryRecipe, split: VietNewsSplit, limit: int) -> list[LabelledArticle]:
    if settings.vietnews is None or not limit:
        return []
    if not settings.vietnews.is_dir():
        print(f"VietNews is not at {settings.vietnews}: its {split} articles are left out", file=sys.stderr)
        return []
    return load_vietnews(settings.vietnews, split, limit=limit)


def _hashes(gathered: Gathered) -> dict[str, str]:
    """Return hashes of what was learned from and measured on; VietNews by its ids and references."""
    news = [(a.id, a.summary) for a in gathered.news]
    told = json.dumps([gathered.data.data_hash, news], ensure_ascii=False)
    return {
        "data_hash": hashlib.sha256(told.encode()).hexdigest()[:16],
        "split_hash": ids_hash({name: [a.id for a in held] for name, held in gathered.sets.items()}),
    }


def _rows(source: str, articles: Sequence[LabelledArticle], measured: Measured) -> list[dict[str, Any]]:
    """Return the scores of each article's summary, by which runs are compared."""
    return [
        {
            "source": source,
            "id": article.id,
            "scores": {name: round(float(column[i]), 5) for name, column in measured.columns.items()},
        }
        for i, article in enumerate(articles)
    ]


def _examples(articles: Sequence[LabelledArticle], measured: Measured) -> list[dict[str, str]]:
    rows = zip(articles[:EXAMPLES], measured.summaries, measured.ways, strict=False)
    return [
        {"id": a.id, "article": a.article.text, "reference": a.summary, "summary": text, "way": way}
        for a, text, way in rows
    ]
