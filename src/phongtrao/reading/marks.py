"""Text -> text in which no letter bears more marks than Unicode normalization can sort in reasonable time.

Sorting the marks of one letter takes time in the square of their number: 200,000 of them take minutes.
Unicode has the remedy (UAX #15, Stream-Safe Text Format): a combining grapheme joiner after every thirtieth,
which parts them for sorting and shows nothing. No text that anyone wrote to be read has so many.
"""

from __future__ import annotations

import re
import unicodedata

MOST_MARKS = 30
_JOINER = "\u034f"
# Nothing below U+0300 is a mark. Vietnamese has ASCII in every syllable, so this finds nothing in it.
_MAY_BE_MARKS = re.compile(f"[\u0300-\U0010ffff]{{{MOST_MARKS + 1},}}")


def apart(text: str) -> str:
    """Return ``text`` with runs of more than ``MOST_MARKS`` combining marks parted; other text as it is."""
    return text if text.isascii() else _MAY_BE_MARKS.sub(_parted, text)


def _parted(match: re.Match[str]) -> str:
    parts, marks = [], 0
    for char in match[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > MOST_MARKS:
            parts.append(_JOINER)
            marks = 1
        parts.append(char)
    return "".join(parts)
