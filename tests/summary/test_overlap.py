from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phongtrao.summary.metrics import SCALES, rouge
from phongtrao.summary.overlap import Reference, group_rouge, tokens

TEXTS = st.lists(
    st.sampled_from(["công", "an", "xã", "tội", "phạm", "12/8", "Tổ", "an,", "4.783", "ồ"]), max_size=25
).map(" ".join)


def test_tokens_are_those_of_the_two_scales():
    assert tokens("Tội 4.783, Án!", "syllable") == ["tội", "4", "783", "án"]
    assert tokens("Tội 4.783, Án!", "default") == ["t", "i", "4", "783", "n"]


def test_f_by_hand():
    # a b c d against a c d e: three in common, one pair of three (c d), and a c d in order.
    assert Reference(list("acde")).rouge(list("abcd")) == pytest.approx((6 / 8, 2 / 6, 6 / 8))
    assert Reference([]).rouge(list("ab")) == Reference(list("ab")).rouge([]) == (0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_it_is_what_rouge_score_says(summary, reference):
    for scale in SCALES:
        told = rouge([reference], [summary], scale)
        own = Reference(tokens(reference, scale)).rouge(tokens(summary, scale))
        assert own == pytest.approx([told[name][0] for name in ("rouge1", "rouge2", "rougeL")])


def test_groups_are_told_one_sentence_behind_the_other():
    values = group_rouge(["a b", "c d", "x"], [(0,), (0, 1), (2,)], "a b c d", "syllable")
    assert values.tolist() == pytest.approx([(4 / 6 + 2 / 4 + 4 / 6) / 3, 1, 0])
