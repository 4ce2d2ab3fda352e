from __future__ import annotations

import numpy as np
import pytest

from phongtrao.config import ExtractiveSettings
from phongtrao.summary.features import describe
from phongtrao.summary.groups import GROUP_FEATURES, LARGEST, POOL, describe_groups, groups, leaning
from phongtrao.summary.units import sentences

from .conftest import article_of

SETTINGS = ExtractiveSettings(min_words=35, max_words=90, redundancy=0.6)


def found(shares, words, vectors=None, preferred=None):
    words = np.array(words, dtype=float)
    vectors = np.eye(len(words)) if vectors is None else np.array(vectors)
    wanted = np.ones(len(words), dtype=bool) if preferred is None else np.array(preferred)
    return groups(np.array(shares), words, vectors, wanted, SETTINGS)


def test_groups_keep_to_the_limits_of_length():
    assert found([0.5, 0.4, 0.3], [20, 30, 61]) == [(2,), (0, 1), (0, 2)]
    assert found([0.5, 0.4], [91, 10]) == []


def test_what_repeats_or_is_not_preferred_is_in_no_group():
    near = [[1, 0], [0.8, 0.6], [0, 1]]
    assert found([0.5, 0.5, 0.5], [20, 20, 20], near) == [(0, 2), (1, 2)]
    assert found([0.5, 0.5, 0.5], [40, 40, 40], preferred=[True, False, False]) == [(0,)]


def test_only_the_best_sentences_are_grouped():
    many = found(np.linspace(0.1, 0.9, 20), [18] * 20)
    assert {index for group in many for index in group} == set(range(20 - POOL, 20))
    assert {len(group) for group in many} == set(range(2, LARGEST + 1))


def test_groups_in_numbers_by_hand():
    article = article_of(
        "Công an xã ra mắt tổ tự quản. Tổ có 15 thành viên. Tuy nhiên, kinh phí còn thiếu.",
        "Trời hôm nay rất đẹp.",
        title="Ra mắt tổ tự quản",
        lead="Mô hình mới ở xã.",
    )
    described = describe(article, sentences(article))
    shares = np.array([0.1, 0.5, 0.2, 0.3, 0.0])
    rows = describe_groups(described, shares, [(0,), (1, 2), (1, 3), (3,)])
    column = dict(zip(GROUP_FEATURES, rows.T, strict=True))
    assert described.words.tolist() == [5, 8, 5, 6, 5]
    assert column["words"].tolist() == [5, 13, 14, 6]
    assert column["gain"] == pytest.approx([0.5, 5.0, 5.8, 1.8])
    assert column["expected_f"] == pytest.approx([1 / 40, 10 / 48, 11.6 / 49, 3.6 / 41])
    assert column["gain_behind"] == pytest.approx([-5.3, -0.8, 0, -4])
    assert column["rank"].tolist() == [3, 1, 0.5, 1]
    assert column["least_share"].tolist() == [0.1, 0.2, 0.3, 0.3]
    assert column["lead"].tolist() == [1, 0, 0, 0]
    assert column["has_second"].tolist() == [0, 1, 1, 0]
    assert column["neighbours"].tolist() == [0, 1, 0, 0]
    assert column["refer_to_absent"].tolist() == [0, 0, 1, 1]
    assert column["opening_refers_back"].tolist() == [0, 0, 0, 1]
    assert column["title_told"][1] == column["title_told"].max() == pytest.approx(1)
    assert column["number_share"] == pytest.approx([0, 1 / 13, 0, 0])
    assert column["article_words"].tolist() == [29] * 4
    assert (column["mass"] > 0).all()
    assert (column["mass"] < 1).all()
    # "tổ tự quản" stands once, so no pair of words stands in two sentences.
    assert column["echoes"].tolist() == [0] * 4


def test_what_opens_by_leaning_loses_to_all_but_the_articles_own_opening():
    table = np.zeros((4, len(GROUP_FEATURES)))
    opening, first, absent = (
        GROUP_FEATURES.index(name) for name in ("opening_refers_back", "has_first", "refer_to_absent")
    )
    table[1, [opening, absent]] = 1
    table[2, [opening, first, absent]] = 1
    table[3, absent] = 2
    assert leaning(table).tolist() == [0, 1.01, 0.01, 0.02]
