import json

import pytest

from phongtrao.batch.jobs import ClassifyJob, Counts, ReadJob, process
from phongtrao.errors import ModelError
from phongtrao.reading import Record, Reject
from phongtrao.rows import read_row


def record(n: int, **row) -> Record:
    return Record("a.jsonl", n, f"a-{n}", {"title": f"T{n}", "passages": ["Một."], **row})


def lines(text: bytes) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_item_becomes_a_row_or_a_reject_in_order():
    items = [record(1), Reject("a.jsonl", 2, "not JSON"), record(3, title=5), record(4)]
    result = process(ReadJob().open(), items)
    assert [row["id"] for row in lines(result.rows)] == ["a-1", "a-4"]
    rejects = lines(result.rejects)
    assert [(r["source"], r["line"]) for r in rejects] == [("a.jsonl", 2), ("a.jsonl", 3)]
    assert rejects[0]["reason"] == "not JSON"
    assert "title" in rejects[1]["reason"]
    assert result.counts == Counts(seen=4, rows=2, rejected=2)


def test_an_article_that_breaks_the_step_costs_no_other():
    def step(articles):
        if any(a.id == "a-2" for a in articles):
            raise ZeroDivisionError("no words")
        return [read_row(a) for a in articles]

    result = process(step, [record(1), record(2), record(3)])
    assert [row["id"] for row in lines(result.rows)] == ["a-1", "a-3"]
    [reject] = lines(result.rejects)
    assert reject == {
        "source": "a.jsonl",
        "line": 2,
        "reason": "internal error: ZeroDivisionError: no words",
    }


def test_a_step_that_loses_a_row_is_found_out():
    result = process(lambda articles: [read_row(a) for a in articles][:1], [record(1), record(2)])
    assert result.counts == Counts(seen=2, rows=2, rejected=0)  # each tried alone comes out whole


def test_an_error_that_lies_in_no_record_ends_the_job():
    def step(articles):
        raise ModelError("weights are gone")

    with pytest.raises(ModelError, match="weights are gone"):
        process(step, [record(1), record(2)])


def test_a_job_is_told_from_another_by_the_models_files(tmp_path):
    (tmp_path / "model.json").write_text("1")
    before = ClassifyJob(tmp_path).settings
    assert ClassifyJob(tmp_path).settings == before
    assert ClassifyJob(tmp_path, summarize=True).settings != before
    (tmp_path / "model.json").write_text("2")
    assert ClassifyJob(tmp_path).settings != before
