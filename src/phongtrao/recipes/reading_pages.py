"""Labelled articles -> pages with the role of every line: what the boilerplate classifier learns from.

The corpus knows each article's boilerplate. A page is rendered as it is (``plain_page``), or varied
(``varied_page``): other articles' boilerplate, other gaps, dates and author lines, repeated titles and
paragraphs, as real dumps have them. Nothing here is text of a real page.
"""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from phongtrao.article import Article, Passage
from phongtrao.corpus.articles import LabelledArticle, Noise
from phongtrao.language.sentences import split_sentences
from phongtrao.reading.authors import author_name
from phongtrao.reading.dates import find_dates, has_date
from phongtrao.reading.lines import squeezed

RolesLine = tuple[str, str]
"""A line and its role."""

_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_DATE_FORMS = (
    "{d:02}/{m:02}/{y}",
    "{d:02}/{m:02}/{y} {t}",
    "{d:02}/{m:02}/{y} - Lượt xem: {n}",
    "{d}/{m}/{y} {t}:09 AM",
    "{d:02}-{m:02}-{y}",
    "{d:02}.{m:02}.{y} | {t}",
    "{w}, {d:02}/{m:02}/{y}, {t}",
    "{w}, {d}/{m}/{y} | {t} GMT+7",
    "{w} - {d:02}/{m:02}/{y} {t}",
    "{w}, ngày {d} tháng {m} năm {y} - {t}",
    "{w} ngày {d:02} tháng {m:02} năm {y}",
    "Ngày {d} tháng {m} năm {y}",
    "{d} tháng {m}, {y} lúc {t} · Công khai",
    "Cập nhật lúc {t} ngày {d:02}/{m:02}/{y}",
    "Cập nhật: {d:02}/{m:02}/{y} | {t}",
    "Ngày đăng: {d:02}-{m:02}-{y} - Đã xem: {n}",
    "Đăng lúc: {t} {d:02}/{m:02}/{y} (GMT+7)",
    "Đăng bởi: admin - {d:02}/{m:02}/{y} {t}",
    "Tin hoạt động {w}, {d:02}/{m:02}/{y}, {t}",
    "{y}-{m:02}-{d:02} {t}",
)
_AUTHOR_FORMS = (
    *("{a}", "{a}", "{a}", "{a}", "({a})", "Tác giả: {a}", "Tác giả bài viết: {a}", "Bài, ảnh: {a}"),
    *("Tin, ảnh: {a}", "Thực hiện: {a}", "Theo {a}"),
)
_SITES = ("Cổng thông tin điện tử", "Báo điện tử", "Trang tin", "Công an tỉnh", "UBND huyện")
_SERVER_ERRORS = (
    "Object reference not set to an instance of an object.",
    "Server Error in '/' Application.",
    "The remote server returned an error: (404) Not Found.",
    "Warning: mysql_connect(): Too many connections in index.php on line 12.",
    "Service Unavailable. The server is temporarily unable to handle the request.",
    "The operation has timed out.",
    "Error: Could not load file or assembly. The system cannot find the file specified.",
)
_UNTITLED = 0.04
"""Share of pages of the body alone, as the cell of a table may hold it."""
_CREDIT = re.compile(r"[\s.(]*Ảnh\b:? ?[^()]*\)?$")
_LONGEST_UNCREDITED_WORDS = 26
"""A longer line without a photographer's name is a paragraph, to a reader too."""
_CAPTION_JOINTS = (" tại", " trong", ", một hoạt động của", " bên lề", ", ảnh chụp khi", " và")


@dataclass(frozen=True)
class RolesPage:
    """A page's text and the role of each of its lines."""

    lines: tuple[RolesLine, ...]
    text: str
    article: Article
    """What should be read from it: the author as the page's line of it says, empty where there is none."""
    has_date: bool
    """Whether the article's own date stands in a line of its own."""


def plain_page(labelled: LabelledArticle, *, gap: str = "\n") -> RolesPage:
    """Return the page as the corpus gives it: before, title, lead, passages with inline lines, after."""
    lines = _page_lines(labelled, labelled.noise)
    return _page(lines, gap.join(text for text, _ in lines) + "\n", labelled)


