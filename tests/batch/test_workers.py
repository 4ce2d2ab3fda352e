"""Workers that die cost time, and a record only where it kills them each time."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from phongtrao.batch import workers
from phongtrao.batch.formats import read_rows
from phongtrao.batch.jobs import Counts, ReadJob
from phongtrao.batch.local import batches, results
from phongtrao.batch.run import Output, run_to_file
from phongtrao.batch.sources import records
from phongtrao.errors import PhongtraoError
from tests.batch.deadly import DeadlyJob

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture
def table(tmp_path, article_rows, write_jsonl):
    """Make 300 rows, which are five batches."""
    return write_jsonl(tmp_path / "rows.jsonl", article_rows(300))


def test_a_worker_killed_once_costs_no_row(table, tmp_path):
    whole, out, mark = tmp_path / "whole.jsonl", tmp_path / "out.jsonl", tmp_path / "mark"
    run_to_file(ReadJob(), [table], Output(whole), workers=1)
    mark.touch()
    assert run_to_file(DeadlyJob(once=mark), [table], Output(out), workers=2) == Counts(300, 300, 0)
    assert not mark.exists(), "no worker was killed"
    assert out.read_bytes() == whole.read_bytes()


def test_a_worker_that_dies_while_it_tells_its_result_costs_no_row(table, tmp_path):
    whole, out, mark = tmp_path / "whole.jsonl", tmp_path / "out.jsonl", tmp_path / "mark"
    run_to_file(ReadJob(), [table], Output(whole), workers=1)
    mark.touch()
    job = DeadlyJob(once=mark, torn=True)
    assert run_to_file(job, [table], Output(out), workers=2) == Counts(300, 300, 0)
    assert not mark.exists(), "no worker was killed"
    assert out.read_bytes() == whole.read_bytes()
    assert not any("ExecutorManager" in type(thread).__name__ for thread in threading.enumerate())


def test_a_record_that_kills_every_worker_is_rejected_alone(table, tmp_path):
    out = tmp_path / "out.jsonl"
    job = DeadlyJob(deadly=("bài-70", "bài-299"))
    assert run_to_file(job, [table], Output(out), workers=2) == Counts(300, 298, 2)
    assert [row["id"] for row in read_rows(out)] == [f"bài-{n}" for n in range(300) if n not in (70, 299)]
    rejects = list(read_rows(tmp_path / "out.jsonl.rejects.jsonl"))
    assert [(r["source"], r["line"]) for r in rejects] == [("rows.jsonl", 71), ("rows.jsonl", 300)]
    assert rejects[0]["reason"].startswith("a worker process died on it each time")
    assert not multiprocessing.active_children()


def test_workers_that_die_at_once_end_the_run_and_reject_nothing(table, tmp_path):
    out = tmp_path / "out.jsonl"
    with pytest.raises(PhongtraoError, match=r"died while it loaded the model.*fewer --workers"):
        run_to_file(DeadlyJob(at_start=True), [table], Output(out), workers=2)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
    assert run_to_file(ReadJob(), [table], Output(out), workers=2) == Counts(300, 300, 0)


def test_a_record_that_never_ends_is_rejected_alone(table, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "BATCH_SECONDS", 6.0)
    monkeypatch.setattr(workers, "RECORD_SECONDS", 10.0)
    out = tmp_path / "out.jsonl"
    job = DeadlyJob(endless=("bài-70",), deadly=("bài-299",))
    assert run_to_file(job, [table], Output(out), workers=2) == Counts(300, 298, 2)
    assert [row["id"] for row in read_rows(out)] == [f"bài-{n}" for n in range(300) if n not in (70, 299)]
    rejects = list(read_rows(tmp_path / "out.jsonl.rejects.jsonl"))
    assert [(r["source"], r["line"]) for r in rejects] == [("rows.jsonl", 71), ("rows.jsonl", 300)]
    assert rejects[0]["reason"].startswith("it was not done in 10 s")
    assert not multiprocessing.active_children()


def test_a_worker_that_does_not_move_does_not_keep_the_run_from_ending(table, tmp_path):
    """The last result is in when the workers stop moving, as one does that waits for a dead one's lock."""
    crew_results = results(ReadJob(), batches(records([table])), workers=2)
    done = [next(crew_results) for _ in range(5)]
    assert sum((result.counts for result in done), Counts()) == Counts(300, 300, 0)
    idle = multiprocessing.active_children()
    for worker in idle:
        os.kill(worker.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert list(crew_results) == []
    assert time.monotonic() - began < 30
    assert idle
    assert not any(worker.is_alive() for worker in idle)
