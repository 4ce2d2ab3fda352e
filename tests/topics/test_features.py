from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from phongtrao.language.normalize import matching_form
from phongtrao.topics import features
from phongtrao.topics.features import NgramTfidf, grams, summing

PASSAGES = [["Lập tổ tự quản.", "Tặng cờ thi đua."], ["Bắt trộm, bắt cướp."], ["Tổ tự quản bắt trộm."]]


def test_grams_are_syllables_pairs_and_triples():
    assert grams("Bắt trộm xe", 2, "syllables") == ["bắt", "trộm", "xe", "bắt trộm", "trộm xe"]
    assert grams("", 3, "syllables") == []


def test_rows_equal_scikit_learns_where_passages_are_single_sentences():
    single = [[sentence] for sentences in PASSAGES for sentence in sentences]
    ours = NgramTfidf.fit(single, ngrams=2, segmenter="syllables", rarest=1)
    theirs = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, preprocessor=matching_form, token_pattern=r"\w+"
    ).fit([s for (s,) in single])
    columns = [theirs.vocabulary_[gram] for gram in ours.vocabulary]
    expected = theirs.transform([s for (s,) in single]).toarray()[:, columns]
    assert np.allclose(ours.weigh(ours.counts([s for (s,) in single])).toarray(), expected, atol=1e-6)


def test_a_passage_sums_its_sentences_and_no_gram_crosses_their_border():
    tfidf = NgramTfidf.fit(PASSAGES, ngrams=2, segmenter="syllables", rarest=1)
    assert "quản tặng" not in tfidf.vocabulary
    counts = tfidf.counts([s for p in PASSAGES for s in p])
    passages = (summing([2, 1, 1]) @ counts).toarray()
    assert passages.shape[0] == 3
    assert passages[1, tfidf.vocabulary["bắt"]] == 2
    assert passages[0, tfidf.vocabulary["tự quản"]] == passages[0, tfidf.vocabulary["tặng cờ"]] == 1


def test_rare_grams_are_left_out_by_the_number_of_passages():
    tfidf = NgramTfidf.fit(PASSAGES, ngrams=1, segmenter="syllables", rarest=2)
    assert set(tfidf.vocabulary) == {"tổ", "tự", "quản", "bắt", "trộm"}
    assert tfidf.idf[tfidf.vocabulary["bắt"]] == pytest.approx(np.log(4 / 3) + 1)


def test_unknown_text_gives_an_empty_row():
    tfidf = NgramTfidf.fit(PASSAGES, ngrams=1, segmenter="syllables", rarest=1)
    assert tfidf.weigh(tfidf.counts(["zzz", ""])).nnz == 0


@pytest.mark.parametrize("rarest", [1, 2])
@given(
    st.lists(st.lists(st.text(alphabet="ab .", max_size=12), max_size=3), max_size=5),
    st.integers(min_value=1, max_value=4),
)
def test_counting_many_passages_at_once_equals_counting_one_by_one(rarest, passages, longest):
    tfidf, counts = NgramTfidf.fit_counts(passages, ngrams=longest, segmenter="syllables", rarest=rarest)
    held = [Counter(g for s in sentences for g in grams(s, longest, "syllables")) for sentences in passages]
    known = Counter(gram for found in held for gram in found)
    assert list(tfidf.vocabulary) == sorted(gram for gram, count in known.items() if count >= rarest)
    expected = [[found[gram] for gram in tfidf.vocabulary] for found in held]
    assert counts.toarray().tolist() == expected or not tfidf.vocabulary


def test_blocks_of_tokens_change_nothing(monkeypatch):
    whole = NgramTfidf.fit_counts(PASSAGES, ngrams=3, segmenter="syllables", rarest=1)
    monkeypatch.setattr(features, "BLOCK", 3)
    small = NgramTfidf.fit_counts(PASSAGES, ngrams=3, segmenter="syllables", rarest=1)
    assert small[0].vocabulary == whole[0].vocabulary
    assert (small[1] != whole[1]).nnz == 0
