"""A folder gives the right tokenizer or an error that says what is wrong, never another one."""

import json
import shutil
from pathlib import Path

import pytest

from phongtrao.errors import ModelError
from phongtrao.language.tokenizer import load_tokenizer


@pytest.fixture
def folder(phobert_folder, tmp_path) -> Path:
    for path in Path(phobert_folder).iterdir():
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def settings(folder: Path, name: str, **values) -> None:
    path = folder / name
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(json.dumps(before | values), "utf-8")


def syllable_tokenizer(folder: Path, pad: str | None = "<pad>") -> None:
    """Write a tokenizer.json over raw syllables, such as the start weights have."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁công", -1.0), ("▁an", -1.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(
        json.dumps(named | ({"pad_token": pad} if pad else {})), "utf-8"
    )


def test_a_hub_folder_without_tokenizer_class_gives_phobert_where_auto_does_not(folder, slow, corpus):
    from transformers import AutoTokenizer

    wanted = slow(corpus[0])["input_ids"]
    assert load_tokenizer(folder)(corpus[0])["input_ids"] == wanted
    assert load_tokenizer(str(folder)).is_fast
    guessed = AutoTokenizer.from_pretrained(str(folder))(corpus[0])["input_ids"]
    if guessed == wanted:
        pytest.skip("transformers now reads such a folder rightly too")
    assert len(guessed) != len(wanted)  # why load_tokenizer does not leave it to transformers


@pytest.mark.parametrize("name", ["tokenizer_config.json", "config.json"])
def test_phobert_may_be_named(folder, slow, name):
    settings(folder, name, tokenizer_class="PhobertTokenizer")
    assert load_tokenizer(folder)("công_an")["input_ids"] == slow("công_an")["input_ids"]


def test_a_tokenizer_json_beside_phoberts_files_is_left_alone(folder, slow):
    syllable_tokenizer(folder)
    (folder / "tokenizer_config.json").unlink()
    assert load_tokenizer(folder)("công_an xã")["input_ids"] == slow("công_an xã")["input_ids"]


def test_another_tokenizer_named_beside_phoberts_files_is_an_error(folder):
    settings(folder, "config.json", tokenizer_class="BertweetTokenizer")
    with pytest.raises(ModelError, match="BertweetTokenizer"):
        load_tokenizer(folder)


def test_length_is_what_the_positions_hold(folder):
    assert load_tokenizer(folder).model_max_length == 256  # 258 positions, counted from pad id + 1
    settings(folder, "tokenizer_config.json", model_max_length=128)
    assert load_tokenizer(folder).model_max_length == 128


@pytest.mark.parametrize("name", ["vocab.txt", "bpe.codes"])
def test_a_missing_file_is_named(folder, name):
    settings(folder, "config.json", tokenizer_class="PhobertTokenizer")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        load_tokenizer(folder)


def test_a_folder_without_tokenizer_says_what_was_expected(tmp_path):
    with pytest.raises(ModelError, match=r"vocab\.txt and bpe\.codes .* or tokenizer\.json"):
        load_tokenizer(tmp_path)
    with pytest.raises(ModelError, match="no model folder"):
        load_tokenizer(tmp_path / "none")


def test_a_hub_name_that_cannot_be_fetched_is_an_error(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="go online once"):
        load_tokenizer("nobody-here/no-such-model")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("vocab.txt", "công 5\nan\n", "line 2: expected `piece count`"),
        ("vocab.txt", "công 5\ncông 4\n", "line 2: 'công' stands here twice"),
        ("vocab.txt", "<s> 5\n", "'<s>' stands here twice"),
        ("bpe.codes", "#version: 0.2\nc ô\nô n\n", "expected lines of `left right count`"),
        ("bpe.codes", "", "expected lines of `left right count`"),
    ],
)
def test_files_of_another_form_are_an_error(folder, name, text, message):
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(ModelError) as caught:
        load_tokenizer(folder)
    assert message in str(caught.value)


def test_a_model_that_does_not_fit_is_an_error(folder):
    settings(folder, "config.json", vocab_size=100)
    with pytest.raises(ModelError, match="100 embedding rows"):
        load_tokenizer(folder)
    settings(folder, "config.json", vocab_size=64001, pad_token_id=0)
    with pytest.raises(ModelError, match="pad_token_id 0"):
        load_tokenizer(folder)


def test_a_tokenizer_json_alone_is_taken_as_it_is(tmp_path):
    from tokenizers import Tokenizer

    syllable_tokenizer(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert", "vocab_size": 6, "pad_token_id": 1}')
    tokenizer = load_tokenizer(tmp_path)
    assert tokenizer("công an")["input_ids"] == [4, 5]
    assert Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode("công an").ids == [4, 5]
    assert tokenizer(["công an", "an"], padding=True)["input_ids"] == [[4, 5], [5, 1]]


def test_a_tokenizer_json_without_pad_is_an_error(tmp_path):
    syllable_tokenizer(tmp_path, pad=None)
    with pytest.raises(ModelError, match="pad_token"):
        load_tokenizer(tmp_path)


def test_the_start_weights_tokenizer_loads(root):
    folder = root.parent / "shared" / "weights" / "multilingual-e5-small-vi"
    if not folder.exists():
        pytest.skip("the start weights (../shared/weights) are not on this machine")
    from tokenizers import Tokenizer

    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    plain.no_padding()
    texts = ["query: Công an phường nhắc nhở", "query: Phong trào"]
    batch = load_tokenizer(folder)(texts, padding=True)["input_ids"]
    assert batch[0] == plain.encode(texts[0]).ids
    short = plain.encode(texts[1]).ids
    assert batch[1] == short + [1] * (len(batch[0]) - len(short))
