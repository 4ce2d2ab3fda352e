"""The pieces that ``pretrain.py`` wrote -> the encoder's folder, and a run in MLflow.

    python experiments/gpu/join_pretrain.py PREPARED RESULTS [--out FOLDER] [--no-tracking]

PREPARED is the folder of ``prepare_pretrain.py``, RESULTS where ``pretrain.py`` wrote.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from weight_pieces import joined_folder

from phongtrao.config import PretrainRecipe
from phongtrao.errors import PhongtraoError
from phongtrao.recipes.pretraining_data import load_pretraining_data
from phongtrao.recipes.pretraining_folder import save_encoder
from phongtrao.tracking.curves import open_curve
from phongtrao.tracking.runs import start_run


def main() -> None:
    """Read the arguments, join and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--no-tracking", action="store_true")
    given = parser.parse_args()
    try:
        print(join(given.prepared, given.results, given.out, tracked=not given.no_tracking))
    except PhongtraoError as error:
        sys.exit(str(error))


def join(prepared: Path, results: Path, out: Path | None, *, tracked: bool) -> Path:
    """Write the encoder's folder and record the run; return the folder."""
    plan: dict[str, Any] = json.loads((prepared / "plan.json").read_text(encoding="utf-8"))
    result: dict[str, Any] = json.loads((results / "result.json").read_text(encoding="utf-8"))
    settings = PretrainRecipe(**plan["settings"])
    out = out or settings.out or Path("runs/pretrain") / settings.name
    network = _network(results, result)
    curve = result.pop("curve")
    metrics = {key: value for key, value in result.items() if key not in ("pieces", "sha256")}
    settings = settings.model_copy(
        update={"tracking": settings.tracking.model_copy(update={"enabled": tracked})}
    )
    with start_run(
        settings.tracking,
        settings.name,
        recipe="pretrain",
        config=settings.model_dump(mode="json"),
        seed=settings.seed,
        variant=f"{settings.init} gpu",
    ) as run:
        card = save_encoder(out, network, load_pretraining_data(settings), plan["rows"], metrics)
        with open_curve(run, "train") as log:
            for point in curve:
                log(point)
        run.log_metrics(metrics)
        run.log_table("curve", curve)
        run.log_folder(out, "encoder")
        run.set_summary(card)
    return out


def _network(results: Path, result: dict[str, Any]) -> Any:
    from transformers import AutoModelForMaskedLM

    with joined_folder(results, result) as folder:
        return AutoModelForMaskedLM.from_pretrained(folder, dtype="float32", local_files_only=True)


if __name__ == "__main__":
    main()
