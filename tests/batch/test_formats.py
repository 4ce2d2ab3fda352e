import csv
import json

import pyarrow.parquet as pq
import pytest

import phongtrao
from phongtrao.batch import formats
from phongtrao.batch.formats import convert, format_of, read_rows
from phongtrao.errors import InputError, UsageError
from phongtrao.rows import classify_keys

KEYS = classify_keys(summarize=True)


def classified(n: int, **extra) -> dict:
    return {
        "id": f"a{n}",
        "source": "a.txt",
        "title": "Tổ “tự quản”,\nhai dòng",
        "published": "2021-07-13",
        "topics": ["models"],
        "primary": "models",
        "scores": {"propaganda": 0.1, "models": 0.9},
        "passages": [
            {
                "text": "Một.",
                "topics": ["models"],
                "scores": {"propaganda": 0.1, "models": 0.9},
                "evidence": {"models": [[0, 4]]},
                **extra,
            }
        ],
        "summary": "Một.",
        "model": "m",
        "uncertain": False,
    }


def empty() -> dict:
    return classified(9) | {
        "published": None,
        "topics": [],
        "primary": None,
        "passages": [],
        "uncertain": True,
    }


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_rows_come_back_as_they_were(tmp_path, write_jsonl, kind):
    rows = [classified(1), classified(2), empty()]
    out = tmp_path / f"out.{kind}"
    convert(write_jsonl(tmp_path / "spool", rows), out, kind, KEYS)
    assert list(read_rows(out)) == rows


def test_csv_has_nested_values_as_json_text(tmp_path, write_jsonl):
    out = tmp_path / "out.csv"
    convert(write_jsonl(tmp_path / "spool", [classified(1)]), out, "csv", KEYS)
    with out.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert list(row) == list(KEYS)
    assert json.loads(row["topics"]) == ["models"]
    assert json.loads(row["passages"])[0]["evidence"] == {"models": [[0, 4]]}
    assert row["title"] == "Tổ “tự quản”,\nhai dòng"


def test_parquet_keeps_extra_keys_of_one_kind_and_others_as_json(tmp_path, write_jsonl):
    rows = [classified(1, page=3, weight=1, tags=["x"]), classified(2, page=None, weight=0.5, tags=None)]
    rows.append(classified(3, mixed=1))
    rows.append(classified(4, mixed="một"))
    out = tmp_path / "out.parquet"
    convert(write_jsonl(tmp_path / "spool", rows), out, "parquet", KEYS)
    passages = [row["passages"][0] for row in read_rows(out)]
    assert [p["page"] for p in passages] == [3, None, None, None]
    assert [p["weight"] for p in passages] == [1.0, 0.5, None, None]
    assert passages[0]["tags"] == '["x"]'
    assert [p["mixed"] for p in passages] == [None, None, "1", '"một"']


def test_parquet_is_written_in_groups_of_one_size(tmp_path, write_jsonl):
    out = tmp_path / "out.parquet"
    convert(write_jsonl(tmp_path / "spool", [classified(n) for n in range(2500)]), out, "parquet", KEYS)
    meta = pq.ParquetFile(out).metadata
    assert [meta.row_group(i).num_rows for i in range(meta.num_row_groups)] == [1000, 1000, 500]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_no_rows_give_a_file_with_its_columns(tmp_path, kind):
    (tmp_path / "spool").touch()
    out = tmp_path / f"out.{kind}"
    convert(tmp_path / "spool", out, kind, KEYS)
    assert list(read_rows(out)) == []
    names = pq.read_schema(out).names if kind == "parquet" else out.read_text().strip().split(",")
    assert names == list(KEYS)


def test_other_endings_are_refused():
    with pytest.raises(UsageError, match=r"expected an ending of \.jsonl, \.parquet or \.csv, found \.xlsx"):
        format_of(__import__("pathlib").Path("a.xlsx"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"id": 1}\n{"id": \n', "line 2: not JSON"),
        ("a.jsonl", b"[1]\n", "line 1: expected an object, found list"),
        ("a.jsonl", b'{"id": "\xff"}\n', "not jsonl in UTF-8"),
        ("a.parquet", b"no parquet", "not a Parquet file"),
    ],
)
def test_a_file_that_holds_no_rows_is_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read_rows(path))
    with pytest.raises(InputError, match="no such file"):
        list(read_rows(tmp_path / f"absent-{name}"))


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv"])
def test_results_are_a_table_with_dates_whatever_the_format(tmp_path, write_jsonl, kind):
    out = write_jsonl(tmp_path / "out.jsonl", [classified(1), empty()])
    if kind != "jsonl":
        out, spool = tmp_path / f"out.{kind}", out
        convert(spool, out, kind, KEYS)
    table = phongtrao.read_results(str(out))
    assert list(table.columns) == list(KEYS)
    assert table["published"].dt.year.tolist()[0] == 2021
    assert table["published"].isna().tolist() == [False, True]
    assert table["topics"].tolist() == [["models"], []]
    assert table["scores"][0] == {"propaganda": 0.1, "models": 0.9}
    assert table["passages"][0][0]["evidence"] == {"models": [[0, 4]]}


def test_a_cell_that_is_no_json_is_named_with_its_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,topics\na,"[""models""]"\nb,models\n')
    with pytest.raises(InputError, match=r"a\.csv, row 2: a cell"):
        list(read_rows(path))
    path.write_text("id,topics\na,[],more\n")
    with pytest.raises(InputError, match="row 1: expected as many cells"):
        list(read_rows(path))


def test_a_row_group_ends_after_so_much_text(tmp_path, write_jsonl, monkeypatch):
    import pyarrow.parquet as pq

    from phongtrao.batch import parquet

    rows = [{"id": str(n), "passages": [{"text": "x" * (5000 if n == 2 else 10)}] * 2} for n in range(9)]
    spool, out = write_jsonl(tmp_path / "spool", rows), tmp_path / "out.parquet"
    monkeypatch.setattr(parquet, "GROUP_CHARS", 9000)
    monkeypatch.setattr(parquet, "ROW_GROUP", 4)
    parquet.write_parquet(lambda: formats.read_jsonl(spool), out, ("id", "passages"))
    groups = pq.ParquetFile(out).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [3, 4, 2]
    assert list(formats.read_rows(out)) == rows
