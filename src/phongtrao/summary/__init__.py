"""Article -> summary: lead, extractive, and the metrics and checks they are held to."""

from __future__ import annotations

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