def varied_page(
    labelled: LabelledArticle, others: Sequence[LabelledArticle], rng: random.Random
) -> RolesPage:
    """Return the article on a page that takes boilerplate from ``others``, varied at random."""
    chance = rng.random()
    if chance < 0.15:
        labelled = _with_short_passages(labelled, rng)
    elif chance < 0.22:
        labelled = _with_long_passages(labelled, rng)
    lines = _page_lines(labelled, _mixed_noise(labelled, others, rng))
    lines = _with_date(lines, labelled, rng)
    lines = _with_author(lines, labelled, rng)
    lines = _with_repeats(lines, rng)
    if rng.random() < _UNTITLED:
        lines = [line for line in lines if line[1] == "body"]
    return _page(lines, _laid_out(lines, rng), labelled)


def _page(lines: Sequence[RolesLine], text: str, labelled: LabelledArticle) -> RolesPage:
    article = labelled.article
    asides = [line for line, role in lines if role == "other"]
    dated = any(found.date == article.published for line in asides for found in find_dates(line))
    if all(role != "title" for _, role in lines):
        article = replace(article, title="", lead="")
    signed = [author_name(line) for line, role in lines if role == "author"]
    return RolesPage(tuple(lines), text, replace(article, author=signed[-1] if signed else ""), dated)


def _page_lines(labelled: LabelledArticle, noise: Noise) -> list[RolesLine]:
    article = labelled.article
    lines: list[RolesLine] = [(line, _noise_role(line, labelled)) for line in noise.before]
    lines.append((article.title, "title"))
    if article.lead:
        lines.append((article.lead, "lead"))
    for index, passage in enumerate(article.passages):
        lines += [(part, "body") for part in passage.text.split("\n")]
        lines += [(line, "other") for after, line in noise.inline if after == index]
    return lines + [(line, _noise_role(line, labelled)) for line in noise.after]


def _noise_role(line: str, labelled: LabelledArticle) -> str:
    key = squeezed(line)
    for role, text in (("title", labelled.article.title), ("lead", labelled.article.lead)):
        if key == squeezed(text):
            return role
    name, author = squeezed(author_name(line)), squeezed(labelled.article.author)
    return "author" if author and len(name) > 2 and author.startswith(name) else "other"


def _mixed_noise(labelled: LabelledArticle, others: Sequence[LabelledArticle], rng: random.Random) -> Noise:
    """Own boilerplate, or parts of other articles' without their dates, captions varied."""
    if labelled.noise and rng.random() < 0.35:
        return labelled.noise
    if rng.random() < 0.05:
        return Noise()
    first, second, third, fourth = (rng.choice(others) for _ in range(4))
    before = [line for line in _lent(first, first.noise.before) if not has_date(line)]
    after = [*_lent(second, second.noise.after), *(third.noise.after if rng.random() < 0.3 else ())]
    captions = [*third.noise.inline, *(fourth.noise.inline if rng.random() < 0.5 else ())]
    last = len(labelled.article.passages) - 1
    inline = [(rng.randint(0, last), _varied_caption(line, labelled, fourth, rng)) for _, line in captions]
    return Noise(tuple(before), tuple(inline), tuple(after))


def _lent(lender: LabelledArticle, lines: Sequence[str]) -> list[str]:
    """The lines that are not about the lender itself: its author, its lead."""
    return [line for line in lines if _noise_role(line, lender) == "other" and len(line) < 120]


def _varied_caption(
    caption: str, labelled: LabelledArticle, other: LabelledArticle, rng: random.Random
) -> str:
    """A caption with or without its credit, at times as long as a passage, at times with a full stop."""
    credit = _CREDIT.search(caption)
    text = (caption[: credit.start()] if credit else caption).rstrip(" .")
    if rng.random() < 0.4 or len(text.split()) < 5:
        return caption
    if rng.random() < 0.5:
        of = rng.choice((labelled, other)).article.title.strip("“”")
        text = f"{text}{rng.choice(_CAPTION_JOINTS)} {of[0].lower()}{of[1:]}"
    credited = f"{text}. Ảnh: {_signature(other.article.author or 'CTV', rng)}"
    if len(text.split()) > _LONGEST_UNCREDITED_WORDS:
        return rng.choice((credited, credited + "."))
    return rng.choice((text, text + ".", text + ".", credited, credited, credited + "."))


def date_line(date: datetime.date, rng: random.Random) -> str:
    """Return a line that tells ``date`` in one of the forms that portals use."""
    weekday = _WEEKDAYS[date.weekday()]
    if rng.random() < 0.4:
        weekday = weekday.capitalize()
    clock = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
    form = rng.choice(_DATE_FORMS)
    return form.format(d=date.day, m=date.month, y=date.year, t=clock, w=weekday, n=rng.randint(3, 9999))


