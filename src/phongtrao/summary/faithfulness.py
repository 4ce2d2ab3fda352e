"""Summary and article -> the numbers of the summary that the article lacks.

A number is a run of digits with the separators inside it (``4.783``, ``7,5``, ``22/6/2019``); a percent sign
belongs to it, as ``7%`` and ``7`` say different things. Nothing is rounded or converted: what an article does
not write, a summary may not claim. But a date stands in a fuller one, and an end of a range in the range.
"""

from __future__ import annotations

import re

NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*(?:\s?[%‰])?")
_LEADING_ZERO = re.compile(r"(?<![\d.,:])0+(?=\d)")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MONTH = re.compile(r"\d{1,2}/(\d{4})")


def numbers(text: str) -> list[str]:
    """Return the numbers of ``text`` in order, without blanks (``7,5 %`` is ``7,5%``)."""
    return ["".join(found.split()) for found in NUMBER.findall(text)]


def missing_numbers(summary: str, article_text: str) -> list[str]:
    """Return the numbers of ``summary`` that do not stand in ``article_text``, each once, in order.

    A part of a longer number does not stand in it (``17`` in ``117``), save the parts of a date (``22/6``,
    ``6/2019`` and ``2019`` in ``22/6/2019``) and the ends of a range (``18`` and ``20`` in ``18-20``). A
    leading zero says nothing: ``05`` stands where ``5`` does.
    """
    known = known_numbers(article_text)
    return [number for number in dict.fromkeys(numbers(summary)) if plain_number(number) not in known]


def known_numbers(article_text: str) -> set[str]:
    """Return, in plain form, every number that a summary of ``article_text`` may hold."""
    return {part for number in numbers(article_text) for part in _parts(plain_number(number))}


def plain_number(number: str) -> str:
    """Return the form in which numbers are compared: without blanks and leading zeros."""
    return _LEADING_ZERO.sub("", "".join(number.split()))


def _parts(number: str) -> set[str]:
    if date := _DATE.fullmatch(number):
        day, month, year = date.groups()
        return {number, f"{day}/{month}/{year}", f"{day}/{month}", f"{month}/{year}", year}
    if month_of_year := _MONTH.fullmatch(number):
        return {number, month_of_year[1]}
    ends = number.rstrip("%‰").split("-")
    sign = number[-1] if number[-1] in "%‰" else ""
    return {number, *(end + sign for end in ends)} if len(ends) == 2 else {number}
