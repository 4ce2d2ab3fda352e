from __future__ import annotations

import datetime
import json
import os
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError, UsageError
from phongtrao.reading import Record, Reject, iter_records, read_record

from . import legacy

TEXT = "Công an xã tuyên truyền pháp luật cho nhân dân trong xã."


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def places(paths):
    return [(item.source, item.line, type(item).__name__) for item in iter_records(paths)]


def test_a_folder_is_walked_in_sorted_order_and_other_endings_are_passed_over(tmp_path):
    files = {"b.txt": TEXT, "a/z.html": TEXT, "a/B.HTM": TEXT, "a.jsonl": '{"text": "x"}\n', "n.pdf": b"%PDF"}
    write(
        tmp_path, files | {".hidden/c.txt": TEXT, "._b.txt": TEXT, "a.jsonl.rejects.jsonl": '{"line": 1}\n'}
    )
    expected = [("a/B.HTM", None), ("a/z.html", None), ("a.jsonl", 1), ("b.txt", None)]
    assert [place[:2] for place in places([tmp_path])] == expected
    assert places([tmp_path]) == places([tmp_path])


def test_a_file_given_itself_goes_by_its_name(tmp_path):
    write(tmp_path, {"deep/one.txt": TEXT})
    (record,) = iter_records([tmp_path / "deep" / "one.txt"])
    assert record == Record("one.txt", None, "one", TEXT.encode())


@pytest.mark.parametrize("name", ["missing.txt", "missing"])
def test_a_missing_path_is_a_usage_error_at_the_call(tmp_path, name):
    with pytest.raises(UsageError, match="no such file"):
        iter_records([tmp_path / name])


def test_an_unknown_ending_given_itself_is_a_usage_error(tmp_path):
    write(tmp_path, {"x.docx": b"x"})
    with pytest.raises(UsageError, match=r"expected a file ending in .*\.txt.*; found \.docx"):
        iter_records([tmp_path / "x.docx"])


def test_every_line_of_a_jsonl_is_a_record_or_a_reject(tmp_path):
    lines = ['{"text": "a"}', "", "{broken", "[1]", '{"text": "b"}', '"x"', "nul", '{"text": "c"']
    write(tmp_path, {"rows.jsonl": "\n".join(lines)})
    kinds = [(item.line, isinstance(item, Record)) for item in iter_records([tmp_path])]
    assert kinds == [(1, True), (3, False), (4, False), (5, True), (6, False), (7, False), (8, False)]
    reasons = {item.line: item.reason for item in iter_records([tmp_path]) if isinstance(item, Reject)}
    assert "not JSON" in reasons[3]
    assert "expected a JSON object, found list" in reasons[4]


@pytest.mark.parametrize("name", ["e.txt", "e.html", "e.jsonl", "e.csv", "e.parquet"])
def test_an_empty_file_is_rejected(tmp_path, name):
    write(tmp_path, {name: b""})
    (reject,) = iter_records([tmp_path])
    assert isinstance(reject, Reject)
    assert (reject.source, reject.line) == (name, None)
    assert "empty file" in reject.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.jsonl", b"\n \n"),
        ("x.csv", b"id,text\n"),
        ("x.csv", b"\x89PNG\x00\x01\x02\x03" * 99),
        ("x.jsonl", b"\x89PNG\x00\x01\x02\x03" * 99),
        ("x.parquet", b"not parquet at all"),
    ],
)
def test_a_table_without_rows_is_one_reject(tmp_path, name, content):
    write(tmp_path, {name: content})
    (reject,) = iter_records([tmp_path])
    assert isinstance(reject, Reject)
    assert reject.line is None


def test_csv_rows_with_quotes_line_breaks_and_long_cells(tmp_path):
    long = "x" * 200_000
    table = f'id;text;other\n7;"một\nhai; ""ba""";k\n8;{long};\n9;a;b;c\n'
    write(tmp_path, {"t.csv": b"\xef\xbb\xbf" + table.encode()})
    first, second, third = iter_records([tmp_path])
    assert first == Record("t.csv", 1, "t-1", {"id": "7", "text": 'một\nhai; "ba"', "other": "k"})
    assert second.payload["text"] == long
    assert (third.line, "expected 3 cells as in the header, found 4" in third.reason) == (3, True)


def test_csv_passages_are_a_json_list(tmp_path):
    write(tmp_path, {"t.csv": 'title,passages\nA,"[""một"", {""text"": ""hai"", ""k"": 1}]"\nB,một hai\n'})
    good, bad = iter_records([tmp_path])
    assert [p.text for p in read_record(good).passages] == ["một", "hai"]
    assert "expected a JSON list" in bad.reason


