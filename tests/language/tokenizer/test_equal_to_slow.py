"""The fast tokenizer of PhoBERT's files gives the slow one's ids, and offsets besides."""

import copy
import pickle
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phongtrao.errors import ModelError
from phongtrao.language.tokenizer import load_tokenizer

CASES = [
    "",
    " ",
    "Công_an nhân_dân",
    "công_an 😀👨‍👩‍👧 🇻🇳 phường",
    unicodedata.normalize("NFD", "Công_an phường Vân_Lụa thuỷ_lợi"),
    "漢字 кириллица ﷺ ☃",
    "một\nhai\r\nba \n bốn\n\nnăm\tsáu",
    "một\x1chai\x1fba\x85bốn\u2028năm\u3000sáu\u200bbảy\ufeff",
    "a@@ @@ @@@ a@@b </w> a</w>b _ __ _a a_",
    "x<mask>y <s>công_an</s> <pad> <unk> <mask>\n<mask>",
    "aaaaaaa nnnnn nhnhnh ngngng gggnnng",
]

vietnamese = st.text(
    st.sampled_from("aăâeêioôơuưyđngthckmĐNTH ạảấầểễộớựý_-.,09\n\t  \u0301\u0323\u0302😀漢@<s>/w"),
    max_size=60,
)


@pytest.mark.parametrize("text", CASES)
def test_ids_equal_the_slow_ones_on_hard_cases(fast, slow, text):
    assert fast(text)["input_ids"] == slow(text)["input_ids"]


def test_ids_equal_the_slow_ones_on_the_corpus(fast, slow, corpus):
    assert fast(corpus)["input_ids"] == slow(corpus)["input_ids"]


def test_the_corpus_ends_words_with_merges_outside_the_vocabulary(fast, corpus):
    # Otherwise the equality above would say nothing about them.
    surplus = [i for e in fast.backend_tokenizer.encode_batch(corpus[:50]) for i in e.ids if i >= len(fast)]
    assert len(surplus) > 100
    ids = [i for one in fast(corpus[:50])["input_ids"] for i in one]
    assert max(ids) < len(fast)
    assert ids.count(3) >= len(surplus)


@settings(max_examples=300, deadline=None)
@given(text=vietnamese)
def test_ids_equal_the_slow_ones_on_vietnamese_like_strings(fast, slow, text):
    assert fast(text)["input_ids"] == slow(text)["input_ids"]


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_ids_equal_the_slow_ones_on_any_string(fast, slow, text):
    assert fast(text)["input_ids"] == slow(text)["input_ids"]


@settings(max_examples=200, deadline=None)
@given(
    merges=st.lists(
        st.tuples(*[st.text("abc@", min_size=1, max_size=2)] * 2, st.booleans()), min_size=1, max_size=12
    ),
    kept=st.lists(st.text("abc@", min_size=1, max_size=4), max_size=8, unique=True),
    text=st.text("abc@ ", max_size=24),
)
def test_any_merges_give_the_slow_ids_or_a_clear_error(tmp_path_factory, merges, kept, text):
    from transformers.models.phobert.tokenization_phobert import PhobertTokenizer

    folder = tmp_path_factory.mktemp("any")
    codes = [f"{left} {right}{'</w>' if ends else ''} 1\n" for left, right, ends in merges]
    (folder / "bpe.codes").write_text("".join(codes), "utf-8")
    (folder / "vocab.txt").write_text("".join(f"{piece} 1\n" for piece in kept), "utf-8")
    try:
        fast = load_tokenizer(folder)
    except ModelError as error:
        assert "in the order in which they were learned" in str(error)
        return
    slow = PhobertTokenizer(str(folder / "vocab.txt"), str(folder / "bpe.codes"))
    assert fast(text)["input_ids"] == slow(text)["input_ids"]


def test_merges_out_of_order_are_refused(tmp_path):
    # "abab": pair by pair it is ab ab, place by place aba b.
    (tmp_path / "bpe.codes").write_text("ab a 2\na b 1\n", "utf-8")
    (tmp_path / "vocab.txt").write_text("a@@ 1\n", "utf-8")
    with pytest.raises(ModelError, match=r"`a b` comes after `ab a`"):
        load_tokenizer(tmp_path)


