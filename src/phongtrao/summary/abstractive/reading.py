"""What a network wrote -> its sentences, which of them may be shown, and what has to be banned.

A sentence fails when it claims what the article does not bear out, when it is longer than a summary may be,
or when it is broken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phongtrao.article import Span
from phongtrao.language.normalize import compose
from phongtrao.summary.abstractive.claims import Claim, Facts, unsupported
from phongtrao.summary.abstractive.tokens import SummaryTokens
from phongtrao.summary.abstractive.writers import Draft
from phongtrao.summary.base import Length
from phongtrao.summary.units import ends_whole, whole_spans, word_key


@dataclass(frozen=True)
class Sentence:
    """One sentence of a draft."""

    span: Span
    """In the draft's text."""
    text: str
    claims: tuple[Claim, ...]
    """Those the article does not bear out; their spans are in the draft's text."""
    broken: bool
    """Whether it is no whole sentence, or too long a one."""

    @property
    def fails(self) -> bool:
        """Tell whether it may not be shown."""
        return bool(self.claims) or self.broken


@dataclass(frozen=True)
class Reading:
    """A draft, read."""

    draft: Draft
    text: str
    sentences: tuple[Sentence, ...]

    @property
    def failing(self) -> int:
        """Return how many sentences may not be shown; 1 where nothing was written."""
        return sum(s.fails for s in self.sentences) if self.sentences else 1


def read_draft(draft: Draft, tokens: SummaryTokens, facts: Facts, length: Length, max_words: int) -> Reading:
    """Read a draft: whole sentences, no one twice, as many as the length allows.

    Args:
        draft: what was written.
        tokens: of its ids.
        facts: of the article.
        length: ``short`` takes the first sentence alone.
        max_words: sentences after so many are left out.
    """
    text = compose(tokens.text(draft.ids))
    spans = _distinct(text, [span for span in whole_spans(text) if word_key(text[slice(*span)])])
    unfinished = not draft.finished and bool(spans) and not ends_whole(text[slice(*spans[-1])])
    if length == "short":
        unfinished = unfinished and len(spans) == 1
        spans = spans[:1]
    elif unfinished and len(spans) > 1:
        spans, unfinished = spans[:-1], False
    while len(spans) > 1 and sum(_words(text, span) for span in spans) > max_words:
        spans, unfinished = spans[:-1], False
    return Reading(
        draft,
        text,
        tuple(
            _sentence(text, span, facts, broken=unfinished or _words(text, span) > max_words)
            for span in spans
        ),
    )


def banned_runs(reading: Reading, tokens: SummaryTokens) -> list[list[int]]:
    """Return the runs of ids that made the claims which are not borne out."""
    ids = reading.draft.ids
    claims = [claim for sentence in reading.sentences for claim in sentence.claims]
    if not claims:
        return []
    ends = [len(compose(tokens.text(ids[:count]))) for count in range(len(ids) + 1)]
    runs = [_run(ids, ends, claim.span) for claim in claims]
    return [run for run in runs if run]


def _run(ids: Sequence[int], ends: Sequence[int], span: Span) -> list[int]:
    """Return the ids that wrote ``span``, ``ends[n]`` being the length of what the first ``n`` ids wrote."""
    first = max((n for n, end in enumerate(ends) if end <= span[0]), default=0)
    last = next((n for n, end in enumerate(ends) if end >= span[1]), len(ids))
    return list(ids[first:last])


def _sentence(text: str, span: Span, facts: Facts, *, broken: bool) -> Sentence:
    start, end = span
    found = unsupported(text[start:end], facts)
    claims = tuple(Claim((c.span[0] + start, c.span[1] + start), c.text, c.kind) for c in found)
    written = text[start:end]
    whole = written if ends_whole(written) else f"{written.rstrip(' ,;:–-')}."
    return Sentence(span, " ".join(whole.split()), claims, broken)


def _distinct(text: str, spans: list[Span]) -> list[Span]:
    first = {word_key(text[slice(*span)]): span for span in reversed(spans)}
    return sorted(first.values())


def _words(text: str, span: Span) -> int:
    return len(word_key(text[slice(*span)]))
