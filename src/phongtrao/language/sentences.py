"""Text -> sentences with their places.

A boundary is a full stop, question or exclamation mark or ellipsis followed by a capital, digit, quote or
bullet, or a semicolon or line break: official prose strings a page of independent statements together with
semicolons, and each of them may carry a topic by itself. Abbreviations (``TP.``, ``ThS.``, initials) end
nothing.
"""

from __future__ import annotations

import re

from phongtrao.article import Span
from phongtrao.language.normalize import compose

_TOWNS_AND_TITLES = "tp tx tt q p ths ts pgs gs bs ks cn nsnd nsưt đ/c vd tr gđ kts ls ds no mr mrs dr st"
_CLUSTERS = "h th ng ngh nh ch kh"  # of first names: "chị Ng. kể"
_ABBREVIATIONS = frozenset(f"{_TOWNS_AND_TITLES} {_CLUSTERS}".split())
_BOUNDARY = re.compile(
    r"""
      (?P<stop> [.!?…]+ ["”’»)\]]* ) (?P<blank> \s* ) (?= ["“‘«(\[–•*+-]? \s? (?P<next> [^\W_] ) )
    | (?P<semicolon> ; ) \s+
    | (?P<line> \s*[\r\n]+ ) \s*
    """,
    re.VERBOSE,
)
_LAST_TOKEN = re.compile(r"[\w/\u0300-\u036f]+(?=[.]$)")  # with the marks of decomposed text


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, in order, without surrounding blanks.

    Nothing but blanks lies outside the spans; an empty or blank text has none.
    """
    spans: list[Span] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match["stop"] and not _ends_sentence(text, match):
            continue
        end = match.start() if match["line"] else match.start() + len(match["stop"] or match["semicolon"])
        _append_trimmed(spans, text, start, end)
        start = match.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def split_sentences(text: str) -> list[str]:
    """Return the sentences of ``text``, in order."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    following = match.start("next")
    if match["next"].islower():
        return False
    # "Phiêng Cành.Đến 5 giờ": a blank is missing; the small letter after the capital tells it from K.ANH.
    after = compose(text[following : following + 6])[1:2]
    if not match["blank"] and not (match["next"].isupper() and after.islower()):
        return False
    if match["stop"] != ".":
        return True
    token = _LAST_TOKEN.search(text, max(0, match.start("stop") - 8), match.end("stop"))
    word = compose(token[0]) if token else ""
    # A single capital is an initial (K. Anh).
    return word.lower() not in _ABBREVIATIONS and not (len(word) == 1 and word.isupper())


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
