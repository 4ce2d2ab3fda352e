"""A configuration -> a topic model folder and its figures, with nothing recorded; at the GPU.

PYTHONPATH=src python3 experiments/gpu/topics.py FOLDER CONFIG [key=value ...]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from phongtrao.config import TopicsRecipe, load_config
from phongtrao.corpus.dataset import load_dataset
from phongtrao.topics.evaluation import evaluate_topics
from phongtrao.topics.fitting import fit_topic_model
from phongtrao.topics.model import TopicModel


def main(folder: Path, config: str, overrides: list[str]) -> None:
    """Train, save, and measure the saved model: what its int8 weights say is what counts."""
    settings = load_config(config, overrides)
    assert isinstance(settings, TopicsRecipe)
    data = load_dataset(settings.data)
    began = time.perf_counter()
    fit_topic_model(settings, data).save(folder)
    seconds = time.perf_counter() - began
    model = TopicModel.load(folder)
    figures = {
        f"{source}_{split}": evaluate_topics(model, parts[split], bootstrap=settings.bootstrap).metrics
        for source, parts in (("seed", data.seed), ("press", data.press))
        for split in ("validation", "test")
        if parts[split]
    }
    about = {"settings": settings.model_dump(mode="json"), "seconds": seconds, "figures": figures}
    folder.with_name(f"{folder.name}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    for name, metrics in figures.items():
        print(name, metrics["passages"]["macro_f1"], flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
