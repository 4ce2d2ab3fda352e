"""Pages whose article is known -> how well they are read.

A passage counts as recovered where it comes out equal but for blanks, each once; title, lead, date and author
where they are equal. Dates and authors count on the pages that show them in a line of their own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from phongtrao.article import Article
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import InputError
from phongtrao.reading.lines import squeezed
from phongtrao.reading.pages import read_page
from phongtrao.reading.roles import LineModel
from phongtrao.recipes.reading_pages import RolesPage, plain_page, varied_page


def measure(
    model: LineModel, articles: Sequence[LabelledArticle], *, seed: int
) -> dict[str, dict[str, float]]:
    """Return the figures of plain pages (of all articles, of those with boilerplate) and of varied ones."""
    rng = random.Random(seed)
    noisy = [a for a in articles if a.noise]
    sets = {
        "plain": [plain_page(a, gap=gap) for a in articles for gap in ("\n", "\n\n")],
        "boilerplate": [plain_page(a, gap=gap) for a in noisy for gap in ("\n", "\n\n")],
        "varied": [varied_page(a, noisy, rng) for a in articles for _ in range(3)],
    }
    return {name: figures((page, _read(page, model)) for page in pages) for name, pages in sets.items()}


def figures(read: Iterable[tuple[RolesPage, Article]]) -> dict[str, float]:
    """Return passage precision and recall over all pages, and shares of pages with the right title and so on.

    ``invented_author`` is the share of pages without an author's line that were given an author.
    """
    counts: Counter[str] = Counter()
    for page, article in read:
        gold = page.article
        given, found = (Counter(squeezed(p.text) for p in a.passages) for a in (gold, article))
        counts["given"] += given.total()
        counts["found"] += found.total()
        counts["both"] += (given & found).total()
        counts["pages"] += 1
        counts["clean"] += given == found
        counts["title"] += squeezed(article.title) == squeezed(gold.title)
        counts["lead"] += squeezed(article.lead) == squeezed(gold.lead)
        counts["dated"] += page.has_date
        counts["date"] += page.has_date and article.published == gold.published
        counts["signed"] += bool(gold.author)
        counts["author"] += bool(gold.author) and article.author == gold.author
        counts["invented"] += not gold.author and bool(article.author)
    return {
        "passage_precision": counts["both"] / max(1, counts["found"]),
        "passage_recall": counts["both"] / max(1, counts["given"]),
        "clean_pages": counts["clean"] / max(1, counts["pages"]),
        "title": counts["title"] / max(1, counts["pages"]),
        "lead": counts["lead"] / max(1, counts["pages"]),
        "date": counts["date"] / max(1, counts["dated"]),
        "author": counts["author"] / max(1, counts["signed"]),
        "invented_author": counts["invented"] / max(1, counts["pages"] - counts["signed"]),
        "pages": float(counts["pages"]),
        "dated_pages": float(counts["dated"]),
        "signed_pages": float(counts["signed"]),
    }


def _read(page: RolesPage, model: LineModel) -> Article:
    try:
        return read_page(page.text, model=model)
    except InputError:
        return Article("", "", "", "", ())