def test_rows_in_an_old_encoding_are_converted_one_by_one(tmp_path):
    lines = [json.dumps({"text": TEXT}, ensure_ascii=False).encode()]
    lines.append(b'{"text": "' + legacy.tcvn3(TEXT) + b'"}')
    lines.append(b'{"text": "' + legacy.vni(TEXT) + b'"}')
    lines.append(b'{"text": "' + TEXT.encode()[:-3] + b"\xff\xfe\xfd" + b'"}')
    write(tmp_path, {"t.jsonl": b"\n".join(lines)})
    *good, bad = iter_records([tmp_path])
    assert [item.payload["text"] for item in good] == [TEXT] * 3
    assert isinstance(bad, Reject)


def test_parquet_rows_come_in_order_with_their_numbers(tmp_path):
    rows = [{"id": i, "text": TEXT, "unused": b"\x00"} for i in range(700)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    records = list(iter_records([tmp_path]))
    assert [r.line for r in records] == list(range(1, 701))
    assert [r.payload["id"] for r in records] == list(range(700))
    assert all("unused" not in r.payload for r in records)


class Running(pa.ExtensionType):
    """A type whose values run code when they are told, as ``ray.data`` has one."""

    ran = False

    def __init__(self):
        super().__init__(pa.large_binary(), "phongtrao.tests.running")

    def __arrow_ext_serialize__(self):
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, _storage, _serialized):
        return cls()

    def __arrow_ext_scalar_class__(self):
        return RunningScalar


class RunningScalar(pa.ExtensionScalar):
    def as_py(self, **_):
        Running.ran = True


@pytest.mark.parametrize("inside", ["itself", "list", "struct"])
def test_parquet_of_a_type_that_runs_code_is_refused(tmp_path, inside):
    values = pa.ExtensionArray.from_storage(Running(), pa.array([b"a", b"b"], pa.large_binary()))
    kept = {
        "itself": values,
        "list": pa.ListArray.from_arrays([0, 1, 2], values),
        "struct": pa.StructArray.from_arrays([values], ["text"]),
    }
    pa.register_extension_type(Running())
    try:
        pq.write_table(pa.table({"text": kept[inside]}), tmp_path / "t.parquet")
        (reject,) = iter_records([tmp_path])
    finally:
        pa.unregister_extension_type("phongtrao.tests.running")
    assert "values of the type phongtrao.tests.running; expected plain ones" in reject.reason
    assert not Running.ran


def row(payload, id="t-1"):
    return read_record(Record("t.jsonl", 1, id, payload))


def test_given_passages_are_kept_exactly():
    nfd = unicodedata.normalize("NFD", "Tổ quốc ")
    given = [nfd, "", "  ", nfd, {"text": "x\r\n", "page": 3, "id": None}]
    article = row({"passages": given, "title": "T", "text": "unused"})
    assert [p.text for p in article.passages] == [nfd, "", "  ", nfd, "x\r\n"]
    assert article.passages[4].extra == {"page": 3, "id": None}


def test_metadata_of_a_row_goes_before_what_its_text_says():
    text = f"Tiêu đề trong bài viết\n05/11/2020 15:32\n{TEXT * 3}"
    article = row({"id": 12, "text": text, "published": "2021-01-02", "author": "A. B"}, id="t-9")
    assert (article.id, article.source, article.author) == ("12", "t.jsonl", "A. B")
    assert article.published == datetime.date(2021, 1, 2)
    assert row({"text": text}).published == datetime.date(2020, 11, 5)


@pytest.mark.parametrize(
    ("given", "date"),
    [
        (datetime.datetime(2020, 5, 6, 7), datetime.date(2020, 5, 6)),
        (datetime.date(2020, 5, 6), datetime.date(2020, 5, 6)),
        ("2020-05-06T07:08:09Z", datetime.date(2020, 5, 6)),
        ("Thứ Tư, 6/5/2020", datetime.date(2020, 5, 6)),
        ("hôm qua", None),
        (1588748889, None),
        (None, None),
    ],
)
def test_published_of_a_row(given, date):
    assert row({"passages": ["x"], "published": given}).published == date


@pytest.mark.parametrize(
    ("given", "id"),
    [("a/1", "a/1"), (0, "0"), (12.0, "12"), (None, "t-1"), ("", "t-1"), (float("nan"), "t-1")],
)
def test_id_of_a_row(given, id):
    assert row({"id": given, "passages": ["x"]}).id == id


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"body": "x", "headline": "y"}, "wrong columns: expected text.*found body, headline"),
        ({}, "found nothing"),
        ({"text": 5}, r"text: expected a text, found int \(5\)"),
        ({"text": None}, "no text"),
        ({"text": "  \n"}, "no text"),
        ({"title": "", "passages": []}, "no text"),
        ({"title": ["x"], "passages": ["x"]}, "title: expected a text, found list"),
        ({"passages": "x"}, "passages: expected a list"),
        ({"passages": {"text": "x"}}, "passages: expected a list"),
        ({"passages": 3}, "passages: expected a list"),
        ({"passages": float("nan")}, "no text"),
        ({"passages": ["x", None]}, r"passages\[1\]: expected a text or an object with text, found NoneType"),
        ({"passages": [{"body": "x"}]}, r"passages\[0\].*found an object with body"),
        ({"id": [1], "text": "x"}, "id: expected a text or a whole number, found list"),
        ({"id": True, "text": "x"}, "id: expected"),
    ],
)
def test_unusable_rows_say_why(payload, reason):
    with pytest.raises(InputError, match=reason):
        row(payload)


