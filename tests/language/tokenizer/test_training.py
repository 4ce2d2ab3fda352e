"""A tokenizer learned from texts is saved so that ours, transformers' slow one and tokenizers alone agree."""

import json
from collections import Counter

import pytest

from phongtrao.errors import InputError, ModelError, UsageError
from phongtrao.language.segmentation import segmenter_version
from phongtrao.language.tokenizer import SegmenterRecord, load_tokenizer, read_segmenter, train_tokenizer
from phongtrao.language.tokenizer.training import learn

NAMES = ("vocab.txt", "bpe.codes", "tokenizer.json", "tokenizer_config.json", "segmenter.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, corpus):
    place = tmp_path_factory.mktemp("trained") / "new"
    train_tokenizer(corpus[:200], 1500, place, "syllables", segmented=True)
    return place


def test_files_are_written_and_name_their_reader(folder):
    assert {path.name for path in folder.iterdir()} == set(NAMES)
    assert (
        json.loads((folder / "tokenizer_config.json").read_text("utf-8"))["tokenizer_class"]
        == "PhobertTokenizer"
    )
    assert read_segmenter(folder) == SegmenterRecord("syllables", segmenter_version("syllables"))


def test_all_readers_of_the_folder_agree(folder, corpus):
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer
    from transformers.models.phobert.tokenization_phobert import PhobertTokenizer

    texts = [*corpus[300:340], "😀 chữ_lạ ☃\nxuống dòng"]
    wanted = PhobertTokenizer(str(folder / "vocab.txt"), str(folder / "bpe.codes"))(texts)["input_ids"]
    assert load_tokenizer(folder)(texts)["input_ids"] == wanted
    assert AutoTokenizer.from_pretrained(str(folder))(texts)["input_ids"] == wanted
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert [one.ids for one in plain.encode_batch(texts)] == wanted


def test_the_returned_tokenizer_is_the_saved_one(tmp_path, corpus):
    trained = train_tokenizer(corpus[:50], 600, tmp_path, "syllables", segmented=True, max_length=128)
    loaded = load_tokenizer(tmp_path)
    assert loaded(corpus[:60])["input_ids"] == trained(corpus[:60])["input_ids"]
    assert (len(trained), loaded.model_max_length) == (600, 128)
    assert loaded.mask_token_id == 599
    assert loaded.convert_ids_to_tokens([0, 1, 2, 3]) == ["<s>", "<pad>", "</s>", "<unk>"]


def test_the_same_texts_give_the_same_files(folder, tmp_path, corpus):
    train_tokenizer(iter(corpus[:200]), 1500, tmp_path, "syllables", segmented=True)
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_words_are_split_into_few_pieces_and_joined_words_are_learned(folder, corpus):
    tokenizer = load_tokenizer(folder)
    ids = [i for text in corpus[:100] for i in tokenizer(text, add_special_tokens=False)["input_ids"]]
    words = sum(len(text.split()) for text in corpus[:100])
    assert words < len(ids) < 3 * words
    assert ids.count(3) < len(ids) / 200  # characters seen too rarely for the small alphabet
    assert any("_" in piece.strip("_@") for piece in tokenizer.get_vocab())


def test_merges_and_counts_are_those_of_byte_pair_encoding():
    # ab: 5 times inside "abc", 3 times alone; xy twice, x and y frequent enough; z once, so not in the
    # alphabet.
    files = learn(Counter({"abc": 5, "ab": 3, "xyz": 1, "xyc": 1}), 100)
    # a+b (inside) 5, then ab+c</w> 5; a+b</w> 3; x+y 2. "xyc" alone is too rare to be joined.
    assert files.codes.splitlines()[:2] in (["a b 5", "ab c</w> 5"], ["b c</w> 5", "a bc</w> 5"])
    assert set(files.codes.splitlines()[2:]) == {"a b</w> 3", "x y 2"}
    counts = dict(line.split(" ") for line in files.vocabulary.splitlines())
    assert (counts["abc"], counts["ab"], counts["xy@@"], counts["c"]) == ("5", "3", "2", "1")
    assert not any(piece.startswith("z") for piece in counts)
    assert list(counts)[:2] == ["abc", "ab"]


def test_the_size_is_kept_and_characters_take_a_quarter_at_most():
    words = Counter({chr(0x4E00 + i) + "a": 10 - i % 5 for i in range(400)})
    pieces = learn(words, 105).vocabulary.splitlines()
    assert len(pieces) <= 100
    assert sum(len(line.split(" ")[0].removesuffix("@@")) == 1 for line in pieces) == 25


def test_raw_texts_are_segmented_and_composed(tmp_path):
    pytest.importorskip("pyvi")
    raw = "Công an nhân dân Việt Nam. " * 20
    tokenizer = train_tokenizer([raw], 200, tmp_path, "pyvi")
    record = read_segmenter(tmp_path)
    assert record == SegmenterRecord("pyvi", segmenter_version("pyvi"))
    assert "Việt_Nam" in tokenizer.get_vocab()
    assert "." in tokenizer.get_vocab()


def test_special_pieces_in_the_texts_do_not_enter_the_merges(tmp_path):
    tokenizer = train_tokenizer(
        ["a@@ b@@ <s> x</s> @@ a b " * 30], 300, tmp_path, "syllables", segmented=True
    )
    assert (tmp_path / "tokenizer.json").exists()
    assert tokenizer("<s> b@@")["input_ids"][1] == 0
    assert max(tokenizer("a@@ b@@ <s> x</s> @@ a b")["input_ids"]) < len(tokenizer)


def test_what_cannot_be_trained_is_said(tmp_path):
    with pytest.raises(InputError, match="no words"):
        train_tokenizer([" "], 500, tmp_path, "syllables")
    with pytest.raises(UsageError, match="7 or more"):
        train_tokenizer(["công an"], 5, tmp_path, "syllables")
    with pytest.raises(UsageError, match="no segmenter"):
        train_tokenizer(["công an"], 500, tmp_path, "nobody")


def test_a_folder_without_record_has_none_and_a_broken_one_is_said(phobert_folder, tmp_path):
    assert read_segmenter(phobert_folder) is None
    (tmp_path / "segmenter.json").write_text('{"segmenter": "pyvi"}')
    with pytest.raises(ModelError, match=r"segmenter\.json"):
        read_segmenter(tmp_path)
