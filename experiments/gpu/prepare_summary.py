"""Settings of an abstractive summarizer -> a folder with all that a bare machine with a GPU needs.

    python experiments/gpu/prepare_summary.py FOLDER configs/summary/abstractive.yaml model.minutes=20 \
        model.epochs=null model.batch_tokens=65536 model.learning_rate=4e-4 [key=value ...]

FOLDER/call-1 then holds ``start/`` (the network to begin with), ``tokens/``, ``plan.json`` and compressed
ids: ``seed.xz``, ``NAME.held.xz`` (articles to write summaries of) and ``news-NN.xz``. What goes over
``--call-megabytes`` lies in FOLDER/call-2 and so on, to be carried in further calls. ``--workers`` prepares
on several cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Iterator
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
    parser.add_argument("--call-megabytes", type=float, default=50.0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    try:
        settings = load_config(given.settings[0], given.settings[1:])
        if not isinstance(settings, SummaryRecipe) or not isinstance(settings.model, AbstractiveSettings):
            raise UsageError(f"{given.settings[0]}: expected recipe: summary with model.kind: abstractive")
        prepare(given.folder, settings, settings.model, given.call_megabytes * 1e6, given.workers)
    except PhongtraoError as error:
        sys.exit(str(error))


def prepare(
    folder: Path, settings: SummaryRecipe, model: AbstractiveSettings, call_bytes: float, workers: int
) -> None:
    """Write everything into ``folder/call-N``; what an earlier preparation left there is replaced."""
    import torch

    for old in folder.glob("call-*"):
        shutil.rmtree(old)
    first = folder / "call-1"
    (first / "tokens").mkdir(parents=True)
    tokens, network = open_start(model)
    tokens.save(first / "tokens")
    network.to(torch.float16).save_pretrained(first / "start")
    gathered = gather(settings)
    (first / "seed.xz").write_bytes(_pack(gathered.seed, first / "tokens", model))
    held = {name: articles for name, articles in gathered.sets.items() if articles}
    for name, articles in held.items():
        (first / f"{name}.held.xz").write_bytes(_pack(articles, first / "tokens", model))
    parts = [
        (gathered.news[start : start + PART_ARTICLES], first / "tokens", model)
        for start in range(0, len(gathered.news), PART_ARTICLES)
    ]
    ratio = tokens_per_word(tokens, [*gathered.seed, *gathered.news])
    plan = {
        "settings": settings.model_dump(mode="json"),
        "news": asdict(news_schedule(model, settings.seed)),
        "seed": asdict(seed_schedule(model, settings.seed)),
        "decoding": asdict(decoding_of(model)),
        "min_tokens": int(model.min_words * ratio),
        "tokens_per_word": ratio,
        "freeze_encoder": model.freeze_encoder,
        "parts": len(parts),
        "watched": HELD,
        "held": {name: [a.id for a in articles] for name, articles in held.items()},
    }
    (first / "plan.json").write_text(json.dumps(plan) + "\n", encoding="utf-8")
    write_parts(folder, _packed(parts, workers), call_bytes)
    told = ", ".join(f"{call.name} {size_of(call) / 1e6:.1f} MB" for call in sorted(folder.glob("call-*")))
    print(f"{folder}: {len(gathered.news):,} news articles in {len(parts)} parts; {told}")


def write_parts(folder: Path, contents: Iterable[bytes], call_bytes: float) -> None:
    """Write parts, in order, into ``call-1``, which may hold something, and further ones as they fill."""
    call, calls = folder / "call-1", 1
    for number, content in enumerate(contents):
        if any(call.iterdir()) and size_of(call) + len(content) > call_bytes:
            calls += 1
            call = folder / f"call-{calls}"
            call.mkdir()
        (call / f"news-{number:02d}.xz").write_bytes(content)
        print(f"part {number + 1}: {len(content) / 1e6:.1f} MB", file=sys.stderr, flush=True)


def size_of(folder: Path) -> int:
    """Return the bytes of a folder's files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


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
