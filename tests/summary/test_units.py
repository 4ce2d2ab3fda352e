from __future__ import annotations

import unicodedata

import pytest

from phongtrao.summary.units import LEAD, count_words, cut_off, distinct, sentences, shortened, stands_alone

from .conftest import article_of


def test_sentences_are_whole_and_know_their_place(patrol):
    units = sentences(patrol)
    assert [unit.passage for unit in units] == [LEAD, 0, 0, 1, 1, 2, 2, 3, 3, 3]
    assert units[3].text.endswith("cùng kỳ; lực lượng đã làm rõ 20 vụ, bắt 31 đối tượng.")
    for unit in units[1:]:
        assert patrol.passages[unit.passage].text[slice(*unit.span)] == unit.text


def test_a_semicolon_at_a_line_end_parts_a_list():
    units = sentences(article_of("- Tổ 1: ông An;\n- Tổ 2: bà Bình; bà Cúc."))
    assert [unit.text for unit in units] == ["- Tổ 1: ông An;", "- Tổ 2: bà Bình; bà Cúc."]


def test_distinct_drops_repetitions_and_wordless_lines():
    units = sentences(article_of("Công an bắt trộm.", "***", "CÔNG AN bắt trộm!", "Tin mới."))
    assert [unit.text for unit in distinct(units)] == ["Công an bắt trộm.", "Tin mới."]


def test_shortened_cuts_at_the_last_semicolon_that_fits():
    (unit,) = sentences(article_of("Một hai ba; bốn năm ; sáu bảy tám chín."))
    assert shortened(unit, 9) is unit
    assert shortened(unit, 8).text == "Một hai ba; bốn năm."
    assert shortened(unit, 4).text == "Một hai ba."
    assert shortened(unit, 4).span == (0, 10)
    assert shortened(unit, 2) is unit


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("Công an phường đã bắt hai đối tượng.", True),
        ("Công an phường đã bắt hai đối tượng", False),
        ("Ông nói: “Chúng tôi đi tuần mỗi đêm.", False),
        ('Ông nói: "Chúng tôi đi tuần mỗi đêm."', True),
        ("Các tổ tự quản gồm có những thành viên:", False),
        ("Bà con thân mến!", False),
    ],
)
def test_stands_alone(text, alone):
    assert stands_alone(text) is alone


def test_words_are_syllables_and_numbers():
    assert count_words("Tổ có 15 thành viên, giảm 17,5%.") == 8


def test_cut_off_keeps_whole_words_and_numbers():
    (unit,) = sentences(article_of("Tổ có 15 người, tăng 17,5 phần trăm"))
    assert cut_off(unit, 9) is unit
    assert cut_off(unit, 4).text == "Tổ có 15 người…"
    assert cut_off(unit, 6).text == "Tổ có 15 người, tăng…"  # 17,5 is two words, and not cut in two


def test_decomposed_text_has_the_same_words():
    text = "Lão ngư giữ bình yên cửa lạch. Bà con tin."
    composed, decomposed = (sentences(article_of(unicodedata.normalize(f, text))) for f in ("NFC", "NFD"))
    assert [unit.text for unit in composed] == [unit.text for unit in decomposed]
    assert decomposed[1].span[1] == len(unicodedata.normalize("NFD", text))
