"""Drafts with sentences that may not be shown -> summaries without them, and which way each went.

First the network is asked again, with what its article does not bear out forbidden; a sentence that fails
even then gives way to one of the article's own. Whatever the network does, what comes out was looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from phongtrao.summary.abstractive.claims import Facts, unsupported
from phongtrao.summary.abstractive.reading import Reading, banned_runs
from phongtrao.summary.abstractive.tokens import SummaryTokens
from phongtrao.summary.abstractive.writers import Draft, Order, Writer
from phongtrao.summary.units import word_key

Way = Literal["written", "rewritten", "mended", "extracted"]
"""``written``: as the network wrote it; ``rewritten``: decoded again with bans; ``mended``: a sentence was
replaced or left out; ``extracted``: nothing of the network's is left."""
WAYS: tuple[Way, ...] = get_args(Way)
_COVERED = 0.6
"""A sentence of the article whose words stand in the summary to this part adds nothing."""


@dataclass(frozen=True)
class Told:
    """A summary's text and the way it went."""

    text: str
    way: Way


def rewrite(
    orders: Sequence[Order],
    read: Callable[[int, Draft], Reading],
    writer: Writer,
    tokens: SummaryTokens,
    rounds: int,
) -> list[tuple[Reading, bool]]:
    """Write each order, and write it again, at most ``rounds`` times, while a claim of it is not borne out.

    Args:
        orders: to be written.
        read: order's place and draft -> how it reads.
        writer: writes.
        tokens: of its ids.
        rounds: bans add up from one to the next.

    Returns:
        For each order the draft with the fewest failing sentences, and whether it is one of a later round.
    """
    best = [(read(i, draft), False) for i, draft in enumerate(writer.write(orders))]
    latest = {i: reading for i, (reading, _) in enumerate(best)}
    waiting = list(orders)
    for _ in range(rounds):
        runs = {i: banned_runs(reading, tokens) for i, reading in latest.items()}
        again = [i for i in latest if best[i][0].failing and runs[i]]
        if not again:
            break
        for i in again:
            order = waiting[i]
            waiting[i] = Order(order.source, order.min_tokens, [*order.banned, *runs[i]])
        drafts = writer.write([waiting[i] for i in again])
        latest = {i: read(i, draft) for i, draft in zip(again, drafts, strict=True)}
        for i, reading in latest.items():
            if reading.failing < best[i][0].failing:
                best[i] = (reading, True)
    return best


def mend(reading: Reading, again: bool, facts: Facts, extracts: Callable[[], Sequence[str]]) -> Told:
    """Return the summary: sentences that fail are replaced by extracts, or left out where none adds anything.

    Args:
        reading: of the draft.
        again: whether it was decoded again.
        facts: of the article.
        extracts: gives the article's best sentences, best ones first; called where they are needed.
    """
    good = [s.text for s in reading.sentences if not s.fails]
    if not good:
        return Told(" ".join(borne_out(extracts(), facts)), "extracted")
    if len(good) == len(reading.sentences):
        kept = borne_out(good, facts)
        way: Way = "mended" if kept != good else "rewritten" if again else "written"
        if kept:
            return Told(" ".join(kept), way)
        return Told(" ".join(borne_out(extracts(), facts)), "extracted")
    spare = [text for text in extracts() if not unsupported(text, facts)]
    told: list[str] = []
    for sentence in reading.sentences:
        if not sentence.fails:
            told.append(sentence.text)
        elif (found := _adding(spare, [*good, *told])) is not None:
            told.append(found)
    return Told(" ".join(borne_out(told, facts)), "mended")


def borne_out(sentences: Iterable[str], facts: Facts) -> list[str]:
    """Return the sentences without those whose claims, once all are joined, the facts do not bear out."""
    kept = list(sentences)
    while claims := unsupported(" ".join(kept), facts):
        place, index = claims[0].span[0], 0
        while place > len(kept[index]):
            place -= len(kept[index]) + 1
            index += 1
        del kept[index]
    return kept


def _adding(spare: Sequence[str], told: Sequence[str]) -> str | None:
    """Return the first spare sentence that says something new."""
    words = {word for text in told for word in word_key(text)}
    for text in spare:
        own = word_key(text)
        if sum(word in words for word in own) < _COVERED * len(own):
            return text
    return None
