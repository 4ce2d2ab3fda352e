import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.corpus.gold import read_gold
from phongtrao.errors import InputError, UsageError

TOPICS = ("propaganda", "models", "awards", "crime_prevention")


def test_parquet_and_jsonl_of_single_texts_are_read_alike(tmp_path):
    pq.write_table(pa.table({"text": ["Tặng cờ."], "topics": [["awards"]]}), tmp_path / "g.parquet")
    (tmp_path / "g.jsonl").write_text(
        '{"id": "g-1", "text": "Tặng cờ.", "topics": ["awards"]}\n', encoding="utf-8"
    )
    assert read_gold(tmp_path / "g.parquet", TOPICS) == read_gold(tmp_path / "g.jsonl", TOPICS)


def test_bad_files_are_refused_with_what_to_give(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "g.csv").write_text("text\n")
    (tmp_path / "bad.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match="no labelled rows"):
        read_gold(tmp_path / "empty.jsonl", TOPICS)
    with pytest.raises(UsageError, match=r"\.jsonl or \.parquet"):
        read_gold(tmp_path / "g.csv", TOPICS)
    with pytest.raises(InputError, match="not a Parquet file"):
        read_gold(tmp_path / "bad.parquet", TOPICS)
    with pytest.raises(UsageError, match="no file"):
        read_gold(tmp_path / "absent.jsonl", TOPICS)


def test_rows_of_text_and_topics_alone_are_numbered(tmp_path):
    path = tmp_path / "g.jsonl"
    path.write_text('{"text": "Tặng cờ.", "topics": ["awards"]}\n\n{"text": "A", "topics": []}\n', "utf-8")
    assert [a.id for a in read_gold(path, TOPICS)] == ["g-1", "g-3"]


def test_a_file_in_another_encoding_is_refused_with_its_name(tmp_path):
    path = tmp_path / "g.jsonl"
    path.write_bytes('{"text": "é", "topics": []}'.encode("latin-1"))
    with pytest.raises(InputError, match=r"g\.jsonl: not UTF-8"):
        read_gold(path, TOPICS)


def test_an_id_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "g.jsonl"
    path.write_text('{"id": "a", "text": "A", "topics": []}\n' * 2, "utf-8")
    with pytest.raises(InputError, match="1 ids stand twice, such as 'a'"):
        read_gold(path, TOPICS)
