"""The five real pages, where they are: somebody else's text, so they are known here by numbers alone."""

from __future__ import annotations

import datetime
import hashlib

import pytest

from phongtrao.reading import iter_records, read_record

# number: the title's length, the date, the file's lines (from 1) that are the lead or the body
PAGES = {
    "000": (119, datetime.date(2021, 7, 13), (3, 5, 7, 9, 13, 15)),
    "001": (188, datetime.date(2017, 5, 29), (14, 16, 18, 20, 22)),
    "002": (67, datetime.date(2023, 6, 2), (2, 4, 5, 6, 7)),
    "003": (58, datetime.date(2022, 11, 18), (5, 9, 11, 13, 15)),
    "004": (98, datetime.date(2023, 2, 3), (4, 11, 13, 15, 21, 23, 25, 27, 29, 31, 33)),
}


@pytest.fixture(scope="module")
def pages(root):
    folder = root.parent / "shared" / "seeds"
    if not folder.exists():
        pytest.skip("the five real pages (../shared/seeds) are not on this machine")
    return {record.id[:3]: (record, read_record(record)) for record in iter_records([folder])}


def digest(text):
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


@pytest.mark.parametrize("number", PAGES)
def test_titles_and_dates(pages, number):
    _, article = pages[number]
    length, date, _ = PAGES[number]
    assert len(article.title) == length
    assert article.published == date
    assert 4 < len(article.author) < 20


@pytest.mark.parametrize("number", PAGES)
def test_every_paragraph_once_and_nothing_else(pages, number):
    record, article = pages[number]
    lines = record.payload.decode().split("\n")
    told = [text for text in (article.lead, *(p.text for p in article.passages)) if text]
    assert [digest(text) for text in told] == [digest(lines[line - 1]) for line in PAGES[number][2]]
