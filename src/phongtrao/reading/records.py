"""One enumerated record -> Article."""

from __future__ import annotations

from phongtrao.article import Article
from phongtrao.config import ReadingLimits
from phongtrao.reading.inputs import Record
from phongtrao.reading.pages import read_page
from phongtrao.reading.rows import read_row


def read_record(record: Record, limits: ReadingLimits | None = None) -> Article:
    """Return the article of a page file or a row.

    Raises:
        InputError: it cannot be used; the message is the reason a ``Reject`` would carry.
    """
    if isinstance(record.payload, bytes):
        return read_page(record.payload, id=record.id, source=record.source, limits=limits)
    return read_row(record.payload, id=record.id, source=record.source, limits=limits)
