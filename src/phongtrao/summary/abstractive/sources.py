"""Articles -> what the network reads of them: title, lead, and as much of the body as there is room for.

A long article is condensed: its lead (the first sentence, where it has none) and the sentences that the
extractive scorer thinks most of, in reading order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from phongtrao.article import Article
from phongtrao.language.normalize import compose
from phongtrao.summary.abstractive.tokens import Frame, SummaryTokens
from phongtrao.summary.features import describe
from phongtrao.summary.scorer import LinearScorer
from phongtrao.summary.units import LEAD, Unit, distinct, sentences

TITLE_SHARE = 0.25
"""A title gets at most this part of the room."""


def source_ids(
    articles: Sequence[Article], tokens: SummaryTokens, scorer: LinearScorer, input_tokens: int
) -> list[list[int]]:
    """Return the ids of each article, at most ``input_tokens``: begin, title, end, sentences, end."""
    units = [distinct(sentences(article)) for article in articles]
    titles = tokens.ids([compose(article.title) for article in articles])
    flat = iter(tokens.ids([unit.text for own in units for unit in own]))
    sources = []
    for article, own, title in zip(articles, units, titles, strict=True):
        head, room = _head(title, tokens.frame, input_tokens)
        pieces = [next(flat) for _ in own]
        if sum(map(len, pieces)) > room:
            pieces = [pieces[i] for i in chosen(article, own, [len(p) for p in pieces], scorer, room)]
        body = [token for piece in pieces for token in piece][:room]
        sources.append([*head, *body, tokens.frame.end])
    return sources


def _head(title: list[int], frame: Frame, input_tokens: int) -> tuple[list[int], int]:
    """Return what stands before the body, and the room that is left for it."""
    room = input_tokens - len(frame.begin) - 1
    head = [*title[: int(TITLE_SHARE * room)], frame.end] if title else []
    return [*frame.begin, *head], room - len(head)


def chosen(
    article: Article, units: Sequence[Unit], lengths: Sequence[int], scorer: LinearScorer, room: int
) -> list[int]:
    """Return which sentences are read, in reading order; at least one, be it too long.

    Args:
        article: theirs.
        units: its sentences, at least one.
        lengths: their tokens.
        scorer: of sentences.
        room: tokens for all of them.
    """
    shares = scorer.shares(describe(article, units))
    first = [i for i, unit in enumerate(units) if unit.passage == LEAD] or [0]
    order = [*first, *(i for i in np.argsort(-shares, kind="stable").tolist() if i not in first)]
    kept: list[int] = []
    for index in order:
        if lengths[index] <= room:
            kept.append(index)
            room -= lengths[index]
    return sorted(kept) or order[:1]
