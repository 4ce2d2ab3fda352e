"""Passages of the seed corpus -> any number of distinct articles, each as text and as a raw page.

An article takes its head from one seed article and its passages from anywhere, until it is as long as press
articles are (log-normal, median 360 words). In every sentence one syllable is replaced by another of the
corpus, so that no passage comes twice and hardly a sentence: a system that remembers what it has seen gains
nothing. The page adds what scrapers leave: menus, captions, dates, broken and repeated lines, other articles'
headings.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from phongtrao.article import Article, Passage
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.language.sentences import split_sentences
from phongtrao.recipes.reading_pages import varied_page

WANTED_WORDS = 345
"""Median length drawn; as passages are taken whole, that of the articles comes to 360."""
SPREAD = 0.45
"""Standard deviation of the logarithm of the length: nine in ten have 170 to 750 words."""
FOLDER_PAGES = 1000


Words = Sequence[Sequence[str]]
"""Of a passage, sentence by sentence."""


@dataclass(frozen=True)
class MadePage:
    """An article made up of others."""

    text: str
    """Title, lead and passages, a line each."""
    page: str
    """The same as a scraper might have left it."""


def made_pages(seed: int = 0) -> Iterator[MadePage]:
    """Yield articles without end, no passage twice; the first of them are the same however many are taken."""
    corpus = load_seed_corpus()
    lenders = [a for a in corpus if a.noise]
    sentences = [[s.split() for s in split_sentences(p.text)] for a in corpus for p in a.passages]
    syllables = sorted({w.lower() for s in chain.from_iterable(sentences) for w in s if w.isalpha()})
    rng = random.Random(seed)
    seen: set[int] = set()

    def distinct(passage: Words) -> str:
        while True:
            text = " ".join(_altered(words, syllables, rng) for words in passage)
            if (key := hash(text)) not in seen:
                seen.add(key)
                return text

    while True:
        head = rng.choice(corpus)
        made = _filled(head, distinct, sentences, rng)
        yield MadePage(_text(made), varied_page(replace(head, article=made), lenders, rng).text)


def write_pages(folder: Path, count: int, texts: Path | None = None, *, seed: int = 0) -> int:
    """Write ``count`` pages as text files, a thousand in a folder, and return their bytes.

    ``texts`` gets, if named, the articles without their pages, one JSON object with ``text`` a line.
    """
    lines, size = [], 0
    for number, made in zip(range(count), made_pages(seed), strict=False):
        place = folder / f"{number // FOLDER_PAGES:04d}"
        place.mkdir(parents=True, exist_ok=True)
        page = made.page.encode()
        (place / f"page-{number:07d}.txt").write_bytes(page)
        lines.append(json.dumps({"text": made.text}, ensure_ascii=False) + "\n")
        size += len(page)
    if texts is not None:
        texts.write_text("".join(lines), encoding="utf-8")
    return size


def _filled(
    head: LabelledArticle, distinct: Callable[[Words], str], pool: Sequence[Words], rng: random.Random
) -> Article:
    """Return the article ``head`` with another title, lead and passages, of a length drawn."""
    wanted = WANTED_WORDS * math.exp(rng.gauss(0, SPREAD))
    title, lead = (
        distinct([text.split()]) if text else "" for text in (head.article.title, head.article.lead)
    )
    passages: list[str] = []
    words = len(title.split()) + len(lead.split())
    while not passages or words < wanted:
        passage = rng.choice(pool)
        # A last passage of which less than half is wanted would only lengthen the article.
        if passages and wanted - words < sum(map(len, passage)) / 2:
            break
        passages.append(distinct(passage))
        words += sum(map(len, passage))
    return replace(head.article, title=title, lead=lead, passages=tuple(map(Passage, passages)))


def _altered(words: Sequence[str], syllables: Sequence[str], rng: random.Random) -> str:
    at = rng.randrange(max(1, len(words) - 1))  # the last carries the full stop
    return " ".join([*words[:at], rng.choice(syllables), *words[at + 1 :]])


def _text(article: Article) -> str:
    return "\n".join(filter(None, [article.title, article.lead, *(p.text for p in article.passages)]))
