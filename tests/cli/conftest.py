import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from phongtrao.cli import main
from tests.few_seeds import write_seeds


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def phongtrao(capfd, monkeypatch):
    """Run the command line in this process; returns status, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments) -> Ran:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        status = left.value.code
        return Ran(0 if status is None else int(status), said.out, said.err)

    return run


@pytest.fixture
def command():
    """Return what starts the real program, its journal written after each batch."""
    code = (
        "from phongtrao.batch import journal; journal.COMMIT_SECONDS = 0\n"
        "from phongtrao.cli import main; main()"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}

    def start(*arguments, **options) -> subprocess.Popen:
        words = [sys.executable, "-c", code, *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, env=environment, text=True, encoding="utf-8", **pipes, **options)

    return start


@pytest.fixture
def few_seeds(tmp_path) -> Path:
    """A seed folder of its own: the first articles of each split, quick to train on."""
    return write_seeds(tmp_path / "seeds", dict.fromkeys(("train", "validation", "test"), 30))


@pytest.fixture
def passages_jsonl(tmp_path) -> Path:
    """Two articles whose passages are given, with keys of their own."""
    rows = [
        {
            "id": "tin-1",
            "title": "Công an xã bắt hai đối tượng trộm cắp xe máy",
            "published": "2022-11-18",
            "passages": [
                {"text": "Đêm 17/11, Công an xã bắt quả tang hai đối tượng trộm cắp xe máy.  ", "page": 1},
                {"text": "Hai đối tượng khai nhận đã gây ra 5 vụ trộm cắp tài sản trên địa bàn.", "page": 2},
            ],
        },
        {"id": "tin-2", "title": "Lịch cắt điện", "passages": ["Ngày mai cắt điện từ 8 giờ."]},
    ]
    path = tmp_path / "given.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path
