"""Body lines of a page -> passages: an interview's answer with its question, each passage once, in order.

Scrapers take a paragraph along again where a page shows it again: on its own, or run together with its
neighbours in one long line. The separate paragraphs are kept, the long line goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from phongtrao.reading.lines import squeezed

_BULLETS = ("-", "–", "*", "•", "+")
_COVERED = 0.9
"""Share of a line's letters that other lines must say for it to be nothing but them."""
_MOST_COMPARED_CHARS = 1_000_000_000
"""Lines times characters up to which each line is looked for in each; what is more would take minutes, and is
a hundred times what an article has."""


def with_answers(lines: Sequence[str]) -> list[str]:
    """Return the lines of a body, an interview's question and its answer as one, a line break between.

    A question is a line with a bullet or dash that ends in a question mark; the next such line answers it.
    """
    joined: list[str] = []
    asked = False
    for line in lines:
        if asked and line.startswith(_BULLETS):
            joined[-1] += "\n" + line
            asked = False
        else:
            joined.append(line)
            asked = line.startswith(_BULLETS) and line.endswith("?")
    return joined


def without_repeats(texts: Sequence[str], *, said: Sequence[str] = ()) -> list[str]:
    """Return ``texts`` without repetitions of each other or of what is ``said`` (title and lead)."""
    keys = [squeezed(text) for text in texts]
    seen = {squeezed(text) for text in said if text}
    first: list[int] = []
    for index, key in enumerate(keys):
        if key not in seen:
            seen.add(key)
            first.append(index)
    if len(first) * sum(len(keys[i]) for i in first) > _MOST_COMPARED_CHARS:
        return [texts[i] for i in first]
    pieces = [*(keys[i] for i in first), *(squeezed(text) for text in said if text)]
    return [texts[i] for i in first if not _is_joined(keys[i], pieces)]


def _is_joined(key: str, pieces: Sequence[str]) -> bool:
    covered = sum(len(piece) + 1 for piece in pieces if len(piece) < len(key) and piece in key)
    return covered >= _COVERED * len(key)
