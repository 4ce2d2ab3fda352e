"""The way over a machine with a GPU, rehearsed here on tiny data."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from phongtrao.errors import InputError
from phongtrao.summary import load_summarizer
from phongtrao.summary.abstractive.packing import joined, pack, unpack
from phongtrao.summary.abstractive.pairs import Pairs

from .test_recipe import data, recipe  # noqa: F401 -- the fixture

BLOCKED = ("pydantic", "datasets", "mlflow", "underthesea", "pyvi", "rouge_score", "ctranslate2")


@pytest.fixture(autouse=True)
def _beside_each_other(root, monkeypatch):
    monkeypatch.syspath_prepend(root / "experiments" / "gpu")  # as when one of them is run


def script(root, name):
    spec = importlib.util.spec_from_file_location(name, root / "experiments" / "gpu" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pairs_are_packed_and_unpacked():
    pairs = Pairs([[0, 65535, 2], [], [7]], [[1], [2, 3], []])
    assert unpack(pack(pairs)) == pairs
    assert unpack(pack(Pairs([], []))) == Pairs([], [])
    assert joined([pairs, Pairs([[9]], [[8]])]) == Pairs([*pairs.sources, [9]], [*pairs.targets, [8]])
    with pytest.raises(InputError, match="below 65536, found 70000"):
        pack(Pairs([[70000]], [[1]]))


def test_parts_fill_one_call_after_the_other(root, tmp_path):
    (tmp_path / "call-1").mkdir()
    (tmp_path / "call-1" / "start").write_bytes(b"x" * 50)
    script(root, "prepare_summary").write_parts(tmp_path, [b"y" * 30] * 5, 90)
    held = {c.name: sorted(f.name for f in c.iterdir()) for c in tmp_path.iterdir()}
    assert held == {
        "call-1": ["news-00.xz", "start"],
        "call-2": ["news-01.xz", "news-02.xz", "news-03.xz"],
        "call-3": ["news-04.xz"],
    }


def test_prepared_trained_elsewhere_and_joined(data, encoder_start, root, tmp_path):  # noqa: F811
    settings = recipe(data, None, encoder_start, steps=2)
    prepared, results = tmp_path / "prepared", tmp_path / "results"
    script(root, "prepare_summary").prepare(prepared, settings, settings.model, 50e6, 1)
    prepared /= "call-1"
    plan = json.loads((prepared / "plan.json").read_text())
    assert (plan["parts"], len(plan["held"]["vietnews_validation"])) == (1, 3)

    # The machine with the GPU lacks most of what this one has.
    code = f"import sys, runpy; sys.modules.update(dict.fromkeys({BLOCKED})); sys.argv = sys.argv[1:]\n"
    code += "sys.path.insert(0, sys.argv[0]); sys.argv[0] += '/summary.py'\n"
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    arguments = [str(root / "experiments/gpu"), str(prepared), str(results), "--batch", "4"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "8 news and 8 seed articles" in done.stdout
    assert len(list(results.iterdir())) <= 8

    figures = script(root, "join_summary").join(
        prepared, results, [f"out={tmp_path / 'model'}", "bootstrap=0"]
    )
    assert figures["finished"]["vietnews_validation"]["missing_claims"] == 0
    assert set(figures["unchecked"]) == {"seed_validation", "seed_test", "vietnews_validation"}
    assert load_summarizer(tmp_path / "model").name == "abstractive"
    (results / "model.safetensors.00").write_bytes(b"other")
    with pytest.raises(InputError, match="not those that were written"):
        script(root, "join_summary").join(prepared, results, [])
