"""Page text -> its lines, each with whether a blank line stands before it.

Sentences that the server said before the page began ("... Could not connect. <title>") are cut off into a
line of their own: whole sentences whose words are no Vietnamese syllables, before Vietnamese text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from phongtrao.reading.syllables import is_syllable

_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_SENTENCE_END = re.compile(r"[.!:]\s+")
_WORD = re.compile(r"[^\W\d_]+")
_MARKED = re.compile(r"[\u00c0-\u024f\u1ea0-\u1ef9]")
_FEWEST_FOREIGN_WORDS = 5
_WRAP_CHARS = (50, 130)
"""A page is hard-wrapped where its longest line is no longer than this, and its full lines no shorter."""
_FEWEST_WRAPS = 3
_SMALL_SHARE = 0.5
"""Share of continued lines that begin with a small letter; those of a list of titles do not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page that is not blank, without blanks around it."""

    text: str
    after_blank: bool
    """Whether a blank line, or the start of the page, stands before it."""


def split_lines(page: str) -> list[Line]:
    """Return the lines of ``page`` in order; runs of blanks inside a line are kept as written."""
    lines: list[Line] = []
    blank = True
    for raw in _INVISIBLE.sub("", page).split("\n"):
        text = raw.strip()
        if not text:
            blank = True
            continue
        for part in _without_foreign_start(text):
            lines.append(Line(part, blank))
            blank = False
    return _unwrapped(lines)


def squeezed(text: str) -> str:
    """Return ``text`` as lines are compared: lower case, each run of blanks one blank."""
    return " ".join(text.lower().split())


def _without_foreign_start(text: str) -> list[str]:
    if not text[:20].isascii():
        return [text]
    marked = _MARKED.search(text)
    ends = [m.end() for m in _SENTENCE_END.finditer(text, 0, marked.start())] if marked else []
    foreign = _WORD.findall(text[: ends[-1]]) if ends else []
    if len(foreign) < _FEWEST_FOREIGN_WORDS or sum(map(is_syllable, foreign)) * 2 > len(foreign):
        return [text]
    return [text[: ends[-1]].strip(), text[ends[-1] :]]


def _unwrapped(lines: list[Line]) -> list[Line]:
    """Join the lines of paragraphs that were broken at a fixed width."""
    low, high = _WRAP_CHARS
    widest = max((len(line.text) for line in lines), default=0)
    if not low < widest <= high:
        return lines
    full = 0.75 * widest
    pairs = list(pairwise(lines))
    runs = [len(a.text) >= full and not b.after_blank for a, b in pairs]
    small = sum(run and b.text[0].islower() for run, (_, b) in zip(runs, pairs, strict=True))
    if sum(runs) < _FEWEST_WRAPS or small < _SMALL_SHARE * sum(runs):
        return lines
    joined = lines[:1]
    for goes_on, (_, line) in zip(runs, pairs, strict=True):
        if goes_on:
            joined[-1] = Line(f"{joined[-1].text} {line.text}", joined[-1].after_blank)
        else:
            joined.append(line)
    return joined
