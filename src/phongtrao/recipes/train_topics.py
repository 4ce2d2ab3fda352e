"""``recipe: topics``: labelled articles -> a topic model, measured, kept as a folder and recorded in MLflow.

phongtrao train configs/topics/linear.yaml [key=value ...]
"""

from __future__ import annotations

from typing import Any

from phongtrao.config import TopicsRecipe
from phongtrao.corpus.dataset import LabelledData, load_dataset
from phongtrao.corpus.topics import load_topics
from phongtrao.recipes.steps import record_topic_model, timed
from phongtrao.tracking.runs import Run, start_run
from phongtrao.tracking.topic_cards import SPLITS, Trained

EXAMPLE = {
    "title": "Ra mắt tổ tự quản về an ninh trật tự ở khu dân cư",
    "lead": "Sáng nay, khu dân cư số 2 ra mắt mô hình mới.",
    "passages": [
        "Tổ tự quản gồm 12 thành viên, thay nhau tuần tra ban đêm và nhắc các hộ khoá cửa, cất xe.",
        "Công an phường phát tờ rơi, hướng dẫn người dân nhận biết thủ đoạn lừa đảo qua mạng.",
    ],
}
"""An invented article, shown with the logged model."""


def run(settings: TopicsRecipe) -> dict[str, Any]:
    """Train, measure and record the topic model that the settings name.

    Returns:
        ``run`` (MLflow's id) and ``model`` (its address there), None with tracking switched off; ``folder``,
        None where ``out`` names none; ``metrics`` of each test split, nested; ``seconds`` of each step.

    Raises:
        PhongtraoError: the tracking server does not answer; nothing has been trained then.
    """
    config = settings.model_dump(mode="json")
    with start_run(
        settings.tracking,
        settings.name,
        recipe="topics",
        config=config,
        seed=settings.seed,
        variant=_variant(settings),
    ) as run:
        return _train(settings, run)


def _train(settings: TopicsRecipe, run: Run) -> dict[str, Any]:
    from phongtrao.topics.evaluation import evaluate_topics
    from phongtrao.topics.fitting import fit_topic_model

    seconds: dict[str, float] = {}
    with timed("load", seconds):
        data = load_dataset(settings.data)
    run.log_data(data_hash=data.data_hash, split_hash=data.split_hash, topics=data.topics)

    with timed("fit", seconds):
        model = fit_topic_model(settings, data)

    with timed("evaluate", seconds):
        tests = {"seed_test": data.seed["test"], "press_test": data.press["test"]}
        measured = {
            split: evaluate_topics(model, articles, bootstrap=settings.bootstrap, seed=settings.seed)
            for split, articles in tests.items()
            if articles
        }
    metrics = {split: evaluation.metrics for split, evaluation in measured.items()}
    trained = Trained(settings, data.topics, _sizes(data), data.data_hash, data.split_hash, metrics)

    with timed("record", seconds):
        costs = {"seconds": seconds, "articles_per_second": measured["seed_test"].articles_per_second}
        address = record_topic_model(run, model, trained, measured, example=EXAMPLE, costs=costs)
        for split, evaluation in measured.items():
            _log_plots(run, split, evaluation.predictions, settings)
    return {
        "run": run.id,
        "model": address,
        "folder": str(settings.out) if settings.out else None,
        "metrics": metrics,
        "seconds": seconds,
    }


def _log_plots(run: Run, split: str, predictions: list[dict[str, Any]], settings: TopicsRecipe) -> None:
    from phongtrao.tracking.plots import plot_confusion, plot_precision_recall, plot_reliability

    if run.id is None:
        return
    names = {topic.key: f"{topic.key} ({topic.vi})" for topic in load_topics(settings.data.seeds)}
    for name, plot in (
        ("precision_recall", plot_precision_recall),
        ("confusion", plot_confusion),
        ("reliability", plot_reliability),
    ):
        run.log_figure(f"{split}.{name}", plot(predictions, names, where=f"{SPLITS[split]}, passages"))


def _variant(settings: TopicsRecipe) -> str:
    """Return the model settings that are not the defaults, such as ``C=8.0 pooling=passage``."""
    defaults = type(settings.model)()
    return " ".join(f"{key}={value}" for key, value in settings.model if value != getattr(defaults, key))


def _sizes(data: LabelledData) -> dict[str, int]:
    parts = (("seed", data.seed), ("press", data.press))
    sizes = {f"{source} {split}": len(held) for source, split_of in parts for split, held in split_of.items()}
    return sizes | {"further press train": len(data.labels), "written train": len(data.written)}
