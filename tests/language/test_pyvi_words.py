"""pyvi's words without pyvi's imports: the same, one by one."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.language import pyvi_words
from phongtrao.language.pyvi_words import pyvi_tokenize
from phongtrao.language.sentences import split_sentences

ODD = [
    *("", "  ", "\n", "một\nhai", "x" * 500, "_ __ a_b", "😀 vui", "<s> </s>"),
    "==> xem -> http://congan.vn/tin?a=1 hoặc pa02@congan.gov.vn ... >> 1.000,5 12_3",
    "Tp. HCM, TP.HCM, ThS. Lê Văn A, Mr. B, Mrs. C, UBND. CÔNG AN XÃ",
    "Hoà bình, a\u0300 tổ dân phố số 3 (khu vực 2)",
    *("công an " * 30 + "x" * 41, f"{'a-' * 300}b", f"{'a-' * 31}bc@x.vn", "A.b.c@x.vn, Tp.b@x.vn, b@x"),
]


@pytest.fixture(scope="module")
def theirs():
    """Return pyvi's own function."""
    from pyvi import ViTokenizer

    return ViTokenizer.tokenize


def test_the_words_of_the_corpus_are_pyvis(theirs):
    articles = load_seed_corpus()[::6]
    sentences = [s for a in articles for p in a.passages for s in split_sentences(p.text)]
    assert len(sentences) > 500
    ours = pyvi_tokenize()
    assert [ours(s) for s in sentences] == [theirs(s) for s in sentences]
    assert sum("_" in ours(s) for s in sentences) > len(sentences) / 2


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_too(text, theirs):
    assert pyvi_tokenize()(text) == theirs(text)


def test_no_address_is_longer_than_64_before_its_mark(theirs):
    ours, long = pyvi_tokenize(), f"{'a' * 65}@x.vn"
    assert ours(long[1:]) == theirs(long[1:]) == long[1:]
    assert theirs(long) == long
    assert ours(long).replace("_", " ").split() == ["a" * 65, "@", "x", ".", "vn"]
    # Where it may be tried, what is found is no longer than the limit: no run is looked through to its end.
    before = [word.partition("@")[0] for word in ours(f"{'a-' * 200}a@x.vn").split() if "@" in word]
    assert [len(name) for name in before] == [64]


def test_what_is_remembered_is_bounded_in_size():
    pyvi_words._known.cache_clear()
    pyvi_tokenize()(f"{'x' * 40} {'y' * 41} {'z' * 100_000}")
    assert pyvi_words._known.cache_info().currsize == 1


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("aăâbcđe ÂĐE.,;:->_1230\n\u0301@/\"'()"), max_size=40))
def test_whatever_is_written(text):
    from pyvi import ViTokenizer

    assert pyvi_tokenize()(text) == ViTokenizer.tokenize(text)


def test_neither_pyvi_nor_scikit_learn_is_imported():
    code = (
        "import sys; from phongtrao.language.segmentation import segmenter; "
        "print(segmenter('pyvi')('Công an xã tặng giấy khen.')); "
        "print([m for m in ('pyvi', 'sklearn', 'pandas') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["['công_an', 'xã', 'tặng', 'giấy', 'khen']", "[]"]


def test_a_pyvi_packed_otherwise_is_asked_itself(monkeypatch, theirs):
    def nothing(pickled):
        raise ValueError(f"{pickled} holds no CRFsuite model")

    monkeypatch.setattr(pyvi_words, "_model", nothing)
    pyvi_tokenize.cache_clear()
    try:
        assert pyvi_tokenize() is theirs
    finally:
        pyvi_tokenize.cache_clear()


def test_a_pyvi_of_another_version_is_asked_itself(monkeypatch, theirs):
    monkeypatch.setattr(pyvi_words, "version", lambda package: "0.1.2" if package == "pyvi" else "")
    pyvi_tokenize.cache_clear()
    try:
        assert pyvi_tokenize() is theirs
    finally:
        pyvi_tokenize.cache_clear()


def test_a_pickle_without_a_model_is_told(tmp_path):
    import pickle

    (tmp_path / "other.pkl").write_bytes(pickle.dumps({"model": "none"}))
    with pytest.raises(ValueError, match="holds no CRFsuite model"):
        pyvi_words._model(tmp_path / "other.pkl")
