"""Settings, articles with references -> an abstractive summarizer: first the news, then the seed corpus."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from phongtrao.config import AbstractiveSettings
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import InputError
from phongtrao.language.normalize import compose
from phongtrao.summary.abstractive import ctranslate
from phongtrao.summary.abstractive.pairs import Pairs
from phongtrao.summary.abstractive.sources import source_ids
from phongtrao.summary.abstractive.summarizer import AbstractiveSummarizer
from phongtrao.summary.abstractive.tokens import SummaryTokens
from phongtrao.summary.abstractive.training import Point, Schedule, train
from phongtrao.summary.abstractive.writers import Decoding, TorchWriter, Writer
from phongtrao.summary.extractive import shipped_scorer
from phongtrao.summary.scorer import LinearScorer
from phongtrao.summary.units import count_words

Articles = Sequence[LabelledArticle]
HELD = 200
"""Held articles that the loss is measured on after each epoch."""
_AT_ONCE = 256


@dataclass(frozen=True)
class Teaching:
    """What is learned from, in this order, and what is looked at meanwhile."""

    news: Articles
    seed: Articles
    held_news: Articles = ()
    held_seed: Articles = ()


def fit_abstractive(
    settings: AbstractiveSettings,
    seed: int,
    teaching: Teaching,
    report: Callable[[Point], None] | None = None,
) -> tuple[AbstractiveSummarizer, list[Point]]:
    """Train a summarizer; return it, running as its saved folder will, and the curve.

    Raises:
        ModelError: ``settings.start`` cannot be opened.
        InputError: there is nothing to learn from.
    """
    from phongtrao.summary.abstractive.start import begin_with_frequencies, open_start

    tokens, network = open_start(settings)
    if settings.freeze_encoder:
        network.get_encoder().requires_grad_(False)
    scorer = shipped_scorer()

    def made(articles: Articles) -> Pairs:
        return make_pairs(articles, tokens, scorer, settings)

    news, own = made(teaching.news), made(teaching.seed)
    if not len(news) + len(own):
        raise InputError("no articles with reference summaries to learn from; name VietNews")
    begin_with_frequencies(network, tokens.frame, [*news.targets, *own.targets])
    curve: list[Point] = []
    if len(news):
        held = made(teaching.held_news[:HELD])
        curve += train(network, tokens.frame, news, news_schedule(settings, seed), held=held, report=report)
    if len(own) and settings.seed_epochs:
        mixed, held = with_replay(own, news, seed), made(teaching.held_seed)
        curve += train(network, tokens.frame, mixed, seed_schedule(settings, seed), held=held, report=report)
    ratio = tokens_per_word(tokens, [*teaching.seed, *teaching.news])
    writer = finished_writer(network, tokens, settings)
    return AbstractiveSummarizer(settings, tokens, writer, scorer, ratio), curve


def make_pairs(
    articles: Articles, tokens: SummaryTokens, scorer: LinearScorer, settings: AbstractiveSettings
) -> Pairs:
    """Return the ids of articles and of their references; those without a reference are left out."""
    told = [a for a in articles if a.summary.strip()]
    sources: list[list[int]] = []
    targets: list[list[int]] = []
    for start in range(0, len(told), _AT_ONCE):
        group = told[start : start + _AT_ONCE]
        sources += source_ids([a.article for a in group], tokens, scorer, settings.input_tokens)
        references = tokens.ids([compose(a.summary) for a in group])
        targets += [ids[: settings.target_tokens - 1] for ids in references]
    return Pairs(sources, targets)


def with_replay(own: Pairs, news: Pairs, seed: int) -> Pairs:
    """Return the seed corpus's pairs with as many of the news', drawn by ``seed``."""
    drawn = random.Random(seed).sample(range(len(news)), min(len(news), len(own)))
    return Pairs(
        [*own.sources, *(news.sources[i] for i in drawn)], [*own.targets, *(news.targets[i] for i in drawn)]
    )


def news_schedule(settings: AbstractiveSettings, seed: int) -> Schedule:
    """Return how the news are learned."""
    fields = {name: value for name, value in settings if name in Schedule.__dataclass_fields__}
    return Schedule(seed=seed, **fields)


def seed_schedule(settings: AbstractiveSettings, seed: int) -> Schedule:
    """Return how the seed corpus is learned."""
    fields = {name: value for name, value in settings if name in Schedule.__dataclass_fields__}
    told = {"epochs": settings.seed_epochs, "steps": None, "minutes": None, "keep_best": True}
    return Schedule(**{**fields, **told, "seed": seed, "learning_rate": settings.seed_learning_rate})


def tokens_per_word(tokens: SummaryTokens, articles: Articles) -> float:
    """Return how many tokens make a word of a reference, over at most ``HELD`` of them."""
    references = [compose(a.summary) for a in articles[:HELD] if a.summary.strip()]
    return sum(map(len, tokens.ids(references))) / max(1, sum(map(count_words, references)))


def decoding_of(settings: AbstractiveSettings) -> Decoding:
    """Return how summaries are sought."""
    return Decoding(settings.beams, settings.length_penalty, settings.repeat_ban, settings.target_tokens)


def finished_writer(network: Any, tokens: SummaryTokens, settings: AbstractiveSettings) -> Writer:
    """Return the writer that a saved folder will have, its weights rounded as they are saved.

    Raises:
        ModelError: CTranslate2 is asked for and not installed.
    """
    decoding = decoding_of(settings)
    if settings.runtime == "ctranslate2" or (settings.runtime == "auto" and ctranslate.is_installed()):
        return ctranslate.CTranslateWriter.converted(network, tokens.frame, decoding)
    return TorchWriter(network.half().float(), tokens.frame, decoding)