def _with_date(lines: list[RolesLine], labelled: LabelledArticle, rng: random.Random) -> list[RolesLine]:
    published = labelled.article.published
    title = next(i for i, (_, role) in enumerate(lines) if role == "title")
    if published is None or any(has_date(line) for line, _ in lines[:title]) or rng.random() < 0.15:
        return lines
    place = title + 1 if rng.random() < 0.6 else rng.randint(max(0, title - 2), title)
    return [*lines[:place], (date_line(published, rng), "other"), *lines[place:]]


def _with_author(lines: list[RolesLine], labelled: LabelledArticle, rng: random.Random) -> list[RolesLine]:
    author = labelled.article.author
    if not author or any(role == "author" for _, role in lines) or rng.random() < 0.3:
        return lines
    line = rng.choice(_AUTHOR_FORMS).format(a=_signature(author, rng))
    if rng.random() < 0.85:
        place = max(i for i, (_, role) in enumerate(lines) if role == "body") + 1
    else:
        place = next(i for i, (_, role) in enumerate(lines) if role == "title") + 1
    return [*lines[:place], (line, "author"), *lines[place:]]


def _signature(author: str, rng: random.Random) -> str:
    """The name as written, in capitals, or as initials and name: ``Vũ Mai Hạnh``, ``V. Hạnh``, ``V.HẠNH``."""
    words = [word for word in author.split() if word.isalpha()]
    forms = [author, author, author.upper()]
    if 1 < len(words) < 5:
        forms += [f"{words[0][0]}. {words[-1]}", f"{words[0][0]}.{words[-1].upper()}", " ".join(words[-2:])]
    return rng.choice(forms)


def _with_short_passages(labelled: LabelledArticle, rng: random.Random) -> LabelledArticle:
    """The same article in paragraphs of one to three sentences, as online newspapers set it."""
    passages: list[Passage] = []
    for passage in labelled.article.passages:
        sentences = split_sentences(passage.text)
        while sentences:
            take = rng.randint(1, 3)
            passages.append(Passage(" ".join(sentences[:take])))
            sentences = sentences[take:]
    return replace(labelled, article=replace(labelled.article, passages=tuple(passages)))


def _with_long_passages(labelled: LabelledArticle, rng: random.Random) -> LabelledArticle:
    """The same article in one or two paragraphs, as scrapers that lose the breaks leave it."""
    texts = [passage.text.replace("\n", " ") for passage in labelled.article.passages]
    cut = rng.randrange(len(texts))
    passages = tuple(Passage(" ".join(part)) for part in (texts[:cut], texts[cut:]) if part)
    return replace(labelled, article=replace(labelled.article, passages=passages))


def _with_repeats(lines: list[RolesLine], rng: random.Random) -> list[RolesLine]:
    title = next(i for i, (_, role) in enumerate(lines) if role == "title")
    text = lines[title][0]
    chance = rng.random()
    if chance < 0.08:
        lines = [(text, "title"), *lines]
    elif chance < 0.12:
        lines = [(f"{text} - {rng.choice(_SITES)}", "title"), *lines]
    elif chance < 0.17:
        lines = [*lines[:title], (rng.choice(_SERVER_ERRORS), "other"), *lines[title:]]
    if rng.random() < 0.1:
        lead = next((line for line in lines if line[1] == "lead"), None)
        here = next(i for i, (_, role) in enumerate(lines) if role in ("lead", "body"))
        copies = [(text, "title")] * rng.randint(0, 2)
        lines = [*lines[:here], *([lead] if lead else []), *copies, *lines[here:]]
    if rng.random() < 0.08:
        body = [i for i, (_, role) in enumerate(lines) if role == "body"]
        start = rng.randrange(len(body))
        repeated = [lines[i][0] for i in body[start : start + rng.randint(1, 3)]]
        place = rng.choice(body[start:]) + 1
        lines = [*lines[:place], (" ".join(repeated), "body"), *lines[place:]]
    return lines


def _laid_out(lines: Sequence[RolesLine], rng: random.Random) -> str:
    blank_chance = rng.choice((0.0, 1.0, 1.0, 0.5, 0.9))
    short_chance = rng.choice((blank_chance, blank_chance, 0.1))
    parts = []
    for text, role in lines:
        indent = " " * rng.choice((0, 0, 0, 1, 40)) if rng.random() < 0.1 else ""
        chance = blank_chance if role in ("body", "lead", "title") else short_chance
        parts.append(indent + text + ("\n\n" if rng.random() < chance else "\n"))
    return "".join(parts)
