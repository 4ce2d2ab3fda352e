"""The house stands as DESIGN says: imports flow down, importing is cheap, nothing is a pickle."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "phongtrao"

# A room may import from itself and from these.
NOUNS = {"article", "errors", "config", "integrity"}
GROUND = NOUNS | {"language"}
ALLOWED = {
    "article": set(),
    "errors": set(),
    "config": {"errors"},
    "integrity": {"errors"},
    "language": NOUNS,
    "reading": GROUND,
    "corpus": GROUND,
    "topics": GROUND | {"corpus"},
    "summary": GROUND | {"corpus"},
    "rows": NOUNS,
    "tracking": GROUND | {"corpus", "reading", "topics", "summary", "analyser", "rows"},
    "analyser": GROUND | {"reading", "topics", "summary", "tracking"},
    "batch": GROUND | {"corpus", "reading", "topics", "summary", "analyser", "rows"},
    "report": GROUND | {"corpus", "batch", "rows"},
}


def imports(path: Path) -> set[tuple[str, bool]]:
    """Top-level modules that a file imports: ('phongtrao.x' as 'x', True) or ('numpy', False)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            first, *rest = name.split(".")
            found.add((rest[0], True) if first == "phongtrao" and rest else (first, False))
    return found


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_flow_down(path):
    here = room(path)
    own = {name for name, ours in imports(path) if ours} - {here}
    if here in ALLOWED:
        assert own <= ALLOWED[here], f"{here} may not import {sorted(own - ALLOWED[here])}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_tracking_knows_mlflow_and_nothing_loads_a_pickle(path):
    outside = {name for name, ours in imports(path) if not ours}
    assert "mlflow" not in outside or room(path) == "tracking"
    assert not outside & {"pickle", "joblib", "dill", "cloudpickle"}


def test_importing_phongtrao_is_cheap_and_brings_no_heavy_package():
    code = (
        "import sys, phongtrao; print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'mlflow', "
        "'sklearn', 'pandas', 'transformers', 'datasets', 'trafilatura', 'pyarrow', 'numpy', 'rich'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_no_file_has_outgrown_its_room():
    lengths = {str(p.relative_to(PACKAGE)): len(p.read_text().splitlines()) for p in FILES}
    del lengths["config.py"]  # every setting with its meaning, by decision in one place
    long = {name: lines for name, lines in lengths.items() if lines > 300}
    assert not long, f"split these: {long}"


def test_shipped_weights_hold_no_pickle():
    kinds = {p.suffix for p in (PACKAGE / "weights").rglob("*") if p.is_file()}
    assert kinds <= {".json", ".txt", ".codes", ".md", ".safetensors", ".onnx"}
