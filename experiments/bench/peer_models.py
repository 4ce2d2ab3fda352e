"""What the peers of the comparison load, made here: a PhoBERT's size with random weights, and a linear model.

    python experiments/bench/peer_models.py FOLDER [--layers 12 --width 768]

Weights do not change speed, so that none need be fetched. The tokenizer is a PhoBERT's in form, learned from
the seed corpus. FOLDER gets ``phobert`` (the layout of the hub's folders, float32), ``phobert-int8.onnx``
(the same network, its matrix products and embeddings in int8) and ``tfidf.npz`` with ``tfidf.json`` (TF-IDF
over word n-grams and a linear SVM a topic, fitted on the seed corpus).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.corpus.topics import topic_keys

SEGMENTER = "underthesea"
VOCABULARY = 64_001
"""Embedding rows of vinai/phobert-base; the tokenizer learned here uses as many as the corpus gives."""
LONGEST = 256


def main(folder: Path, layers: int, width: int) -> None:
    """Make all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    articles = load_seed_corpus()
    words = [segmented(_text(a)) for a in articles]
    network = make_phobert(folder / "phobert", words, layers, width, topics=len(topic_keys()))
    make_onnx(network, folder / "phobert-int8.onnx")
    fit_tfidf(folder / "tfidf", words, articles)


def segmented(text: str) -> str:
    """Return the text in words, the syllables of each joined by ``_``."""
    from underthesea import word_tokenize

    return str(word_tokenize(text, format="text"))


def make_phobert(folder: Path, words: list[str], layers: int, width: int, *, topics: int) -> Any:
    """Write a PhoBERT-format checkpoint for text classification, and return its network."""
    import torch
    from transformers import RobertaConfig, RobertaForSequenceClassification

    from phongtrao.language.tokenizer import train_tokenizer

    train_tokenizer(words, VOCABULARY, folder, SEGMENTER, segmented=True, max_length=LONGEST)
    torch.manual_seed(0)
    network = RobertaForSequenceClassification(
        RobertaConfig(
            vocab_size=VOCABULARY,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=max(1, width // 64),
            intermediate_size=4 * width,
            max_position_embeddings=LONGEST + 2,
            type_vocab_size=1,
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
            num_labels=topics,
            problem_type="multi_label_classification",
            tokenizer_class="PhobertTokenizer",
        )
    )
    network.save_pretrained(folder)
    return network


def make_onnx(network: Any, path: Path) -> None:
    """Write the network as an ONNX graph with int8 weights, by the recipe of ONNX Runtime's own tools."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.eval().set_attn_implementation("eager")
    network.config.return_dict = False
    ids = torch.tensor([[0, 5, 6, 2], [0, 5, 2, 1]])
    names = ["input_ids", "attention_mask"]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is old, but far quicker than the new one
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            network,
            (ids, (ids != 1).long()),
            str(full),
            input_names=names,
            output_names=["logits"],
            dynamic_axes={name: {0: "articles", 1: "tokens"} for name in names},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, path, weight_type=QuantType.QInt8, per_channel=True)


def fit_tfidf(path: Path, words: list[str], articles: list[LabelledArticle]) -> None:
    """Fit TF-IDF and linear SVMs on whole articles; keep them as arrays and JSON."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(**TFIDF, min_df=2)
    X = vectorizer.fit_transform(words)
    models = [LinearSVC().fit(X, [topic in a.topics for a in articles]) for topic in topic_keys()]
    np.savez(
        path.with_suffix(".npz"),
        idf=vectorizer.idf_,
        weights=np.concatenate([m.coef_ for m in models]),
        biases=np.concatenate([m.intercept_ for m in models]),
    )
    vocabulary = {term: int(column) for term, column in vectorizer.vocabulary_.items()}
    path.with_suffix(".json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")


TFIDF: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"\S+", "sublinear_tf": True}
"""Settings that the fitted and the loaded vectorizer share."""


def _text(labelled: LabelledArticle) -> str:
    article = labelled.article
    return "\n".join(filter(None, [article.title, article.lead, *(p.text for p in article.passages)]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=768)
    given = parser.parse_args()
    main(given.folder, given.layers, given.width)
