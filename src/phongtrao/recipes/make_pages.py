"""Seed corpus -> ``seeds/pages``: a dozen pages as a scraper would leave them, for the demo.

Made from articles of the test split that carry boilerplate, one of each slice and one without a topic; some
as HTML, some in the encodings of old portals. Run: ``python -m phongtrao.recipes.make_pages``.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable

from phongtrao.config import DataSettings, shipped
from phongtrao.corpus import LabelledArticle, load_dataset
from phongtrao.corpus.pages import render_page

FORMS = ("txt", "html", "txt", "txt", "html", "txt", "txt", "html", "txt", "txt", "txt", "txt")
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-8", "utf-8", "utf-16", "cp1258", *("utf-8",) * 5)
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def main() -> None:
    """Write the pages and say which."""
    test = [a for a in load_dataset(DataSettings(real=None)).seed["test"] if a.noise]
    folder = shipped("seeds") / "pages"
    folder.mkdir(exist_ok=True)
    for labelled, form, encoding in zip(choose(test), FORMS, ENCODINGS, strict=True):
        page = render_html(labelled) if form == "html" else render_page(labelled)
        path = folder / f"{labelled.id}.{form}"
        path.write_bytes(as_cp1258(page) if encoding == "cp1258" else page.encode(encoding))
        print(f"{path.name}\t{encoding}\t{labelled.article.title}")


def choose(articles: Iterable[LabelledArticle]) -> list[LabelledArticle]:
    """Return one article of each slice, those with most boilerplate, and one more that carries no topic."""
    by_noise = sorted(articles, key=lambda a: (-len(a.noise.before) - len(a.noise.after), a.id))
    chosen = {a.slice: a for a in reversed(by_noise)}
    none = next(a for a in by_noise if not a.topics and a not in chosen.values())
    return [*(chosen[name] for name in sorted(chosen)), none]


def as_cp1258(text: str) -> bytes:
    """Return the text in Windows-1258, which writes a vowel and its tone mark apart."""
    apart = []
    for char in text:
        marks = unicodedata.normalize("NFD", char)
        letter = unicodedata.normalize("NFC", "".join(m for m in marks if m not in _TONES))
        apart.append(letter + "".join(m for m in marks if m in _TONES))
    return "".join(apart).encode("cp1258", errors="replace")


def render_html(labelled: LabelledArticle) -> str:
    """Return the article as a portal's HTML page."""
    article, noise = labelled.article, labelled.noise

    def tags(tag: str, lines: Iterable[str]) -> str:
        return "\n".join(f"<{tag}>{html.escape(line)}</{tag}>" for line in lines)

    body = []
    for index, passage in enumerate(article.passages):
        body.append(tags("p", [passage.text]))
        body.append(tags("figcaption", [line for after, line in noise.inline if after == index]))
    return f"""<!DOCTYPE html>
<html lang="vi">
<head><meta charset="utf-8"><title>{html.escape(article.title)}</title>
<style>body {{ font-family: serif }}</style><script>var views = 1634;</script></head>
<body>
<header><ul>
{tags("li", noise.before)}
</ul></header>
<article>
<h1>{html.escape(article.title)}</h1>
<p class="date">{article.published:%d/%m/%Y}</p>
{tags("p", [article.lead] if article.lead else [])}
{chr(10).join(part for part in body if part)}
</article>
<footer>
{tags("div", noise.after)}
</footer>
</body>
</html>
"""


if __name__ == "__main__":
    main()
