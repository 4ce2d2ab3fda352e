"""The table of a benchmark, computed by hand."""

import dataclasses
import json

import results
from comparison import HEAD, Measurement, cells, findings, summarize

PEER = Measurement("(a)", "1 × 2", 10, 1, seconds=10, cpu_seconds=18, memory_megabytes=900, first_seconds=5)
OURS = Measurement("ours", "1 × 1", 100, 1, seconds=5, cpu_seconds=4.5, memory_megabytes=80, first_seconds=1)
# (a): 1 and 2 articles a second; ours by one process 20 and 25, by two 40; 1,000 articles at 50.
RUNS = [
    OURS,
    dataclasses.replace(OURS, processes="2 × 1", seconds=2.5),
    PEER,
    dataclasses.replace(OURS, round=2, seconds=4, cpu_seconds=3.5, memory_megabytes=90, first_seconds=3),
    dataclasses.replace(PEER, round=2, seconds=5),
    dataclasses.replace(
        OURS,
        processes="2 × 1",
        round=0,
        articles=1000,
        seconds=20,
        memory_megabytes=100,
        first_seconds=None,
    ),
]


def test_ratios_are_taken_round_by_round():
    one, two, grown, peer = summarize(RUNS, "(a)")
    assert (one.processes, two.processes, grown.articles, peer.system) == ("1 × 1", "2 × 1", 1000, "(a)")
    assert one.ratio == (16.25, 12.5, 20.0)  # 20 / 1 and 25 / 2
    assert one.rate == (22.5, 20.0, 25.0)
    assert peer.ratio == (1.0, 1.0, 1.0)
    assert two.ratio == (40.0, 40.0, 40.0)


def test_a_run_beside_the_rounds_is_held_against_the_median_of_the_reference():
    grown = summarize(RUNS, "(a)")[2]
    assert grown.ratio[0] == 50 / 1.5


def test_memory_is_the_highest_and_the_rest_a_median():
    one, _, grown, peer = summarize(RUNS, "(a)")
    assert (one.memory_megabytes, one.first_seconds, one.runs) == (90, 2, 2)
    assert one.core_hours_per_million == 0.04 * 1e6 / 3600  # 4.5 and 3.5 seconds for 100 articles
    assert peer.core_hours_per_million == 500
    assert grown.first_seconds is None


def test_cells_stand_under_the_head():
    row = dict(zip(HEAD, cells(summarize(RUNS, "(a)")[0]), strict=True))
    assert row == {
        "× (a)": "16.2 (12.5-20)",
        "system": "ours",
        "processes × threads": "1 × 1",
        "articles": "100",
        "articles/s": "22.5 (20-25)",
        "core-h per million": "11.1",
        "first result s": "2.0",
        "peak MB": "90",
    }


def test_findings_compare_processes_and_sizes_but_not_peers():
    assert findings(summarize(RUNS, "(a)"), ["(a)"]) == [
        "ours: 2 × 1 against 1 × 1: ×1.78.",
        "ours: 1,000 articles against 100: articles/s ×1.25, peak memory ×1.25.",
    ]


def test_the_section_of_results_shows_table_and_findings(tmp_path):
    table = {"head": HEAD, "rows": [cells(s) for s in summarize(RUNS, "(a)")]}
    machine = {"load_before": 0.1, "cores": 2, "processor": "X", "versions": {"torch": "9"}}
    settings = {
        "sizes": ["100", "1000"],
        "rounds": "2",
        "peer_articles": "10",
        "layers": "12",
        "width": "768",
    }
    measured = tmp_path / "throughput.json"
    about = {"machine": machine, "settings": settings, "page_bytes": 2800, "table": table}
    measured.write_text(json.dumps(about | {"findings": ["ours: twice.", "more."]}), "utf-8")
    section = results.throughput(measured)
    assert "throughput.py --sizes 100 1000 --rounds 2 --peer-articles 10` on 2 cores (X); torch 9." in section
    assert "| 16.2 (12.5-20) | ours | 1 × 1 | 100 |" in section
    assert section.endswith("\n\n- ours: twice.\n- more.")
    assert "Other work" not in section
    measured.write_text(
        json.dumps(about | {"machine": machine | {"load_before": 1.5}, "findings": []}), "utf-8"
    )
    assert "Other work took 1.5 cores" in results.throughput(measured)
