"""What a summary says that its article does not bear out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.summary.abstractive.claims import Facts, unsupported

ARTICLE = (
    "Phường Bình An ra mắt tổ tuần tra tự quản\n"
    "Ngày 12/8/2019, Công an phường Bình An (TP.HCM) ra mắt mô hình tại khu phố 3. "
    "Tổ có 15 đồng chí thành viên.\n"
    "Địa bàn xảy ra 24 vụ trộm cắp, giảm 17,5% so với cùng kỳ; "
    "lực lượng thu 1,5 tỷ đồng, phạt 18-20 năm tù.\n"
    "Ông Trần Văn Hòa, tổ trưởng, nói: “Chúng tôi đi tuần mỗi đêm ngày 5 tháng 9.” "
    "UBND thành phố HÀ NỘI khen."
)
FACTS = Facts(ARTICLE)


def said(text):
    return [(claim.text, claim.kind) for claim in unsupported(text, FACTS)]


@pytest.mark.parametrize(
    "text",
    [
        "Công an phường Bình An ra mắt tổ tự quản ngày 12/8.",
        "Tháng 8/2019, tổ có 15 thành viên.",
        "Ngày 12/08/2019, 24 vụ trộm cắp, giảm 17,5 %.",
        "Ông Hòa cho biết thu 1,5 tỷ đồng.",
        "Trần Văn Hòa nói vậy.",
        "Hà Nội khen.",
        "Bị phạt 20 năm tù.",
        "Chúng tôi đi tuần ngày 5 tháng 9.",
        "TP.HCM có 24 vụ.",
        "UBND Hà Nội khen, năm 2019 phường yên.",
        "Theo Công an phường, năm 2019 yên bình.",
        "“Chúng tôi đi tuần”, ông nói.",
        "Ông Hòa nói: “Theo Hòa, tổ đi tuần.”",
        "Tháng 9 yên bình.",
        "Đi tuần ngày 5.",
    ],
)
def test_what_the_article_says_is_borne_out(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Có 25 vụ.", [("25", "number")]),
        ("Có 24 vụ, 15 vụ nặng.", [("15 vụ", "unit")]),
        ("Thu 1,5 triệu đồng.", [("1,5 triệu", "unit")]),
        ("Thu 1.5 tỷ đồng.", [("1.5", "number")]),
        ("Giảm 17%.", [("17%", "number")]),
        ("Ngày 8/12/2019.", [("8/12/2019", "number"), ("8/12/2019", "date")]),
        ("Đi tuần ngày 15 tháng 9.", [("ngày 15 tháng 9", "date"), ("15 tháng", "unit")]),
        ("Đi tuần ngày 24.", [("ngày 24", "date")]),
        ("Ông Trần Văn An nói.", [("Trần Văn An", "name")]),
        ("Nguyễn Văn Hòa nói.", [("Nguyễn Văn Hòa", "name")]),
        ("Tổ ở Bình Dương ra mắt.", [("Bình Dương", "name")]),
        ("Tổ ở Bình, An ra mắt.", []),
        ("Hải Phòng khen.", [("Hải Phòng", "name")]),
        ("Dũng bị bắt.", [("Dũng", "name")]),
        ("UBND Hải Phòng khen.", [("Hải Phòng", "name")]),
        ("HĐND khen.", [("HĐND", "name")]),
        ("Ngày 24 yên bình.", [("Ngày 24", "date")]),
        ("Hòa Bình khen.", [("Hòa Bình", "name")]),  # both stand there, neither as a common word
        ("Theo tin Công Hòa khen.", [("Công Hòa", "name")]),  # a common word, but not where a sentence opens
        ("Tổ dùng iPhone.", [("iPhone", "name")]),
    ],
)
def test_what_it_does_not_say_is_found(text, claims):
    assert said(text) == claims


def test_spans_say_where_a_claim_stands():
    text = "Tại Bình An có 25 vụ, Hải Phòng khen."
    assert [text[slice(*claim.span)] for claim in unsupported(text, FACTS)] == ["25", "Hải Phòng"]


@pytest.mark.parametrize(
    ("article", "text", "claims"),
    [
        ("Thu 5 chiếc xe máy.", "Thu 5 xe.", []),
        ("Thu 5 bộ áo và xe.", "Thu 5 xe.", [("5 xe", "unit")]),  # the fourth word is too far
        ("Phạt 1500 đồng.", "Phạt 1500 triệu.", [("1500 triệu", "unit")]),  # four digits, no year
        ("Có 15 thành viên.", "Có 15 dũng sĩ.", []),  # no unit that one measures in
        ("Ra mắt 5-9-2020.", "Ra mắt ngày 5/9/2020.", []),
        ("Ngày 12 tháng 8 năm 2019.", "Tháng 8 yên bình.", []),
        ("Mùng 5 có 7 vụ.", "Mùng 7 yên.", [("Mùng 7", "date")]),
        (
            "Ngày 5 tháng 9/2020 và ngày 7 tháng 9/2021.",
            "Ngày 5 tháng 9/2021.",
            [("Ngày 5 tháng 9/2021", "date")],
        ),
        (
            "Tổ Bình\nAn khen tổ ở xã.",
            "Tổ ở Bình An.",
            [("Bình An", "name")],
        ),  # no name goes over a line's end
    ],
)
def test_what_bears_a_claim_out(article, text, claims):
    assert [(claim.text, claim.kind) for claim in unsupported(text, Facts(article))] == claims


def test_a_missing_blank_hides_no_name():
    assert unsupported("Dân giữ ANTT. Tổ đi.", Facts("Dân giữ ANTT.Tổ đi tuần.")) == []


def test_decomposed_articles_bear_out_the_same():
    decomposed = Facts(unicodedata.normalize("NFD", ARTICLE))
    assert unsupported("Ông Trần Văn Hòa nói ở Bình An.", decomposed) == []


@pytest.mark.parametrize("sentence", ARTICLE.split("\n"))
def test_an_article_bears_out_its_own_lines(sentence):
    assert unsupported(sentence, FACTS) == []


@given(st.text(alphabet="AaBbĐđ Ông1257.,/-% \n“”năm", max_size=60))
def test_a_text_bears_itself_out(text):
    assert unsupported(text, Facts(text)) == []
