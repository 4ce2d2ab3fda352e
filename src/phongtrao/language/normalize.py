"""Normal forms of Vietnamese text.

Display text is kept as written (composed, NFC); for matching, case and the two habits of placing the tone
mark (``hoà`` and ``hòa``) are unified. Tone placement: the newer school writes the mark on the first of the
two vowels in an open ``oa``, ``oe``, ``uy``; it is the one that matching uses.
"""

from __future__ import annotations

import re
import unicodedata

_TONED = {
    "oa": ("oà oá oả oã oạ", "òa óa ỏa õa ọa"),
    "oe": ("oè oé oẻ oẽ oẹ", "òe óe ỏe õe ọe"),
    "uy": ("uỳ uý uỷ uỹ uỵ", "ùy úy ủy ũy ụy"),
}
_NEW_PLACE = {
    old: new for olds, news in _TONED.values() for old, new in zip(olds.split(), news.split(), strict=True)
}
# "quý" has its mark on y in both schools: there, u belongs to the consonant.
_OLD_STYLE = re.compile(rf"(?<!q)({'|'.join(_NEW_PLACE)})(?!\w)")


def compose(text: str) -> str:
    """Return ``text`` in Unicode NFC, the form in which it is shown and stored."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def matching_form(text: str) -> str:
    """Return the form in which texts are compared: composed, lower case, tone marks in one place.

    Idempotent. Offsets into the result are offsets into ``compose(text)`` for Vietnamese text.
    """
    return _OLD_STYLE.sub(lambda m: _NEW_PLACE[m[0]], compose(text).lower())


def syllables(text: str) -> list[str]:
    """Split into lower-case syllables and numbers, punctuation dropped."""
    return re.findall(r"\w+", matching_form(text))
