"""Which segmenter a tokenizer was trained with, kept beside it, so that the same one is used again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from phongtrao.errors import ModelError
from phongtrao.language.segmentation import segmenter_version

SEGMENTER_FILE = "segmenter.json"


@dataclass(frozen=True)
class SegmenterRecord:
    """A segmenter's name and the version of its package."""

    name: str
    version: str


def write_segmenter(folder: Path, name: str) -> SegmenterRecord:
    """Write the segmenter ``name`` with its installed version into ``folder``."""
    record = SegmenterRecord(name, segmenter_version(name))
    (folder / SEGMENTER_FILE).write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    return record


def read_segmenter(folder: str | Path) -> SegmenterRecord | None:
    """Return the segmenter recorded in ``folder``, None where none is (a folder from the hub).

    Raises:
        ModelError: the record is not of the form that ``write_segmenter`` gives it.
    """
    path = Path(folder) / SEGMENTER_FILE
    if not path.exists():
        return None
    try:
        return SegmenterRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path}: expected an object of `name` and `version` ({error})") from error
