"""A page, as a scraper left it -> Article.

A plain-text dump becomes lines, the lines get roles (``roles``), and what has the role of title, lead, body or author
makes the article, each once. HTML becomes lines first (``html``).
"""

from __future__ import annotations

from collections.abc import Sequence

from phongtrao.article import Article, Passage
from phongtrao.errors import InputError
from phongtrao.reading.authors import author_name
from phongtrao.reading.dates import publication_date
from phongtrao.reading.encodings import decode
from phongtrao.reading.lines import Line, split_lines
from phongtrao.reading.passages import with_answers, without_repeats
from phongtrao.reading.features import Floats
from phongtrao.reading.roles import ROLES, LineModel, Role, decode_roles, shipped_model

_SITE_JOINTS = (" - ", " – ", " | ")
"""What stands between a title and the name of its site, as browsers show both."""
_FEWEST_WORDS = 8
"""Words of a line that may be a paragraph where the classifier found none."""
_FEW_LINES = 3
"""A page of so few lines (a cell of a table, a note) is taken as it is."""


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
    return read_dump(page, shipped_model(), id=id, source=source)


def read_dump(page: str, model: LineModel, *, id: str = "", source: str = "") -> Article:
    """Read a plain-text page with a given line model."""
    lines = split_lines(page)
    if not lines:
        raise InputError("empty page: expected an article, found blanks only")
    scores = model.scores(lines)
    roles = _with_body(lines, [ROLES[role] for role in decode_roles(scores)])
    return _assemble(lines, _one_title_and_lead(lines, roles, scores), id=id, source=source)


def _one_title_and_lead(lines: Sequence[Line], roles: Sequence[Role], scores: Floats) -> list[Role]:
    """Keep the likeliest title, without what a site adds to its copies, and the lead that follows it.

    Other leads than that one are the beginning of the body, unless they stand above the title.
    """
    kept = list(roles)
    titles = [i for i, role in enumerate(roles) if role == "title"]
    best = max(titles, default=-1, key=lambda i: float(scores[i, ROLES.index("title")]))
    if titles:
        bare = [line.text + joint for line in lines for joint in _SITE_JOINTS]
        text = lines[best].text
        best = next((i // len(_SITE_JOINTS) for i, t in enumerate(bare) if text.startswith(t)), best)
    leads = [i for i, role in enumerate(roles) if role == "lead"]
    lead = next((i for i in leads if i > best), None)
    for i in titles:
        kept[i] = "other"
    if titles:
        kept[best] = "title"
    for i in leads:
        kept[i] = "lead" if i == lead else "body" if i > best else "other"
    return kept


def _with_body(lines: Sequence[Line], roles: Sequence[Role]) -> list[Role]:
    """Return roles among which there is a body, where the page has anything that may be one.

    Raises:
        InputError: it has not.
    """
    if "body" in roles:
        return list(roles)
    if "lead" in roles:
        return ["body" if role == "lead" else role for role in roles]
    sentences = [len(line.text.split()) >= _FEWEST_WORDS for line in lines]
    if len(lines) <= _FEW_LINES and not any(sentences):
        sentences = [True] * len(lines)
    if len(lines) > 1:
        sentences = [may and role != "title" for may, role in zip(sentences, roles, strict=True)]
    if not any(sentences):
        raise InputError(
            f"no article: expected a title and paragraphs, found {len(lines)} lines of menus and the like"
        )
    return ["body" if may else role for may, role in zip(sentences, roles, strict=True)]


def _assemble(lines: Sequence[Line], roles: Sequence[str], *, id: str, source: str) -> Article:
    def having(role: str) -> list[int]:
        return [index for index, given in enumerate(roles) if given == role]

    title, lead, body = having("title"), having("lead"), having("body")
    texts = with_answers([lines[i].text for i in body])
    once = without_repeats(texts, said=[lines[i].text for i in (*title, *lead)])
    authors = having("author")
    return Article(
        id=id,
        source=source,
        title=lines[title[0]].text if title else "",
        lead=lines[lead[0]].text if lead else "",
        passages=tuple(Passage(text) for text in once),
        published=publication_date(
            [line.text for line in lines],
            first_body=min((*lead, *body), default=len(lines)),
            body=(*lead, *body),
            title=title[0] if title else None,
        ),
        author=author_name(lines[authors[-1]].text) if authors else "",
    )
