"""Labelled article -> the page a scraper would have left: its lines with the boilerplate around them."""

from __future__ import annotations

from phongtrao.corpus.articles import LabelledArticle


def page_lines(labelled: LabelledArticle) -> list[str]:
    """Return the lines of the page in order: before, title, lead, passages with inline noise, after."""
    article, noise = labelled.article, labelled.noise
    lines = [*noise.before, article.title, *([article.lead] if article.lead else [])]
    for index, passage in enumerate(article.passages):
        lines.append(passage.text)
        lines.extend(line for after, line in noise.inline if after == index)
    return [*lines, *noise.after]


def render_page(labelled: LabelledArticle, *, gap: str = "\n\n") -> str:
    """Return the page as plain text, its lines joined by ``gap``."""
    return gap.join(page_lines(labelled)) + "\n"
