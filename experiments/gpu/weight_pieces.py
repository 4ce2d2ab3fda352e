"""A network's weights -> pieces small enough to be carried from one machine to another, and joined again.

Needs torch, transformers and safetensors; of the package its errors alone.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from phongtrao.errors import InputError

PIECE_BYTES = 15 << 20


def write_pieces(out: Path, network: Any, piece_bytes: int = PIECE_BYTES) -> dict[str, Any]:
    """Write ``config.json`` and the weights (float16) in pieces; return what ``joined_folder`` asks for.

    The network itself becomes float16, on the CPU.
    """
    import torch

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        network.to("cpu").to(torch.float16).save_pretrained(temporary)
        weights = (Path(temporary) / "model.safetensors").read_bytes()
        (out / "config.json").write_bytes((Path(temporary) / "config.json").read_bytes())
    pieces = [weights[start : start + piece_bytes] for start in range(0, len(weights), piece_bytes)]
    for number, piece in enumerate(pieces):
        _piece(out, number).write_bytes(piece)
    return {"pieces": len(pieces), "sha256": hashlib.sha256(weights).hexdigest()}


@contextmanager
def joined_folder(results: Path, result: Mapping[str, Any]) -> Iterator[Path]:
    """Give a folder with the network, its pieces joined; it is gone after the block.

    Args:
        results: where the pieces lie.
        result: with what ``write_pieces`` returned.

    Raises:
        InputError: a piece is missing, or they are not those that were written.
    """
    pieces = [_piece(results, number) for number in range(result["pieces"])]
    missing = [piece.name for piece in pieces if not piece.is_file()]
    if missing:
        raise InputError(f"{results}: expected {len(pieces)} pieces, {', '.join(missing)} are missing")
    weights = b"".join(piece.read_bytes() for piece in pieces)
    if hashlib.sha256(weights).hexdigest() != result["sha256"]:
        raise InputError(f"{results}: the joined weights are not those that were written; fetch them again")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.safetensors").write_bytes(weights)
        (folder / "config.json").write_bytes((results / "config.json").read_bytes())
        yield folder


def _piece(folder: Path, number: int) -> Path:
    return folder / f"model.safetensors.{number:02d}"
