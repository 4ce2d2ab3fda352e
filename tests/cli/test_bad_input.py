import json

import pytest

GOOD = '{"id": "ok", "title": "Tiêu đề", "passages": ["Một câu."]}\n'

# file name, its bytes, rows that still come out, words of the reason
FILES = [
    ("empty.txt", b"", 0, "empty file"),
    ("empty.jsonl", b"", 0, "empty file"),
    ("picture.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, 0, ""),
    ("binary.jsonl", bytes(range(256)) * 40, 0, ""),
    ("binary.csv", b"PK\x03\x04\x00\x00" + bytes(200), 0, ""),
    ("broken.jsonl", GOOD.encode() + b'{"id": "x", "pass\n' + GOOD.encode(), 2, "not JSON"),
    ("list.jsonl", b"[1, 2]\n" + GOOD.encode(), 1, "expected a JSON object"),
    ("columns.csv", "tên,ngày\na,b\n".encode(), 0, "wrong columns"),
    ("columns.jsonl", b'{"body": "x"}\n' + GOOD.encode(), 1, "wrong columns"),
    ("number.jsonl", b'{"text": 5}\n' + GOOD.encode(), 1, "expected a text"),
    ("passage.jsonl", b'{"passages": [{"text": null}]}\n' + GOOD.encode(), 1, "passages[0]"),
    ("cells.csv", b'id,title,passages\n1,T\n2,T,"[""M.""]",x\n', 1, "cells"),
    ("fake.parquet", b"PAR1 no more than a name", 0, "Parquet"),
    ("blank.txt", b"  \n\n \t\n", 0, ""),
]


def load(path):
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


@pytest.mark.parametrize("command", ["read", "classify"])
def test_every_bad_file_is_accounted_for(phongtrao, tmp_path, command):
    folder, out = tmp_path / "in", tmp_path / "out.jsonl"
    folder.mkdir()
    for name, content, _, _ in FILES:
        (folder / name).write_bytes(content)
    ran = phongtrao(command, folder, "--out", out)
    assert ran.status == 0, ran.err
    assert "Traceback" not in ran.err
    rows, rejects = load(out), load(tmp_path / "out.jsonl.rejects.jsonl")
    assert f" {len(rows)} of {len(rows) + len(rejects)}, {len(rejects)} rejected" in ran.out
    for name, _, good, reason in FILES:
        assert sum(row["source"] == name for row in rows) == good, name
        reasons = [reject["reason"] for reject in rejects if reject["source"] == name]
        assert reasons, name
        assert any(reason in each for each in reasons), (name, reasons)
        assert not any("internal error" in each for each in reasons), (name, reasons)


@pytest.mark.parametrize(("name", "content", "good", "reason"), FILES, ids=[f[0] for f in FILES])
def test_a_bad_file_alone_ends_with_one_clear_line(phongtrao, tmp_path, name, content, good, reason):
    path, out = tmp_path / name, tmp_path / "out.jsonl"
    path.write_bytes(content)
    ran = phongtrao("read", path, "--out", out)
    assert ran.status == (0 if good else 1)
    rejects = load(tmp_path / "out.jsonl.rejects.jsonl")
    assert len(load(out)) == good
    assert rejects
    assert all(set(reject) == {"source", "line", "reason"} for reject in rejects)
    if not good:
        [line] = ran.err.splitlines()
        assert line == (
            f"phongtrao: not one of {len(rejects)} records could be processed; see {out}.rejects.jsonl"
        )


def test_truncated_utf8_loses_no_row(phongtrao, tmp_path):
    text = "Công an xã tuyên truyền phòng, chống tội phạm tại thôn Đông. " * 5
    (tmp_path / "cut.txt").write_bytes(("Tiêu đề bài báo\n\n" + text + "ố").encode()[:-1])
    ran = phongtrao("read", tmp_path)
    assert len(ran.rows) + ran.err.count('"reason"') == 1
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["read", "absent.txt"], 2, "absent.txt: no such file or folder"),
        (["classify", "notes.docx"], 2, "expected a file ending in"),
        (["read", "folder"], 1, "no page or table found"),
        (["read", "good.jsonl", "--out", "out.xlsx"], 2, "expected an ending of .jsonl, .parquet or .csv"),
        (["read", "good.jsonl", "--overwrite"], 2, "name it with --out"),
        (["classify", "good.jsonl", "--model", "absent"], 1, "no model folder absent"),
        (["classify", "good.jsonl", "--model", "folder"], 1, "is not a model folder"),
        (["summarize", "good.jsonl", "--method", "magic"], 2, "no summarizer 'magic'"),
        (["report", "absent.jsonl", "--html", "r.html"], 1, "no such file"),
        (["report", "good.jsonl", "--html", "r.html"], 1, "expected rows that phongtrao classify wrote"),
        (["report", "notes.docx", "--html", "r.html"], 2, "expected an ending of"),
        (["evaluate", "topics", "absent.jsonl"], 2, "no file absent.jsonl"),
        (["evaluate", "topics", "bare.jsonl"], 1, "topics"),
        (["train"], 2, "expected one configuration file, found none"),
        (["train", "absent.yaml"], 2, "absent.yaml not found"),
        (["train", "configs/topics/linear.yaml", "model.colour=red"], 2, "colour"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_commands_get_one_clear_line(phongtrao, tmp_path, monkeypatch, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.docx").write_text("x")
    (tmp_path / "good.jsonl").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bare.jsonl").write_text('{"id": "x", "text": "Một câu."}\n', encoding="utf-8")
    ran = phongtrao(*arguments)
    assert ran.status == status, ran.err
    assert ran.out == ""
    [line] = ran.err.splitlines()
    assert line.startswith("phongtrao: ")
    assert words in line


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["read"], ["read", "x", "--workers", "0"], ["read", "--no"]]
)
def test_bad_usage_is_status_2_without_a_traceback(phongtrao, arguments):
    ran = phongtrao(*arguments)
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert "Usage: phongtrao" in ran.err


def test_a_bug_is_one_line_and_a_traceback_only_when_asked_for(phongtrao, tmp_path, monkeypatch):
    from phongtrao.batch import run

    def bug(*arguments, **options):
        raise ZeroDivisionError("nothing there")

    monkeypatch.setattr(run, "run_to_stream", bug)
    (tmp_path / "good.jsonl").write_text(GOOD, encoding="utf-8")
    ran = phongtrao("read", tmp_path)
    assert ran.status == 1
    assert ran.err.splitlines() == [
        "phongtrao: internal error: ZeroDivisionError: nothing there (PHONGTRAO_DEBUG=1 shows where)"
    ]
    monkeypatch.setenv("PHONGTRAO_DEBUG", "1")
    assert "Traceback" in phongtrao("read", tmp_path).err
