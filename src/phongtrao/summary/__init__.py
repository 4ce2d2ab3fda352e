"""Article -> summary: lead, extractive, and the metrics and checks they are held to."""

from __future__ import annotations

from phongtrao.summary.base import Length, Summarizer
from phongtrao.summary.lead import LeadSummarizer

__all__ = ["LeadSummarizer", "Length", "Summarizer"]
