"""The real program stopped from outside: signals, kills, a full disk, a closed folder, a second run."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from phongtrao.batch import journal
from phongtrao.errors import PhongtraoError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")

ROWS = 600
EAGER = (
    "from phongtrao.batch import journal; journal.COMMIT_SECONDS = 0; from phongtrao.cli import main; main()"
)
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Make a table that takes a second or two to read."""
    words = "Công an xã phối hợp tuyên truyền phòng, chống tội phạm, trao giấy khen cho tổ tự quản. "
    path = tmp_path_factory.mktemp("in") / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(ROWS):
            row = {"id": f"a{n}", "text": f"Bài {n}\n\n" + f"{words * 9}{n}\n\n" * 3}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


@pytest.fixture(scope="module")
def whole(table, tmp_path_factory) -> bytes:
    """What an undisturbed run writes."""
    out = tmp_path_factory.mktemp("whole") / "out.jsonl"
    assert run("read", table, "--out", out, "-j", 1).returncode == 0
    return out.read_bytes()


def start(*arguments, code=EAGER, **options) -> subprocess.Popen:
    words = [sys.executable, "-c", code, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words, env=ENVIRONMENT, text=True, encoding="utf-8", **pipes, **options)


def run(*arguments, **options) -> subprocess.CompletedProcess:
    process = start(*arguments, **options)
    out, error = process.communicate(timeout=280)
    return subprocess.CompletedProcess(process.args, process.returncode, out, error)


def done(out: Path) -> int:
    lines = journal.journal_of(out).read_text().splitlines() if journal.journal_of(out).exists() else []
    return json.loads(lines[-1])["counts"]["seen"] if len(lines) > 1 else 0


def started(out: Path, *arguments, **options) -> subprocess.Popen:
    """Start a batch and wait for its first commit."""
    process = start(*arguments, "--out", out, **options)
    deadline = time.monotonic() + 280
    while not done(out):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "nothing was committed"
        time.sleep(0.005)
    return process


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_stops_the_run_in_order_and_it_goes_on(table, whole, tmp_path, name):
    out = tmp_path / "out.jsonl"
    # Where the tests themselves run under nohup the signal would stay ignored.
    heard = f"import signal; signal.signal(signal.{name}, signal.SIG_DFL); {EAGER}"
    process = started(out, "read", table, "-j", 2, code=heard, start_new_session=True)
    os.killpg(process.pid, signal.Signals[name])  # to the workers as well, as a scheduler does
    said, error = process.communicate(timeout=280)
    by = "" if name == "SIGINT" else f" by {name}"
    assert (process.returncode, said) == (1, "")
    assert error.splitlines() == [f"phongtrao: stopped{by}; the same command goes on where it was"]
    assert 0 < done(out) < ROWS
    assert run("read", table, "--out", out, "-j", 2).returncode == 0
    assert out.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_signal_that_the_caller_ignores_stays_ignored(table, whole, tmp_path):
    out = tmp_path / "out.jsonl"
    code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {EAGER}"  # as nohup does
    process = started(out, "read", table, "-j", 1, code=code)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=280)
    assert process.returncode == 0
    assert out.read_bytes() == whole


def test_two_runs_on_one_output_refuse_each_other_until_one_is_dead(table, whole, tmp_path):
    out = tmp_path / "out.jsonl"
    first = started(out, "read", table, "-j", 2)
    first.send_signal(signal.SIGSTOP)
    second = run("read", table, "--out", out, "-j", 1)
    assert second.returncode == 2
    assert second.stderr == f"phongtrao: another run is writing {out}; wait for it or give another --out\n"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert run("read", table, "--out", out, "-j", 1).returncode == 0
    assert out.read_bytes() == whole


