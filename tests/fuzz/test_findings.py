"""What fuzzing and measuring found, each mended: it must stay so."""

import subprocess
import sys
import textwrap

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fuzz import seeds, targets
from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError
from phongtrao.reading import Record, Reject, iter_records, read_page, read_record
from phongtrao.reading.authors import author_name
from phongtrao.reading.marks import MOST_MARKS, apart
from phongtrao.reading.rows import read_row

S = "Công an xã tuyên truyền pháp luật cho nhân dân trong xã nhân ngày hội toàn dân. "
BODY = "Tiêu đề của một bài báo\n" + "".join(f"{S}Đoạn {i}.\n" for i in range(3))


# Each took minutes, or for ever: 5 s of processor time is the most a page may take.
LONG = {
    "one letter with 200,000 marks": "a" + "\u0301\u0323" * 100_000 + BODY,
    "a letter with 200,000 marks in TCVN": b"a" + b"\xb0\xb4" * 100_000,
    "as many comments, no HTML": "<!-- -->" * 50_000 + "x",
    "an author of many bylines": BODY + "tin bài " * 15 + "x\n",
    "8,000 passages": "\n".join(S + str(i) for i in range(8_000)),
    "letters no code page has, in 300,000 words": " ".join(f"caf\xe9{i:x}\xe8" for i in range(100_000)),
    "a tag of 200,000 attributes": "<html><body><p " + " ".join(f"a{i}=1" for i in range(200_000)) + ">" + S,
    "an element a word": "<html><body><p>" + "<b>a</b> " * 200_000,
    "elements in elements": "<html><body>" + "<div>" * 60_000 + S,
    "an entity bomb": "<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{i} '" + f"&a{i - 1 if i else ''};" * 10 + "'>" for i in range(12))
    + "]><html><body><p>&a11;"
    + S,
    "an attribute of five megabytes": "<html><body><p title='" + "x" * 5_000_000 + "'>" + S * 5,
    "a line of two megabytes": S * 20_000,
    "a million blanks": "a" + " " * 1_000_000 + "b 1 tháng " + " " * 100_000,
    "<, a million times": "<html>" + "<" * 1_000_000,
}


@pytest.mark.parametrize("name", LONG)
def test_no_page_takes_long(name):
    page = LONG[name]
    targets.page(page if isinstance(page, bytes) else page.encode())


@pytest.mark.parametrize("page", ["<!--" * 30, "<" * 100, "-" * 100, "\u2028" * 90 + "." * 81])
def test_a_long_line_without_a_word_is_a_line(page):
    # add.reduceat found no feature in it, and an IndexError ended the batch's row.
    assert read_page(page + "\n" + BODY).passages


def test_wordless_lines_borrow_no_words_of_their_neighbours():
    from phongtrao.reading.lines import Line
    from phongtrao.reading.roles import shipped_model

    model = shipped_model()
    rule, by = Line("=" * 100, True), Line("Tác giả: An", False)
    alone, beside = model.scores([rule]), model.scores([by, rule])
    assert alone.shape == (1, 5)
    assert beside.shape == (2, 5)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("x" * 8_000_001, r"a page of 8.0 MB: expected one article of at most 8.0 MB"),
        ("a\n" * 20_001, "a page of 20001 lines: expected one article of at most 20000"),
        ("<html>" + "<p>a" * 60_000, "more than 50000 HTML elements"),
        ("<html><p " + " ".join(f"a{i}" for i in range(5000)) + ">a", "a <p> of 5000 attributes"),
        ("<html>" + "<i>" * 3000 + "a", "nested too deep"),
    ],
)
def test_what_is_too_much_is_refused_with_the_reason(page, reason):
    with pytest.raises(InputError, match=reason):
        read_page(page)


def test_limits_can_be_set():
    with pytest.raises(InputError, match="of 4 lines: expected one article of at most 3"):
        read_page(BODY, limits=ReadingLimits(lines=3))
    record = Record("", None, "a", {"passages": ["a" * 50]})
    assert read_record(record, ReadingLimits(page_bytes=50)).passages
    with pytest.raises(InputError, match=r"a row of 0\.0 MB"):
        read_record(record, ReadingLimits(page_bytes=49))


