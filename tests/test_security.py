"""What SECURITY.md promises: no pickle, no code of others, no network unless it is asked for."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path for name in ("src", "experiments", "fuzz", "release") for path in (ROOT / name).rglob("*.py")
)
UNPICKLERS = {"pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "skops"}
RUNS_CODE = {"eval", "exec", "compile", "__import__"}
# Called on a module, these open pickles or run what they read: ("torch", "load") is torch.load(...).
OPENS = {("torch", "load"), ("pd", "read_pickle"), ("pandas", "read_pickle"), ("yaml", "load")}
OPENS |= {("yaml", "unsafe_load"), ("yaml", "full_load"), ("os", "system"), ("os", "popen")}


def offences(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in UNPICKLERS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNPICKLERS:
            yield node.module
        elif isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
            yield "trust_remote_code"
        elif isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "shell"):
            if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                yield node.arg
        elif isinstance(node, ast.Call):
            yield from called(node)


def called(node):
    if isinstance(node.func, ast.Name) and node.func.id in RUNS_CODE:
        yield node.func.id
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        pair = (node.func.value.id, node.func.attr)
        if pair in OPENS:
            yield ".".join(pair)
        if pair == ("np", "load") and not any(k.arg == "allow_pickle" for k in node.keywords):
            yield "np.load without allow_pickle=False"


def test_nothing_opens_a_pickle_or_runs_what_it_reads():
    assert len(SOURCES) > 100
    found = {
        str(path.relative_to(ROOT)): names
        for path in SOURCES
        if (names := sorted(set(offences(ast.parse(path.read_text(encoding="utf-8"))))))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from joblib import load", ["joblib"]),
        ("torch.load(f)", ["torch.load"]),
        ("np.load(f)", ["np.load without allow_pickle=False"]),
        ("np.load(f, allow_pickle=True)", ["allow_pickle"]),
        ("np.load(f, allow_pickle=False)", []),
        ("A.from_pretrained(x, trust_remote_code=True)", ["trust_remote_code"]),
        ("eval(x); model.eval()", ["eval"]),
        ("yaml.load(f); yaml.safe_load(f)", ["yaml.load"]),
        ("subprocess.run(x, shell=True)", ["shell"]),
    ],
)
def test_the_search_finds_what_it_looks_for(code, found):
    assert list(offences(ast.parse(code))) == found


OFFLINE = """
    import sys

    tried = []

    asks = {"socket." + name for name in ("connect", "getaddrinfo", "gethostbyname", "sendto", "sendmsg")}

    def forbid(event, arguments):
        if event in asks:  # not bind: urllib3 binds to find out whether there is IPv6
            tried.append((event, arguments))
            raise RuntimeError(f"the network was asked for: {event} {arguments}")

    sys.addaudithook(forbid)
"""


def offline(code, cwd, **environment):
    """Run code in a process where any use of the network fails, and is told where the failure is caught."""
    import os

    env = {k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "MLFLOW_DISABLE_TELEMETRY")}
    tell = "\nassert not tried, tried\nprint('offline')\n"
    command = [sys.executable, "-c", textwrap.dedent(OFFLINE) + textwrap.dedent(code) + tell]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=env | environment, check=False
    )


def test_loading_and_analysing_ask_for_no_network(tmp_path):
    code = """
        import phongtrao
        page = "<html><body><h1>Tin</h1><p>Công an xã tuyên truyền pháp luật.</p></body></html>"
        said = phongtrao.load()(page)
        assert said.scores and str(said.summary)
    """
    done = offline(code, tmp_path)
    assert (done.returncode, done.stdout) == (0, "offline\n"), done.stderr[-2000:]


def test_classifying_a_folder_asks_for_no_network(tmp_path):
    (tmp_path / "in").mkdir()
    text = "Khen thưởng tập thể\n" + "Ủy ban tỉnh tặng bằng khen cho 3 tập thể trong phong trào.\n" * 2
    (tmp_path / "in" / "a.txt").write_text(text, encoding="utf-8")
    (tmp_path / "in" / "b.jsonl").write_text('{"passages": ["Công an bắt 3 đối tượng."]}\n', encoding="utf-8")
    code = """
        from phongtrao.cli import main
        try:
            main(["classify", "in", "--out", "rows.jsonl", "--summarize", "--workers", "1"])
        except SystemExit as ended:
            assert not ended.code, ended.code
    """
    done = offline(code, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "offline"
    assert len((tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_the_ban_is_told_even_where_it_is_caught(tmp_path):
    code = """
        import socket
        try:
            socket.create_connection(("127.0.0.1", 9))
        except Exception:
            pass
    """
    done = offline(code, tmp_path)
    assert done.returncode != 0
    assert "socket.getaddrinfo" in done.stderr


@pytest.mark.parametrize("given", ["../../elsewhere", "/elsewhere", "a/../../elsewhere", "..\\elsewhere"])
def test_what_a_row_is_called_moves_no_output(tmp_path, given):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    row = f'{{"id": {given!r}, "source": {given!r}, "passages": ["Công an xã."]}}'.replace("'", '"')
    (tmp_path / "in" / "a.jsonl").write_text(row.replace("\\", "\\\\") + "\n{\n", encoding="utf-8")
    before = set(tmp_path.rglob("*"))
    command = [sys.executable, "-m", "phongtrao", "read", "in", "--out", "out/rows.jsonl"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    written = {path.relative_to(tmp_path).as_posix() for path in set(tmp_path.rglob("*")) - before}
    assert written == {"out/rows.jsonl", "out/rows.jsonl.rejects.jsonl"}