def test_a_lock_on_a_journal_that_was_removed_is_no_lock(tmp_path):
    out = tmp_path / "out.jsonl"
    real, removed = journal._lock, []

    def slow(file, place):
        real(file, place)
        if not removed:  # the run that held it ends between our opening and our locking
            removed.append(journal.journal_of(out).unlink())

    journal._lock = slow
    try:
        with journal.Spool(out, {}):
            journal._lock = real
            with pytest.raises(PhongtraoError, match="another run is writing"):
                journal.Spool(out, {})
    finally:
        journal._lock = real
    assert removed


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_a_full_disk_stops_the_run_and_it_goes_on(table, whole, tmp_path, ending):
    """No file may grow beyond a limit: writing fails in the middle, as on a full disk."""
    out, undisturbed = tmp_path / f"out.{ending}", tmp_path / f"whole.{ending}"
    assert run("read", table, "--out", undisturbed, "-j", 1).returncode == 0
    reached = 0
    for limit in (len(whole) // 3, len(whole) - 100_000):
        full = run("read", table, "--out", out, "-j", 1, preexec_fn=lambda limit=limit: _limit(limit))
        assert full.returncode == 1, full
        assert "cannot be written (File too large)" in full.stderr
        assert "mend this and run the same command again" in full.stderr
        assert len(full.stderr.splitlines()) == 1
        assert not out.exists()
        assert reached < done(out) < ROWS
        reached = done(out)
    assert run("read", table, "--out", out, "-j", 1).returncode == 0
    assert out.read_bytes() == undisturbed.read_bytes()
    assert not list(tmp_path.glob(f"out.{ending}.*"))


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_with_room_for_half(table, whole, tmp_path):
    """A real full disk, where the system lets us make one."""
    probe = ["unshare", "--user", "--map-root-user", "--mount", "true"]
    if not shutil.which("unshare") or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces: this system lets only its administrator make a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    read = '"$0" -c "$1" read "$2" --out "$3/out.jsonl" -j 1'
    steps = (
        f'mount -t tmpfs -o size={len(whole) // 2000}k none "$3"',
        f'{read}; echo "status $?"; ls "$3"',
        'mount -o remount,size=99m "$3"',
        f'{read}; cp "$3/out.jsonl" "$4"',
    )
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "; ".join(steps)]
    copied = tmp_path / "copy.jsonl"
    ran = subprocess.run(
        [*words, sys.executable, EAGER, str(table), str(disk), str(copied)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written (No space left on device); what is done is kept: make room" in ran.stderr
    assert "status 1\nout.jsonl.journal\nout.jsonl.part\n" in ran.stdout
    assert copied.read_bytes() == whole


def test_a_folder_that_may_not_be_written_is_named_and_nothing_is_left(table, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    if os.access(closed, os.W_OK):
        closed, why = (
            Path("/proc/self"),
            "No such file or directory",
        )  # the administrator may write anywhere else
        if not closed.is_dir():
            pytest.skip("no folder here that may not be written")
    else:
        why = "Permission denied"
    out = closed / "out.jsonl"
    ran = run("read", table, "--out", out)
    assert ran.returncode == 1
    assert ran.stderr == (
        f"phongtrao: {out}.journal: cannot be written ({why}); "
        "mend this or give another --out; nothing was done yet\n"
    )


def test_a_full_stream_is_told(table):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-c", EAGER, "read", str(table), "--out", "-", "-j", "1"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
    assert process.returncode == 1
    assert process.stderr.startswith("phongtrao: <stdout>: cannot be written (No space left on device)")


def test_a_damaged_journal_is_told(tmp_path):
    out = tmp_path / "out.jsonl"
    journal.journal_of(out).write_bytes(b'{"a": 1}\n\0\0\0\n')
    with pytest.raises(PhongtraoError, match=r"out\.jsonl\.journal is damaged .*--restart"):
        journal.Spool(out, {"a": 1})
    assert journal.journal_of(out).exists()
    with journal.Spool(out, {"a": 1}, restart=True) as spool:
        assert spool.state == journal.State()


def test_rows_by_a_pipe_go_on_after_a_kill(table, whole, tmp_path):
    out = tmp_path / "out.jsonl"
    with table.open("rb") as rows:
        process = started(out, "read", "-", "-j", 2, stdin=rows)
        process.kill()
        process.communicate()
    assert 0 < done(out) < ROWS
    with table.open("rb") as rows:
        assert run("read", "-", "--out", out, "-j", 1, stdin=rows).returncode == 0
    assert out.read_bytes() == whole.replace(b'"source": "many.jsonl"', b'"source": "-"')


def test_killed_at_random_the_output_is_what_it_would_have_been(root):
    """Three batches of the two hundred that ``experiments/bench/kill.py`` strikes."""
    script = root / "experiments" / "bench" / "kill.py"
    words = [sys.executable, str(script), "--times", "3", "--articles", "100", "--formats", "parquet"]
    words += ["--commands", "read", "--signals", "KILL", "TERM", "INT"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = json.loads(ran.stdout)
    assert (figures["times"], figures["equal"]) == (3, 3)
    assert sum(figures["strikes"].values()) == sum(figures["moments"].values()) >= 3
