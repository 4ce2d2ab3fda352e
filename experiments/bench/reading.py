"""How many pages a second are read, on one core.

    OMP_NUM_THREADS=1 python experiments/bench/reading.py [pages]

Pages are made from the seed corpus: its articles on varied pages of text (other articles' boilerplate, dates,
author lines), and the same articles in HTML. One JSON line says pages a second for each (the median of five
rounds; wall clock, and CPU time for where other work shares the machine), the pages' mean length, and peak
memory.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import sys
import time
from html import escape

from phongtrao.article import Article
from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.reading import read_page
from phongtrao.recipes.reading_pages import varied_page

ROUNDS = 5


def main(count: int) -> None:
    """Measure with ``count`` pages and print the line."""
    corpus = load_seed_corpus()
    rng = random.Random(0)
    lenders = [a for a in corpus if a.noise]
    texts = [varied_page(corpus[i % len(corpus)], lenders, rng).text for i in range(count)]
    pages = [html_page(corpus[i % len(corpus)].article) for i in range(count // 5)]
    figures: dict[str, float] = {"pages": count, "mean_chars": round(statistics.mean(map(len, texts)))}
    for name, given in (("text", texts), ("html", pages)):
        wall, cpu = speed([page.encode() for page in given])
        figures |= {f"{name}_pages_per_second": round(wall), f"{name}_pages_per_cpu_second": round(cpu)}
    figures["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(figures))


def speed(pages: list[bytes]) -> tuple[float, float]:
    """Return pages a second and pages a CPU second, medians of the rounds after one to warm up."""
    walls, cpus = [], []
    for number in range(ROUNDS + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        for page in pages:
            read_page(page)
        if number:
            walls.append(len(pages) / (time.perf_counter() - wall))
            cpus.append(len(pages) / (time.process_time() - cpu))
    return statistics.median(walls), statistics.median(cpus)


def html_page(article: Article) -> str:
    """Return the article as a portal would set it."""
    body = "".join(f"<p>{escape(passage.text)}</p>" for passage in article.passages)
    menu = "".join(f'<li><a href="/{i}">Chuyên mục {i}</a></li>' for i in range(12))
    return (
        f"<!DOCTYPE html><html><head><title>{escape(article.title)}</title></head><body><ul>{menu}</ul>"
        f"<h1>{escape(article.title)}</h1><p>{article.published}</p>{body}<ul>{menu}</ul></body></html>"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
