"""Page -> Article: encodings, HTML, boilerplate lines, dates and authors, rows of tables."""

from phongtrao.reading.encodings import decode
from phongtrao.reading.files import iter_records
from phongtrao.reading.inputs import Record, Reject
from phongtrao.reading.pages import read_page
from phongtrao.reading.records import read_record

__all__ = ["Record", "Reject", "decode", "iter_records", "read_page", "read_record"]