def test_pairs_truncation_and_padding_equal_the_slow_ones(fast, slow, corpus):
    asked = {"padding": True, "truncation": True, "max_length": 40}
    mine, reference = fast(corpus[:9], **asked), slow(corpus[:9], **asked)
    assert mine["input_ids"] == reference["input_ids"]
    assert mine["attention_mask"] == reference["attention_mask"]
    assert fast("công_an", "phường xã")["input_ids"] == slow("công_an", "phường xã")["input_ids"]


def test_padding_is_id_1_and_masked(fast):
    batch = fast(["công_an", "công_an phường công_an phường xã"], padding=True)
    short, long = batch["input_ids"]
    own = fast("công_an")["input_ids"]
    assert short == own + [1] * (len(long) - len(own))
    assert batch["attention_mask"][0] == [1] * len(own) + [0] * (len(long) - len(own))
    assert fast.pad_token_id == 1


def test_a_batch_is_its_texts_one_by_one(fast, corpus):
    assert fast(corpus[:30])["input_ids"] == [fast(text)["input_ids"] for text in corpus[:30]]


@settings(max_examples=200, deadline=None)
@given(text=vietnamese)
def test_offsets_cut_out_the_pieces(fast, text):
    encoded = fast(text, return_offsets_mapping=True)
    for index, (start, end) in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
        piece = fast.convert_ids_to_tokens(index)
        if index > 3 and piece != "<mask>":
            assert text[start:end] == piece.removesuffix("@@")
    covered = {place for span in encoded["offset_mapping"] for place in range(*span)}
    assert all(place in covered or c.isspace() for place, c in enumerate(text))


def test_pieces_ids_and_text_convert_as_in_the_slow_one(fast, slow, corpus):
    ids = slow(corpus[0])["input_ids"]
    assert fast.convert_ids_to_tokens(ids) == slow.convert_ids_to_tokens(ids)
    assert fast.convert_tokens_to_ids(["công@@", "an", "không-có"]) == slow.convert_tokens_to_ids(
        ["công@@", "an", "không-có"]
    )
    assert fast.decode(ids) == slow.decode(ids)
    assert fast.decode(ids, skip_special_tokens=True) == slow.decode(ids, skip_special_tokens=True)
    assert (len(fast), fast.vocab_size, fast.mask_token_id) == (
        len(slow),
        slow.vocab_size,
        slow.mask_token_id,
    )
    assert fast.get_vocab() == slow.get_vocab()


def test_copies_and_saved_folders_give_the_same_ids(fast, slow, corpus, tmp_path):
    from transformers import AutoTokenizer

    fast.save_pretrained(str(tmp_path))
    assert not (tmp_path / "tokenizer.json").exists()  # it could not say what surplus ids stand for
    wanted = slow(corpus[:20])["input_ids"]
    for other in (
        load_tokenizer(tmp_path),
        type(fast).from_pretrained(str(tmp_path)),
        AutoTokenizer.from_pretrained(str(tmp_path)),
        copy.deepcopy(fast),
        pickle.loads(pickle.dumps(fast)),
    ):
        assert other(corpus[:20])["input_ids"] == wanted


def test_saving_writes_the_very_same_files(fast, phobert_folder, tmp_path):
    fast.save_pretrained(str(tmp_path))
    for name in ("vocab.txt", "bpe.codes"):
        assert (tmp_path / name).read_bytes() == (Path(phobert_folder) / name).read_bytes()


def test_the_collator_of_masked_language_modelling_takes_it(fast):
    pytest.importorskip("torch")
    from transformers import DataCollatorForLanguageModeling, set_seed

    set_seed(1)
    batch = DataCollatorForLanguageModeling(fast, mlm_probability=0.5)(
        [fast("công_an phường xã"), fast("xã")]
    )
    assert batch["input_ids"][1, -1] == 1
    assert (batch["labels"][batch["input_ids"] == 1] == -100).all()
    assert (batch["labels"][:, 0] == -100).all()  # <s> is never masked
    assert (batch["labels"] != -100).any()
