"""Lines of a page and the scores of their roles -> Article."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from phongtrao.article import Article, Passage
from phongtrao.errors import InputError
from phongtrao.reading.authors import author_name
from phongtrao.reading.dates import publication_date
from phongtrao.reading.lines import Line
from phongtrao.reading.passages import with_answers, without_repeats
from phongtrao.reading.roles import ROLES, Role, decode_roles

SITE_JOINTS = (" - ", " – ", " | ")
"""What stands between a title and the name of its site, as browsers show both."""
_FEWEST_WORDS = 8
"""Words of a line that may be a paragraph where the classifier found none."""
_FEW_LINES = 3
"""A page of so few lines (a cell of a table, a note) is taken as it is."""


def assemble(lines: Sequence[Line], scores: npt.NDArray[np.floating], *, id: str, source: str) -> Article:
    """Return the article that the likeliest roles make.

    Args:
        lines: of the page, at least one.
        scores: log probability of each role for each line, shape (lines, roles).
        id: the article's id.
        source: where the page came from.

    Raises:
        InputError: no line can be a paragraph.
    """
    roles = _with_body(lines, [ROLES[role] for role in decode_roles(scores)])
    roles = _one_title_and_lead(lines, roles, scores)
    texts = [line.text for line in lines]
    at = {role: [i for i, given in enumerate(roles) if given == role] for role in ROLES}
    told = sorted((*at["lead"], *at["body"]))
    title = texts[at["title"][0]] if at["title"] else ""
    lead = texts[at["lead"][0]] if at["lead"] else ""
    author = texts[at["author"][-1]] if at["author"] else ""
    passages = without_repeats(with_answers([texts[i] for i in at["body"]]), said=(title, lead))
    return Article(
        id=id,
        source=source,
        title=" ".join(title.split()),
        lead=" ".join(lead.split()),
        passages=tuple(Passage(text) for text in passages),
        published=publication_date(texts, told=told, title=at["title"][0] if at["title"] else None),
        author=author_name(author) if author else "",
    )


def _with_body(lines: Sequence[Line], roles: Sequence[Role]) -> list[Role]:
    """Return roles among which there is a body, where the page has anything that may be one.

    Raises:
        InputError: it has not.
    """
    if "body" in roles:
        return list(roles)
    if "lead" in roles:
        return ["body" if role == "lead" else role for role in roles]
    may = [len(line.text.split()) >= _FEWEST_WORDS for line in lines]
    if len(lines) <= _FEW_LINES and not any(may):
        may = [True] * len(lines)
    if sum(may) > 1:
        may = [this and role != "title" for this, role in zip(may, roles, strict=True)]
    if not any(may):
        found = f"{len(lines)} lines of menus and the like"
        raise InputError(f"no article: expected a title and paragraphs, found {found}")
    return ["body" if this else role for this, role in zip(may, roles, strict=True)]


def _one_title_and_lead(
    lines: Sequence[Line], roles: Sequence[Role], scores: npt.NDArray[np.floating]
) -> list[Role]:
    """Keep the likeliest title, without what a site adds to its copies, and the lead that follows it.

    Other leads than that one are the beginning of the body, unless they stand above the title.
    """
    titles = [i for i, role in enumerate(roles) if role == "title"]
    best = max(titles, default=-1, key=lambda i: float(scores[i, ROLES.index("title")]))
    if titles:
        text = lines[best].text
        bare = (
            i for i, line in enumerate(lines) if text.startswith(tuple(line.text + j for j in SITE_JOINTS))
        )
        best = next(bare, best)
    leads = [i for i, role in enumerate(roles) if role == "lead"]
    lead = next((i for i in leads if i > best), None)
    kept: list[Role] = ["other" if role == "title" else role for role in roles]
    for i in leads:
        kept[i] = "lead" if i == lead else "body" if i > best else "other"
    if titles:
        kept[best] = "title"
    return kept
