"""The name of a summarizer, or a folder -> the summarizer."""

from __future__ import annotations

import json
import re
from pathlib import Path

from phongtrao.errors import UsageError
from phongtrao.summary.base import Summarizer
from phongtrao.summary.extractive import SHIPPED, ExtractiveSummarizer
from phongtrao.summary.lead import LeadSummarizer

_LEAD = re.compile(r"lead(?:-([1-9]\d*))?")


def load_summarizer(method: str | Path = "extractive") -> Summarizer:
    """Return the summarizer called ``extractive`` (as shipped) or ``lead-3``, or the one in a folder.

    Raises:
        UsageError: there is no such method and no such folder.
        ModelError: the folder holds no summarizer.
    """
    name = str(method)
    if name == "extractive":
        return ExtractiveSummarizer.load(SHIPPED)
    if lead := _LEAD.fullmatch(name):
        return LeadSummarizer(int(lead[1] or 2))
    if Path(name).is_dir():
        return _from_folder(Path(name))
    raise UsageError(f"no summarizer {name!r}: expected extractive, lead, lead-3 or a model folder")


def _from_folder(folder: Path) -> Summarizer:
    try:
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        kind = about["settings"].get("kind")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        kind = None  # the extractive one says what is wrong
    if kind == "abstractive":
        from phongtrao.summary.abstractive.summarizer import AbstractiveSummarizer

        return AbstractiveSummarizer.load(folder)
    return ExtractiveSummarizer.load(folder)
