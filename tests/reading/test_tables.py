"""Rows of JSONL and CSV: any bytes are accounted for, line by line."""

import csv
import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phongtrao.config import ReadingLimits
from phongtrao.reading import Record, Reject
from phongtrao.reading.streams import read_lines
from phongtrao.reading.tables import read_csv, read_jsonl


class Endless(io.RawIOBase):
    """A stream made as it is read, so that it takes no memory itself."""

    def __init__(self, pieces):
        self.pieces = iter(pieces)

    def read1(self, size=-1):
        return next(self.pieces, b"")


def rows(read, data: bytes, **limits) -> list:
    return list(read(io.BytesIO(data), "x", "x", ReadingLimits(**limits)))


def split(items):
    good = [item for item in items if isinstance(item, Record)]
    bad = [item for item in items if isinstance(item, Reject)]
    return good, bad


@given(st.binary(max_size=300), st.integers(1, 40))
def test_lines_are_those_of_the_bytes_however_they_come(data, size):
    data = data.replace(b"\0", b"0").replace(b"\xfe\xff", b"").replace(b"\xff\xfe", b"")
    data = b"x" * 5000 + data  # the head is looked at by itself
    pieces = [data[:4990], *(data[i : i + size] for i in range(4990, len(data), size))]
    assert list(read_lines(Endless(pieces), 10_000)) == data.splitlines(keepends=True)


def test_a_line_without_an_end_takes_no_memory():
    good = json.dumps({"id": "tốt", "text": "Một."}, ensure_ascii=False).encode() + b"\n"
    pieces = [good, *(b'"' + b"x" * 249_999 for _ in range(400)), b"\n" + good]
    tracemalloc.start()
    items = list(read_jsonl(Endless(pieces), "x", "x"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(type(item), item.line) for item in items] == [(Record, 1), (Reject, 2), (Record, 3)]
    assert items[1].reason == "a line of more than 8 MB: expected one article; split it up"
    assert peak < 60_000_000, "of the 100 MB, what one row may have and a little more"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_rows_are_told_whatever_their_ends_and_encoding(ends, encoding):
    told = [("a", "Tin vui", "Đoạn một, có dấu phẩy"), ("b", 'Có "ngoặc"', "Hai\ndòng"), ("c", "", "x")]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator=ends, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "title", "text"), *told])
    objects = ends.join(json.dumps(dict(zip(("id", "title", "text"), t, strict=True))) for t in told)
    for text, read in ((table.getvalue(), read_csv), (objects, read_jsonl)):
        items = rows(read, (text + ends).encode(encoding))
        assert [(item.line, item.id) for item in items] == [(1, "x-1"), (2, "x-2"), (3, "x-3")]
        found = [tuple(item.payload[key] or "" for key in ("id", "title", "text")) for item in items]
        assert found == told


def test_a_row_in_an_old_encoding_costs_no_other():
    old = "tuyên truyền phòng, chống tội phạm tại địa bàn".encode("cp1258", "ignore")
    data = b"id;text\n1;Tin\n2;" + old + b'\n3;"Tin ' + "mới".encode() + b'"\n'
    good, bad = split(rows(read_csv, data))
    assert [record.payload["text"] for record in good][::2] == ["Tin", "Tin mới"]
    assert not bad
    assert not any("\udc80" <= char <= "\udcff" for record in good for char in record.payload["text"])


def test_an_open_quotation_mark_costs_its_own_line_only():
    data = (
        b"id,title,text\n"
        b"1,Mot,a\n"
        b'2,"Hai,b\n'  # never closed: would swallow the next row up to its first mark
        b'3,"Ba","c"\n'
        b'4,"Bon\nhai dong","d ""e"""\n'  # two lines, and rightly so
        b'5,Nam "trong" ten,f\n'
        b'6,"Sau" x,g\n'
        b'7,"Bay,h\n'
        b"8,Tam,i\n"
    )
    good, bad = split(rows(read_csv, data))
    assert [(r.payload["id"], r.payload["title"], r.payload["text"]) for r in good] == [
        ("1", "Mot", "a"),
        ("3", "Ba", "c"),
        ("4", "Bon\nhai dong", 'd "e"'),
        ("5", 'Nam "trong" ten', "f"),
        ("6", "Sau x", "g"),
        ("8", "Tam", "i"),
    ]
    assert [r.line for r in bad] == [2, 7]
    assert bad[0].reason == "not a CSV row: a quotation mark is not closed; check its quotation marks"


def test_a_large_table_of_broken_rows_is_counted_row_by_row_in_little_memory():
    count = 40_000

    def piece(start):
        return "".join(
            f'{n},"Bài {n},chưa đóng\n' if n % 100 == 50 else f'{n},"Bài {n}","một ""hai"" ba"\n'
            for n in range(start, start + 1000)
        ).encode()

    pieces = [b"id,title,text\n", *(piece(n) for n in range(0, count, 1000))]
    tracemalloc.start()
    good = bad = 0
    for item in read_csv(Endless(iter(pieces)), "x", "x"):
        if isinstance(item, Record):
            good += 1
            assert item.payload["title"] == f"Bài {item.payload['id']}"
        else:
            bad += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (good, bad) == (count - count // 100, count // 100)
    assert peak < 10_000_000


def test_marks_that_never_come_out_even_take_no_time():
    line = b'x","\n'  # leaves a mark open, whether one was open or not
    good, bad = split(rows(read_csv, b"id,text\n" + line * 200_000, page_bytes=100_000))
    assert len(good) + len(bad) == 200_000


def test_a_row_longer_than_an_article_costs_no_other():
    data = b"id,text\n1,a\n2," + b"x" * 1001 + b'\n3,"' + b"y\n" * 600 + b'"\n4,b\n'
    good, bad = split(rows(read_csv, data, page_bytes=1000))
    assert [record.payload["id"] for record in good][:1] == ["1"]
    assert good[-1].payload == {"id": "4", "text": "b"}
    assert bad[0].reason == "a line of more than 0.001 MB: expected one article; split it up"
    assert len(good) + len(bad) == 2 + 1 + 1 + 600, "each line of the endless row is a row or a reject"


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8))
def test_what_a_csv_writer_wrote_comes_back(told):
    table = io.StringIO()
    csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("id", "title", "text"), *told])
    good, bad = split(rows(read_csv, table.getvalue().encode()))
    assert [tuple(r.payload[k] or "" for k in ("id", "title", "text")) for r in good] == told
    assert len(bad) == (0 if told else 1)


@settings(max_examples=300, deadline=5000)
@given(st.binary(max_size=400), st.sampled_from([b"", b"id,text\n", b'{"id": ', b'"', b"id,passages\n1,[[["]))
def test_any_bytes_give_records_or_rejects_with_a_reason(data, head):
    for read in (read_jsonl, read_csv):
        items = rows(read, head + data)
        assert items or not (head + data).strip()
        for item in items:
            assert isinstance(item, Record) or item.reason
