"""Summary and article -> the claims of the summary that the article does not bear out, and where they stand.

A claim is a number with its separators, percent sign and unit, a date, or a span of capitalized words (a
name). Nothing is converted or inferred: what an article writes otherwise, a summary may not claim. That is
strict on purpose; a summary that fails is decoded again, which costs time, while an invented figure costs
trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from phongtrao.article import Article, Span
from phongtrao.language.normalize import compose, matching_form
from phongtrao.summary.abstractive.claim_words import OPENERS, UNITS
from phongtrao.summary.faithfulness import NUMBER, known_numbers, plain_number
from phongtrao.summary.units import whole_spans

Kind = Literal["number", "unit", "date", "name"]

_UNIT_REACH = 3
"""A unit stands within so many words behind its number in the article (``15 đồng chí thành viên``)."""
_YEAR = re.compile(r"(?:19|20)\d\d")
"""``năm 2020 phường ...``: what follows a year is not counted by it."""
_AFTER_NUMBER = re.compile(r"[^\S\n]*(?:[^\W\d_]\w*[^\S\n]*){0,3}")
_NEXT_WORD = re.compile(r"[^\S\n]*([^\W\d_]\w*)")
_DAY = re.compile(
    r"""\b(?:ngày|mùng|mồng)\ (?P<day>\d{1,2})(?![\d/.,-]*\d)
      (?:\ tháng\ (?P<month>\d{1,2})(?!\d)(?:\ năm\ (?P<year>\d{4})|/(?P<year2>\d{4}))?)?
      | \btháng\ (?P<month3>\d{1,2})(?![\d/.,-]*\d)(?:\ năm\ (?P<year3>\d{4}))?
      | \b(?P<day4>\d{1,2})/(?P<month4>\d{1,2})(?:/(?P<year4>\d{4}))?(?![\d/])
      | \b(?P<day5>\d{1,2})[.-](?P<month6>\d{1,2})[.-](?P<year6>\d{4})\b
      | \b(?P<month5>\d{1,2})/(?P<year5>\d{4})\b""",
    re.VERBOSE | re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"[A-ZĐ]{2,}(?:[.-][A-ZĐ]+)*")
_PARTS = re.compile(r"[.&/'’-]")
_TOKEN = re.compile(r"\w+(?:[.&/'’-]\w+)*")


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of a summary that says something that can be looked up."""

    span: Span
    text: str
    kind: Kind


Date = tuple[int | None, int | None, int | None]
"""Day, month and year, those that are said."""


class Facts:
    """What an article bears out: its numbers with what follows them, its dates, its capitalized words."""

    def __init__(self, text: str) -> None:
        text = compose(text)
        self.numbers = known_numbers(text)
        self.units = {(number, unit) for number, units in _numbers_with_units(text) for unit in units}
        self.dates = {part for _, date in _dates(text) for part in _date_parts(date)}
        self.words = {matching_form(token) for token in _TOKEN.findall(text) if not _is_capitalized(token)}
        self.names = {
            tuple(run[start:end])
            for run in (_forms(run) for run in _capitalized_runs(text))
            for start in range(len(run))
            for end in range(start + 1, len(run) + 1)
        }
        # A blank may be missing behind a full stop ("ANTT.Tổ"): a token's parts stand by themselves too.
        self.names |= {
            (matching_form(part),)
            for token in _TOKEN.findall(text)
            for part in _PARTS.split(token)
            if _is_capitalized(part)
        }

    @classmethod
    def of(cls, article: Article) -> Facts:
        """Return the facts of title, lead and passages."""
        return cls(article.text)


def unsupported(text: str, facts: Facts) -> list[Claim]:
    """Return the claims of ``text`` (composed) that the facts do not bear out, in reading order."""
    found = [*_numbers(text, facts), *_unknown_dates(text, facts), *_names(text, facts)]
    return sorted(found, key=lambda claim: claim.span)


def _numbers(text: str, facts: Facts) -> Iterator[Claim]:
    for match in NUMBER.finditer(text):
        if (number := plain_number(match[0])) not in facts.numbers:
            yield Claim(match.span(), match[0], "number")
            continue
        following = None if _YEAR.fullmatch(match[0]) else _NEXT_WORD.match(text, match.end())
        unit = following[1] if following else ""  # a capital opens a name, not a unit
        if following and unit in UNITS and (number, matching_form(unit)) not in facts.units:
            span = (match.start(), following.end())
            yield Claim(span, text[span[0] : span[1]], "unit")


def _numbers_with_units(text: str) -> Iterator[tuple[str, list[str]]]:
    for match in NUMBER.finditer(text):
        after = _AFTER_NUMBER.match(text, match.end())
        words = [matching_form(word) for word in after[0].split()[:_UNIT_REACH]] if after else []
        yield plain_number(match[0]), words
        for end in plain_number(match[0]).split("-"):  # "18-20 năm"
            yield end, words


def _unknown_dates(text: str, facts: Facts) -> Iterator[Claim]:
    for span, date in _dates(text):
        if date not in facts.dates:
            yield Claim(span, text[span[0] : span[1]], "date")


def _dates(text: str) -> Iterator[tuple[Span, Date]]:
    for match in _DAY.finditer(text):
        parts = {"day": None, "month": None, "year": None} | {
            name.rstrip("23456"): int(value) for name, value in match.groupdict().items() if value
        }
        yield match.span(), (parts["day"], parts["month"], parts["year"])


def _date_parts(date: Date) -> set[Date]:
    """Return the dates that a date bears out: itself, without year, without day, its day alone, its month."""
    day, month, year = date
    return {date, (day, month, None), (None, month, year), (None, month, None), (day, None, None)}


def _names(text: str, facts: Facts) -> Iterator[Claim]:
    openings = {start for start, _ in whole_spans(text)}
    for run in _capitalized_runs(text):
        forms = _forms(run)
        if tuple(forms) in facts.names:
            continue
        opens = run[0].start() in openings or not _follows_a_word(text, run[0].start())
        # "Ông An": the first capital may be the sentence's.
        skipped = int(opens and (forms[0] in OPENERS or forms[0] in facts.words))
        # "UBND Bình An" for "UBND phường Bình An": an abbreviation stands by itself.
        for token, form in zip(run[skipped:], forms[skipped:], strict=True):
            if not _ABBREVIATION.fullmatch(token[0]) or (form,) not in facts.names:
                break
            skipped += 1
        if len(run) > skipped and tuple(forms[skipped:]) not in facts.names:
            span = (run[skipped].start(), run[-1].end())
            yield Claim(span, text[span[0] : span[1]], "name")


def _follows_a_word(text: str, start: int) -> bool:
    """Tell whether what stands before ``start`` is more than an opening quotation mark, bracket or colon."""
    before = text[:start].rstrip()
    return bool(before) and before[-1] not in '“"‘:('


def _capitalized_runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield the longest runs of capitalized tokens with nothing but blanks between them."""
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        gap = text[run[-1].end() : token.start()] if run else ""
        if run and (gap.strip() or "\n" in gap or not _is_capitalized(token[0])):
            yield run
            run = []
        if _is_capitalized(token[0]):
            run.append(token)
    if run:
        yield run


def _is_capitalized(token: str) -> bool:
    return any(letter.isupper() for letter in token)


def _forms(run: list[re.Match[str]]) -> list[str]:
    return [matching_form(token[0]) for token in run]
