import numpy as np
import pytest

from phongtrao.topics.windows import NO_SENTENCE, Frame, batches, cut_windows, padded

FRAME = Frame(before=[0, 9], after=[2], pad=1, window_tokens=8)  # room for 5


def encode(sentences):
    """A token a word: its length."""
    return [[len(word) + 10 for word in s.split()] for s in sentences]


def test_a_short_passage_is_one_window_that_knows_its_sentences():
    spans, windows = cut_windows(["Một hai. Ba."], encode, FRAME)
    assert spans == [[(0, 8), (9, 12)]]
    (window,) = windows
    assert window.ids == [0, 9, 13, 14, 13, 2]
    assert window.sentences == [NO_SENTENCE, NO_SENTENCE, 0, 0, 1, NO_SENTENCE]


def test_windows_end_at_sentences_and_lose_nothing():
    _, windows = cut_windows(["A b c d. E f. G h i."], encode, FRAME)
    assert [[s for s in w.sentences if s >= 0] for w in windows] == [[0, 0, 0, 0], [1, 1, 2, 2, 2]]
    assert all(len(w.ids) <= FRAME.window_tokens for w in windows)


def test_a_sentence_longer_than_a_window_goes_on_in_the_next():
    _, windows = cut_windows(["a b c d e f g"], encode, FRAME)
    assert [sum(s == 0 for s in w.sentences) for w in windows] == [5, 2]


def test_texts_without_words_have_no_window():
    spans, windows = cut_windows(["", "Một."], encode, FRAME)
    assert spans[0] == []
    assert [w.text for w in windows] == [1]


def test_batches_hold_every_window_once_within_the_budget():
    texts = [" ".join(["a"] * n) + "." for n in (1, 5, 2, 4, 3, 5, 1)]
    _, windows = cut_windows(texts, encode, FRAME)
    groups = batches(windows, 16)
    assert sorted(i for group in groups for i in group) == list(range(len(windows)))
    assert all(len(g) * max(len(windows[i].ids) for i in g) <= 16 for g in groups)
    assert batches(windows, 1) == [[i] for g in batches(windows, 1) for i in g]  # never an empty batch


def test_padding_is_masked_and_belongs_to_no_sentence():
    _, windows = cut_windows(["a b.", "a b c d."], encode, FRAME)
    ids, mask, sentences = padded(windows, FRAME.pad)
    assert ids.shape == (2, 7)
    assert ids[0, 5:].tolist() == [1, 1]
    assert mask.sum(axis=1).tolist() == [5, 7]
    assert (sentences[mask == 0] == NO_SENTENCE).all()
    assert ids.dtype == mask.dtype == sentences.dtype == np.int64


@pytest.mark.parametrize("length", [1, 2, 3])
def test_room_is_what_the_frame_leaves(length):
    assert Frame([0], [2], 1, length + 2).room == length
