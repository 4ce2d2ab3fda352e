"""A page, as a scraper left it -> Article."""

from __future__ import annotations

from phongtrao.article import Article, Passage
from phongtrao.errors import InputError
from phongtrao.reading.dates import parse_date
from phongtrao.reading.encodings import decode


def read_page(text: str | bytes, *, id: str = "", source: str = "") -> Article:
    """Read one page, a plain-text dump or HTML.

    Args:
        text: the page; bytes are decoded by ``phongtrao.reading.decode``.
        id: the article's id.
        source: where it came from.

    Raises:
        InputError: the bytes are no text, or no article stands on the page.
    """
    page = decode(text) if isinstance(text, bytes) else text
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    if not lines:
        raise InputError("empty page: expected an article, found blanks only")
    title, *rest = lines if len(lines) > 1 else ("", *lines)
    return Article(id, source, title, "", tuple(Passage(line) for line in rest), parse_date(page))
