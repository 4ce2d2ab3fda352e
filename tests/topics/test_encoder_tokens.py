"""Which tokenizer reads an encoder's sentences, what it remembers, and what it leaves in a folder."""

import shutil

import pytest

from phongtrao.config import EncoderSettings
from phongtrao.language.tokenizer import train_tokenizer
from phongtrao.topics.encoder_tokens import (
    KNOWN_SENTENCES,
    LONGEST_KNOWN,
    PhobertSentenceTokenizer,
    PlainSentenceTokenizer,
    load_sentence_tokenizer,
    open_encoder,
)
from tests.tiny_encoders import word_folder, write_roberta

TEXTS = ["Công an tỉnh tặng bằng khen.", "Công an xã bắt đối tượng trộm cắp.", "Hội nghị khai mạc."] * 20
SENTENCES = [TEXTS[0], TEXTS[1].upper(), "Trộm cắp ợng ở xã khác.", ""]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder in PhoBERT's layout, all of whose merges are in its vocabulary."""
    folder = tmp_path_factory.mktemp("trained")
    write_roberta(folder, len(train_tokenizer(TEXTS, 200, folder, "pyvi")), width=8, layers=1)
    return folder


@pytest.fixture(scope="module")
def phobert(trained, tmp_path_factory):
    """The same without the last piece of the vocabulary, as the hub's PhoBERT lacks some."""
    folder = tmp_path_factory.mktemp("phobert")
    for name in ("bpe.codes", "segmenter.json"):
        shutil.copy(trained / name, folder / name)
    *kept, last = (trained / "vocab.txt").read_text("utf-8").splitlines(keepends=True)
    assert len(last.split()[0]) > 1  # what merges came to, no letter
    (folder / "vocab.txt").write_text("".join(kept), "utf-8")
    write_roberta(folder, len(kept) + 5, width=8, layers=1)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A folder with nothing but a ``tokenizer.json``, which reads raw text."""
    words = ["công", "an", "xã", "trộm", "."]
    return word_folder(tmp_path_factory.mktemp("plain"), words, width=8, layers=1, positions=34)


def opened(folder):
    return open_encoder(EncoderSettings(start=str(folder), window_tokens=16))[0]


def test_merges_outside_the_vocabulary_are_left_to_phoberts_own_files(phobert, tmp_path):
    tokenizer = opened(phobert)
    assert isinstance(tokenizer, PhobertSentenceTokenizer)
    size = len(tokenizer.tokens.tokenizer)
    ids = tokenizer.encode(SENTENCES)
    assert max(i for sentence in ids for i in sentence) < size
    tokenizer.save(tmp_path)
    assert not (tmp_path / "tokenizer.json").exists()
    again = load_sentence_tokenizer(tmp_path)
    assert isinstance(again, PhobertSentenceTokenizer)
    assert again.encode(SENTENCES) == ids


@pytest.mark.parametrize(("name", "segmenter"), [("trained", "pyvi"), ("plain", None)])
def test_a_whole_vocabulary_is_read_without_transformers(name, segmenter, request, tmp_path):
    tokenizer = opened(request.getfixturevalue(name))
    assert isinstance(tokenizer, PlainSentenceTokenizer)
    assert tokenizer.segmenter == segmenter
    tokenizer.save(tmp_path)
    again = load_sentence_tokenizer(tmp_path)
    assert isinstance(again, PlainSentenceTokenizer)
    assert again.segmenter == segmenter
    assert again.encode(SENTENCES) == tokenizer.encode(SENTENCES)


@pytest.mark.parametrize("first", ["trained", "phobert"])
def test_what_another_tokenizer_left_in_a_folder_is_removed(first, plain, tmp_path, request):
    opened(request.getfixturevalue(first)).save(tmp_path)
    opened(plain).save(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"frame.json", "tokenizer.json"}
    again = load_sentence_tokenizer(tmp_path)
    assert again.segmenter is None
    assert again.encode(SENTENCES) == opened(plain).encode(SENTENCES)


def test_a_phobert_saved_over_another_is_opened_as_one(phobert, plain, tmp_path):
    opened(plain).save(tmp_path)
    opened(phobert).save(tmp_path)
    assert isinstance(load_sentence_tokenizer(tmp_path), PhobertSentenceTokenizer)


def test_what_is_remembered_is_bounded_in_size(plain):
    tokenizer = opened(plain)
    short, long = ("công an " * LONGEST_KNOWN)[:LONGEST_KNOWN], "công an " * LONGEST_KNOWN
    assert tokenizer.encode([short, long, short, long]) == [[4, 5] * 125, [4, 5] * LONGEST_KNOWN] * 2
    known = tokenizer._known.cache_info()
    assert (known.currsize, known.hits, known.maxsize) == (1, 1, KNOWN_SENTENCES)
    tokenizer.encode([short])[0].append(9)  # a caller's own list
    assert tokenizer.encode([short]) == [[4, 5] * 125]
