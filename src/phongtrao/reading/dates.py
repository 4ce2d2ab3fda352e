"""Text -> dates, and among all dates on a page the one of publication.

Vietnamese pages write the day first, in many ways: ``13/07/2021``, ``29-05-2017``, ``2.6.2023``, ``ngày 18
tháng 11 năm 2022``, ``12 tháng 6, 2019``; ISO dates occur in metadata. A page holds many dates that are not
its own: of decrees, of events, of other articles. Which is its own is told by the line it stands in.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

_EARLIEST_YEAR = 1990
_NUMERIC = (
    r"(?<![\d./-])(?P<d>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m>\d{1,2})\s?(?P=sep)\s?(?P<y>\d{4}|\d{2})"
    r"(?![\d/]|[.-]\d)"
)
_SPELLED = r"(?<!\d)(?P<sd>\d{1,2})\s+tháng\s+(?P<sm>\d{1,2})(?:\s*(?:,|năm|-|/)\s*|\s+)(?P<sy>\d{4})(?!\d)"
_ISO = r"(?<!\d)(?P<iy>\d{4})-(?P<im>\d{2})-(?P<id>\d{2})(?!\d)"
_FULL = re.compile(f"{_ISO}|{_NUMERIC}|{_SPELLED}", re.I)
_DAY_MONTH = re.compile(
    r"(?:\b(?:sáng|trưa|chiều|tối|đêm|ngày|hôm nay|hôm qua)\s*,?\s*\(?|\()"
    r"(?P<d>\d{1,2})(?:\s?[/.-]\s?|\s+tháng\s+)(?P<m>\d{1,2})(?![\d/]|[.-]\d)",
    re.I,
)
_YEAR = re.compile(r"(?<![\d./-])(?:19|20)\d{2}(?!\d|[./-]\d)")
_WEEKDAY = re.compile(
    r"\b(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\s+nhật|mon|tue|wed|thu|fri|sat|sun)\b", re.I
)
_TIME = re.compile(r"\b\d{1,2}\s?(?:[:h]|giờ)\s?\d{2}\b|\b\d{1,2}\s?giờ\b|GMT", re.I)
_SAYS_PUBLISHED = re.compile(
    r"đăng|cập nhật|xuất bản|publish|post|update|ngày gửi|ngày tạo|phát (?:lúc|ngày)", re.I
)
_SAYS_COUNTED = re.compile(r"lượt|lần (?:xem|đọc)|đã xem|số lần|views?\b", re.I)
_SAYS_OTHER = re.compile(
    r"ban hành|hiệu lực|ký ngày|văn bản|quyết định|hết hạn|hạn (?:chót|cuối)|lịch|sinh ngày|số \d", re.I
)
_ENOUGH = -0.7
"""Score from which a date line is believed; a portal's clock alone ("Hôm nay: ...") just is."""
_SAYS_TODAY = re.compile(r"hôm nay|today|bây giờ", re.I)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, and the span it stands in."""

    date: datetime.date
    start: int
    end: int


def find_dates(text: str) -> list[FoundDate]:
    """Return the full dates in ``text``, in order; impossible ones (``31/02/2020``) are passed over."""
    found = []
    for match in _FULL.finditer(text):
        date = _date_of(match)
        if date is not None:
            found.append(FoundDate(date, match.start(), match.end()))
    return found


def has_date(text: str) -> bool:
    """Tell whether a full date stands in ``text``."""
    return _FULL.search(text) is not None


def parse_date(text: str) -> datetime.date | None:
    """Return the first date in ``text``; None where there is none."""
    return next((found.date for found in find_dates(text)), None)


def publication_date(lines: Sequence[str], *, told: Sequence[int], title: int | None) -> datetime.date | None:
    """Return the date of publication of a page; None where nothing tells it.

    A date line (little beside the date) is asked first, the one that best says what it is and stands nearest
    to the title; then the opening of the article, where a day and month (``sáng 2.6``) take the latest
    year that the article names.

    Args:
        lines: the page's lines.
        told: indices of the lines of lead and body, in order.
        title: index of the title, where there is one.
    """
    in_body = set(told)
    first_body = min(told, default=len(lines))
    scored = [
        (_says_when(line, found, index, first_body, title), -index, found.date)
        for index, line in enumerate(lines)
        if index not in in_body and len(line) < 200
        for found in find_dates(line)
    ]
    best = max(scored, default=None, key=lambda s: s[:2])
    if best is not None and best[0] > _ENOUGH:
        return best[2]
    return _told_in([lines[index] for index in told])


def _says_when(line: str, found: FoundDate, index: int, first_body: int, title: int | None) -> float:
    """Score how likely a date outside the body is that of publication."""
    rest = line[: found.start] + " " + line[found.end :]
    extra = _SAYS_PUBLISHED, _SAYS_COUNTED, _WEEKDAY, _TIME
    said = sum(bool(pattern.search(rest)) for pattern in extra)
    words = len(re.findall(r"[^\W\d_]+", rest))
    score = 1.0 + said - 0.12 * max(0, words - 2 * said)
    score += 1.0 if bool(_TIME.search(rest)) else 0.0
    score -= 2.0 if _SAYS_OTHER.search(rest) else 0.0
    score -= 0.8 if _SAYS_TODAY.search(rest) else 0.0
    if index >= first_body:
        in_brackets = line[: found.start].rstrip().endswith("(")
        score -= 2.5 if in_brackets else 0.7
    if title is not None:
        score -= 0.03 * min(abs(index - title), 10)
    return score


def _told_in(body: Sequence[str]) -> datetime.date | None:
    opening = " ".join(body[:2])[:600]
    years = [int(year) for line in body for year in _YEAR.findall(line)]
    years += [found.date.year for line in body for found in find_dates(line)]
    day_month = _DAY_MONTH.search(opening)
    full = find_dates(opening[:250])
    if day_month and years and not any(f.start <= day_month.start("d") < f.end for f in full):
        return _valid(max(years), int(day_month["m"]), int(day_month["d"]))
    stated = next((f for f in full if _MOMENT.search(opening[: f.start])), None)
    return stated.date if stated else None


_MOMENT = re.compile(r"\b(?:sáng|trưa|chiều|tối|đêm|hôm nay|vừa qua),?\s*(?:ngày\s*)?$", re.I)


def _date_of(match: re.Match[str]) -> datetime.date | None:
    for year, month, day in (("iy", "im", "id"), ("y", "m", "d"), ("sy", "sm", "sd")):
        if match[year]:
            number = int(match[year])
            if number < 100:
                number += 2000 if number < 70 else 1900
            return _valid(number, int(match[month]), int(match[day]))
    return None


def _valid(year: int, month: int, day: int) -> datetime.date | None:
    if not _EARLIEST_YEAR <= year <= datetime.date.today().year + 1:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