def test_a_page_file_is_read_as_a_page(tmp_path):
    write(tmp_path, {"001_ab.txt": legacy.vni(f"Tin vắn trong tuần qua\n\n{TEXT} {TEXT} {TEXT}")})
    (record,) = iter_records([tmp_path])
    article = read_record(record)
    assert (article.id, article.source) == ("001_ab", "001_ab.txt")
    assert [p.text for p in article.passages] == [f"{TEXT} {TEXT} {TEXT}"]


def test_a_link_back_up_ends_and_a_dangling_one_is_a_reject(tmp_path):
    write(tmp_path, {"in/a/one.txt": TEXT, "outside/two.txt": TEXT})
    (tmp_path / "in" / "a" / "up").symlink_to("..")
    (tmp_path / "in" / "b").symlink_to("../outside")
    (tmp_path / "in" / "self").symlink_to("self")
    (tmp_path / "in" / "z.txt").symlink_to("nowhere.txt")
    found = {item.source: item for item in iter_records([tmp_path / "in"])}
    assert list(found) == ["a/one.txt", "a/up", "b/two.txt", "z.txt"]
    assert "a link to a folder it lies in" in found["a/up"].reason
    assert "cannot be read" in found["z.txt"].reason


def test_a_folder_that_may_not_be_entered_is_one_reject(tmp_path):
    write(tmp_path, {"closed/one.txt": TEXT, "open.txt": TEXT})
    (tmp_path / "closed").chmod(0)
    try:
        if os.access(tmp_path / "closed", os.R_OK):
            pytest.skip("this user may enter every folder")
        closed, opened = iter_records([tmp_path])
        with pytest.raises(UsageError, match="cannot be opened"):
            iter_records([tmp_path / "closed" / "one.txt"])
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert (closed.source, closed.line) == ("closed", None)
    assert "cannot be read: Permission denied" in closed.reason
    assert isinstance(opened, Record)


def test_a_name_too_long_for_the_system_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be opened"):
        iter_records([tmp_path / f"{'x' * 5000}.txt"])


def test_one_limit_holds_for_pages_lines_and_rows(tmp_path):
    long = "x" * 60
    write(tmp_path, {"a.txt": long, "b.txt": TEXT[:40]})
    write(tmp_path, {"c.jsonl": f'{{"text": "{long}"}}\n{{"text": "a"}}\n', "d.csv": f"text\n{long}\na\n"})
    pq.write_table(pa.table({"text": [long * 4, "a"]}), tmp_path / "e.parquet")
    items = list(iter_records([tmp_path], ReadingLimits(page_bytes=50)))
    assert [(item.source, type(item) is Record) for item in items] == [
        *(("a.txt", False), ("b.txt", True)),
        *((name, kept) for name in ("c.jsonl", "d.csv", "e.parquet") for kept in (False, True)),
    ]
    assert all("expected one article" in item.reason for item in items if isinstance(item, Reject))
    assert all(isinstance(item, Record) for item in iter_records([tmp_path]))


def test_a_utf16_file_cut_in_a_letter_is_not_passed_over(tmp_path):
    table = f"id,text\n1,{TEXT}\n2,{TEXT}".encode("utf-16")
    write(tmp_path, {"t.csv": table[:-1]})
    whole, cut = iter_records([tmp_path])
    assert whole.payload["text"] == TEXT
    assert cut.payload["text"] == f"{TEXT[:-1]}\ufffd"


def test_zero_bytes_are_utf16_only_where_it_has_them(tmp_path):
    noise = bytes(range(33, 256)) * 3 + b"\0" + bytes(range(33, 256)) * 3
    good = json.dumps({"text": TEXT}, ensure_ascii=False)
    write(tmp_path, {"a.jsonl": noise, "b.jsonl": good.encode("utf-16-le"), "c.csv": noise})
    binary, record, csv = iter_records([tmp_path])
    assert binary.reason == "expected one JSON object a line, found binary data"
    assert csv.reason == "expected a header and rows below it, found binary data"
    assert record.payload == {"text": TEXT}


def test_csv_rows_without_text_say_so_and_not_that_columns_are_wrong(tmp_path):
    write(tmp_path, {"t.csv": "id,title,text\na\nb,,\n"})
    short, blank = iter_records([tmp_path])
    for record in (short, blank):
        with pytest.raises(InputError, match="no text"):
            read_record(record)
