"""Weights cut into pieces and joined again."""

import pytest
import torch
from transformers import BertModel
from weight_pieces import joined_folder, write_pieces

from phongtrao.errors import InputError
from tests.tiny_encoders import start_folder


@pytest.fixture
def network(tmp_path):
    return BertModel.from_pretrained(start_folder(tmp_path / "start", layers=1), add_pooling_layer=False)


def test_joined_they_are_the_network_in_half_precision(network, tmp_path):
    before = {name: values.clone() for name, values in network.state_dict().items()}
    about = write_pieces(tmp_path / "out", network, piece_bytes=3000)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["config.json", *(f"model.safetensors.{n:02d}" for n in range(about["pieces"]))]
    sizes = [p.stat().st_size for p in sorted((tmp_path / "out").glob("model.*"))]
    assert len(sizes) > 3 and set(sizes[:-1]) == {3000} and 0 < sizes[-1] <= 3000

    with joined_folder(tmp_path / "out", {**about, "curve": []}) as folder:
        again = BertModel.from_pretrained(folder, dtype="float32", add_pooling_layer=False)
    assert not folder.exists()
    assert again.state_dict().keys() == before.keys()
    for name, values in again.state_dict().items():
        assert torch.equal(values, before[name].to(torch.float16).float()), name


def test_a_missing_piece_is_named(network, tmp_path):
    about = write_pieces(tmp_path, network, piece_bytes=3000)
    (tmp_path / "model.safetensors.01").unlink()
    with (
        pytest.raises(InputError, match=r"expected \d+ pieces, model\.safetensors\.01 are missing"),
        joined_folder(tmp_path, about),
    ):
        pass


def test_another_runs_piece_is_noticed(network, tmp_path):
    about = write_pieces(tmp_path, network, piece_bytes=3000)
    piece = tmp_path / "model.safetensors.01"
    content = bytearray(piece.read_bytes())
    content[7] ^= 1
    piece.write_bytes(content)
    with (
        pytest.raises(InputError, match="not those that were written; fetch them again"),
        joined_folder(tmp_path, about),
    ):
        pass
