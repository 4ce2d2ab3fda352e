"""Settings of a pretraining -> a folder with all that a bare machine with a GPU needs.

    python experiments/gpu/prepare_pretrain.py FOLDER --part-megabytes 24 configs/pretrain.yaml minutes=8 \
        batch_blocks=512 learning_rate=1e-3

FOLDER then holds ``start/`` (the network to begin with), ``held.npy``, ``plan.json`` and parts of compressed
token ids. ``--workers`` segments on several cores, ``--tokens`` stops early. Ids are kept in the cache of the
settings, so that doing it again costs no segmenting.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np

from phongtrao.config import PretrainRecipe, load_config
from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.recipes.pretraining_data import load_pretraining_data, start_network
from phongtrao.recipes.train_pretrain import schedule_of

# Two-byte numbers: positions and literals are told apart by the lowest bit of the place.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lp": 1, "lc": 3, "pb": 1}]


def main() -> None:
    """Read the arguments and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("settings", nargs="+", help="a configuration file and key=value")
    parser.add_argument("--part-megabytes", type=float, default=24.0)
    parser.add_argument("--tokens", type=float, default=float("inf"), help="at most so many")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    try:
        settings = load_config(given.settings[0], given.settings[1:])
        if not isinstance(settings, PretrainRecipe):
            raise UsageError(f"{given.settings[0]}: expected recipe: pretrain, found {settings.recipe}")
        prepare(given.folder, settings, given.part_megabytes * 1e6, given.tokens, given.workers)
    except PhongtraoError as error:
        sys.exit(str(error))


def prepare(folder: Path, settings: PretrainRecipe, part_bytes: float, tokens: float, workers: int) -> None:
    """Write everything into ``folder``; parts of an earlier preparation are replaced."""
    import torch

    data = load_pretraining_data(settings)
    network, rows = start_network(data)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("tokens-*.xz"):
        old.unlink()
    network.to(torch.float16).save_pretrained(folder / "start")
    np.save(folder / "held.npy", data.held.astype(data.shards[0].dtype), allow_pickle=False)
    if workers > 1:
        with ProcessPoolExecutor(workers, initializer=_open, initargs=(settings,)) as pool:
            for done, _ in enumerate(pool.map(_make, range(len(data.shards)))):
                print(f"shard {done + 1} of {len(data.shards)}", file=sys.stderr)
    schedule = asdict(schedule_of(settings)) | {"device": "cuda"}
    plan = {
        "schedule": schedule,
        "vocabulary": asdict(data.vocabulary),
        "block_tokens": settings.block_tokens,
        "begin": data.tokens.begin[0],
        "end": data.tokens.end,
        "rows": rows,
        "settings": settings.model_dump(mode="json"),
        **_write_parts(folder, (data.shards[n] for n in range(len(data.shards))), part_bytes, tokens),
    }
    (folder / "plan.json").write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    print(
        f"{folder}: {plan['tokens'] / 1e6:.1f} M tokens in {plan['parts']} parts, {megabytes:.1f} MB in all"
    )


def _write_parts(
    folder: Path, shards: Iterable[np.ndarray], part_bytes: float, tokens: float
) -> dict[str, int]:
    """Write shards, in order, to ``tokens-NN.xz``, each closed when it has ``part_bytes``."""
    waiting = iter(shards)
    written = parts = 0
    shard = next(waiting, None)
    while shard is not None and written < tokens:
        with (folder / f"tokens-{parts:02d}.xz").open("wb") as file:
            compressor, size = lzma.LZMACompressor(filters=FILTERS), 0
            while shard is not None and written < tokens and size < part_bytes:
                size += file.write(compressor.compress(shard.tobytes()))
                written += len(shard)
                shard = next(waiting, None)
            file.write(compressor.flush())
        parts += 1
    return {"tokens": written, "parts": parts}


_data = None  # of a worker process


def _open(settings: PretrainRecipe) -> None:
    global _data  # noqa: PLW0603 -- a pool's worker has no other place to keep it
    _data = load_pretraining_data(settings)


def _make(number: int) -> int:
    assert _data is not None
    return len(_data.shards[number])


if __name__ == "__main__":
    main()
