"""The peers of the comparison: what was made is what is loaded, and they are given whole batches."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from peer_models import LONGEST, VOCABULARY, fit_tfidf, make_onnx, make_phobert
from peers import onnx_peer, pipeline_peer, tfidf_peer

from phongtrao.corpus.dataset import load_seed_corpus

TEXTS = [
    "Công_an xã tuyên_truyền pháp_luật cho người_dân .",
    "Tổ tự_quản tuần_tra ban_đêm , " * 80 + "người_dân báo tin .",
    "Khen_thưởng tập_thể có thành_tích .",
]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A PhoBERT of one layer, 16 wide, and a linear model of 60 articles; words are joined nowhere."""
    folder = tmp_path_factory.mktemp("peers")
    articles = load_seed_corpus()[:60]
    words = [" ".join(p.text for p in a.passages) for a in articles]
    network = make_phobert(folder / "phobert", [*words, *TEXTS], 1, 16, topics=4)
    for parameter in network.parameters():  # so wide apart that texts can be told by their scores
        torch.nn.init.normal_(parameter, std=0.4)
    network.save_pretrained(folder / "phobert")
    make_onnx(network, folder / "phobert-int8.onnx")
    fit_tfidf(folder / "tfidf", words, articles)
    return folder, words, articles


def test_the_checkpoint_has_phoberts_shape(models):
    config = json.loads((models[0] / "phobert" / "config.json").read_text("utf-8"))
    assert (config["vocab_size"], config["max_position_embeddings"]) == (VOCABULARY, LONGEST + 2)
    assert config["tokenizer_class"] == "PhobertTokenizer"
    assert {"vocab.txt", "bpe.codes"} <= {f.name for f in (models[0] / "phobert").iterdir()}


def test_pipeline_and_int8_say_the_same_of_texts_short_and_long(models):
    scored = pipeline_peer(models[0], 1)(TEXTS)
    by_number = [sorted(row, key=lambda found: found["label"]) for row in scored]
    full = np.array([[found["score"] for found in row] for row in by_number])
    int8 = 1 / (1 + np.exp(-np.array(onnx_peer(models[0], 1)(TEXTS))))
    assert full.shape == int8.shape == (3, 4)
    apart = np.abs(full[:, None] - full[None]).max(axis=-1)[np.triu_indices(3, 1)].min()
    assert np.abs(full - int8).max() < apart / 2  # so each is nearest to itself


def test_the_linear_peer_knows_again_what_it_was_fitted_on(models):
    from phongtrao.corpus.topics import topic_keys

    folder, words, articles = models
    said = tfidf_peer(folder, 1)(words) > 0
    truth = np.array([[t in a.topics for t in topic_keys()] for a in articles])
    assert (said == truth).mean() > 0.98


def test_a_peer_in_its_own_process_tells_when_the_first_and_all_are_done(models, tmp_path, root):
    pytest.importorskip("underthesea")
    texts = tmp_path / "texts.jsonl"
    texts.write_text("".join(json.dumps({"text": f"Bài {i}: công an xã."}) + "\n" for i in range(5)), "utf-8")
    script = root / "experiments" / "bench" / "peers.py"
    words = [sys.executable, str(script), "tfidf", str(models[0]), str(texts), "--articles", "4"]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    first, done = map(json.loads, ran.stdout.splitlines())
    assert first == {"first": True}
    assert done["articles"] == 4
    assert done["seconds"] > 0
