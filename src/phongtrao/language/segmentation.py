"""Text -> tokens: written syllables, or words joined from them by a segmenter.

Which one a model was trained with is recorded in its folder, with the segmenter's version, and used again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from phongtrao.errors import UsageError
from phongtrao.language.normalize import matching_form, syllables
from phongtrao.language.pyvi_words import pyvi_tokenize

Segmenter = Callable[[str], list[str]]
SEGMENTERS = ("syllables", "pyvi", "underthesea")


@cache
def segmenter(name: str) -> Segmenter:
    """Return the function that turns a text into lower-case tokens, a word's syllables joined by ``_``.

    Raises:
        UsageError: there is no such segmenter, or its package is not installed.
    """
    if name == "syllables":
        return syllables
    if name not in SEGMENTERS:
        raise UsageError(f"no segmenter is called {name!r}; there are {', '.join(SEGMENTERS)}")
    try:
        return _pyvi() if name == "pyvi" else _underthesea()
    except ImportError as error:
        raise UsageError(
            f"the segmenter {name} is not installed: pip install 'phongtrao[segmentation]'"
        ) from error


def segmenter_version(name: str) -> str:
    """Return the installed version of a segmenter's package (syllables: ``1``)."""
    if name == "syllables":
        return "1"
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _words(text: str) -> list[str]:
    return [token for token in text.split() if any(c.isalnum() for c in token)]


def _pyvi() -> Segmenter:
    tokenize = pyvi_tokenize()
    return lambda text: _words(matching_form(tokenize(text)))


def _underthesea() -> Segmenter:
    from underthesea import word_tokenize

    return lambda text: _words(matching_form(word_tokenize(text, format="text")))
