"""A folder of ``prepare_pretrain.py`` -> a pretrained network in pieces, and its curve; at the GPU.

Needs torch, transformers, safetensors and numpy, and ``src`` on PYTHONPATH; nothing else of the package.

    PYTHONPATH=src python3 experiments/gpu/pretrain.py FOLDER OUT [--minutes 8] [--device cuda] [--compile]
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from weight_pieces import write_pieces

from phongtrao.language.masked_language import Vocabulary, perplexity
from phongtrao.language.pretraining import Schedule, pretrain
from phongtrao.language.token_shards import shuffled_blocks, stacked


def main() -> None:
    """Read the arguments, train, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, help="instead of the plan's minutes or steps")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--compile", action="store_true", help="costs about a minute before the first step")
    given = parser.parse_args()

    plan: dict[str, Any] = json.loads((given.folder / "plan.json").read_text(encoding="utf-8"))
    schedule = replace(Schedule(**plan["schedule"]), device=given.device)
    if given.minutes is not None:
        schedule = replace(schedule, minutes=given.minutes, steps=None)
    special = tuple(plan["vocabulary"]["special"])
    vocabulary = Vocabulary(plan["vocabulary"]["size"], plan["vocabulary"]["mask"], special)
    held = np.load(given.folder / "held.npy", allow_pickle=False)
    shards = load_shards(given.folder, plan, held.dtype)
    network = open_network(given.folder / "start").to(given.device)

    def measured() -> float:
        return perplexity(
            network, held, vocabulary, autocast=schedule.autocast, device=given.device, batch=256
        )

    before = measured()
    print(f"before: {before:.2f}", flush=True)
    if given.compile:
        network.base_model.compile()
    progress = pretrain(
        network,
        lambda skip: stacked(
            shuffled_blocks(
                shards, plan["block_tokens"], plan["begin"], plan["end"], seed=schedule.seed, skip=skip
            ),
            schedule.batch_blocks,
        ),
        vocabulary,
        schedule,
        report=lambda point: print(json.dumps(point), flush=True),
    )
    after = measured()
    print(f"after: {after:.2f}", flush=True)
    result = {
        "perplexity_before": before,
        "perplexity_after": after,
        **progress.figures(),
        "held_tokens": int(held.size),
        "passes": progress.tokens / max(1, plan["tokens"]),
    }
    result |= write_pieces(given.out, network) | {"curve": progress.curve}
    (given.out / "result.json").write_text(json.dumps(result) + "\n", encoding="utf-8")


def load_shards(folder: Path, plan: dict[str, Any], dtype: np.dtype[Any]) -> list[np.ndarray]:
    """Return the ids of all parts that are there; fewer than were prepared is said and used."""
    parts = sorted(folder.glob("tokens-*.xz"))
    if not parts:
        sys.exit(f"{folder}: no tokens-*.xz; prepare them with prepare_pretrain.py and stage them here")
    if len(parts) < plan["parts"]:
        print(f"only {len(parts)} of {plan['parts']} parts are here", flush=True)
    shards = []
    for part in parts:
        ids = np.frombuffer(lzma.decompress(part.read_bytes()), dtype=dtype)
        shards += np.array_split(ids, max(1, len(ids) // 1_000_000))
    return shards


def open_network(folder: Path) -> Any:
    """Return the network with its head in float32."""
    from transformers import AutoModelForMaskedLM

    return AutoModelForMaskedLM.from_pretrained(folder, dtype="float32", local_files_only=True)


if __name__ == "__main__":
    main()
