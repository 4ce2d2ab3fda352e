import numpy as np
import pytest

from phongtrao.errors import ModelError
from phongtrao.language.encoders import EncoderFacts, encoder_folder, facts_of, open_encoder, open_tokens
from phongtrao.language.tokenizer import train_tokenizer, write_segmenter
from tests.tiny_encoders import SYLLABLES, start_folder, write_roberta


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return start_folder(tmp_path_factory.mktemp("weights") / "multilingual-e5-tiny")


@pytest.fixture(scope="module")
def phobert(tmp_path_factory):
    """A folder as the hub has PhoBERT's: its two tokenizer files, a RoBERTa, no tokenizer class."""
    folder = tmp_path_factory.mktemp("phobert")
    texts = [" ".join(SYLLABLES)] * 3
    tokenizer = train_tokenizer(texts, 60, folder, "pyvi")
    for made in ("segmenter.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (folder / made).unlink(missing_ok=True)
    write_roberta(folder, len(tokenizer))
    return folder


def test_the_start_weights_take_a_prefix_and_raw_text(start):
    encoder = open_encoder(start)
    tokens = encoder.tokens
    assert tokens.segmenter is None and tokens.facts.prefix == "query: "
    assert list(tokens.begin) == tokens.tokenizer("query:")["input_ids"][:-1]
    assert tokens.without_prefix().begin == (0,) and tokens.end == 2 and tokens.pad == 1
    assert tokens.ids(["công an", ""]) == [tokens.tokenizer.convert_tokens_to_ids(["▁công", "▁an"]), []]
    assert encoder.max_tokens == 40 and not encoder.network.training


def test_phobert_is_read_in_the_hubs_layout(phobert):
    encoder = open_encoder(phobert)
    assert encoder.tokens.segmenter == "underthesea" and encoder.tokens.facts.prefix == ""
    assert encoder.max_tokens == 32  # positions start at pad_id + 1
    assert encoder.vectors(["toàn dân bảo vệ tổ quốc " * 20]).shape == (1, 16)  # cut off, not refused


def test_a_recorded_segmenter_goes_before_the_default(phobert, tmp_path):
    for file in phobert.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_segmenter(tmp_path, "pyvi")
    tokens = open_tokens(tmp_path)
    assert tokens.segmenter == "pyvi"
    ids = tokens.ids(["Công an bảo vệ Tổ quốc"])[0]
    assert ids == tokens.tokenizer("Công_an bảo_vệ Tổ_quốc", add_special_tokens=False)["input_ids"]


def test_vectors_in_a_batch_equal_those_one_by_one(start):
    encoder = open_encoder(start)
    texts = ["công an", "phong trào toàn dân bảo vệ tổ quốc", "", "an"]
    together = encoder.vectors(texts, batch=3)
    alone = np.concatenate([encoder.vectors([text]) for text in texts])
    assert together.dtype == np.float32 and np.allclose(together, alone, atol=1e-5)
    assert np.isfinite(together).all() and not np.allclose(together[0], together[1])


def test_facts_are_kept_beside_the_weights(tmp_path):
    facts = EncoderFacts(prefix="passage: ", pooling="mean")
    facts.save(tmp_path)
    assert facts_of(tmp_path) == facts
    (tmp_path / "encoder.json").write_text('{"prefixes": 1}')
    with pytest.raises(ModelError, match=r"encoder\.json: expected the facts"):
        facts_of(tmp_path)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("intfloat/multilingual-e5-small", "query: "), ("vinai/phobert-base", ""), ("e5000/ae5", "")],
)
def test_an_e5_is_known_by_its_name(tmp_path, name, prefix):
    assert facts_of(tmp_path / "snapshot", name).prefix == prefix


def test_without_a_network_a_hub_name_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="hf download vinai/phobert-base-no-such"):
        open_encoder("vinai/phobert-base-no-such")


@pytest.mark.parametrize("name", ["weights/of/nobody", "../nowhere", "nowhere"])
def test_a_missing_folder_is_not_sought_on_the_hub(name):
    with pytest.raises(ModelError, match="no encoder folder"):
        encoder_folder(name)


def test_a_folder_without_weights_is_refused(tmp_path, start):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((start / name).read_bytes())
    with pytest.raises(ModelError, match="expected a transformers encoder"):
        open_encoder(tmp_path)
