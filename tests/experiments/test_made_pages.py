"""Articles made for the benchmarks are distinct, long as press articles, and can be read off their pages."""

import itertools
import json
import statistics

import pytest
from made_pages import made_pages, write_pages

from phongtrao.reading import read_page


@pytest.fixture(scope="module")
def made():
    return list(itertools.islice(made_pages(), 400))


def test_no_passage_comes_twice(made):
    lines = [line for article in made for line in article.text.split("\n")]
    assert len(set(lines)) == len(lines) > 1500


def test_lengths_are_those_of_press_articles(made):
    words = [len(article.text.split()) for article in made]
    assert 330 < statistics.median(words) < 390
    low, high = statistics.quantiles(words, n=20)[0], statistics.quantiles(words, n=20)[-1]
    assert low < 240 and high > 600


def test_fewer_articles_are_the_first_of_more(made):
    assert list(itertools.islice(made_pages(), 5)) == made[:5]
    assert next(made_pages(seed=1)) != made[0]


def test_pages_hold_more_than_the_article_and_it_can_be_read_off_them(made):
    found = wanted = 0
    for article in made[:60]:
        body = " ".join(p.text for p in read_page(article.page).passages)
        sentences = [s for s in article.text.split("\n")[-1].split(". ") if len(s) > 40]
        wanted += len(sentences)
        found += sum(s in body for s in sentences)
    assert found / wanted > 0.9
    assert statistics.mean(len(a.page) / len(a.text) for a in made) > 1.05


def test_pages_and_texts_are_written_side_by_side(tmp_path, made):
    size = write_pages(tmp_path / "pages", 3, tmp_path / "texts.jsonl")
    files = sorted((tmp_path / "pages").rglob("*.txt"))
    assert [f.read_text("utf-8") for f in files] == [m.page for m in made[:3]]
    assert size == sum(f.stat().st_size for f in files)
    lines = (tmp_path / "texts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == [m.text for m in made[:3]]
