"""The figures of a summarizer -> its model card, which also opens its run's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phongtrao.config import AbstractiveSettings, SummaryRecipe
from phongtrao.summary.abstractive.repair import WAYS

SETS = {
    "seed_validation": "seed validation (synthetic)",
    "seed_test": "seed test (synthetic)",
    "vietnews_validation": "VietNews validation (real news)",
}
"""What is measured on, and what a reader has to know of it."""
_ROUGES = ("rouge1", "rouge2", "rougeL")
_MEANT_FOR = """\
For short extracts of Vietnamese press articles, to be read beside the article. It copies whole sentences,
so it invents nothing; but a sentence may lean on one that was left out (who "he" is), and what an article
does not say in a sentence of its own is not said. Trained on news of 2016-2019 and on the synthetic seed
corpus."""
_WRITES = """\
For short summaries of Vietnamese press articles, to be read beside the article. It writes sentences of its
own: every number with its unit, every date and every name in them stands in the article, which is looked up
each time; who did what to whom is not, so a sentence may still be wrong. Where a sentence fails the look-up,
the network is asked again with the failing words banned, and else a sentence of the article takes its
place."""
_SCALES = """\
ROUGE F1 in percent with 95 % intervals, R1 / R2 / RL. The syllable scale keeps Vietnamese syllables whole;
the default scale of rouge_score shreds them, and is given because most published figures are on it. Foreign
claims are numbers with their units, dates and names in a summary that its article does not bear out."""


def model_card(settings: SummaryRecipe, learned_from: Mapping[str, int], metrics: Mapping[str, Any]) -> str:
    """Return Markdown: what it is, how it does beside lead-2 on both scales, how to make it again.

    Args:
        settings: of the run.
        learned_from: how many articles of each source.
        metrics: for each set the result of ``evaluate_articles``.
    """
    sources = ", ".join(f"{count:,} {name}" for name, count in learned_from.items() if count)
    values = settings.model.model_dump()
    told = ", ".join(f"{name} {value}" for name, value in values.items() if name != "kind" and value != "")
    parts = [f"# {settings.name}: a summarizer of phongtrao"]
    if settings.model.kind == "extractive":
        trees = settings.model.trees
        how = (
            f"{trees} boosted trees choose\namong groups of the best"
            if trees
            else "the best are added one by one"
        )
        parts.append(
            f"Whole sentences of the article: a linear scorer weighs each, and {how}.\n"
            f"Learned from {sources} articles."
        )
    if isinstance(settings.model, AbstractiveSettings):
        began = settings.model.start_card or f"`{settings.model.start}`"
        parts.append(
            f"Writes sentences by an encoder-decoder that began as {began} and learned from\n"
            f"{sources} articles; then looks up what they claim."
        )
    parts += [
        "## Measured",
        _SCALES,
        _table(settings.name, metrics),
        *_ways(metrics),
        "## Made with",
        f"`phongtrao train`, recipe `summary`, a model of the kind `{settings.model.kind}` ({told}).",
        "## Meant for",
        _WRITES if settings.model.kind == "abstractive" else _MEANT_FOR,
    ]
    return "\n\n".join(parts) + "\n"


def _table(name: str, metrics: Mapping[str, Any]) -> str:
    lines = ["| articles | system | syllable scale | default scale | words | foreign claims |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for key, result in metrics.items():
        where = f"{SETS.get(key, key)}, {result['articles']:,}"
        rows = [(name, result["metrics"])]
        if "lead-2" in result:
            rows.append(("lead-2", result["lead-2"]))
        lines += [f"| {where} | {system} | {_cells(figures, result)} |" for system, figures in rows]
    return "\n".join(lines)


def _ways(metrics: Mapping[str, Any]) -> list[str]:
    """Return a table of the ways that summaries went; nothing where they went none."""
    told = {key: result for key, result in metrics.items() if "ways" in result}
    if not told:
        return []
    lines = [f"| summaries, in percent | {' | '.join(WAYS)} | novelty | repetition | whole ends |"]
    lines.append("| --- " * (len(WAYS) + 4) + "|")
    for key, result in told.items():
        shares = [result["ways"][way] for way in WAYS]
        shares += [result["metrics"][name]["value"] for name in ("novelty", "repetition", "whole_end")]
        lines.append(f"| {SETS.get(key, key)} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |")
    return ["\n".join(lines)]


def _cells(figures: Mapping[str, Mapping[str, float]], result: Mapping[str, Any]) -> str:
    scales = [
        " / ".join(_figure(figures[f"{rouge}_{scale}"]) for rouge in _ROUGES)
        for scale in ("syllable", "default")
    ]
    foreign = round(figures["missing_claims"]["value"] * result["articles"])
    return " | ".join([*scales, f"{figures['words']['value']:.0f}", str(foreign)])


def _figure(figure: Mapping[str, float]) -> str:
    return f"{100 * figure['value']:.2f} ({100 * figure['low']:.1f}-{100 * figure['high']:.1f})"
