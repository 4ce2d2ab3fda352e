"""``evaluate``: labelled rows -> metrics with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phongtrao.commands.console import result_line
from phongtrao.commands.figures import figure_table, with_interval, write_json
from phongtrao.commands.options import JsonFile, Method, Model

if TYPE_CHECKING:
    from phongtrao.topics.evaluation import Evaluation
    from phongtrao.topics.model import TopicModel

Bootstrap = Annotated[int, typer.Option("--bootstrap", min=0, help="Resamples behind each interval.")]


def topics(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD", show_default=False, help="Labelled articles or passages: .jsonl or .parquet."
        ),
    ],
    *,
    model: Model = None,
    json: JsonFile = None,
    bootstrap: Bootstrap = 1000,
) -> None:
    """Measure a topic model on labelled articles: F1 by topic, primary topic, evidence, calibration.

    Example: `phongtrao evaluate topics gold.jsonl --json metrics.json`

    Rows are those of the seed corpus (seeds/README.md), or have `text` and `topics` alone. For a model of one
    topic a text (VNTC) they are the rows of a .parquet with columns `id`, `label` and `text`.
    """
    from rich.console import Console

    from phongtrao.analyser import model_folder
    from phongtrao.topics.model import TopicModel

    opened = TopicModel.load(model_folder(model))
    measured, many = _measure_topics(opened, gold, bootstrap)
    if json:
        write_json(
            {"model": opened.name, "gold": gold.name, "metrics": measured.metrics, "slices": measured.slices},
            json,
        )
    Console().print(figure_table(measured.metrics, f"{opened.name} on {gold.name}"))
    passages = measured.metrics["passages"]
    told = [f"macro-F1 of passages {with_interval(passages['macro_f1'])}"]
    if "accuracy" in passages:
        told.insert(0, f"accuracy {with_interval(passages['accuracy'])}")
    result_line(f"evaluated {opened.name} on {many:,} articles: {', '.join(told)}")


def _measure_topics(model: TopicModel, gold: Path, bootstrap: int) -> tuple[Evaluation, int]:
    """Return the figures of a model of either task, and how many articles they are of."""
    from phongtrao.corpus.gold import read_gold
    from phongtrao.corpus.vntc import read_topic_texts
    from phongtrao.topics.evaluation import evaluate_topics
    from phongtrao.topics.one_topic_evaluation import evaluate_one_topic

    if model.classifier.one_topic:
        texts = read_topic_texts(gold)
        return evaluate_one_topic(model, texts, bootstrap=bootstrap), len(texts)
    articles = read_gold(gold, model.topics)
    return evaluate_topics(model, articles, bootstrap=bootstrap), len(articles)


def summary(
    gold: Annotated[
        Path,
        typer.Argument(
            metavar="GOLD", show_default=False, help="Articles with reference summaries: .parquet or .jsonl."
        ),
    ],
    *,
    method: Method = "extractive",
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", show_default="all", help="A fixed sample of N articles."),
    ] = None,
    json: JsonFile = None,
    bootstrap: Bootstrap = 1000,
) -> None:
    """Measure a summarizer against reference summaries: ROUGE on both scales, beside lead-2.

    Example: `phongtrao evaluate summary validation.parquet --limit 2000 --json metrics.json`

    Rows are those of the seed corpus with `summary`, or of VietNews (`title`, `abstract`, `body`).
    """
    from rich.console import Console

    from phongtrao.summary import evaluate, load_summarizer

    measured = evaluate(gold, load_summarizer(method), limit=limit, bootstrap=bootstrap)
    if json:
        write_json(measured, json)
    name = measured["summarizer"]
    Console().print(figure_table(measured["metrics"], f"{name} on {gold.name}"))
    if "over_lead-2" in measured:
        Console().print(figure_table(measured["over_lead-2"], f"{name} minus lead-2, article by article"))
    score = with_interval(measured["metrics"]["rouge1_syllable"])
    result_line(f"evaluated {name} on {measured['articles']:,} articles: ROUGE-1 of syllables {score}")
