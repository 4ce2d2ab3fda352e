import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from phongtrao.batch import formats, journal, local, parquet
from phongtrao.batch.formats import read_rows
from phongtrao.batch.jobs import Counts, ReadJob
from phongtrao.batch.run import Output, run_to_file
from phongtrao.errors import InputError, PhongtraoError, UsageError

BROKEN = '{"id": "không xong"\n'


@pytest.fixture
def pages(tmp_path, article_rows, write_jsonl):
    """Make a folder of 600 rows, every hundredth broken, which are ten batches."""
    folder = tmp_path / "pages"
    folder.mkdir()
    table = write_jsonl(folder / "rows.jsonl", article_rows(600))
    good = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text(
        "".join(BROKEN if n % 100 == 99 else line for n, line in enumerate(good)), encoding="utf-8"
    )
    return folder


def run(pages, out, **options):
    workers = options.pop("workers", 1)
    return run_to_file(ReadJob(), [pages], Output(out, **options), workers=workers)


def beside(out: Path) -> set[str]:
    return {path.name for path in out.parent.iterdir() if path.name.startswith(out.name)}


def test_counts_add_up_and_nothing_is_left_beside(pages, tmp_path):
    out = tmp_path / "new" / "out.jsonl"
    counts = run(pages, out)
    assert counts == Counts(seen=600, rows=594, rejected=6)
    rows = list(read_rows(out))
    expected = [f"bài-{n}" for n in range(600) if n % 100 != 99]
    assert [row["id"] for row in rows] == expected
    rejects = list(read_rows(Path(f"{out}.rejects.jsonl")))
    assert [r["line"] for r in rejects] == [100, 200, 300, 400, 500, 600]
    assert set(rejects[0]) == {"source", "line", "reason"}
    assert beside(out) == {"out.jsonl", "out.jsonl.rejects.jsonl"}


def test_given_passages_come_back_untouched(pages, tmp_path, article_rows):
    run(pages, tmp_path / "out.jsonl")
    given = {row["id"]: row["passages"] for row in article_rows(600)}
    for row in read_rows(tmp_path / "out.jsonl"):
        assert row["passages"] == given[row["id"]]
        assert row["source"] == "rows.jsonl"


def test_workers_make_no_difference(pages, tmp_path):
    one, three = tmp_path / "one.jsonl", tmp_path / "three.jsonl"
    run(pages, one)
    assert run(pages, three, workers=3) == Counts(600, 594, 6)
    assert one.read_bytes() == three.read_bytes()
    assert Path(f"{one}.rejects.jsonl").read_bytes() == Path(f"{three}.rejects.jsonl").read_bytes()


def test_a_finished_file_is_replaced_only_when_told(pages, tmp_path, write_jsonl, article_rows):
    out = tmp_path / "out.jsonl"
    run(pages, out)
    before = out.read_bytes()
    with pytest.raises(UsageError, match="exists; add --overwrite"):
        run(pages, out)
    assert out.read_bytes() == before
    write_jsonl(pages / "rows.jsonl", article_rows(5))
    assert run(pages, out, overwrite=True) == Counts(5, 5, 0)
    assert len(list(read_rows(out))) == 5
    assert beside(out) == {"out.jsonl"}, "the rejects of the replaced file are gone with it"


def test_an_input_without_records_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.docx").write_text("x")
    with pytest.raises(InputError, match="no page or table found"):
        run(tmp_path / "empty", tmp_path / "out.jsonl")
    assert beside(tmp_path / "out.jsonl") == set()


def test_the_output_is_not_read_where_it_lies_among_the_inputs(pages):
    out = pages / "out.jsonl"
    assert run(pages, out).seen == 600
    assert run(pages, out, overwrite=True).seen == 600
    with pytest.raises(UsageError, match="is the input"):
        run_to_file(ReadJob(), [out], Output(out, overwrite=True), workers=1)


