"""Settings of an abstractive summarizer -> a folder with all that a bare machine with a GPU needs.

    python experiments/gpu/prepare_summary.py FOLDER configs/summary/abstractive.yaml model.minutes=20 \
        model.epochs=null model.batch_tokens=65536 model.learning_rate=5e-4 [key=value ...]

FOLDER then holds ``start/`` (the network to begin with), ``tokens/``, ``plan.json`` and compressed ids:
``seed.xz``, ``NAME.held.xz`` (articles to write summaries of) and ``news-NN.xz``. ``--workers`` prepares on
several cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from phongtrao.config import AbstractiveSettings, SummaryRecipe, load_config
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.recipes.train_summary import gather
from phongtrao.summary.abstractive.fitting import (
    HELD,
    decoding_of,
    make_pairs,
    news_schedule,
    seed_schedule,
    tokens_per_word,
)
from phongtrao.summary.abstractive.packing import pack
from phongtrao.summary.abstractive.start import open_start
from phongtrao.summary.abstractive.tokens import load_tokens
from phongtrao.summary.extractive import shipped_scorer

PART_ARTICLES = 8192


def main() -> None:
    """Read the arguments and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("settings", nargs="+", help="a configuration file and key=value")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    try:
        settings = load_config(given.settings[0], given.settings[1:])
        if not isinstance(settings, SummaryRecipe) or not isinstance(settings.model, AbstractiveSettings):
            raise UsageError(f"{given.settings[0]}: expected recipe: summary with model.kind: abstractive")
        prepare(given.folder, settings, settings.model, given.workers)
    except PhongtraoError as error:
        sys.exit(str(error))


def prepare(folder: Path, settings: SummaryRecipe, model: AbstractiveSettings, workers: int) -> None:
    """Write everything into ``folder``; what an earlier preparation left is replaced."""
    import torch

    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.xz"):
        old.unlink()
    tokens, network = open_start(model)
    tokens.save(folder / "tokens")
    network.to(torch.float16).save_pretrained(folder / "start")
    gathered = gather(settings)
    packed = _pack(gathered.seed, folder / "tokens", model)
    (folder / "seed.xz").write_bytes(packed)
    held = {name: articles for name, articles in gathered.sets.items() if articles}
    for name, articles in held.items():
        (folder / f"{name}.held.xz").write_bytes(_pack(articles, folder / "tokens", model))
    parts = [
        (gathered.news[start : start + PART_ARTICLES], folder / "tokens", model)
        for start in range(0, len(gathered.news), PART_ARTICLES)
    ]
    for number, content in enumerate(_packed(parts, workers)):
        (folder / f"news-{number:02d}.xz").write_bytes(content)
        print(f"part {number + 1} of {len(parts)}: {len(content) / 1e6:.1f} MB", file=sys.stderr, flush=True)
    plan = {
        "settings": settings.model_dump(mode="json"),
        "news": asdict(news_schedule(model, settings.seed)),
        "seed": asdict(seed_schedule(model, settings.seed)),
        "decoding": asdict(decoding_of(model)),
        "min_tokens": int(model.min_words * tokens_per_word(tokens, [*gathered.seed, *gathered.news])),
        "tokens_per_word": tokens_per_word(tokens, [*gathered.seed, *gathered.news]),
        "freeze_encoder": model.freeze_encoder,
        "parts": len(parts),
        "watched": HELD,
        "held": {name: [a.id for a in articles] for name, articles in held.items()},
    }
    (folder / "plan.json").write_text(json.dumps(plan) + "\n", encoding="utf-8")
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    print(f"{folder}: {len(gathered.news):,} news articles in {len(parts)} parts, {megabytes:.1f} MB in all")


def _packed(
    parts: list[tuple[list[LabelledArticle], Path, AbstractiveSettings]], workers: int
) -> Iterator[bytes]:
    if workers == 1:
        yield from (_pack(*part) for part in parts)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_pack, *zip(*parts, strict=True))


def _pack(articles: list[LabelledArticle], tokens: Path, model: AbstractiveSettings) -> bytes:
    return pack(make_pairs(articles, load_tokens(tokens), shipped_scorer(), model))


if __name__ == "__main__":
    main()