def test_nested_300_deep_is_read_to_its_end():
    # lxml left out, without a word, what lay deeper than 256 elements.
    page = "<html><body><h1>Tiêu đề của một bài báo</h1>" + "<div>" * 300 + f"<p>{S * 3}</p><p>{S}x y z</p>"
    assert S.strip() + " x y z" in " ".join(read_page(page).text.split())


def test_marks_are_parted_and_nothing_is_lost():
    run = "a" + "\u0301\u0323" * 40
    assert apart(run).replace("\u034f", "") == run
    assert apart(run).count("\u034f") == 80 // MOST_MARKS
    assert apart(BODY) is BODY
    assert apart("\u4e00" * 100) == "\u4e00" * 100


def test_an_authors_name_still_loses_what_introduces_it():
    assert author_name("Tin, ảnh: Nguyễn Văn An") == "Nguyễn Văn An"
    assert author_name("Bài và ảnh: Lê Bình") == "Lê Bình"


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"passages": [{"text": "a", "x": deep(200)}]}, "more than 50 lists and objects inside each other"),
        ({"passages": [{"text": "a", "x": deep(900)}]}, "more than 50 lists and objects inside each other"),
        ({"passages": ["a"] * 20_001}, "at most 20000; found 20001"),
        ({"passages": ["a" * 4_000_001] * 2}, r"a row of 8.0 MB"),
        ({"title": "a" + "\u0301\u0323" * 100}, "combining marks"),
        ({"passages": ["a" + "\u0301\u0323" * 100_000]}, "combining marks"),
    ],
)
def test_a_row_that_is_too_much_is_refused_with_the_reason(row, reason):
    with pytest.raises(InputError, match=reason):
        read_row(row, id="a", source="")


def test_what_a_row_says_of_its_passages_may_be_nested_a_little():
    row = {"passages": [{"text": "a", "x": deep(40)}]}
    assert read_row(row, id="a", source="").passages[0].extra == {"x": deep(40)}


def test_a_line_longer_than_a_row_costs_no_other(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n{"text": "' + "b" * 8_000_000 + '"}\n{"text": "c"}\n')
    items = list(iter_records([tmp_path / "a.jsonl"]))
    assert [(type(i).__name__, i.line) for i in items] == [("Record", 1), ("Reject", 2), ("Record", 3)]
    (tmp_path / "b.csv").write_text("id,text\n1,a\n2," + "b" * 8_000_000 + "\n3,c\n")
    items = list(iter_records([tmp_path / "b.csv"]))
    assert [(type(i).__name__, i.line) for i in items] == [("Record", 1), ("Reject", 2), ("Record", 3)]
    assert items[1].reason == "a line of more than 8 MB: expected one article; split it up"


def test_no_damage_to_a_parquet_file_is_more_than_a_reject():
    # "Definition level histogram size mismatch" came as a RuntimeError of pyarrow's C++.
    (seed,) = (data for _, data in seeds.seeds("parquet"))
    for place in range(0, len(seed), 2):
        damaged = bytearray(seed)
        damaged[place] ^= 1 << place % 8
        targets.parquet(bytes(damaged))


def parquet(path, table, **options):
    pq.write_table(table, path, **options)
    return path


def shared(text, times):
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text]))


def test_lists_of_millions_in_a_few_bytes_are_refused(tmp_path):
    many = pa.ListArray.from_arrays(pa.array([0, 3_000_000], pa.int32()), pa.nulls(3_000_000, pa.string()))
    path = parquet(tmp_path / "a.parquet", pa.table({"text": ["x"], "passages": many}))
    assert path.stat().st_size < 10_000
    (reject,) = iter_records([path])
    assert isinstance(reject, Reject)
    assert "expected one article" in reject.reason


