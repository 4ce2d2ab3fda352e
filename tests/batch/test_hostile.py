"""All that is bad at once and large, through a whole batch: what came in is rows or rejects, one by one."""

import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="links, names and peak memory as Linux has")

GOOD = '{"title": "Tin", "passages": ["Một."]}\n'
PAGE = "Công an xã tuyên truyền phòng, chống tội phạm tại thôn Đông trong ngày hội."
CSV_ROWS, BROKEN_EVERY = 20_000, 100
LONG_BYTES = 100_000_000


def broken_quotes(path: Path) -> Counter:
    with path.open("w", encoding="utf-8") as file:
        file.write("id,title,lead\n")
        for n in range(CSV_ROWS):
            file.write(
                f'{n},"Bài {n},chưa đóng\n' if n % BROKEN_EVERY == 50 else f'{n},"Bài {n}","a ""b"""\n'
            )
    return Counter(rows=CSV_ROWS - CSV_ROWS // BROKEN_EVERY, rejects=CSV_ROWS // BROKEN_EVERY)


def long_line(path: Path, before: str, after: str) -> Counter:
    """Write a good row, a line of 100 MB that takes no room on the disk, and a good row."""
    with path.open("wb") as file:
        file.write(before.encode() + b" " * 4096)
        file.truncate(LONG_BYTES)
        file.seek(LONG_BYTES)
        file.write(after.encode())
    return Counter(rows=2, rejects=1)


def bombs(folder: Path) -> dict[str, Counter]:
    text = pa.table({"text": ["a" * 70_000_000]})
    pq.write_table(
        text, folder / "text.parquet", compression="zstd", use_dictionary=False, write_statistics=False
    )
    many = pa.ListArray.from_arrays(pa.array([0, 5_000_000], pa.int32()), pa.nulls(5_000_000, pa.string()))
    pq.write_table(pa.table({"text": ["x"], "passages": many}), folder / "list.parquet")
    cells = [[PAGE], ["Một đoạn văn. " * 700_000], [PAGE]]
    pq.write_table(pa.table({"passages": cells}), folder / "cell.parquet")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000
    return {
        "text.parquet": Counter(rejects=1),
        "list.parquet": Counter(rejects=1),
        "cell.parquet": Counter(rows=2, rejects=1),
    }


def loops(folder: Path) -> dict[str, Counter]:
    for name, other in (("a", "b"), ("b", "a")):
        (folder / name).mkdir()
        (folder / name / "page.txt").write_text(PAGE, encoding="utf-8")
        (folder / name / "other").symlink_to(f"../{other}")
        (folder / name / "up").symlink_to("..")
    (folder / "round.txt").symlink_to("round.txt")
    met = {f"{name}/{link}": Counter(rejects=1) for name in "ab" for link in ("other", "up")}
    return met | {f"{name}/page.txt": Counter(rows=1) for name in "ab"} | {"round.txt": Counter(rejects=1)}


def names(folder: Path) -> dict[str, Counter]:
    inside = folder / os.fsdecode(b"th\xf4n\n")
    inside.mkdir()
    (inside / os.fsdecode(b"t\xf9y.txt")).write_text(PAGE, encoding="utf-8")
    (inside / os.fsdecode(b"\xfe.jsonl")).write_text(GOOD + "{\n", encoding="utf-8")
    return {
        "th\ufffdn\n/t\ufffdy.txt": Counter(rows=1),
        "th\ufffdn\n/\ufffd.jsonl": Counter(rows=1, rejects=1),
    }


def run(folder: Path, out: Path) -> tuple[list[int], int]:
    """Return the counts of a batch in a process of its own, and its peak memory in MB."""
    code = f"""
        from pathlib import Path
        from phongtrao.batch.jobs import ReadJob
        from phongtrao.batch.run import Output, run_to_file
        c = run_to_file(ReadJob(), [Path({str(folder)!r})], Output(Path({str(out)!r})), workers=1)
        print(c.seen, c.rows, c.rejected, Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    *counts, peak_kb = map(int, ran.stdout.split())
    return counts, peak_kb // 1000


def test_in_is_out_and_rejected_whatever_comes(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out.jsonl"
    folder.mkdir()
    expected = bombs(folder) | loops(folder) | names(folder)
    expected["broken.csv"] = broken_quotes(folder / "broken.csv")
    expected["long.jsonl"] = long_line(folder / "long.jsonl", GOOD + '{"text": "', '"}\n' + GOOD)
    expected["long.csv"] = long_line(folder / "long.csv", "id,title\n1,Tin\n2,", "\n3,Tin\n")
    counts, peak = run(folder, out)
    rows, rejects = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (out, Path(f"{out}.rejects.jsonl"))
    )
    found = {name: Counter() for name in expected}
    for row in rows:
        found[row["source"]]["rows"] += 1
    for reject in rejects:
        found[reject["source"]]["rejects"] += 1
        assert reject["reason"]
        assert "internal error" not in reject["reason"]
    assert found == expected
    assert counts == [len(rows) + len(rejects), len(rows), len(rejects)]
    assert peak < 400, "MB; 280 with the libraries, where a line of 100 MB alone takes as much in copies"
