import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.language.normalize import compose, matching_form, syllables


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Hoà", "hòa"),
        ("HOÀ", "hòa"),
        ("khoẻ", "khỏe"),
        ("Thuỷ", "thủy"),
        ("thủy", "thủy"),
        ("quý", "quý"),  # u belongs to q: the mark is on y in both habits
        ("QUỲ", "quỳ"),
        ("hoàn", "hoàn"),  # a closed syllable has one place only
        ("loá mắt", "lóa mắt"),
        ("Đồng", "đồng"),
        (unicodedata.normalize("NFD", "Hoà bình ở xã Đắk Tờ"), "hòa bình ở xã đắk tờ"),
    ],
)
def test_matching_form_unifies_case_composition_and_tone_placement(written, expected):
    assert matching_form(written) == expected


@given(st.text(alphabet="hoàáảãạoeèéuyỳýqaốđĐÝ n", max_size=30))
def test_matching_form_is_idempotent_and_keeps_offsets(text):
    form = matching_form(text)
    assert matching_form(form) == form
    assert len(form) == len(compose(text))


def test_syllables_keep_vietnamese_letters_and_numbers_whole():
    assert syllables("Tổ quốc: 4.783 buổi!") == ["tổ", "quốc", "4", "783", "buổi"]
    assert syllables(unicodedata.normalize("NFD", "Đường phố")) == ["đường", "phố"]
