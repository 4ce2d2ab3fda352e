import numpy as np

from phongtrao.topics.lengthening import WORDS, lengthened
from phongtrao.topics.passages import PassageSet

EMPTY = ["Trời đẹp suốt tuần qua.", "Hội nghị có 150 đại biểu."]


def passages():
    telling = [f"Công an xã {i} tặng giấy khen. Ai cũng vui." for i in range(6)]
    texts = [*telling, " ".join(EMPTY), "Khen suông, không ai đánh dấu."]
    evidence = [{"awards": (t.split(". ")[0] + ".",)} for t in telling] + [{}, None]
    carried = np.array([[True]] * 6 + [[False], [True]])
    sources = np.array(["seed"] * 5 + ["press"] + ["seed"] * 2)
    return PassageSet(texts, carried, np.arange(8), sources, evidence)


def test_a_telling_passage_stands_whole_among_sentences_that_carry_nothing():
    train = passages()
    made = lengthened(train, 3, seed=0)
    assert len(made) == 3
    for text, evidence, source, group in zip(
        made.texts, made.evidence, made.sources, made.groups, strict=True
    ):
        own = train.texts[group]
        rest = text.replace(own, "")
        for sentence in EMPTY:
            rest = rest.replace(sentence, "")
        assert own in text and not rest.split(), "nothing else stands there"
        assert evidence == train.evidence[group]
        assert source == "seed", "the press passage has no empty ones of its source around it"
        assert WORDS[0] <= len(text.split()) < WORDS[1] + 10
    assert made.Y.all()
    assert len({text.find("Công an") for text in made.texts}) > 1, "not always at the same place"


def test_it_is_drawn_by_seed_and_leaves_the_training_passages_alone():
    train = passages()
    before = list(train.texts)
    assert lengthened(train, 4, seed=1).texts == lengthened(train, 4, seed=1).texts
    assert lengthened(train, 4, seed=1).texts != lengthened(train, 4, seed=2).texts
    assert train.texts == before


def test_without_marks_or_empty_passages_nothing_is_made():
    train = passages()
    assert len(lengthened(train.take(np.array([6, 7])), 5, seed=0)) == 0
    assert len(lengthened(train.take(np.arange(6)), 5, seed=0)) == 0
    assert len(lengthened(train, 50, seed=0)) == 5, "each telling passage once"
