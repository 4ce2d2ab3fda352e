"""How fast articles are summarized and summaries evaluated, on one core.

    OMP_NUM_THREADS=1 python experiments/bench/summary.py [articles]

The articles are those of the seed corpus, over and over; one JSON line says articles a second (the median of
five rounds), the articles' mean length in words, seconds to evaluate, and peak memory.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time

from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.summary import Summarizer, evaluate_articles, load_summarizer
from phongtrao.summary.units import count_words

ROUNDS = 5


def main(count: int) -> None:
    """Measure with ``count`` articles and print the line."""
    corpus = load_seed_corpus()
    labelled = [corpus[i % len(corpus)] for i in range(count)]
    summarizers: dict[str, Summarizer] = {name: load_summarizer(name) for name in ("extractive", "lead-2")}
    figures: dict[str, object] = {
        "articles": count,
        "words_per_article": round(statistics.mean(count_words(a.article.text) for a in labelled)),
    }
    for name, summarizer in summarizers.items():
        for length in ("standard", "short"):
            rates = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                summarizer.summarize([a.article for a in labelled], length=length)  # type: ignore[arg-type]
                rates.append(count / (time.perf_counter() - start))
            figures[f"{name}_{length}_articles_per_second"] = round(statistics.median(rates))
    start = time.perf_counter()
    evaluate_articles(labelled, summarizers["extractive"])
    figures["evaluate_seconds"] = round(time.perf_counter() - start, 1)
    figures["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
