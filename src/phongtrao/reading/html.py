"""HTML -> the lines a reader sees, and what trafilatura takes for the article, its title, date and author.

trafilatura knows pages by their mark-up, the line classifier by their text; neither is asked alone. All
visible lines go to the classifier, with trafilatura's opinion of each laid on its scores (``pages``).
"""

from __future__ import annotations

import datetime
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError
from phongtrao.reading.dates import parse_date
from phongtrao.reading.encodings import repair
from phongtrao.reading.lines import squeezed

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DOCUMENT = re.compile(
    # Possessive: a comment once passed is not looked at again, or thousands of them would take for ever.
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:[^-]|-(?!->))*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.I,
)
_BLOCK_TAGS = re.compile(r"</(?:p|div|h[1-6]|table|li|article|section)\s*>|<br\s*/?>", re.I)
_FEWEST_TAGS = 3
"""Block tags from which a page without <html> is taken for HTML (a table's cell may hold a piece)."""
_UNSEEN = frozenset(
    [
        *("script", "style", "noscript", "template", "svg", "head", "iframe", "object", "select"),
        *("textarea", "button", "figcaption"),
    ]
)
_BLOCKS = frozenset(
    [
        *("html", "body", "main", "article", "section", "header", "footer", "aside", "nav", "div", "center"),
        *("p", "br", "hr", "pre", "blockquote", "address", "form", "fieldset", "figure", "figcaption"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"),
    ]
)
_DATES = {"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNCOUNTED_CHARS = 20_000
"""A page this short is within all limits, whatever its mark-up."""


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What an HTML page shows and says of itself."""

    text: str
    """The visible lines."""
    main: frozenset[str]
    """Lines of the article by trafilatura, as ``squeezed`` gives them; empty where it found none."""
    title: str
    published: datetime.date | None
    """As the page's metadata states it; not guessed from its text."""
    author: str


def is_html(page: str) -> bool:
    """Tell HTML from plain text: by its start, or by several block tags."""
    if "<" not in page:
        return False
    return _DOCUMENT.match(page) is not None or len(_BLOCK_TAGS.findall(page[:100_000])) >= _FEWEST_TAGS


def read_html(page: str, limits: ReadingLimits | None = None) -> HtmlPage | None:
    """Return what ``page`` shows; None where no element can be made of it.

    Raises:
        InputError: it has more elements, or an element more attributes, than ``limits`` allow, or elements
            nested deeper than the parser goes.
    """
    from lxml import etree, html

    # lxml refuses str with an encoding declaration, and NUL
    markup = _DECLARATION.sub("", page).replace("\0", "")
    # Deeper than 256 elements, lxml would leave the rest of the page out; with huge_tree it goes to 2048.
    parser = html.HTMLParser(huge_tree=True)
    try:
        if len(markup) > _UNCOUNTED_CHARS:
            _count(markup, limits or ReadingLimits())
        tree = html.document_fromstring(markup, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise InputError("HTML nested too deep: expected an article page, found thousands of open elements")
    text = repair(_visible(tree))
    document = _trafilatura(tree)
    return HtmlPage(text, *document)


class _Counter:
    """Counts elements while they are parsed; builds no tree, so it is quick with any number of attributes."""

    def __init__(self, limits: ReadingLimits) -> None:
        self.limits = limits
        self.elements = 0
        self.refused = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Count one element."""
        self.elements += 1
        if len(attributes) > self.limits.attributes:
            self.refused = (
                f"a <{tag[:20]}> of {len(attributes)} attributes: expected at most {self.limits.attributes}"
            )
        elif self.elements == self.limits.elements + 1:
            self.refused = f"more than {self.limits.elements} HTML elements"

    def close(self) -> str:
        """Return why the page is refused; empty where it is not."""
        return self.refused


def _count(markup: str, limits: ReadingLimits) -> None:
    """Refuse a page whose tree would take too long.

    Building it takes time in the square of an element's attributes, and trafilatura some 20 µs an element.
    """
    from lxml import etree

    refused = etree.fromstring(markup, etree.HTMLParser(target=_Counter(limits), huge_tree=True))
    if refused:
        raise InputError(f"{refused}; expected one article's page")


def _trafilatura(tree: HtmlElement) -> tuple[frozenset[str], str, datetime.date | None, str]:
    from trafilatura import bare_extraction

    # It warns of every page without an article; here that is an answer like others.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(
            tree,
            fast=True,
            favor_recall=True,
            include_comments=False,
            with_metadata=True,
            date_extraction_params=_DATES,
        )
    except Exception:
        # Mark-up that no browser would make can break it anywhere. Its opinion is laid on what the lines say;
        # without it a page is read as a page without mark-up is.
        found = None
    if found is None or isinstance(found, dict):
        return frozenset(), "", None, ""
    lines = frozenset(squeezed(line) for line in repair(found.text or "").split("\n") if line.strip())
    title = " ".join(repair(found.title or "").split())
    author = repair(found.author or "").strip()
    return lines, title, parse_date(found.date) if found.date else None, author


def _visible(tree: HtmlElement) -> str:
    """Return the text outside of unseen elements, a line for each block, blanks as a browser sets them."""
    parts: list[str] = []
    stack: list[tuple[HtmlElement | None, str]] = [(tree, "")]
    while stack:
        element, text = stack.pop()
        if element is None:
            parts.append(text)
            continue
        seen = isinstance(element.tag, str) and element.tag not in _UNSEEN
        edge = "\n" if seen and element.tag in _BLOCKS else ""
        stack.append((None, edge + _flat(element.tail)))
        if seen:
            parts.append(edge + _flat(element.text))
            stack.extend((child, "") for child in reversed(element))
    return "".join(parts)


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""
