"""Article -> summary: lead, extractive, abstractive, and the metrics and checks they are held to.

Names are fetched when they are asked for, so that training an abstractive summarizer at a bare machine with a
GPU needs nothing of the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phongtrao.summary.base import Length, Summarizer
    from phongtrao.summary.evaluation import evaluate, evaluate_articles
    from phongtrao.summary.extractive import ExtractiveSummarizer
    from phongtrao.summary.faithfulness import missing_numbers
    from phongtrao.summary.lead import LeadSummarizer
    from phongtrao.summary.loading import load_summarizer

__all__ = [
    "ExtractiveSummarizer",
    "LeadSummarizer",
    "Length",
    "Summarizer",
    "evaluate",
    "evaluate_articles",
    "load_summarizer",
    "missing_numbers",
]
_HOMES = {
    "ExtractiveSummarizer": "extractive",
    "LeadSummarizer": "lead",
    "Length": "base",
    "Summarizer": "base",
    "evaluate": "evaluation",
    "evaluate_articles": "evaluation",
    "load_summarizer": "loading",
    "missing_numbers": "faithfulness",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
