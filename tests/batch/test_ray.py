"""Ray on a cluster of two nodes: out comes what the local engine writes, byte by byte, whatever dies."""

import logging
import multiprocessing
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.batch import workers
from phongtrao.batch.engines import Given, LocalEngine
from phongtrao.batch.formats import read_rows
from phongtrao.batch.jobs import ClassifyJob, Counts, ReadJob, SummarizeJob
from phongtrao.batch.journal import State
from phongtrao.batch.ray_engine import RayEngine
from phongtrao.batch.run import Output, run_to_file
from phongtrao.errors import InputError, ModelError, PhongtraoError, UsageError
from phongtrao.summary import load_summarizer
from phongtrao.topics.model import TopicModel
from phongtrao.topics.primary import FEATURES
from tests.batch.deadly import DeadlyJob
from tests.batch.far_jobs import HomelyJob, ImpatientJob
from tests.topics.conftest import TOPICS, linear

STORE_BYTES = 100_000_000


@pytest.fixture(scope="module", autouse=True)
def as_important_as_others():
    """Keep Ray from making its workers yield to whatever else runs; on a busy machine none would end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        yield


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one core each, and this process connected with them."""
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": STORE_BYTES}
    made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    made.add_node(**node)
    ray.init(address=made.address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        made.wait_for_nodes()
        assert ray.cluster_resources()["CPU"] == 2
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


@pytest.fixture
def table(tmp_path, article_rows, write_jsonl):
    """Make 300 rows, which are five batches."""
    return write_jsonl(tmp_path / "rows.jsonl", article_rows(300))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Save a linear model that knows each of two topics by a word."""
    texts = [f"Tặng bằng khen {n}." for n in range(10)] + [f"Bắt đối tượng {n}." for n in range(10)]
    Y = np.array([[1, 0]] * 10 + [[0, 1]] * 10, bool)
    classifier = linear(TOPICS).fit(texts, Y)
    bands = np.array([[0.4, 0.6]] * 2)
    folder = tmp_path_factory.mktemp("models") / "toy"
    TopicModel("toy", TOPICS, classifier, np.ones(len(FEATURES)), bands).save(folder)
    return folder


def outputs(out: Path) -> tuple[bytes, bytes]:
    return out.read_bytes(), Path(f"{out}.rejects.jsonl").read_bytes()


def mixed_inputs(folder: Path, article_rows, write_jsonl) -> list[Path]:
    """Make pages, JSON lines, Parquet and CSV, with 188 records that can be read and four that cannot."""
    pages = folder / "pages"
    pages.mkdir(parents=True)
    (pages / "a.txt").write_text(
        "Tin xã\n\nCông an xã bắt hai đối tượng trộm cắp xe máy.\n", encoding="utf-8"
    )
    (pages / "b.txt").write_bytes(b"")
    (pages / "c.html").write_bytes(b"\x00\x01\x02\x03" * 50)
    (pages / "d.csv").write_text("id,text\n1,Tặng bằng khen cho ba tập thể.\n2,\n", encoding="utf-8")
    rows = article_rows(150)
    for row in rows[::2]:
        row["passages"][0]["text"] = "Chủ tịch tỉnh tặng bằng khen."
    table = write_jsonl(folder / "rows.jsonl", rows)
    with table.open("a", encoding="utf-8") as file:
        file.write('{"id": "không xong"\n{"title": "trống"}\n')
    column = [f"Công an bắt đối tượng {n} tại chợ." for n in range(35)]
    pq.write_table(pa.table({"text": column, "n": list(range(35))}), folder / "texts.parquet")
    return [pages, table, folder / "texts.parquet"]


def test_rows_and_rejects_are_those_of_the_local_engine(
    cluster, tmp_path, monkeypatch, model, article_rows, write_jsonl
):
    inputs = mixed_inputs(tmp_path / "in", article_rows, write_jsonl)
    local, far = tmp_path / "local.jsonl", tmp_path / "ray.jsonl"
    counts = run_to_file(ClassifyJob(model), inputs, Output(local), workers=1)
    assert counts == Counts(192, 188, 4)
    # A path that leads to the model from this process alone: the workers must be sent it.
    monkeypatch.chdir(model.parent)
    engine = RayEngine(cluster.address)
    assert run_to_file(ClassifyJob(Path("toy")), inputs, Output(far), engine=engine) == counts
    assert outputs(far) == outputs(local)
    assert {topic for row in read_rows(far) for topic in row["topics"]} == set(TOPICS)
    assert {path.name for path in tmp_path.glob("ray.jsonl*")} == {"ray.jsonl", "ray.jsonl.rejects.jsonl"}


class StopError(Exception):
    pass


def stop(counts: Counts) -> None:
    raise StopError


def test_what_the_local_engine_began_is_finished_to_the_same_parquet(cluster, table, tmp_path):
    with table.open("a", encoding="utf-8") as file:
        file.write("[1, 2]\n")
    whole, out = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    counts = run_to_file(ReadJob(), [table], Output(whole), workers=1)
    with pytest.raises(StopError):
        run_to_file(ReadJob(), [table], Output(out), workers=1, progress=stop)
    seen = []
    engine = RayEngine(cluster.address, workers=1)
    assert run_to_file(ReadJob(), [table], Output(out), engine=engine, progress=seen.append) == counts
    assert [done.seen for done in seen] == [128, 192, 256, 301], "it went on behind the first batch, in order"
    assert outputs(out) == outputs(whole)


def test_killed_workers_lose_nothing_and_what_kills_each_is_rejected(cluster, table, tmp_path):
    whole, out, mark = tmp_path / "whole.jsonl", tmp_path / "out.jsonl", tmp_path / "mark"
    run_to_file(ReadJob(), [table], Output(whole), workers=1)
    mark.touch()
    job = DeadlyJob(once=mark, deadly=("bài-299",))  # an actor is killed on 70 once, on 299 each time
    assert run_to_file(job, [table], Output(out), engine=RayEngine(cluster.address)) == Counts(300, 299, 1)
    assert not mark.exists(), "no worker was killed"
    assert out.read_bytes().splitlines() == whole.read_bytes().splitlines()[:299]
    [reject] = read_rows(Path(f"{out}.rejects.jsonl"))
    assert (reject["source"], reject["line"]) == ("rows.jsonl", 300)
    assert reject["reason"].startswith("a worker process died on it each time")


def test_what_keeps_a_worker_busy_for_ever_is_rejected(cluster, table, tmp_path, monkeypatch):
    for name in ("BATCH_SECONDS", "RECORD_SECONDS"):  # put back, should the job be unpickled here too
        monkeypatch.setattr(workers, name, getattr(workers, name))
    out = tmp_path / "out.jsonl"
    job = ImpatientJob(endless=("bài-298",))
    assert run_to_file(job, [table], Output(out), engine=RayEngine(cluster.address)) == Counts(300, 299, 1)
    assert [row["id"] for row in read_rows(out)][-2:] == ["bài-297", "bài-299"]
    [reject] = read_rows(Path(f"{out}.rejects.jsonl"))
    assert (reject["source"], reject["line"]) == ("rows.jsonl", 299)
    assert reject["reason"].startswith("it was not done in 3 s, alone in a worker process")


def test_a_worker_ends_though_a_regular_expression_lets_no_thread_run():
    astray = (
        "import re\nfrom phongtrao.batch.ray_worker import watched\n"
        "with watched(60): pass\n"
        "with watched(0.5): re.fullmatch('(a|a)*b', 'a' * 60)"
    )
    ended = subprocess.run([sys.executable, "-c", astray], capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert b"in fullmatch" in ended.stderr, "its log does not say where it was"


def test_what_ray_stops_for_is_told_in_a_line(cluster, table, tmp_path):
    engine = RayEngine(cluster.address)
    with pytest.raises(PhongtraoError, match=r"^Ray stopped: .*No module named 'phongtrao'.*goes on$"):
        run_to_file(HomelyJob(), [table], Output(tmp_path / "out.jsonl"), engine=engine)


def test_by_itself_it_reads_stdin_and_says_nothing_of_ray(tmp_path, table):
    words = [sys.executable, "-m", "phongtrao", "read", "-"]
    local, far = (
        subprocess.run(
            [*words, *more], input=table.read_bytes(), capture_output=True, timeout=280, check=True
        )
        for more in ([], ["--engine", "ray", "-j", "1"])
    )
    assert far.stdout == local.stdout
    assert far.stdout.count(b"\n") == 300
    assert b"read 300 of 300, 0 rejected" in far.stderr


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("127.0.0.1:1", PhongtraoError, r"no Ray cluster answers at 127.0.0.1:1.*ray start --head"),
        ("127.0.0.1:99999", UsageError, "expected HOST:PORT"),
        ("ray://127.0.0.1:10001", UsageError, "expected HOST:PORT"),
        ("somewhere", UsageError, "expected HOST:PORT"),
        ("somewhere:²", UsageError, "expected HOST:PORT"),
        ("[::1]:6379", UsageError, "expected HOST:PORT"),
        ("a..b:6379", PhongtraoError, "no Ray cluster answers"),
    ],
)
def test_a_wrong_address_is_told_at_once(table, address, error, message):
    with pytest.raises(error, match=message):
        RayEngine(address).begin(ReadJob(), Given((table,)))


def test_inputs_are_looked_at_before_a_cluster_is(tmp_path):
    with pytest.raises(UsageError, match="no such file or folder"):
        RayEngine().begin(ReadJob(), Given((tmp_path / "absent",)))
    with pytest.raises(InputError, match="no page or table found"):
        RayEngine().begin(ReadJob(), Given((tmp_path,)))


def test_without_ray_the_way_to_it_is_named(monkeypatch, table):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'phongtrao\[ray\]'"):
        RayEngine().begin(ReadJob(), Given((table,)))


def test_an_input_changed_after_a_stop_is_told_by_the_reader(table):
    from phongtrao.batch.ray_reading import BatchSource, Inputs

    done = State(Counts(64, 64, 0), (1, 0), "what it was")
    [task] = BatchSource(Inputs(Given((table,))), done).get_read_tasks(1)
    [block] = task()
    assert len(block["batch"].iloc[0]) == 0
    assert isinstance(block["error"].iloc[0], UsageError)
    assert "the input is not what it was" in str(block["error"].iloc[0])


def test_an_error_of_a_worker_comes_back_as_itself():
    from phongtrao.batch.ray_worker import SCHEMA, received

    counted = {"row_lines": b"x\n", "reject_lines": b"", "seen": 1, "rows": 1, "rejected": 0, "digest": "d"}
    rows = [counted, {"error": "ModelError", "message": "no model.json"}]
    results = received(pa.Table.from_pylist(rows, schema=SCHEMA))
    result, digest = next(results)
    assert (result.rows, result.counts, digest) == (b"x\n", Counts(1, 1, 0), "d")
    with pytest.raises(ModelError, match=r"no model\.json"):
        next(results)


def test_folders_are_those_a_job_opens(tmp_path, monkeypatch, model):
    from phongtrao.batch.ray_worker import moved, packed

    monkeypatch.chdir(tmp_path)
    for name in ("standard", "extractive", "lead-3", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").write_text("{}", encoding="utf-8")
    for name in ("extractive", "lead-3"):
        load_summarizer(name)  # the folder of that name holds none
        assert packed(SummarizeJob(method=name)) == {}
        assert SummarizeJob(method=name).settings["method"] == name
    mine = SummarizeJob(method="mine")
    assert packed(mine) == {"method": {"model.json": b"{}"}}
    assert mine.settings["method"] != "mine"
    assert moved(mine, {"method": tmp_path / "mine"}) == SummarizeJob(method=str(tmp_path / "mine"))
    assert packed(ReadJob()) == {}
    assert ClassifyJob(model, method="mine").folders == ("folder",)
    assert ClassifyJob(model, summarize=True, method="mine").folders == ("folder", "method")
    assert ClassifyJob(model, summarize=True).folders == ("folder",)
    assert packed(ClassifyJob(model))["folder"]["model.json"] == (model / "model.json").read_bytes()


def test_closing_what_an_engine_does_ends_its_workers(table):
    doing = LocalEngine(2).begin(ReadJob(), Given((table,)))
    results = doing(State())
    next(results)
    mine = multiprocessing.active_children()
    assert len(mine) == 2
    results.close()
    assert not any(worker.is_alive() for worker in mine)


def test_a_worker_of_another_version_refuses():
    from phongtrao.batch.ray_worker import Sent, at_hand

    with pytest.raises(PhongtraoError, match=r"and 9\.9 where the run began; install the same version"):
        at_hand(Sent(ReadJob(), ReadJob().settings, "9.9", folders=None))
