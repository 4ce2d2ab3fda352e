from __future__ import annotations

import datetime

import pytest

from phongtrao.reading.dates import find_dates, parse_date, publication_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("13/07/2021 - Lượt xem: 1634", (2021, 7, 13)),
        ("Thứ Hai, 29/05/2017, 10:25", (2017, 5, 29)),
        ("Tin hoạt động Thứ Hai, 29/05/2017, 10:25", (2017, 5, 29)),
        ("Thứ Sáu, ngày 18 tháng 11 năm 2022 - 15:43", (2022, 11, 18)),
        ("Thứ sáu - 03/02/2023 14:40", (2023, 2, 3)),
        ("Thứ ba, 30-7-2024 | 06:15", (2024, 7, 30)),
        ("02-03-2021", (2021, 3, 2)),
        ("Cập nhật lúc 10:05 ngày 10/07/2025", (2025, 7, 10)),
        ("Cập nhật lúc: 10:12 16/12/2020", (2020, 12, 16)),
        ("12 tháng 6, 2019 lúc 08:17 · Công khai", (2019, 6, 12)),
        ("Thứ năm ngày 14 tháng 12 năm 2023", (2023, 12, 14)),
        ("24/02/2021 08:05:12 AM", (2021, 2, 24)),
        ("Số 3.912 ra thứ Năm ngày 29/10/2015", (2015, 10, 29)),
        ("2023-02-03T14:40:00+07:00", (2023, 2, 3)),
        ("Đăng ngày 2.6.2023.", (2023, 6, 2)),
        ("8/3/18", (2018, 3, 8)),
    ],
)
def test_every_form(text, date):
    assert parse_date(text) == datetime.date(*date)


@pytest.mark.parametrize(
    "text",
    ["31/02/2020", "1.234.567", "192.168.1.10", "0 1 8 4 4 2", "tháng 6/2019", "12/13/2019", "01/01/1234"],
)
def test_no_date(text):
    assert parse_date(text) is None


def test_an_impossible_date_does_not_hide_the_next():
    assert [found.date.day for found in find_dates("31/02/2020, 5/3/2020 và 6/3/2020")] == [5, 6]


TITLE, BODY = "Tổng kết phong trào", "Hội nghị đánh giá kết quả một năm thực hiện phong trào trên địa bàn."


def published(*lines, told=(BODY,)):
    page = list(lines)
    return publication_date(
        page,
        told=[page.index(line) for line in told],
        title=page.index(TITLE) if TITLE in page else None,
    )


def test_the_date_line_goes_before_the_portals_clock():
    clock, own = "Chủ Nhật, 28/4/2024", "Thứ Sáu, 26/4/2024 07:05 [GMT+7]"
    assert published(clock, "Tin mới | Chính trị", TITLE, own, BODY) == datetime.date(2024, 4, 26)


def test_a_clock_alone_is_better_than_nothing():
    assert published("Hôm nay: 19/08/2022", TITLE, BODY) == datetime.date(2022, 8, 19)


def test_dates_of_documents_and_of_other_articles_are_not_the_pages_own():
    others = ("Ngày ban hành: 28/02/2024", "- Hội nghị lấy ý kiến sáp nhập thôn (18/12/2018)")
    assert published(TITLE, BODY, *others) is None
    assert published(TITLE, "20/12/2018 | 09:47", BODY, *others) == datetime.date(2018, 12, 20)


def test_day_and_month_in_the_lead_take_the_latest_year_of_the_article():
    lead = "Hội nghị tổng kết giai đoạn 2014 - 2023 được tổ chức vào sáng 2.6 tại thành phố."
    assert published(TITLE, lead, told=(lead,)) == datetime.date(2023, 6, 2)


def test_day_and_month_without_any_year_tell_nothing():
    lead = "Hội nghị được tổ chức vào sáng 2.6 tại thành phố."
    assert published(TITLE, lead, told=(lead,)) is None
