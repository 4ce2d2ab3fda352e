"""A page, as a scraper left it -> Article.

A plain-text dump becomes lines, the lines get roles (``roles``), and what has the role of title, lead, body
or author makes the article, each once (``assembly``). HTML becomes lines first (``html``), and what its
mark-up says is laid on the scores of the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from phongtrao.article import Article
from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError
from phongtrao.reading.assembly import SITE_JOINTS, assemble
from phongtrao.reading.encodings import decode, repair, tidy
from phongtrao.reading.features import Floats
from phongtrao.reading.html import HtmlPage, is_html, read_html
from phongtrao.reading.lines import Line, split_lines, squeezed
from phongtrao.reading.roles import ROLES, LineModel, shipped_model

_IN_MAIN, _NOT_IN_MAIN, _IS_TITLE = 1.0, 2.0, 3.0
"""Log odds that mark-up lays on a line: towards the article, towards the rest, towards the title."""


def read_page(
    text: str | bytes,
    *,
    id: str = "",
    source: str = "",
    model: LineModel | None = None,
    limits: ReadingLimits | None = None,
) -> Article:
    """Read one page, a plain-text dump or HTML.

    Args:
        text: the page; bytes are decoded by ``phongtrao.reading.decode``.
        id: the article's id.
        source: where it came from.
        model: what tells the roles of lines; the shipped one where none is given.
        limits: what is refused for its size.

    Raises:
        InputError: the bytes are no text, no article stands on the page, or it is more than ``limits`` allow.
    """
    limits = limits or ReadingLimits()
    if len(text) > limits.page_bytes:
        raise InputError(too_much("a page", len(text), limits))
    page = decode(text) if isinstance(text, bytes) else tidy(repair(text))
    model = model or shipped_model()
    html = read_html(page, limits) if is_html(page) else None
    lines = split_lines(html.text if html else page)
    if not lines:
        raise InputError("empty page: expected an article, found blanks only")
    if len(lines) > limits.lines:
        raise InputError(f"a page of {len(lines)} lines: expected one article of at most {limits.lines}")
    scores = model.scores(lines)
    if html is None:
        return assemble(lines, scores, id=id, source=source)
    article = assemble(lines, scores + _opinion(lines, html), id=id, source=source)
    return replace(
        article,
        title=article.title or html.title,
        published=html.published or article.published,
        author=article.author or html.author,
    )


def too_much(what: str, size: int, limits: ReadingLimits) -> str:
    """Return why something of ``size`` bytes or characters is refused."""
    return (
        f"{what} of {size / 1e6:.1f} MB: expected one article of at most {limits.page_bytes / 1e6:.1f} MB; "
        "split it, or raise ReadingLimits.page_bytes"
    )


def _opinion(lines: Sequence[Line], html: HtmlPage) -> Floats:
    """Return what the mark-up adds to the scores, shape (lines, roles)."""
    import numpy as np

    added = np.zeros((len(lines), len(ROLES)), np.float32)
    for line, row in zip(lines, added, strict=True):
        if html.main:
            row[ROLES.index("other")] = -_IN_MAIN if squeezed(line.text) in html.main else _NOT_IN_MAIN
        if html.title and html.title.startswith((line.text, *(line.text + joint for joint in SITE_JOINTS))):
            row[ROLES.index("title")] = _IS_TITLE if len(line.text.split()) > 2 else 0.0
    return added
