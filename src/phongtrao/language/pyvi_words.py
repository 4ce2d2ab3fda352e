"""Text -> words as pyvi joins them, from pyvi's own model, twice as fast and without its imports.

pyvi keeps its CRF model (CRFsuite's format) inside a pickle, and loads scikit-learn and pandas to open it;
that takes longer than reading a hundred articles. Here the model's bytes are taken out of the pickle, nothing
of which is run, and the features are made as the lists that CRFsuite wants. The words are those of pyvi
0.1.1, one by one, but for mail addresses longer than any may be (see ``_EMAIL``); an installed pyvi of
another version, or packed in another way, is asked itself.
"""

from __future__ import annotations

import pickletools
import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

Tag = Callable[[list[list[str]]], list[str]]
"""Attributes of each syllable -> its mark."""

COPIED = "0.1.1"
"""The version of pyvi whose way of cutting and joining is written down here."""
KNOWN_SYLLABLES = 20_000
"""Syllables whose attributes are remembered, enough for Vietnamese ones: some 17 MB, at worst 35 MB."""
LONGEST_KNOWN = 40
"""Characters of such a syllable, at most; what is longer is none, and may be a whole page."""
INSIDE = "I_W"
"""The mark of a syllable that goes on with the word before it."""
_MAGIC = b"lCRF"
_EMAIL = r"[a-zA-Z0-9_.+-]{1,64}@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+"
"""No address has more before its @ (RFC 5321). pyvi sets no limit, and looks for the @ of ``a-a-a-...`` from
every ``a`` to the end: time grows with the square of the length."""
_ABBREVIATED = r"[A-ZĐ]+\.|Tp\.|Mrs?\.|Ms\.|Dr\.|ThS\."
_SYLLABLE = re.compile(rf"{_ABBREVIATED}|==>|->|\.\.\.|>>|\n|\w+://\S+|{_EMAIL}|\d+(?:[.,_]\d+)+|[^\w\s]|\w+")


@cache
def pyvi_tokenize() -> Callable[[str], str]:
    """Return the function that joins the syllables of each word of a text by ``_``, words parted by blanks.

    Raises:
        ImportError: pyvi is not installed.
    """
    found = find_spec("pyvi")
    if found is None or not found.submodule_search_locations:
        raise ImportError("pyvi is not installed")
    folder = Path(found.submodule_search_locations[0]) / "models"
    try:
        if version("pyvi") != COPIED:
            raise ValueError(f"a pyvi other than {COPIED}")
        words = _Words(_Tagger(_model(folder / "pyvi3.pkl")), (folder / "words.txt").read_text("utf-8"))
    except (ImportError, OSError, ValueError):
        from pyvi import ViTokenizer

        whole: Callable[[str], str] = ViTokenizer.tokenize
        return whole
    return words.joined


class _Words:
    """Joins syllables where the CRF says so and neither of the two is a number, a mark or a new name."""

    def __init__(self, tag: Tag, known: str) -> None:
        entries = known.split("\n")
        self.tag = tag
        self.pairs = {entry for entry in entries if entry.count(" ") == 1}
        self.triples = {entry for entry in entries if entry.count(" ") == 2}

    def joined(self, text: str) -> str:
        """Return the text in words."""
        found = _SYLLABLE.findall(unicodedata.normalize("NFC", text))
        if not found:
            return text
        parts = [found[0]]
        marks = self.tag(self.attributes(found))[1:]
        for (before, syllable), mark in zip(pairwise(found), marks, strict=True):
            parts += ("_" if mark == INSIDE and _joinable(before, syllable) else " ", syllable)
        return "".join(parts)

    def attributes(self, syllables: Sequence[str]) -> list[list[str]]:
        """Return what the CRF looks at: each syllable, its neighbours, and the words they might make.

        Those that hold alone: CRFsuite adds nothing for one that does not.
        """
        seen = [_known(s) if len(s) <= LONGEST_KNOWN else _look(s) for s in syllables]
        small = [look.small for look in seen]
        pair = [f"{a} {b}" in self.pairs for a, b in pairwise(small)]
        triple = [
            f"{a} {b} {c}" in self.triples for a, b, c in zip(small, small[1:], small[2:], strict=False)
        ]
        rows, last = [], len(seen) - 1
        for i, look in enumerate(seen):
            row = [*look.own]
            if i > 0:
                row += seen[i - 1].before
                if pair[i - 1]:
                    row.append("-1:word.bi_gram()")
                if i > 1 and triple[i - 2]:
                    row.append("-2:word.tri_gram()")
            if i < last:
                row += seen[i + 1].after
                if pair[i]:
                    row.append("+1:word.bi_gram()")
                if i < last - 1 and triple[i]:
                    row.append("+2:word.tri_gram()")
            rows.append(row)
        return rows


class _Look(NamedTuple):
    """A syllable's attributes: its own, and what it adds to the next one's and to the one's before."""

    small: str
    own: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def _look(syllable: str) -> _Look:
    small = syllable.lower()
    upper = ("isupper()",) if syllable.isupper() else ()
    title = ("istitle()",) if syllable.istitle() else ()
    digit = ("isdigit()",) if syllable.isdigit() else ()
    around = (f"lower():{small}", *title, *upper)
    return _Look(
        small,
        ("bias", *(f"word.{what}" for what in (f"lower():{small}", *upper, *title, *digit))),
        tuple(f"-1:word.{what}" for what in around),
        tuple(f"+1:word.{what}" for what in around),
    )


_known = lru_cache(KNOWN_SYLLABLES)(_look)


def _joinable(before: str, syllable: str) -> bool:
    if syllable in string.punctuation or before in string.punctuation:
        return False
    first, second = before[0], syllable[0]
    return not (first.isdigit() or second.isdigit() or (second.istitle() and not first.istitle()))


def _model(pickled: Path) -> bytes:
    """Return the CRFsuite model that a pickle holds as one string; the pickle is read through, never run.

    Raises:
        ValueError: it holds none.
    """
    strings = (value for _, value, _ in pickletools.genops(pickled.read_bytes()) if isinstance(value, str))
    for value in strings:
        if value.startswith(_MAGIC.decode()):
            return value.encode("latin-1")
    raise ValueError(f"{pickled} holds no CRFsuite model")


class _Tagger:
    """CRFsuite's tagger; it reads the model where it lies in memory, so the two are kept together."""

    def __init__(self, model: bytes) -> None:
        from pycrfsuite import Tagger  # type: ignore[import-untyped]

        self.model = model
        self.tagger: Any = Tagger()
        self.tagger.open_inmemory(model)

    def __call__(self, attributes: list[list[str]]) -> list[str]:
        marks: list[str] = self.tagger.tag(attributes)
        return marks
