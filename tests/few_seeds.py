"""A seed folder small enough to train on in a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from phongtrao.config import shipped


def write_seeds(folder: Path, each: Mapping[str, int]) -> Path:
    """Write a seed folder with the first ``each[split]`` articles of every split, and return it."""
    whole = shipped("seeds").absolute()
    lists = json.loads((whole / "splits.json").read_text("utf-8"))["seed"]
    kept = {name: lists[name][:many] for name, many in each.items()}
    wanted = {article for ids in kept.values() for article in ids}
    lines = [line for file in sorted(whole.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    chosen = [line for line in lines if json.loads(line)["id"] in wanted]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "few.jsonl").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    (folder / "splits.json").write_text(json.dumps({"seed": kept}), encoding="utf-8")
    (folder / "topics.yaml").write_text((whole / "topics.yaml").read_text("utf-8"), encoding="utf-8")
    return folder
