"""A model folder that is not what was saved is refused with the reason, before any of its files is opened."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import phongtrao
from phongtrao.analyser import SHIPPED_TOPICS
from phongtrao.errors import ModelError
from phongtrao.integrity import MANIFEST, check_folder, fingerprint, write_manifest
from phongtrao.reading import roles
from phongtrao.reading.roles import LineModel
from phongtrao.summary import load_summarizer
from phongtrao.summary.extractive import SHIPPED as SHIPPED_SUMMARY
from phongtrao.topics.model import TopicModel

OPENERS = [
    (SHIPPED_TOPICS, phongtrao.load),
    (SHIPPED_SUMMARY, load_summarizer),
    (roles.SHIPPED, LineModel.load),
]


@pytest.fixture
def folder(tmp_path):
    """A folder of two files with its manifest and its card."""
    (tmp_path / "m" / "linear").mkdir(parents=True)
    (tmp_path / "m" / "model.json").write_text('{"manifest": "manifest.json"}')
    (tmp_path / "m" / "linear" / "weights.bin").write_bytes(b"weights")
    (tmp_path / "m" / "README.md").write_text("# Card")
    write_manifest(tmp_path / "m")
    return tmp_path / "m"


def manifest(folder, change):
    about = json.loads((folder / MANIFEST).read_text())
    change(about)
    (folder / MANIFEST).write_text(json.dumps(about))


def test_the_manifest_says_sizes_and_hashes(folder):
    assert json.loads((folder / MANIFEST).read_text()) == {
        "format": 1,
        "files": {
            # echo -n weights | sha256sum
            "linear/weights.bin": {
                "bytes": 7,
                "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
            },
            "model.json": {
                "bytes": 29,
                "sha256": "d08daa662d0d012984afabb34c0ffe0e330f48994c7e5ba09daa57f31ac63aec",
            },
        },
    }


def test_a_saved_folder_passes_and_its_card_may_be_edited(folder):
    check_folder(folder)
    (folder / "README.md").write_text("# Another card")
    (folder / ".DS_Store").write_bytes(b"x")
    check_folder(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda f: (f / "linear/weights.bin").write_bytes(b"weightz"),
            "weights.bin: expected content of SHA",
        ),
        (lambda f: (f / "linear/weights.bin").write_bytes(b"weight"), "expected 7 bytes, found 6"),
        (lambda f: (f / "linear/weights.bin").unlink(), "linear/weights.bin missing; the copy is incomplete"),
        (lambda f: shutil.rmtree(f / "linear"), "linear/weights.bin missing"),
        (lambda f: (f / "linear/bpe.codes").write_text("x"), "linear/bpe.codes was not saved with the model"),
        (lambda f: (f / MANIFEST).unlink(), "manifest.json is missing"),
        (lambda f: (f / MANIFEST).write_text("{"), "is no manifest"),
        (lambda f: (f / MANIFEST).write_text("[" * 100_000), "is no manifest"),
        (lambda f: (f / MANIFEST).write_text(" " * 1_000_001), "expected at most 1000000 bytes"),
        (lambda f: manifest(f, lambda a: a.update(format=2)), "expected format 1, found 2"),
        (lambda f: manifest(f, lambda a: a.update(files=[])), "is no manifest"),
        (lambda f: manifest(f, lambda a: a["files"]["model.json"].update(bytes="29")), "expected a size"),
        (lambda f: manifest(f, lambda a: a["files"]["model.json"].update(sha256="0")), "expected a SHA-256"),
        (lambda f: manifest(f, lambda a: a["files"].pop("model.json")), "model.json was not saved"),
        (
            lambda f: manifest(f, lambda a: a["files"].update({"../x": a["files"]["model.json"]})),
            "no path inside of the folder",
        ),
        (
            lambda f: manifest(f, lambda a: a["files"].update({"/etc/passwd": a["files"]["model.json"]})),
            "no path inside of the folder",
        ),
    ],
)
def test_what_was_changed_is_refused_with_the_reason(folder, change, reason):
    change(folder)
    with pytest.raises(ModelError, match=reason):
        check_folder(folder)


@pytest.mark.parametrize("name", ["linear\\weights.bin", "C:weights.bin", "", "linear/../model.json"])
def test_a_name_that_means_another_place_on_some_system_is_refused(folder, name):
    manifest(folder, lambda about: about["files"].update({name: about["files"]["model.json"]}))
    with pytest.raises(ModelError, match="no path inside of the folder"):
        check_folder(folder)


@pytest.mark.parametrize("size", [True, -1, 29.0, None])
def test_a_size_is_a_whole_number(folder, size):
    manifest(folder, lambda about: about["files"]["model.json"].update(bytes=size))
    with pytest.raises(ModelError, match="expected a size"):
        check_folder(folder)


@pytest.mark.parametrize("digest", ["0" * 65, "F" * 64, "0" * 64 + "\n", 0])
def test_a_hash_is_sixty_four_small_hexadecimal_digits(folder, digest):
    manifest(folder, lambda about: about["files"]["model.json"].update(sha256=digest))
    with pytest.raises(ModelError, match="expected a SHA-256"):
        check_folder(folder)


def test_what_a_system_hides_in_folders_does_not_count_but_another_card_does(folder):
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref")
    check_folder(folder)
    for name in ("README.md", MANIFEST):
        (folder / "linear" / name).write_text("{}")
        with pytest.raises(ModelError, match=f"linear/{name} was not saved with the model"):
            check_folder(folder)
        (folder / "linear" / name).unlink()


def test_every_missing_file_is_named(folder):
    (folder / "linear" / "weights.bin").unlink()
    (folder / "model.json").unlink()
    with pytest.raises(ModelError, match=r"linear/weights\.bin, model\.json missing"):
        check_folder(folder)
    with pytest.raises(ModelError, match=r"no model folder .*none"):
        check_folder(folder / "none")


def test_the_same_files_give_the_same_manifest(folder, tmp_path):
    again = tmp_path / "again"
    (again / "linear").mkdir(parents=True)
    for name in ("model.json", "linear/weights.bin"):  # made in another order
        (again / name).write_bytes((folder / name).read_bytes())
    assert write_manifest(again) == fingerprint(folder)
    assert list(json.loads((again / MANIFEST).read_text())["files"]) == ["linear/weights.bin", "model.json"]


def test_links_and_devices_are_refused(folder, tmp_path):
    shutil.move(folder / "linear", tmp_path / "elsewhere")
    (folder / "linear").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(ModelError, match="found a link"):
        check_folder(folder)
    (folder / "linear").unlink()
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="gone: expected a file, found a link that leads nowhere"):
        check_folder(folder)
    (folder / "gone").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(ModelError, match="pipe: expected a file"):
        check_folder(folder)


def test_a_folder_of_a_version_without_manifests_passes(folder):
    (folder / MANIFEST).unlink()
    for about in ("{}", "[", "[]", "[" * 100_000):  # what opens a damaged one says what is wrong with it
        (folder / "model.json").write_text(about)
        check_folder(folder)
    assert fingerprint(folder) == ""


def test_the_fingerprint_changes_with_any_file(folder):
    before = fingerprint(folder)
    assert write_manifest(folder) == before
    (folder / "linear" / "weights.bin").write_bytes(b"weightz")
    assert write_manifest(folder) != before


def test_the_module_writes_manifests_again(folder):
    (folder / "linear" / "weights.bin").write_bytes(b"other weights")
    command = [sys.executable, "-m", "phongtrao.integrity", str(folder)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    check_folder(folder)
    assert out == f"{folder}: {fingerprint(folder)}\n"


@pytest.mark.parametrize(("shipped", "open_model"), OPENERS, ids=["topics", "summary", "reading"])
def test_every_shipped_model_is_checked_when_it_is_opened(shipped, open_model, tmp_path):
    assert (shipped / MANIFEST).is_file()
    assert json.loads((shipped / "model.json").read_text())["manifest"] == MANIFEST
    check_folder(shipped)
    shutil.copytree(shipped, tmp_path / "m")
    open_model(tmp_path / "m")
    listed = json.loads((tmp_path / "m" / MANIFEST).read_text())["files"]
    largest = tmp_path / "m" / max(listed, key=lambda name: listed[name]["bytes"])
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    with pytest.raises(ModelError, match=rf"{largest.name}: expected content of SHA-256"):
        open_model(tmp_path / "m")


def test_a_model_saved_here_is_opened_and_a_stray_file_is_not(tmp_path):
    TopicModel.load(SHIPPED_TOPICS).save(tmp_path / "m")
    assert json.loads((tmp_path / "m" / "model.json").read_text())["manifest"] == MANIFEST
    TopicModel.load(tmp_path / "m")
    (tmp_path / "m" / "linear" / "bpe.codes").write_text("")
    with pytest.raises(ModelError, match="was not saved with the model"):
        TopicModel.load(tmp_path / "m")
