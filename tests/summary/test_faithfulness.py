from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.summary.faithfulness import missing_numbers, numbers


def test_numbers_are_found_with_their_separators_and_percent():
    text = "Ngày 22/6/2019, 4.783 buổi (tăng 7,5 %), 18-20 năm, Chỉ thị 09-CT/TW lúc 10:25."
    assert numbers(text) == ["22/6/2019", "4.783", "7,5%", "18-20", "09", "10:25"]


@pytest.mark.parametrize(
    ("summary", "article", "missing"),
    [
        ("Có 117 mô hình.", "Xã có 117 mô hình.", []),
        ("Có 17 mô hình.", "Xã có 117 mô hình.", ["17"]),
        ("Có 4.783 buổi.", "Xã mở 4783 buổi.", ["4.783"]),
        ("Giảm 7,5%.", "Giảm 7,5 % so với năm trước.", []),
        ("Giảm 7%.", "Giảm 7 vụ.", ["7%"]),
        ("Ngày 22/6.", "Sáng 22/06/2019, tại xã.", []),
        ("Tháng 6/2019 và năm 2019.", "Sáng 22-6-2019, tại xã.", []),
        ("Năm 2019.", "Tháng 06/2019, tại xã.", []),
        ("Ngày 6/22.", "Sáng 22/6/2019.", ["6/22"]),
        ("Phạt 20 năm tù.", "Đề nghị 18-20 năm tù.", []),
        ("Tăng 10%.", "Tăng 5-10%.", []),
        ("Sau 5 năm.", "Sau 05 năm.", []),
        ("Giảm 0,5 và 5.", "Giảm 0,5.", ["5"]),
        ("12 vụ, 13 vụ, 12 đối tượng.", "Không có gì.", ["12", "13"]),
        ("Không có số.", "", []),
    ],
)
def test_missing_numbers(summary, article, missing):
    assert missing_numbers(summary, article) == missing


@given(st.text(alphabet="0159.,/-:% a", max_size=40))
def test_a_text_lacks_none_of_its_own_numbers(text):
    assert missing_numbers(text, text) == []
