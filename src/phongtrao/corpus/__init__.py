"""Labelled articles -> splits one may trust: seed corpus, press passages, near-duplicates, hashes."""

from phongtrao.corpus.articles import LabelledArticle, LabelledPassage
from phongtrao.corpus.dataset import LabelledData, as_dataset_dict, load_dataset, load_seed_corpus
from phongtrao.corpus.topics import Topic, load_topics, topic_keys

__all__ = [
    "LabelledArticle",
    "LabelledData",
    "LabelledPassage",
    "Topic",
    "as_dataset_dict",
    "load_dataset",
    "load_seed_corpus",
    "load_topics",
    "topic_keys",
]
