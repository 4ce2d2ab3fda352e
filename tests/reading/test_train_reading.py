from __future__ import annotations

import random

import pytest

from phongtrao.article import Article, Passage
from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.reading.dates import parse_date
from phongtrao.reading.lines import split_lines
from phongtrao.reading.roles import ROLES, decode_roles
from phongtrao.recipes.evaluate_reading import figures
from phongtrao.recipes.reading_pages import RolesPage, date_line, plain_page, varied_page
from phongtrao.recipes.train_reading import train_model


@pytest.fixture(scope="module")
def articles(root):
    return [a for a in load_seed_corpus(root / "seeds") if a.noise][:60]


def test_a_plain_page_has_every_line_of_the_article_with_its_role(articles):
    labelled = articles[0]
    page = plain_page(labelled)
    assert page.text == "\n".join(line for line, _ in page.lines) + "\n"
    assert [line for line, role in page.lines if role == "title"] == [labelled.article.title]
    assert [line for line, role in page.lines if role == "body"] == [p.text for p in labelled.passages]
    others = [line for line, role in page.lines if role in ("other", "author")]
    inline = [line for _, line in labelled.noise.inline]
    assert sorted(others) == sorted([*labelled.noise.before, *inline, *labelled.noise.after])


def test_varied_pages_keep_their_body_and_give_each_line_a_role(articles):
    rng = random.Random(1)
    pages = [varied_page(a, articles, rng) for a in articles for _ in range(3)]
    for page in pages:
        body = {line for line, role in page.lines if role == "body"}
        assert all(set(p.text.split("\n")) <= body for p in page.article.passages)
        assert {role for _, role in page.lines} <= set(ROLES)
    same = [len(split_lines(page.text)) == len(page.lines) for page in pages]
    assert sum(same) > 0.97 * len(same)


def test_date_lines_tell_their_date(articles):
    rng = random.Random(2)
    for labelled in articles:
        date = labelled.article.published
        assert parse_date(date_line(date, rng)) == date


def test_figures_by_hand():
    def article(*texts, title="T", author=""):
        return Article("1", "", title, "", tuple(map(Passage, texts)), author=author)

    pages = [
        (RolesPage((), "", article("a b", "c"), False), article("a  b", "x", "c")),
        (RolesPage((), "", article("d", author="A"), False), article("e", title="U", author="A")),
    ]
    found = figures(pages)
    assert found["passage_precision"] == pytest.approx(2 / 4)
    assert found["passage_recall"] == pytest.approx(2 / 3)
    assert (found["title"], found["lead"], found["clean_pages"]) == (0.5, 1.0, 0.0)
    assert (found["author"], found["signed_pages"], found["invented_author"]) == (1.0, 1.0, 0.0)


def test_a_small_model_learns_and_repeats_itself(articles):
    train, held = articles[:40], articles[40:]
    model, again = (train_model(train, pages_each=1, C=0.1, seed=3) for _ in range(2))
    right = total = 0
    for labelled in held:
        page = plain_page(labelled)
        lines = split_lines(page.text)
        scores = model.scores(lines)
        assert (scores == again.scores(lines)).all()
        roles = [ROLES[role] for role in decode_roles(scores)]
        right += sum(given == role for given, (_, role) in zip(roles, page.lines, strict=True))
        total += len(lines)
    assert right / total > 0.9
