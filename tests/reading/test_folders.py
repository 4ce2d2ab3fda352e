"""Folders of any size and shape, walked in order."""

import os
import subprocess
import sys

import pytest

from phongtrao.reading import Reject, folders
from phongtrao.reading.folders import walk

POSIX = pytest.mark.skipif(os.name == "nt", reason="links and names of POSIX")


def found(root) -> list[str]:
    return [path.relative_to(root).as_posix() for path in walk(root) if not isinstance(path, Reject)]


def rejects(root) -> dict[str, str]:
    return {item.source: item.reason for item in walk(root) if isinstance(item, Reject)}


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_what_matters_comes_in_sorted_order_and_nothing_else(tmp_path):
    for name in ("b/2.txt", "b/10.html", "a.txt", "a/z.CSV", "c.jsonl", "c.parquet", "d.HTM"):
        touch(tmp_path / name)
    for name in (".hidden.txt", ".git/a.txt", "notes.docx", "out.jsonl.rejects.jsonl", "out.jsonl.part"):
        touch(tmp_path / name)
    assert found(tmp_path) == ["a/z.CSV", "a.txt", "b/10.html", "b/2.txt", "c.jsonl", "c.parquet", "d.HTM"]


@POSIX
def test_names_beyond_one_run_are_merged_from_disk_in_the_same_order(tmp_path, monkeypatch):
    names = [os.fsdecode(f"bài {n * 7919 % 1000}\n".encode() + bytes([128 + n % 128])) for n in range(1000)]
    for n, name in enumerate(names):
        (tmp_path / f"{name}.txt").touch() if n % 10 else (tmp_path / name).mkdir()
    for name in names[::10]:
        (tmp_path / name / "một.txt").touch()
    whole = [str(path) for path in walk(tmp_path)]
    assert len(whole) == 1000
    stored = []
    monkeypatch.setattr(folders, "SORTED_TOGETHER", 64)
    monkeypatch.setattr(
        folders, "_stored", lambda run, real=folders._stored: stored.append(len(run)) or real(run)
    )
    assert [str(path) for path in walk(tmp_path)] == whole
    assert stored == [64] * 15


@POSIX
def test_a_folder_deeper_than_calls_may_be(tmp_path):
    depth = sys.getrecursionlimit() + 200
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):  # step by step, as so long a path cannot be given at once on every system
        os.mkdir("a", dir_fd=folder)
        above, folder = folder, os.open("a", os.O_RDONLY, dir_fd=folder)
        os.close(above)
    os.close(os.open("x.txt", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    [path] = walk(tmp_path)
    assert path.name == "x.txt"
    assert len(path.relative_to(tmp_path).parts) == depth + 1
    subprocess.run(["rm", "-r", str(tmp_path / "a")], check=True)  # too deep for Python's own way


@POSIX
def test_a_maze_of_links_ends_and_each_page_comes_once(tmp_path):
    names = [f"f{n}" for n in range(12)]
    for name in names:
        touch(tmp_path / "in" / name / f"{name}.txt")
        for other in names:
            (tmp_path / "in" / name / f"to-{other}").symlink_to(tmp_path / "in" / other)
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    assert found(tmp_path / "in") == [f"{name}/{name}.txt" for name in sorted(names)]
    reasons = rejects(tmp_path / "in")
    assert len(reasons) == 12 * 12 + 1
    assert reasons["f0/to-f1"] == "a link to f1: not followed, as its pages are read there"
    assert reasons["up"] == "a link to a folder it lies in: not followed, as that would never end"


@POSIX
def test_links_out_of_the_folder_are_followed_once(tmp_path):
    touch(tmp_path / "in" / "own.txt")
    touch(tmp_path / "in" / ".store" / "kept.txt")
    touch(tmp_path / "away" / "deep" / "far.txt")
    (tmp_path / "away" / "back").symlink_to(tmp_path / "in")
    (tmp_path / "away" / "round").symlink_to(tmp_path / "away")
    (tmp_path / "in" / "k").symlink_to(".store")
    (tmp_path / "in" / "l").symlink_to(tmp_path / "away")
    (tmp_path / "in" / "m").symlink_to(tmp_path / "away" / "deep")
    (tmp_path / "in" / "n").symlink_to("n")
    assert found(tmp_path / "in") == ["k/kept.txt", "l/deep/far.txt", "own.txt"]
    assert set(rejects(tmp_path / "in")) == {"l/back", "l/round", "m"}
    (tmp_path / "link").symlink_to(tmp_path / "away" / "deep")
    assert found(tmp_path / "link") == ["far.txt"]


def test_a_folder_that_vanishes_or_is_closed_is_told(tmp_path):
    touch(tmp_path / "a" / "1.txt")
    touch(tmp_path / "b" / "1.txt")
    walked = walk(tmp_path)
    assert next(walked).name == "1.txt"
    (tmp_path / "b" / "1.txt").unlink()
    (tmp_path / "b").rmdir()
    [gone] = walked
    assert (gone.source, gone.reason.startswith("cannot be read: No such file")) == ("b", True)
