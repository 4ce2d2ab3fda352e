"""Files of texts with one topic each: read, divided by id, and checked."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.corpus.vntc import TopicTexts, divide_by_id, read_topic_texts, require_topics
from phongtrao.errors import InputError, UsageError


def some(n=100, topics=("Thể thao", "Pháp luật")):
    ids = [f"{t[:2]} {i}" for t in topics for i in range(n)]
    return TopicTexts(ids, [t for t in topics for _ in range(n)], [f"văn bản {i}" for i in ids])


def write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_a_file_is_read_whatever_stands_beside_its_three_columns(tmp_path):
    path = write(tmp_path / "a.parquet", label=["b", "a"], extra=[1, 2], id=[7, 8], text=["hai", "một"])
    read = read_topic_texts(path)
    assert (read.ids, read.labels, read.texts) == (["7", "8"], ["b", "a"], ["hai", "một"])
    assert read.topics == ("a", "b")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": ["1"], "text": ["a"]}, "columns label are missing; found id, text"),
        ({"id": ["1", "1"], "label": ["a", "b"], "text": ["x", "y"]}, "1 ids stand twice"),
        ({"id": ["1", "2"], "label": ["a", None], "text": ["x", "y"]}, "row 2: id, label and text"),
        ({name: pa.array([], pa.string()) for name in ("id", "label", "text")}, "no rows"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, columns, message):
    path = write(tmp_path / "a.parquet", **columns)
    with pytest.raises(InputError, match=message):
        read_topic_texts(path)


def test_no_file_and_no_parquet_are_told_apart(tmp_path):
    with pytest.raises(UsageError, match="no file"):
        read_topic_texts(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("id,label,text")
    with pytest.raises(InputError, match="readable parquet"):
        read_topic_texts(tmp_path / "text.parquet")


def test_a_tenth_of_each_topic_is_held_out_and_another_tunes():
    whole = some()
    parts = divide_by_id(whole)
    assert [len(p) for p in (parts.train, parts.tuning, parts.held)] == [160, 20, 20]
    assert parts.held.labels == ["Thể thao"] * 10 + ["Pháp luật"] * 10
    ids = [i for p in (parts.train, parts.tuning, parts.held) for i in p.ids]
    assert sorted(ids) == sorted(whole.ids)
    assert all(text == f"văn bản {i}" for i, text in zip(parts.held.ids, parts.held.texts, strict=True))


def test_what_is_held_out_hangs_on_ids_alone():
    whole = some()
    turned = whole.take(range(len(whole) - 1, -1, -1))
    assert set(divide_by_id(turned).held.ids) == set(divide_by_id(whole).held.ids)
    renamed = TopicTexts(whole.ids, whole.labels, ["khác"] * len(whole))
    assert divide_by_id(renamed).held.ids == divide_by_id(whole).held.ids


def test_a_share_is_part_of_a_larger_one_and_leaves_the_held_out_part_alone():
    whole, half, quarter = (divide_by_id(some(), share=s) for s in (1.0, 0.5, 0.25))
    assert len(half.train) == 80 and len(half.tuning) == 10
    assert set(quarter.train.ids) < set(half.train.ids) < set(whole.train.ids)
    assert set(half.tuning.ids) < set(whole.tuning.ids)
    assert whole.held == half.held == quarter.held


def test_with_a_test_file_nothing_is_held_out():
    parts = divide_by_id(some(), hold_out=False)
    assert [len(p) for p in (parts.train, parts.tuning, parts.held)] == [180, 20, 0]


def test_unknown_topics_are_named():
    with pytest.raises(InputError, match=r"test file: topics \['Pháp luật'\] are unknown"):
        require_topics(some(), ["Thể thao"], "test file")
