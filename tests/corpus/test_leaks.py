"""Texts that training knows: every pair is compared, by the part of the shorter one that they share."""

from hypothesis import given
from hypothesis import strategies as st

from phongtrao.corpus import leaks
from phongtrao.corpus.duplicates import shingles
from phongtrao.corpus.leaks import near_duplicates_of


def words(start, end):
    return " ".join(f"tiếng{i}" for i in range(start, end))


def test_a_text_that_shares_a_fifth_of_the_shorter_ones_sequences_is_known():
    # 24 words are 20 sequences of 5; 8 shared words are 4 sequences of these 20: just a fifth.
    known = [words(0, 24)]
    fresh, enough, too_few = words(100, 124), words(16, 40), words(17, 41)
    assert near_duplicates_of(known, [fresh, enough, too_few]).tolist() == [False, True, False]


def test_a_short_text_within_a_long_one_is_known():
    assert near_duplicates_of([words(0, 500)], [words(200, 210)]).tolist() == [True]
    assert near_duplicates_of([words(200, 210)], [words(0, 500)]).tolist() == [True]


def test_near_duplicates_among_themselves_do_not_count():
    assert not near_duplicates_of([words(50, 90)], [words(0, 24), words(0, 24)]).any()


def test_nothing_to_compare():
    assert near_duplicates_of([], [words(0, 9)]).tolist() == [False]
    assert near_duplicates_of([words(0, 9)], []).tolist() == []


texts = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join), max_size=5)


@given(texts, texts)
def test_blocks_and_the_table_change_nothing(known, new):
    def near(a, b):
        a, b = shingles(a), shingles(b)
        return len(a & b) >= 0.2 * min(len(a), len(b))

    whole, leaks.BLOCK = leaks.BLOCK, 2
    try:
        found = near_duplicates_of(known, new).tolist()
    finally:
        leaks.BLOCK = whole
    assert found == [any(near(a, b) for b in known) for a in new]
