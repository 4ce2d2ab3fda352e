import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.corpus import topic_keys
from phongtrao.corpus.press_labels import add_evidence, load_press_labels, text_hash, written
from phongtrao.errors import InputError

BODY = "Công_an xã tặng cờ .\nTrời đẹp .\nBắt hai đối_tượng ."
TEXT = "Mưa to. Công an bắt trộm. Hết."


@pytest.fixture
def data_dir(tmp_path):
    for folder, column, text in (("vietnews", "body", BODY), ("baomoi", "text", TEXT)):
        (tmp_path / folder).mkdir()
        name = "train-1-of-1.parquet" if folder == "vietnews" else "part.parquet"
        pq.write_table(pa.table({"id": ["7", "8"], column: [text, "khác"]}), tmp_path / folder / name)
    return tmp_path


def labels(path, **changes):
    first = {
        "id": "a",
        "source": "vietnews-train",
        "source_id": "7",
        "start": 0,
        "end": 32,
        "topics": ["awards"],
    }
    first["hash"] = text_hash("Công an xã tặng cờ. Trời đẹp.")
    second = {"id": "b", "source": "baomoi", "source_id": "7", "start": 8, "end": 25, "topics": []}
    second["hash"] = text_hash(TEXT[8:25])
    path.write_text("".join(json.dumps(row | changes) + "\n" for row in (first, second)), encoding="utf-8")
    return path


def test_texts_are_found_where_the_labels_say(data_dir):
    found = load_press_labels(labels(data_dir / "l.jsonl"), data_dir, topic_keys())
    assert [a.article.text for a in found] == ["Công an xã tặng cờ. Trời đẹp.", "Công an bắt trộm."]
    assert [a.topics for a in found] == [("awards",), ()]
    assert [a.slice for a in found] == ["vietnews-train", "baomoi"]


def test_another_text_than_was_labelled_is_refused(data_dir):
    with pytest.raises(InputError, match=r"line 1: vietnews-train 7 .* is not the text labelled"):
        load_press_labels(labels(data_dir / "l.jsonl", hash="0" * 12), data_dir, topic_keys())


def test_an_absent_collection_is_named(data_dir):
    with pytest.raises(InputError, match="no such files; the labels need the vietnews-train collection"):
        load_press_labels(labels(data_dir / "l.jsonl"), data_dir / "nowhere", topic_keys())


def test_hashes_pass_over_blanks_and_stretches_are_written_as_printed():
    assert text_hash("a b\nc") == text_hash("abc") != text_hash("abd")
    assert written("baomoi", "một \n hai") == "một hai"


def evidence(path, spans):
    row = {"id": "a", "evidence": {"awards": spans}}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path


def test_marked_stretches_become_the_sentences_that_carry_a_topic(data_dir, tmp_path):
    found = load_press_labels(labels(data_dir / "l.jsonl"), data_dir, topic_keys())
    marked = add_evidence(found, evidence(tmp_path / "e.jsonl", [[0, 19]]), topic_keys())
    assert [a.passages[0].evidence for a in marked] == [{"awards": ("Công an xã tặng cờ.",)}, {}]
    assert [(a.id, a.article, a.topics, a.slice) for a in marked] == [
        (a.id, a.article, a.topics, a.slice) for a in found
    ]


def test_evidence_of_a_topic_that_is_not_carried_is_refused(data_dir, tmp_path):
    found = load_press_labels(labels(data_dir / "l.jsonl", topics=[]), data_dir, topic_keys())
    with pytest.raises(InputError, match=r"e\.jsonl, a: .*evidence for 'awards'"):
        add_evidence(found, evidence(tmp_path / "e.jsonl", [[0, 19]]), topic_keys())


def test_the_committed_evidence_is_of_passages_to_learn_from(root):
    rows = [json.loads(line) for line in (root / "seeds/press/evidence.jsonl").open(encoding="utf-8")]
    press = json.loads((root / "seeds/splits.json").read_text(encoding="utf-8"))["press"]
    labelled = {json.loads(line)["id"] for line in (root / "seeds/press/labels.jsonl").open(encoding="utf-8")}
    assert {row["id"] for row in rows} <= {*press["train"], *labelled}
    assert all(set(row) == {"id", "evidence"} for row in rows)


def test_the_committed_labels_hold_no_text_and_fit_the_collections(root):
    path = root / "seeds" / "press" / "labels.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == 1828
    assert all(set(row["topics"]) <= set(topic_keys()) for row in rows)
    keys = {"id", "source", "source_id", "start", "end", "hash", "topics", "unsure", "chosen"}
    assert all(set(row) == keys for row in rows)
    data = root.parent / "shared" / "data"
    if not data.exists():
        pytest.skip("the news collections (../shared/data) are not on this machine")
    assert len(load_press_labels(path, data, topic_keys())) == 1828
