"""What a batch may be given: files, folders, stdin, and what only looks like a page."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from phongtrao.batch.jobs import Counts, ReadJob
from phongtrao.batch.run import Output, run_to_file, run_to_stream
from phongtrao.batch.sources import records
from phongtrao.errors import InputError, UsageError
from phongtrao.reading import Record

STDIN = Path("-")


@pytest.fixture
def by_stdin(monkeypatch):
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def jsonl(rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_rows_by_stdin(by_stdin, article_rows):
    by_stdin(jsonl(article_rows(3)) + b"{\n")
    *good, bad = records([STDIN])
    assert [(r.source, r.line, r.id, r.payload["id"]) for r in good] == [
        ("-", n, f"stdin-{n}", f"bài-{n - 1}") for n in (1, 2, 3)
    ]
    assert (bad.source, bad.line) == ("-", 4)


def test_other_things_by_stdin(by_stdin, tmp_path):
    by_stdin("id,text\n1,Một\n".encode())
    [record] = records([STDIN], stdin="csv")
    assert record.payload == {"id": "1", "text": "Một"}
    by_stdin("<p>Một trang.</p>".encode())
    [record] = records([STDIN], stdin="page")
    assert record == Record("-", None, "stdin", "<p>Một trang.</p>".encode())

    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": ["1", "2"], "text": ["Một", "Hai"]}), tmp_path / "x.parquet")
    by_stdin((tmp_path / "x.parquet").read_bytes())
    assert [r.payload["text"] for r in records([STDIN], stdin="parquet")] == ["Một", "Hai"]
    by_stdin(b"no parquet")
    [reject] = records([STDIN], stdin="parquet")
    assert (reject.source, "Parquet" in reject.reason) == ("-", True)


def test_stdin_is_read_once(by_stdin):
    by_stdin(b"")
    with pytest.raises(UsageError, match="- was given twice"):
        records([STDIN, STDIN])


def test_from_stdin_to_a_stream(by_stdin, article_rows):
    by_stdin(jsonl(article_rows(200)) + b"?\n")
    rows, rejects = io.BytesIO(), io.BytesIO()
    counts = run_to_stream(ReadJob(), [STDIN], rows, rejects, workers=1)
    assert counts == Counts(201, 200, 1)
    assert [json.loads(line)["id"] for line in rows.getvalue().splitlines()] == [
        f"bài-{n}" for n in range(200)
    ]
    assert json.loads(rejects.getvalue())["line"] == 201


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_what_is_no_file_is_told_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "gone.txt").symlink_to("nowhere")
    (tmp_path / "x.txt").write_text("Một trang.")
    items = {item.source: item for item in records([tmp_path])}
    assert {name for name, item in items.items() if isinstance(item, Record)} == {"x.txt"}
    assert "found a pipe or a device" in items["pipe.jsonl"].reason
    assert "found a pipe or a device" in items["pipe.txt"].reason
    assert "0 bytes" in items["empty.txt"].reason
    assert "No such file" in items["gone.txt"].reason


def test_what_is_longer_than_an_article_is_not_read(tmp_path, by_stdin):
    with (tmp_path / "long.txt").open("wb") as file:
        file.truncate(3_000_000_000)  # takes no room on the disk, and would in memory
    [reject] = records([tmp_path])
    assert reject.reason == "a page of more than 8 MB: expected one article; split it up"
    by_stdin(b"x" * 8_000_001)
    [reject] = records([STDIN], stdin="page")
    assert reject.reason.startswith("a page of more than 8 MB")


def test_a_long_cell_of_parquet_is_rejected_by_itself(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    long = "Một đoạn văn. " * 600_000
    pq.write_table(pa.table({"text": ["Một trang.", long, "Ba trang."]}), tmp_path / "x.parquet")
    out = tmp_path / "out.jsonl"
    assert run_to_file(ReadJob(), [tmp_path], Output(out), workers=1) == Counts(3, 2, 1)
    reject = json.loads(Path(f"{out}.rejects.jsonl").read_text())
    assert (reject["line"], reject["reason"].startswith("a row of 8.4 MB")) == (2, True)


@pytest.mark.parametrize("change", ["longer", "other"])
def test_a_table_that_changes_while_it_is_read_stops_the_run(tmp_path, change, article_rows, write_jsonl):
    table = write_jsonl(tmp_path / "x.jsonl", article_rows(500))
    out = tmp_path / "out.jsonl"

    def meddle(counts):
        if counts.seen == 128:
            size = table.stat()
            if change == "longer":
                with table.open("a") as file:
                    file.write('{"id": "mới", "title": "T", "passages": ["x"]}\n')
            else:
                os.utime(table, ns=(size.st_atime_ns, size.st_mtime_ns + 1))

    with pytest.raises(InputError, match=r"x\.jsonl changed while it was read; run the same command again"):
        run_to_file(ReadJob(), [table], Output(out), workers=1, progress=meddle)
    assert not out.exists()
    counts = run_to_file(ReadJob(), [table], Output(out), workers=1)
    assert counts.rows == counts.seen == (501 if change == "longer" else 500)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text, as Linux has them")
def test_files_of_any_name_come_out(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    names = [b"t\xf9y\xean.txt", "tuyên truyền.txt".encode(), b"a\nb.txt", b"\xff\xfe.txt", b"' \"\\.txt"]
    for name in names:
        (folder / os.fsdecode(name)).write_text("Công an xã tuyên truyền phòng, chống tội phạm.")
    out = tmp_path / os.fsdecode(b"k\xeat qu\xe1.jsonl")
    assert run_to_file(ReadJob(), [folder], Output(out), workers=1) == Counts(5, 5, 0)
    sources_ = [json.loads(line)["source"] for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(set(sources_)) == 5
    assert {"tuyên truyền.txt", "a\nb.txt", "t\ufffdy\ufffdn.txt"} < set(sources_)
