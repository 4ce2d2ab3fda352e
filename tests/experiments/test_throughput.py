"""The benchmark's own side: the real command on made pages, and what is left out."""

import argparse

import pytest
from throughput import REFERENCE, Bench, model_name

from phongtrao.analyser import SHIPPED_TOPICS


@pytest.fixture
def bench(tmp_path):
    given = argparse.Namespace(
        models=[SHIPPED_TOPICS], sizes=[4, 6], workers=[1], rounds=1, limit_minutes=5.0, cores=1
    )
    return Bench(given, tmp_path)


def test_the_real_command_runs_on_all_pages(bench):
    bench.make_pages(4)
    name = model_name(SHIPPED_TOPICS)
    measured = bench.ours(name, 4, 1, 1, 0.5)
    assert name.startswith("phongtrao ")
    assert (measured.system, measured.processes, measured.articles) == (name, "1 × 1", 4)
    assert measured.memory_megabytes > 20
    assert measured.cpu_seconds > 0
    first = bench.classify(SHIPPED_TOPICS, 4, 1, out=False)
    assert len(first.lines) == 4
    assert first.first_seconds <= first.seconds


def test_a_missing_row_ends_the_benchmark(bench):
    bench.make_pages(4)
    next((bench.folder / "pages-4").rglob("*.txt")).write_text("", "utf-8")
    with pytest.raises(SystemExit, match="3 rows for 4 pages"):
        bench.ours(model_name(SHIPPED_TOPICS), 4, 1, 1, None)


def test_a_size_that_would_take_too_long_is_left_out_and_said(bench):
    from comparison import Measurement

    name = model_name(SHIPPED_TOPICS)
    slow = Measurement(name, "1 × 1", 4, 1, seconds=400, cpu_seconds=1, memory_megabytes=1)
    bench.given.sizes = [4, 6_000]
    assert list(bench.growth([slow, Measurement(REFERENCE, "1 × 1", 4, 1, 1, 1, 1)])) == []
    assert bench.left_out == [f"{name}: 6,000 articles left out, they take 10,000 min."]
