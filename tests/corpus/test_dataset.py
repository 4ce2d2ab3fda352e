import json

import pytest

from phongtrao.config import DataSettings
from phongtrao.corpus import as_dataset_dict, load_dataset, load_seed_corpus, topic_keys
from phongtrao.corpus.duplicates import near_duplicate_groups
from phongtrao.corpus.splits import SPLITS, make_splits, read_splits


def test_the_seed_corpus_is_whole():
    articles = load_seed_corpus()
    assert len(articles) == 520
    assert sum(len(a.passages) for a in articles) == 2222
    counts = {t: sum(t in a.topics for a in articles) for t in topic_keys()}
    assert counts == {"propaganda": 255, "models": 255, "awards": 193, "crime_prevention": 307}


def test_splits_part_the_corpus_and_no_near_duplicates():
    data = load_dataset(DataSettings(real=None))
    ids = [a.id for name in SPLITS for a in data.seed[name]]
    assert sorted(ids) == sorted(a.id for a in load_seed_corpus())
    assert [len(data.seed[name]) for name in SPLITS] == [338, 77, 105]
    sides = {a.id: name for name in SPLITS for a in data.seed[name]}
    assert sides["delta-033"] == sides["mass-035"]


def test_every_topic_and_slice_stands_in_every_split_in_proportion():
    data = load_dataset(DataSettings(real=None))
    shares = {
        name: [sum(t in a.topics for a in data.seed[name]) / len(data.seed[name]) for t in data.topics]
        for name in SPLITS
    }
    for name in ("validation", "test"):
        assert all(abs(a - b) < 0.08 for a, b in zip(shares[name], shares["train"], strict=True))
    slices = {name: {a.slice for a in data.seed[name]} for name in SPLITS}
    assert slices["train"] == slices["validation"] == slices["test"]
    assert len(slices["train"]) == 11


def test_the_committed_list_is_what_the_corpus_gives(root):
    made = make_splits(load_seed_corpus(), topic_keys(), validation=0.15, test=0.20, seed=13)
    assert made == read_splits(root / "seeds" / "splits.json", "seed")


def test_own_articles_join_training_and_leave_the_split_hash(tmp_path):
    own = tmp_path / "my.jsonl"
    own.write_text(
        json.dumps({"id": "mine-1", "text": "Tặng cờ.", "topics": ["awards"]}) + "\n", encoding="utf-8"
    )
    plain = load_dataset(DataSettings(real=None))
    more = load_dataset(DataSettings(real=None, extra=(own,)))
    assert more.seed["train"][-1].id == "mine-1"
    assert len(more.seed["train"]) == len(plain.seed["train"]) + 1
    assert more.split_hash == plain.split_hash
    assert more.data_hash != plain.data_hash


def test_written_passages_are_learned_from_alone_and_every_topic_is_marked():
    data = load_dataset(DataSettings(real=None))
    assert len(data.written) == 600
    assert len({a.passages[0].text for a in data.written}) == 600
    assert all(set(a.passages[0].evidence) == set(a.topics) for a in data.written)
    assert data.train["written"] == data.written
    without = load_dataset(DataSettings(real=None, written=False))
    assert not without.written
    assert without.split_hash == data.split_hash
    assert without.data_hash != data.data_hash


def test_further_press_passages_join_training_with_their_evidence(press_file):
    collections = press_file.parents[1] / "data"
    if not collections.exists():
        pytest.skip("the news collections (../shared/data) are not on this machine")
    data = load_dataset(DataSettings(real=press_file, collections=collections))
    assert len(data.train["press"]) == 954
    assert len(data.train["labels"]) == 1828
    learned = [a.passages[0] for name in ("press", "labels") for a in data.train[name]]
    carrying = [p for p in learned if p.topics]
    assert sum(set(p.evidence) == set(p.topics) for p in carrying) == 1128
    held = {a.passages[0].text for name in ("validation", "test") for a in data.press[name]}
    assert not held & {p.text for p in learned}
    assert not load_dataset(DataSettings(real=press_file, labels=False)).labels


def test_press_passages_are_split_by_id_without_overlap(press_file):
    data = load_dataset(DataSettings(real=press_file))
    assert [len(data.press[name]) for name in SPLITS] == [954, 242, 436]
    texts = [a.article.text for name in SPLITS for a in data.press[name]]
    sides = [name for name in SPLITS for _ in data.press[name]]
    groups = near_duplicate_groups(texts)
    for group in set(groups):
        assert len({side for side, g in zip(sides, groups, strict=True) if g == group}) == 1


def test_dataset_dict_has_a_row_a_passage():
    rows = as_dataset_dict(load_dataset(DataSettings(real=None)))
    assert sum(rows[name].num_rows for name in SPLITS) == 2222
    first = rows["train"][0]
    assert set(first) == {"article_id", "source", "kind", "slice", "passage", "text", "topics"}
    assert first["passage"] == 0
    assert isinstance(first["topics"], list)
