"""Raw text -> word-segmented tokens for an encoder: case and punctuation kept.

The segmenters are those of ``language.segmentation``, whose own tokens, lower-cased and without punctuation,
are for counting words.
"""

from __future__ import annotations

import re
from functools import cache

from phongtrao.errors import UsageError
from phongtrao.language.normalize import compose
from phongtrao.language.pyvi_words import pyvi_tokenize
from phongtrao.language.segmentation import SEGMENTERS, Segmenter


@cache
def word_segmenter(name: str) -> Segmenter:
    """Return the function that turns a text, composed first, into tokens, a word's syllables joined by ``_``.

    Raises:
        UsageError: there is no such segmenter, or its package is not installed.
    """
    if name not in SEGMENTERS:
        raise UsageError(f"no segmenter is called {name!r}; there are {', '.join(SEGMENTERS)}")
    try:
        return {"syllables": _syllables, "pyvi": _pyvi, "underthesea": _underthesea}[name]()
    except ImportError as error:
        raise UsageError(
            f"the segmenter {name} is not installed: pip install 'phongtrao[segmentation]'"
        ) from error


def _syllables() -> Segmenter:
    token = re.compile(r"\w+|[^\w\s]")
    return lambda text: token.findall(compose(text))


def _pyvi() -> Segmenter:
    tokenize = pyvi_tokenize()
    return lambda text: tokenize(compose(text)).split()


def _underthesea() -> Segmenter:
    from underthesea import word_tokenize

    return lambda text: str(word_tokenize(compose(text), format="text")).split()
