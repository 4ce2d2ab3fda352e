from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.errors import InputError
from phongtrao.reading import decode
from phongtrao.reading.encodings import repair
from phongtrao.reading.syllables import is_syllable, vietnamese_share

from . import legacy

SAMPLES = [
    "Phong trào toàn dân bảo vệ an ninh Tổ quốc",
    "Công an xã Đông Thạnh trao thưởng 5.000.000 đồng cho “Tổ liên gia” số 7 – khu phố 3.",
    "Người dân tố giác tội phạm, giữ gìn trật tự; quý I năm 2023 giảm 12,5% số vụ.",
    "Đẩy mạnh tuyên truyền, phổ biến pháp luật về phòng, chống ma tuý ở huyện Krông Búk.",
    "Những mô hình tự quản được nhân rộng: đèn, kẻng, loa… Ủng hộ lẫn nhau lúc khó khăn.",
]
ENCODERS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "windows-1258": legacy.cp1258,
    "tcvn3": legacy.tcvn3,
    "vni": legacy.vni,
}


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_encoding_comes_back_as_written(sample, encoding):
    assert decode(ENCODERS[encoding](sample)) == sample


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8 with mark", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_decomposed_text_is_composed(sample, encoding):
    assert decode(ENCODERS[encoding](unicodedata.normalize("NFD", sample))) == sample


@pytest.mark.parametrize(
    ("data", "text"),
    [  # written down by hand, as the old fonts show them
        ("Phong trµo toµn d©n b¶o vÖ an ninh Tæ quèc", "Phong trào toàn dân bảo vệ an ninh Tổ quốc"),
        ("Phong traøo toaøn daân baûo veä an ninh Toå quoác", "Phong trào toàn dân bảo vệ an ninh Tổ quốc"),
        ("HéI NGHÞ Tæng kÕt", "HỘI NGHỊ Tổng kết"),
        ("HOÄI NGHÒ Toång keát", "HỘI NGHỊ Tổng kết"),
        ("Uû ban. ë ®©u còng thÕ – bªn c¹nh", "Uỷ ban. Ở đâu cũng thế – bên cạnh"),
    ],
)
def test_font_encodings_by_hand(data, text):
    assert decode(data.encode("cp1252")) == text
    assert repair(data) == text  # the same text, pasted into a Unicode page


@pytest.mark.parametrize(
    "text",
    [
        *SAMPLES,
        "Plain ASCII, nothing else.",
        "Café crème à la carte, très bien : déjà vu, garçon ! Où êtes-vous ?",
        "Das Übermaß an Größe; Straße, Häuser, Tür, fünf Äpfel",
        "El niño comió jamón; ¿qué pasó? ¡Mañana será otro día!",
        "Ô, à, è, ù: xe ô tô",
    ],
)
def test_valid_text_is_left_alone(text):
    assert decode(text.encode()) == text
    assert repair(text) == text


def test_line_ends_are_line_feeds():
    assert decode("một\r\nhai\rba\u2028bốn\n".encode()) == "một\nhai\nba\nbốn\n"


def test_cut_utf8_is_refused_with_its_place():
    data = SAMPLES[0].encode()  # ... "quốc" ends in a three-byte letter and c
    with pytest.raises(InputError, match=r"cut off.*byte \d+ of \d+"):
        decode(data[:-2])


def test_damaged_utf8_is_refused_and_not_taken_for_an_old_encoding():
    data = "\n".join(SAMPLES).encode()
    with pytest.raises(InputError, match="broken UTF-8: 1 damaged places, the first at byte 40"):
        decode(data[:40] + b"\xff" + data[40:])


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\x08\x06",
        bytes(range(256)) * 20,
        b"PK\x03\x04\x14\x00\x08\x08\x08\x00" * 9,
        b"\x01\x02\x03\x04\x05" * 50,
    ],
)
def test_binary_data_is_refused(data):
    with pytest.raises(InputError, match="binary"):
        decode(data)


@given(st.binary(max_size=400))
def test_any_bytes_give_composed_text_or_an_input_error(data):
    try:
        text = decode(data)
    except InputError as error:
        assert str(error)
    else:
        assert unicodedata.is_normalized("NFC", text)
        assert "\r" not in text


@given(st.lists(st.sampled_from(" ".join(SAMPLES).split())).map(" ".join))
def test_utf8_is_never_taken_for_something_else(text):
    assert decode(text.encode()) == text
    assert repair(text) == text


def test_few_odd_words_are_no_proof_of_a_mistaken_encoding():
    assert decode("ôy èy".encode()) == "ôy èy"


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "người",
        "Quốc",
        "khuya",
        "thuở",
        "giếng",
        "quýt",
        "ĐƯỜNG",
        "Ủy",
        "uỷ",
        "hoà",
        "hòa",
        "xoong",
    ],
)
def test_syllables(word):
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Hµ", "traøo", "bốx", "ngạng̣", "càt", "aâ", "đđi", "nGười"])
def test_not_syllables(word):
    assert not is_syllable(word)


def test_share_counts_words_with_marks_only():
    # "Tổ" and "quốc" are well formed, "bốx" is not: 2 of 3, with a fifth of a word of doubt
    assert vietnamese_share("an ninh Tổ quốc bốx") == pytest.approx(2 / 3.2)
    assert vietnamese_share("an ninh") == 0