def test_an_output_that_cannot_be_written_is_named(pages, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file.*cannot be made"):
        run(pages, tmp_path / "file" / "out.jsonl")
    with pytest.raises(UsageError, match="is a folder"):
        folder = tmp_path / "out.jsonl"
        folder.mkdir()
        run(pages, folder)


def test_a_full_disk_stops_with_what_is_done_kept(pages, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "COMMIT_SECONDS", 0)
    out, real, calls = tmp_path / "out.jsonl", os.fsync, iter(range(1000))

    def full_after_a_while(descriptor):
        if next(calls) > 15:
            raise OSError(28, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", full_after_a_while)
    with pytest.raises(PhongtraoError, match=r"No space left on device.*run the same command again"):
        run(pages, out)
    monkeypatch.setattr(os, "fsync", real)
    assert not out.exists()
    run(pages, out)
    undisturbed = tmp_path / "undisturbed.jsonl"
    run(pages, undisturbed)
    assert out.read_bytes() == undisturbed.read_bytes()


def die_at(step: int, pages: Path, out: Path) -> None:
    """Run a batch that is killed at the ``step``-th time it touches the disk for good."""
    left = iter(range(step))

    def deadly(real):
        def call(*arguments, **options):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    journal.COMMIT_SECONDS = 0
    os.fsync = deadly(os.fsync)
    for name in ("replace", "unlink"):
        setattr(Path, name, deadly(getattr(Path, name)))
    run(pages, out)


def die_converting(rows: int, pages: Path, out: Path) -> None:
    """Run a batch that is killed when so many rows have been read to be written in the form asked for."""
    left, real = iter(range(rows)), formats.read_jsonl

    def deadly(path):
        for row in real(path):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            yield row

    formats.read_jsonl = deadly
    run(pages, out)


def killed_at(step: int, pages: Path, out: Path, die=die_at) -> bool:
    child = multiprocessing.get_context("fork").Process(target=die, args=(step, pages, out))
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_run_killed_at_any_step_goes_on_to_the_same_bytes(pages, tmp_path, ending):
    whole = tmp_path / f"whole.{ending}"
    counts = run(pages, whole)
    rejects = Path(f"{whole}.rejects.jsonl").read_bytes()
    step = 0
    while True:
        out = tmp_path / f"killed-{step}.{ending}"
        if not killed_at(step, pages, out):
            break
        assert run(pages, out) == counts, step
        assert out.read_bytes() == whole.read_bytes(), step
        assert Path(f"{out}.rejects.jsonl").read_bytes() == rejects, step
        assert beside(out) == {out.name, f"{out.name}.rejects.jsonl"}, step
        step += 1 if ending == "jsonl" else 3
    assert step > 25, "the run was killed at fewer places than it has"


# Parquet reads the 594 rows twice: for their shape, and to write them.
@pytest.mark.parametrize(
    ("ending", "rows"), [("csv", 300), ("parquet", 300), ("parquet", 594 + 300), ("parquet", 2 * 594 - 1)]
)
def test_a_conversion_killed_in_the_middle_is_done_anew(pages, tmp_path, monkeypatch, ending, rows):
    monkeypatch.setattr(parquet, "ROW_GROUP", 50)
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"out.{ending}"
    counts = run(pages, whole)
    assert killed_at(rows, pages, out, die_converting)
    torn = Path(f"{out}.whole")
    assert torn.exists() == (ending == "csv" or rows > 594)
    if ending == "parquet" and torn.exists():
        assert len(whole.read_bytes()) > torn.stat().st_size > 1000, "row groups, and no end"
    assert not out.exists()
    assert killed_at(rows, pages, out, die_converting), "and again, on going on"
    assert run(pages, out) == counts
    assert out.read_bytes() == whole.read_bytes()
    assert beside(out) == {out.name, f"{out.name}.rejects.jsonl"}


def test_a_run_killed_again_and_again_goes_on_to_the_same_bytes(pages, tmp_path):
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    run(pages, whole)
    kills = 0
    while killed_at(6, pages, out):  # a batch or two further each time
        kills += 1
        assert kills < 60
    assert kills > 3
    assert out.read_bytes() == whole.read_bytes()


def test_a_stopped_run_goes_on_only_with_the_same_command_and_input(pages, tmp_path):
    out = tmp_path / "out.jsonl"
    assert killed_at(20, pages, out)
    state = Path(f"{out}.journal").read_text().splitlines()
    assert 0 < json.loads(state[-1])["counts"]["seen"] < 600

    class OtherJob(ReadJob):
        @property
        def settings(self):
            return {"command": "read", "style": "other"}

    with pytest.raises(UsageError, match=r"style was None, is 'other'.*--restart"):
        run_to_file(OtherJob(), [pages], Output(out), workers=1)

    table = pages / "rows.jsonl"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("Đoạn 0 của bài 1.", "Đoạn 0 của bài X."), encoding="utf-8")
    with pytest.raises(UsageError, match="the input is not what it was"):
        run(pages, out)
    assert run(pages, out, restart=True).seen == 600
    assert "bài X" in out.read_text(encoding="utf-8")


def test_a_shortened_part_is_refused(pages, tmp_path):
    out = tmp_path / "out.jsonl"
    assert killed_at(20, pages, out)
    Path(f"{out}.part").write_bytes(b"")
    with pytest.raises(PhongtraoError, match="shorter than when the run stopped"):
        run(pages, out)


def test_two_runs_on_one_output_refuse_each_other(pages, tmp_path):
    out = tmp_path / "out.jsonl"
    with (
        journal.Spool(out, {}),
        pytest.raises(UsageError, match="another run is writing"),
    ):
        run(pages, out)


def test_batches_are_bounded_in_number_and_size(monkeypatch):
    from phongtrao.reading import Record

    monkeypatch.setattr(local, "BATCH_BYTES", 1000)
    small = [Record("a", None, "a", b"x") for _ in range(150)]
    assert [len(b) for b in local.batches(small)] == [64, 64, 22]
    large = [Record("a", None, "a", b"x" * 400) for _ in range(7)]
    assert [len(b) for b in local.batches(large)] == [3, 3, 1]
    assert list(local.batches([])) == []
