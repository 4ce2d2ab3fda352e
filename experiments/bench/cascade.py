"""What the cascade costs and saves: a model against itself, all scorers asked about everything.

    python experiments/bench/cascade.py [--model FOLDER]

Prints one JSON line for each set: macro-F1 of passages with all scorers, with the cascade, and with the cheap
scorer alone; what the cascade loses, with a 95 % interval (the same articles resampled for both); on how many
passages the two say different topics; and the share of passages and of syllables that the encoder is asked
about. The cascade was fitted on validation; the test lines are there to be read.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from int8 import RESAMPLES, lost_f1

from phongtrao.analyser import SHIPPED_TOPICS
from phongtrao.config import DataSettings
from phongtrao.corpus.dataset import load_dataset
from phongtrao.errors import UsageError
from phongtrao.topics.cascade import macro_f1
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.metrics import resamples
from phongtrao.topics.model import TopicModel
from phongtrao.topics.passages import PassageSet

SETS = [(source, split) for split in ("validation", "test") for source in ("seed", "press")]


def main(folder: Path) -> None:
    """Compare on every set that is here."""
    model, data = TopicModel.load(folder), load_dataset(DataSettings())
    for source, split in SETS:
        articles = getattr(data, source)[split]
        if articles:
            held = PassageSet.from_articles({source: articles}, data.topics)
            found = {"set": f"{source} {split}", **cost(model.classifier, held)}
            print(json.dumps(found), flush=True)


def cost(classifier: TopicClassifier, held: PassageSet, drawn: int = RESAMPLES) -> dict[str, Any]:
    """Return what the cascade of ``classifier`` loses on ``held``, and what it asks.

    Raises:
        UsageError: it has none.
    """
    cascade = classifier.cascade_
    cheap = next((scorer for scorer in classifier.scorers if not scorer.dear), None)
    if cascade is None or cheap is None:
        raise UsageError("this model has no cascade: every scorer is asked about everything")
    raw = cheap.decide(held.texts)
    asked = ~cascade.sure(raw)
    full = classifier.without_cascade().predict(held.texts)
    said = classifier.predict(held.texts)
    alone = cascade.calibration.carried(cascade.calibration.passages(raw))
    syllables = np.array([len(text.split()) for text in held.texts])
    return {
        "full": macro_f1(held.Y, full),
        "cascade": macro_f1(held.Y, said),
        "cheap_alone": macro_f1(held.Y, alone),
        "lost": lost_f1(held.Y, full, said, resamples(held.groups, drawn, seed=0) if drawn else None),
        "passages": len(held),
        "changed": int((full != said).any(axis=1).sum()),
        "asked": float(asked.mean()),
        "asked_syllables": float(syllables[asked].sum() / syllables.sum()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=SHIPPED_TOPICS, help="model folder")
    main(parser.parse_args().model)
