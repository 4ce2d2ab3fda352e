"""Tokens find their places in the text as written, whatever the segmenter did to them."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phongtrao.errors import UsageError
from phongtrao.language.segmentation import SEGMENTERS
from phongtrao.language.tokenizer import align, encode_raw, word_segmenter

CASES = {
    "joined": ("Công an  nhân dân", ["Công_an", "nhân_dân"], ["Công an", "nhân dân"]),
    "punctuation parted": ("(TP.HCM), “ổn”!", ["(", "TP.HCM", ")", ",", "“", "ổn", "”", "!"], None),
    "line feed in a word": ("an\nninh trật\n tự", ["an_ninh", "trật_tự"], ["an\nninh", "trật\n tự"]),
    "tone moved": ("hoà, thuỷ Khoẻ", ["hòa", ",", "thủy", "Khỏe"], ["hoà", ",", "thuỷ", "Khoẻ"]),
    "lower-cased": ("CÔNG AN Đà Nẵng", ["công_an", "đà_nẵng"], ["CÔNG AN", "Đà Nẵng"]),
    "quotes replaced": ("nói “được” rồi", ["nói", '"', "được", '"', "rồi"], ["nói", "“", "được", "”", "rồi"]),
    "ellipsis spelled out": ("và… rồi", ["và", "...", "rồi"], ["và", "…", "rồi"]),
    "token dropped": ("ông ☃☃ An đến", ["ông", "An", "đến"], ["ông", "An", "đến"]),
    "token inserted": ("ông An", ["ông", "<x>", "An"], ["ông", "", "An"]),
    "underscores written": ("ngày ___ x_y", ["ngày", "___", "x_y"], ["ngày", "___", "x_y"]),
    "emoji": ("tốt 👨‍👩‍👧👍 lắm", ["tốt", "👨‍👩‍👧", "👍", "lắm"], ["tốt", "👨‍👩‍👧", "👍", "lắm"]),
    "nothing": ("", [], []),
    "nothing left": (" … ", [], []),
}


@pytest.mark.parametrize(("raw", "tokens", "wanted"), CASES.values(), ids=CASES)
def test_tokens_stand_where_they_were_written(raw, tokens, wanted):
    found = [raw[start:end] for start, end in align(raw, tokens).token_spans()]
    assert found == (tokens if wanted is None else wanted)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_tokens_of_either_form_stand_in_text_of_the_other(form):
    text = "Công an phường Vân Lụa nhắc nhở bà Nguyễn Thị Ngọc"
    tokens = [
        unicodedata.normalize(form, word) for word in ("Công_an", "phường", "Vân_Lụa", "nhắc_nhở", "bà")
    ]
    raw = unicodedata.normalize("NFD" if form == "NFC" else "NFC", text)
    found = [unicodedata.normalize("NFC", raw[start:end]) for start, end in align(raw, tokens).token_spans()]
    assert found == ["Công an", "phường", "Vân Lụa", "nhắc nhở", "bà"]


def test_characters_have_their_own_places():
    aligned = align("Công  an.", ["Công_an", "."])
    assert aligned.text == "Công_an ."
    assert aligned.spans == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 6), (6, 7), (7, 8), (8, 8), (8, 9)]
    assert aligned.raw_span(3, 6) == (3, 7)
    assert aligned.raw_span(2, 2) == (2, 2)


def test_a_long_difference_does_not_spoil_what_follows():
    raw = "đầu " + "☃" * 50 + " cuối cùng là đây"
    tokens = ["đầu", "x" * 40, "cuối_cùng", "là", "đây"]
    found = [raw[start:end] for start, end in align(raw, tokens).token_spans()]
    assert found[2:] == ["cuối cùng", "là", "đây"]


raws = st.text(st.sampled_from("aăâôưđĐNTợộ_-.,“…09\n\t   \u0301\u0323\u0302😀漢"), max_size=50)


@settings(max_examples=300, deadline=None)
@given(raw=raws)
def test_what_is_only_cut_is_found_exactly(raw):
    tokens = word_segmenter("syllables")(raw)
    aligned = align(raw, tokens)
    places = aligned.token_spans()
    for token, (start, end) in zip(tokens, places, strict=True):
        cut = unicodedata.normalize("NFC", raw[start:end])
        assert token in cut
        # A mark that composes with nothing is a token of its own, and shares the place of its letter.
        assert without_marks(token) in ("", without_marks(cut))
    assert places == sorted(places)


def without_marks(text: str) -> str:
    return "".join(c for c in text if not unicodedata.combining(c))


@settings(max_examples=300, deadline=None)
@given(
    raw=raws,
    tokens=st.lists(st.text(st.sampled_from("aăâôưđ_-.,09\u0301😀"), min_size=1, max_size=6), max_size=9),
)
def test_places_are_in_the_text_and_in_order_for_any_tokens(raw, tokens):
    aligned = align(raw, tokens)
    assert len(aligned.spans) == len(aligned.text)
    assert all(0 <= start <= end <= len(raw) for start, end in aligned.spans)
    starts = [start for start, _ in aligned.token_spans()]
    assert starts == sorted(starts)


def _segment(name: str):
    if name != "syllables":
        pytest.importorskip(name)
    return word_segmenter(name)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_every_segmenter_keeps_case_and_punctuation_and_can_be_aligned(name):
    segment = _segment(name)
    raw = "Công an phường Vân Lụa (TP. Hòa Khê) nhắc nhở:\n“Khoá cửa… cẩn thận!” 😀, hoà giải."
    tokens = segment(raw)
    assert "(" in tokens
    assert any(token.startswith("Công") for token in tokens)
    cut = [raw[start:end] for start, end in align(raw, tokens).token_spans()]
    bare = [token.replace("_", "").lower() for token in tokens]
    for token, piece in zip(bare, cut, strict=True):
        assert len(token) == len("".join(piece.split()))  # letters keep their number, marks may move
    assert "".join("".join(cut).split()) == "".join(raw.split())


def test_unknown_segmenters_are_an_error():
    with pytest.raises(UsageError, match="syllables, pyvi, underthesea"):
        word_segmenter("vncorenlp")


def test_raw_offsets_cut_the_pieces_out_of_the_text_as_written(fast):
    def segment(text):
        return unicodedata.normalize("NFC", text).replace("Công an", "Công_an").replace(",", " , ").split()

    raw = unicodedata.normalize("NFD", "Công  an phường, Công an xã 😀")
    encoded = encode_raw(fast, [raw, "xã"], segment, padding=True)
    assert encoded["input_ids"][0] == fast("Công an phường , Công_an xã 😀")["input_ids"]
    for index, (start, end) in zip(encoded["input_ids"][0], encoded["offset_mapping"][0], strict=True):
        cut = unicodedata.normalize("NFC", raw[start:end])
        if index > 3:
            assert cut.replace(" ", "_") == fast.convert_ids_to_tokens(index).removesuffix("@@")
    assert raw[slice(*encoded["offset_mapping"][0][-2])] == "😀"
    assert encoded["offset_mapping"][1][0] == (0, 0)


def test_raw_offsets_of_windows_belong_to_their_own_text(fast):
    texts = ["xã " * 30 + "phường", "phường xã"]
    encoded = encode_raw(
        fast, texts, str.split, truncation=True, max_length=12, stride=2, return_overflowing_tokens=True
    )
    owners = encoded["overflow_to_sample_mapping"]
    assert owners.count(0) > 2
    for owner, ids, offsets in zip(owners, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        for index, (start, end) in zip(ids, offsets, strict=True):
            if index > 3:
                assert texts[owner][start:end] == fast.convert_ids_to_tokens(index).removesuffix("@@")


def test_raw_offsets_without_a_segmenter_are_the_tokenizers_own(fast):
    pytest.importorskip("torch")
    encoded = encode_raw(fast, ["công_an", "xã"], None, padding=True, return_tensors="pt")
    assert encoded["offset_mapping"].shape == (*encoded["input_ids"].shape, 2)
    assert encoded["offset_mapping"][0, 1, 0] == 0
