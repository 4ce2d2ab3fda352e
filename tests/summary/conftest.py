from __future__ import annotations

import pytest

from phongtrao.article import Article, Passage


def article_of(*passages: str, title: str = "", lead: str = "", name: str = "a") -> Article:
    return Article(name, "", title, lead, tuple(Passage(text) for text in passages))


@pytest.fixture
def patrol() -> Article:
    """An invented article of 107 words in nine sentences."""
    return article_of(
        "Tối 12/8, Công an phường Bình An ra mắt mô hình “Tổ tuần tra tự quản” tại khu phố 3. "
        "Tổ có 15 thành viên.",
        "Theo Công an phường, sáu tháng đầu năm địa bàn xảy ra 24 vụ trộm cắp, giảm 17,5% so với cùng kỳ; "
        "lực lượng đã làm rõ 20 vụ, bắt 31 đối tượng. Người dân cung cấp 46 nguồn tin.",
        "Ông Trần Văn Hòa, tổ trưởng, nói: “Chúng tôi đi tuần mỗi đêm. Ai cũng quen nếp rồi.”",
        "Bà con rất phấn khởi! Tuy nhiên, kinh phí của tổ tuần tra tự quản còn khó khăn. Ảnh: Minh Anh",
        title="Phường Bình An ra mắt tổ tuần tra tự quản",
        lead="Mô hình mới giúp giữ gìn an ninh, trật tự ở khu phố.",
    )
