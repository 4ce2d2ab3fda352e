"""Every notebook runs as it stands, from its folder or the checkout, and is kept without outputs."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
ABSOLUTE = re.compile(r"""(?:^|[\s"'(=`])(?:/[\w.-]+/[\w.-]|~/|[A-Za-z]:\\|file:)""", re.MULTILINE)
"""A path that is one machine's."""
# What each must have shown when it is through: text of its outputs, and how many figures.
SHOWN = {
    "01_corpus": ("suspicious topics among", "delta-033", 5),
    "02_topics": ("not told apart", "passages have a wrong topic", 5),
    "03_summaries": ("made", "extractive", 2),
    "04_collection": ("0 rejected", "articles in the report", 4),
}


def read(path):
    return nbformat.read(path, as_version=4)


def parameters(notebook):
    """The position of the one cell that a run may change."""
    [place] = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    return place


def shown(notebook):
    """All text that the cells gave, and the number of figures."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    data = [output.get("data", {}) for output in outputs]
    texts = [output.get("text", "") for output in outputs]
    texts += [d.get("text/html", "") + d.get("text/plain", "") for d in data]
    return "\n".join(texts), sum("image/png" in d for d in data)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("PHONGTRAO_TINY", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    notebook = read(path)
    if "OUT =" in notebook.cells[parameters(notebook)].source:
        own = nbformat.v4.new_code_cell(f"OUT = Path({str(tmp_path / 'out')!r})")
        notebook.cells.insert(parameters(notebook) + 1, own)  # as papermill does: nothing is left in the tree
    # By turns from the notebooks' folder and from the checkout.
    here = FOLDER if PATHS.index(path) % 2 else ROOT
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(here)}},
    )
    client.execute()

    *phrases, figures = SHOWN[path.stem]
    text, drawn = shown(notebook)
    assert [phrase for phrase in phrases if phrase not in text] == []
    assert drawn == figures
    assert "Glyph" not in text  # matplotlib's warning of a letter that the font lacks
    assert "Warning" not in text
    assert "[Text(" not in text  # what matplotlib's calls give back, where a semicolon is forgotten
    if path.stem == "04_collection":
        assert (tmp_path / "out" / "report.html").stat().st_size > 50_000
        assert (tmp_path / "out" / "table.csv").read_text(encoding="utf-8-sig").startswith("id,source,title,")


def test_all_four_are_there():
    assert [path.stem for path in PATHS] == list(SHOWN)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_notebook_is_kept_without_outputs_and_without_paths_of_a_machine(path):
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    text = "\n".join(cell.source for cell in notebook.cells)
    assert ABSOLUTE.findall(text) == []
    assert "../shared" not in text
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}  # nothing of who ran it where
    assert notebook.metadata.kernelspec.name == "python3"


def test_the_check_of_paths_sees_one():
    assert ABSOLUTE.findall('PAGES = Path("/home/lan/pages")')
    assert ABSOLUTE.findall("C:\\Users\\lan")
    assert not ABSOLUTE.findall("by kind: newspaper/portal/police, and https://github.com/cleanlab/cleanlab")
