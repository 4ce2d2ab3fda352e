"""The real program, stopped from outside."""

import json
import os
import signal
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

ROWS = 4000


@pytest.fixture
def many(tmp_path) -> Path:
    words = "Công an xã phối hợp tuyên truyền phòng, chống tội phạm, trao giấy khen cho tổ tự quản. "
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(ROWS):
            row = {"id": f"a{n}", "title": f"Bài {n}", "passages": [words * 3 + str(n), words + str(n)]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def wait_for(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)


def committed(out: Path) -> int:
    journal = Path(f"{out}.journal")
    lines = journal.read_text().splitlines() if journal.exists() else []
    return json.loads(lines[-1])["counts"]["seen"] if len(lines) > 1 else 0


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_run_takes_its_workers_along_and_goes_on(command, phongtrao, many, tmp_path):
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert phongtrao("classify", many, "--out", whole, "-j", 1).status == 0

    process = command("classify", many, "--out", out, "-j", 2)
    wait_for(lambda: committed(out) > 0)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not out.exists()
    assert 0 < committed(out) < ROWS
    assert len(workers) >= 2
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive

    assert phongtrao("classify", many, "--out", out, "-j", 1).status == 0
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.glob("out*")) == ["out.jsonl"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_cleanly_and_goes_on(command, phongtrao, many, tmp_path):
    out = tmp_path / "out.jsonl"
    # A shell lets what it runs behind the scenes ignore Ctrl-C; this run hears it wherever the tests run.
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = command("classify", many, "--out", out, "-j", 2, start_new_session=True, preexec_fn=hears)
    wait_for(lambda: committed(out) > 0)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    said, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said == ""
    assert error.splitlines() == ["phongtrao: stopped; the same command goes on where it was"]
    assert 0 < committed(out) < ROWS
    ran = phongtrao("classify", many, "--out", out, "-j", 1)
    assert ran.out.startswith(f"classified {ROWS:,} of {ROWS:,}, 0 rejected")


def test_a_reader_that_leaves_early_is_no_error_message(many, command):
    process = command("read", many, "-j", 1)
    assert json.loads(process.stdout.readline())["id"] == "a0"
    process.stdout.close()
    error = process.stderr.read()
    process.wait(timeout=30)
    assert "Traceback" not in error
