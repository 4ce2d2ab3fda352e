"""A folder of ``prepare_summary.py`` -> a trained summarizer in pieces, and what it writes; at the GPU.

Needs torch, transformers, accelerate, tokenizers, safetensors and numpy, and ``src`` on PYTHONPATH; nothing
else of the package.

    PYTHONPATH=src python3 experiments/gpu/summary.py FOLDER OUT [--minutes 18] [--batch 64]
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from weight_pieces import write_pieces

from phongtrao.summary.abstractive.packing import joined, unpack
from phongtrao.summary.abstractive.pairs import Pairs
from phongtrao.summary.abstractive.start import begin_with_frequencies, open_network
from phongtrao.summary.abstractive.tokens import Frame
from phongtrao.summary.abstractive.training import Point, Schedule, train
from phongtrao.summary.abstractive.writers import Decoding, Draft, Order, TorchWriter


def main() -> None:
    """Read the arguments, train, write summaries, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--minutes", type=float, help="on the news, instead of the plan's epochs, steps or minutes"
    )
    parser.add_argument("--batch", type=int, default=64, help="articles that are decoded together")
    given = parser.parse_args()
    began = time.monotonic()
    plan: dict[str, Any] = json.loads((given.folder / "plan.json").read_text(encoding="utf-8"))
    about = json.loads((given.folder / "tokens" / "frame.json").read_text(encoding="utf-8"))
    frame = Frame(**{**about, "begin": tuple(about["begin"])})
    network = open_network(given.folder / "start")
    if plan["freeze_encoder"]:
        network.get_encoder().requires_grad_(False)
    curve = learn(given.folder, plan, network, frame, given.minutes)
    drafts = write(given.folder, plan, network, frame, given.batch)
    result = {"curve": curve, "drafts": drafts, "minutes": (time.monotonic() - began) / 60}
    result |= write_pieces(given.out, network)
    packed = lzma.compress(json.dumps(result, ensure_ascii=False).encode())
    (given.out / "result.json.xz").write_bytes(packed)
    print(f"done in {result['minutes']:.1f} minutes", flush=True)


def learn(
    folder: Path, plan: dict[str, Any], network: Any, frame: Frame, minutes: float | None
) -> list[Point]:
    """Train on the news, then on the seed corpus with some of the news."""
    news_schedule, seed_schedule = Schedule(**plan["news"]), Schedule(**plan["seed"])
    if minutes is not None:
        news_schedule = replace(news_schedule, minutes=minutes, epochs=None, steps=None)
    parts = sorted(folder.glob("news-*.xz"))
    if len(parts) < plan["parts"]:
        print(f"only {len(parts)} of {plan['parts']} parts are here", flush=True)
    news = joined([unpack(part.read_bytes()) for part in parts])
    seed = unpack((folder / "seed.xz").read_bytes())
    print(f"{len(news)} news and {len(seed)} seed articles", flush=True)
    begin_with_frequencies(network, frame, [*news.targets, *seed.targets])
    curve: list[Point] = []
    if len(news):
        held = watched(folder, plan, "vietnews_validation")
        curve += train(network, frame, news, news_schedule, held=held, report=tell)
    if len(seed) and seed_schedule.epochs:
        drawn = random.Random(seed_schedule.seed).sample(range(len(news)), min(len(news), len(seed)))
        replay = Pairs([news.sources[i] for i in drawn], [news.targets[i] for i in drawn])
        held = watched(folder, plan, "seed_validation")
        curve += train(network, frame, joined([seed, replay]), seed_schedule, held=held, report=tell)
    return curve


def watched(folder: Path, plan: dict[str, Any], name: str) -> Pairs | None:
    """Return the first held pairs of a set; None where it was not prepared."""
    path = folder / f"{name}.held.xz"
    if not path.is_file():
        return None
    pairs = unpack(path.read_bytes())
    return Pairs(pairs.sources[: plan["watched"]], pairs.targets[: plan["watched"]])


def write(folder: Path, plan: dict[str, Any], network: Any, frame: Frame, batch: int) -> dict[str, Any]:
    """Return for each held set the ids of every article's summary, before anything is looked up."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    writer = TorchWriter(network.to(device), frame, Decoding(**plan["decoding"]), batch=batch)
    written = {}
    for name, ids in plan["held"].items():
        began = time.monotonic()
        orders = [
            Order(source, plan["min_tokens"])
            for source in unpack((folder / f"{name}.held.xz").read_bytes()).sources
        ]
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            drafts: list[Draft] = writer.write(orders)
        print(f"{name}: {len(drafts) / (time.monotonic() - began):.1f} articles a second", flush=True)
        written[name] = [
            {"id": one, "ids": draft.ids, "finished": draft.finished, "text": text}
            for one, draft, text in zip(ids, drafts, texts(folder / "tokens", drafts), strict=True)
        ]
    return written


def texts(tokens: Path, drafts: list[Draft]) -> list[str | None]:
    """Return the drafts' texts; None where the tokenizer needs more than there is here."""
    if (tokens / "bpe.codes").exists():
        return [None] * len(drafts)
    from phongtrao.summary.abstractive.tokens import load_tokens

    opened = load_tokens(tokens)
    return [opened.text(draft.ids) for draft in drafts]


def tell(point: Point) -> None:
    """Print a point of the curve."""
    print(" ".join(f"{name} {value:.4g}" for name, value in point.items()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
