"""List the labels that are learned from and likely wrong; nothing is changed or left out by it.

    python experiments/suspicious.py [seeds/press/suspicious.jsonl]

Every training passage (seed corpus, press, further labels, written ones) is scored by linear models that have
not seen it, and confident learning (cleanlab) names the annotations that disagree too much, the most doubtful
first. A row has no text: ``{id, passage, topic, annotated, probability}``. ``phongtrao audit`` does the same
for your own articles, with texts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from phongtrao.config import DataSettings
from phongtrao.corpus.audit import suspicious_topics
from phongtrao.corpus.dataset import load_dataset
from phongtrao.recipes.audit import unseen_probabilities


def main(out: Path) -> None:
    """Write the list."""
    data = load_dataset(DataSettings())
    articles = [article for part in data.train.values() for article in part]
    found = suspicious_topics(articles, data.topics, unseen_probabilities(articles, data.topics))
    with out.open("w", encoding="utf-8") as lines:
        for doubt in found:
            row = {
                "id": doubt.id,
                "passage": doubt.passage,
                "topic": doubt.topic,
                "annotated": bool(doubt.annotated),
                "probability": round(float(doubt.probability), 3),
            }
            lines.write(json.dumps(row) + "\n")
    print(f"{len(found)} doubtful labels of {len(articles)} articles and passages -> {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "seeds/press/suspicious.jsonl"))
