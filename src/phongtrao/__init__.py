"""Topics and summaries of Vietnamese press articles. Importing is cheap; ``load()`` brings the models."""

from __future__ import annotations

from phongtrao.analyser import Analyser, load
from phongtrao.article import Article, Evidence, Passage, PassagePrediction, Prediction, Summary
from phongtrao.batch.formats import read_results

__version__ = "0.1.0"
__all__ = [
    "Analyser",
    "Article",
    "Evidence",
    "Passage",
    "PassagePrediction",
    "Prediction",
    "Summary",
    "load",
    "read_results",
]
