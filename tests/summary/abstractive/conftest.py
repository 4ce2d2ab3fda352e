"""Encoder-decoders small enough for tests: an encoder of ours, BARTpho's and ViT5's layouts, untrained."""

from __future__ import annotations

import string

import pytest

from phongtrao.config import AbstractiveSettings
from phongtrao.summary.abstractive import ctranslate
from tests.tiny_encoders import random_weights, start_folder

TEXT = """
    Công an phường Bình An ra mắt mô hình tổ tuần tra tự quản tại khu phố thành viên sáu tháng đầu năm địa bàn
    xảy vụ trộm cắp giảm so với cùng kỳ lực lượng đã làm rõ bắt đối tượng Người dân cung cấp nguồn tin Ông
    Trần Văn Hòa nói Hà Nội ngày
"""
SYLLABLES = TEXT.split()
LETTERS = [*string.ascii_letters, *string.digits, *".,;:%/-“”ộ"]
PIECES = [*dict.fromkeys(f"▁{s}" for s in SYLLABLES), "▁", *LETTERS]

needs_ctranslate2 = pytest.mark.skipif(not ctranslate.is_installed(), reason="CTranslate2 is not installed")


def settings_of(start, **changed) -> AbstractiveSettings:
    told = {
        "encoder_layers": 2,
        "decoder_layers": 2,
        "input_tokens": 64,
        "target_tokens": 24,
        "min_words": 4,
        "max_words": 30,
        "beams": 2,
        "steps": 4,
        "seed_epochs": 1,
        "batch_tokens": 512,
        "precision": "float32",
        "runtime": "torch",
    }
    return AbstractiveSettings(start=str(start), **{**told, **changed})


def sentencepiece_file(path, specials) -> None:
    from transformers.convert_slow_tokenizer import import_protobuf

    message = import_protobuf().ModelProto()
    for name, kind in specials:
        message.pieces.add(piece=name, score=0.0, type=kind)
    for piece in PIECES:
        message.pieces.add(piece=piece, score=-1.0 - (len(piece) == 1), type=1)
    path.write_bytes(message.SerializeToString())


@pytest.fixture(scope="session")
def encoder_start(tmp_path_factory):
    """An encoder of ours: a BERT of 4 layers over raw syllables."""
    return start_folder(tmp_path_factory.mktemp("encoder"), pieces=PIECES, norm_eps=1e-5)


@pytest.fixture(scope="session")
def bartpho_start(tmp_path_factory):
    """BARTpho's layout: an MBart, SentencePiece pieces of which ``dict.txt`` keeps some."""
    from transformers import MBartConfig, MBartForConditionalGeneration

    folder = tmp_path_factory.mktemp("bartpho")
    sentencepiece_file(folder / "sentencepiece.bpe.model", [("<unk>", 2), ("<s>", 3), ("</s>", 3)])
    kept = [piece for piece in PIECES if piece != "▁Nội"]
    (folder / "dict.txt").write_text("".join(f"{piece} 1\n" for piece in kept), encoding="utf-8")
    config = MBartConfig(
        vocab_size=len(kept) + 5,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=64,
        scale_embedding=False,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
    )
    random_weights(MBartForConditionalGeneration(config)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def vit5_start(tmp_path_factory):
    """ViT5's layout: a T5 and its SentencePiece pieces, with 96 extra ids."""
    from transformers import T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("vit5")
    sentencepiece_file(folder / "spiece.model", [("<pad>", 3), ("</s>", 3), ("<unk>", 2)])
    config = T5Config(
        vocab_size=len(PIECES) + 3 + 96,
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )
    random_weights(T5ForConditionalGeneration(config)).save_pretrained(folder)
    return folder


@pytest.fixture(params=["encoder_start", "bartpho_start", "vit5_start"])
def start(request):
    return request.getfixturevalue(request.param)
