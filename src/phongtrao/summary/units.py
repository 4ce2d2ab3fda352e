"""Article -> the whole sentences a summary may be built of, with their places.

``phongtrao.language.sentences`` also parts at semicolons, as a topic may be carried by one clause of a long
official sentence. Such a clause does not stand as a sentence by itself, so here they are joined again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from phongtrao.article import Article, Span
from phongtrao.language.normalize import compose
from phongtrao.language.sentences import sentence_spans

LEAD = -1
"""Passage index of the lead."""
_WORD = re.compile(r"\w+")
_TELLING_WORDS = 6
_ENDS = tuple(".!?…”\"')»")


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence of lead or body."""

    passage: int
    """Index of its passage; ``LEAD`` for the lead."""
    span: Span
    """Where it stands in that passage's text, as given."""
    text: str
    """Composed (NFC), for words are counted and compared in it."""


def count_words(text: str) -> int:
    """Count the syllables and numbers of ``text``."""
    return len(_WORD.findall(text))


def sentences(article: Article) -> list[Unit]:
    """Return the sentences of lead and body in reading order; the title is none of them."""
    texts = [(LEAD, article.lead), *((i, passage.text) for i, passage in enumerate(article.passages))]
    return [
        Unit(index, (start, end), compose(text[start:end]))
        for index, text in texts
        for start, end in whole_spans(text)
    ]


def word_key(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` in lower case: sentences with equal ones say the same."""
    return tuple(_WORD.findall(text.lower()))


def distinct(units: list[Unit]) -> list[Unit]:
    """Leave out units without a word and repetitions of an earlier one."""
    seen: set[tuple[str, ...]] = {()}
    kept = []
    for unit in units:
        key = word_key(unit.text)
        if key not in seen:
            seen.add(key)
            kept.append(unit)
    return kept


def shortened(unit: Unit, max_words: int) -> Unit:
    """Cut a unit of more words at its last semicolon that fits, ending it with a full stop.

    Long official sentences string statements together; the first of them still make a sentence. A unit
    without such a semicolon comes back as it is.
    """
    if count_words(unit.text) <= max_words:
        return unit
    for cut in reversed([match.start() for match in re.finditer(r";\s", unit.text)]):
        if 0 < count_words(unit.text[:cut]) <= max_words:
            span = (unit.span[0], unit.span[0] + cut)
            return replace(unit, span=span, text=f"{unit.text[:cut].rstrip()}.")
    return unit


def cut_off(unit: Unit, max_words: int) -> Unit:
    """Cut a unit of more words after the last whole one that fits, ending it with an ellipsis.

    The last resort, for text without punctuation: a sentence of a million words is no summary.
    """
    for number, word in enumerate(_WORD.finditer(unit.text)):
        if number == max_words:
            head = unit.text[: word.start()]
            if not head[-1].isspace():  # inside of 17,5 or 24/7
                head = (head.rsplit(None, 1) or [head])[0]
            return replace(unit, text=f"{head.rstrip(' ,;:–-')}…")
    return unit


def ends_whole(text: str) -> bool:
    """Tell whether a text ends as sentences do."""
    return text.endswith(_ENDS)


def stands_alone(text: str) -> bool:
    """Tell whether a text tells something by itself.

    It is no greeting or caption (six words at least), ends like a sentence, and its quotations are whole.
    """
    whole = ends_whole(text) and text.count("“") == text.count("”") and text.count('"') % 2 == 0
    return whole and count_words(text) >= _TELLING_WORDS


def whole_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``; those that a semicolon parted on one line are one."""
    joined: list[Span] = []
    for start, end in sentence_spans(text):
        if joined:
            before = joined[-1]
            if text[before[1] - 1] == ";" and "\n" not in text[before[1] : start]:
                joined[-1] = (before[0], end)
                continue
        joined.append((start, end))
    return joined