def test_a_text_that_unpacks_a_thousandfold_is_refused(tmp_path):
    table = pa.table({"text": ["a" * 70_000_000]})
    path = parquet(tmp_path / "a.parquet", table, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 100_000
    (reject,) = iter_records([path])
    assert "they unpack to" in reject.reason


def test_millions_of_empty_rows_in_a_few_bytes_are_refused(tmp_path):
    path = parquet(tmp_path / "a.parquet", pa.table({"text": pa.nulls(3_000_000, pa.string())}))
    (reject,) = iter_records([path])
    assert "3000000 rows in " in reject.reason


@pytest.mark.parametrize("kind", ["list", "map", "fixed", "struct", "large"])
def test_a_shared_text_in_lists_of_any_kind_is_refused(tmp_path, kind):
    # In maps and lists of fixed size it was written out: 3,000 times 7 MB.
    texts, keys = shared("a" * 7_000_000, 3000), pa.array([str(i) for i in range(3000)])
    ends = pa.array([0, 3000], pa.int32())
    passages = {
        "list": lambda: pa.ListArray.from_arrays(ends, texts),
        "map": lambda: pa.MapArray.from_arrays(ends, keys, texts),
        "fixed": lambda: pa.FixedSizeListArray.from_arrays(texts, 3000),
        "struct": lambda: pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays([texts], ["text"])),
        "large": lambda: pa.LargeListArray.from_arrays(ends.cast(pa.int64()), texts),
    }[kind]()
    table = pa.table({"text": ["x"], "passages": passages})
    path = parquet(tmp_path / "a.parquet", table, dictionary_pagesize_limit=2**30)
    assert path.stat().st_size < 500_000
    (reject,) = iter_records([path])
    assert reject.reason.startswith("a row of 21000.")


def test_a_map_is_measured_by_its_own_rows(tmp_path):
    rows = pa.array(
        [[("k", "a" * 30_000_000)], None, [("k", "v"), ("l", "w")]], pa.map_(pa.string(), pa.string())
    )
    path = parquet(tmp_path / "a.parquet", pa.table({"text": ["x", "y", "z"], "author": rows}))
    large, empty, small = iter_records([path])
    assert large.payload["author"] == [("k", "a" * 30_000_000)]
    assert (empty.payload, small.payload["author"]) == (
        {"text": "y", "author": None},
        [("k", "v"), ("l", "w")],
    )
    large, *others = iter_records([path], ReadingLimits(page_bytes=7_000_000))
    assert large.reason == "a row of 30.0 MB: expected one article; split it up"
    assert [record.payload["text"] for record in others] == ["y", "z"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the process's peak memory")
def test_shared_texts_are_unfolded_row_by_row(tmp_path):
    table = pa.table({"id": [str(i) for i in range(60)], "text": shared("a" * 7_000_000, 60)})
    path = parquet(tmp_path / "a.parquet", table, dictionary_pagesize_limit=2**30)
    code = f"""
        from pathlib import Path
        from phongtrao.reading import iter_records
        assert sum(len(r.payload["text"]) for r in iter_records([{str(path)!r}])) == 60 * 7_000_000
        print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    peak_kb = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert peak_kb < 400_000  # all rows together are 420 MB, beside 100 MB of libraries


def test_a_value_that_is_none_costs_its_own_row_only(tmp_path):
    texts = pa.array([S.encode(), b"Tin \xff", S.encode(), S.encode()]).view(pa.string())
    days = pa.array([0, 0, 2**50, 0]).view(pa.timestamp("s"))
    path = parquet(tmp_path / "a.parquet", pa.table({"text": texts, "published": days}))
    items = list(iter_records([path]))
    assert [(type(i).__name__, i.line) for i in items] == [
        *(("Record", 1), ("Reject", 2)),
        *(("Reject", 3), ("Record", 4)),
    ]
    assert items[1].reason.startswith("a value cannot be told: 'utf-8' codec can't decode byte 0xff")


def test_a_usual_parquet_file_comes_out_as_it_went_in(tmp_path):
    rows = [
        {"id": str(i), "text": f"{S}{i % 7}", "passages": [{"text": "Đoạn.", "page": i}] if i % 2 else None}
        for i in range(600)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=250)
    items = list(iter_records([tmp_path / "a.parquet"]))
    assert [i.payload for i in items] == rows
    assert [i.line for i in items] == list(range(1, 601))
