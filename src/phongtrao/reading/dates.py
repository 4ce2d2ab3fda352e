"""Text -> the date of publication (first form; the rules follow)."""

from __future__ import annotations

import datetime
import re

_FULL = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")


def parse_date(text: str) -> datetime.date | None:
    """Return the first date in ``text``; None where there is none."""
    for pattern, order in ((_ISO, (1, 2, 3)), (_FULL, (3, 2, 1))):
        match = pattern.search(text)
        if match:
            try:
                return datetime.date(*(int(match[i]) for i in order))
            except ValueError:
                continue
    return None
