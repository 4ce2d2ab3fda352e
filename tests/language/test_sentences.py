import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.corpus import load_seed_corpus
from phongtrao.language.normalize import compose
from phongtrao.language.sentences import sentence_spans, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Một câu. Hai câu.", ["Một câu.", "Hai câu."]),
        ("Có 4.783 buổi. 10 người đến.", ["Có 4.783 buổi.", "10 người đến."]),
        (
            "Ông K. Anh ở TP. Hồ Chí Minh nói gì? Im lặng.",
            ["Ông K. Anh ở TP. Hồ Chí Minh nói gì?", "Im lặng."],
        ),
        ("Lập 5 tổ; tặng 2 cờ.", ["Lập 5 tổ;", "tặng 2 cờ."]),
        ("“Tốt lắm.” Đó là lời ông.", ["“Tốt lắm.”", "Đó là lời ông."]),
        ("Suối Phiêng Cành.Đến 5 giờ thì bắt.", ["Suối Phiêng Cành.", "Đến 5 giờ thì bắt."]),
        ("Ảnh: K.ANH", ["Ảnh: K.ANH"]),
        ("dòng một\n\ndòng hai", ["dòng một", "dòng hai"]),
        ("tổ dân phố... tiếp tục", ["tổ dân phố... tiếp tục"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_boundaries(text, sentences):
    assert split_sentences(text) == sentences


@given(st.text(alphabet="aĐ.;!? \n“”1ớ", max_size=60))
def test_spans_are_in_order_and_leave_only_blanks_outside(text):
    spans = sentence_spans(text)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    outside = "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
    assert outside.strip() == ""
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_marked_evidence_of_the_seed_corpus_falls_on_sentence_boundaries():
    met = total = 0
    for article in load_seed_corpus():
        for passage in article.passages:
            spans = sentence_spans(passage.text)
            starts, ends = {a for a, _ in spans}, {b for _, b in spans}
            for sentence in (s for marked in passage.evidence.values() for s in marked):
                at = passage.text.find(sentence)
                met += at in starts and at + len(sentence) in ends
                total += 1
    assert total > 4000
    assert met / total > 0.995


def test_decomposed_text_has_the_same_sentences():
    texts = [passage.text for article in load_seed_corpus() for passage in article.passages]
    texts.append("Tội phạm ở bản Phiêng Cành.Ấp Đông; tại TX. Đông Hà, NSƯT. Lê Ạnh đến lạch. Bà con tin.")
    for text in texts:
        decomposed = split_sentences(unicodedata.normalize("NFD", text))
        assert [compose(sentence) for sentence in decomposed] == split_sentences(text)
