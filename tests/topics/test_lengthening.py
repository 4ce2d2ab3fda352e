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


def test_what_stands_around_is_drawn_sentence_by_sentence_from_the_same_source():
    around = {"seed": ["Trời đẹp.", "Gió nhẹ."], "press": ["Sông cạn.", "Núi xa."]}
    telling = [f"Xã {i} {'đã ' * 50}khen." for i in range(60)]
    sources = ["seed", "press"] * 30 + list(around)
    carried = np.array([[True, False], [False, True], [True, True]] * 20 + [[False, False]] * 2)
    evidence = [{"awards": (text,)} for text in telling] + [{}, {}]
    train = PassageSet(
        telling + [" ".join(own) for own in around.values()],
        carried,
        np.arange(62),
        np.array(sources),
        evidence,
    )
    made = lengthened(train, 40, seed=0)

    assert len(set(made.groups)) == 40 and set(made.groups) != set(range(40)), "any of them may be taken"
    counts = []
    for text, source, group in zip(made.texts, made.sources, made.groups, strict=True):
        rest = text.replace(train.texts[group], "")
        counts.append([rest.count(sentence) for sentence in around[source]])
        assert 2 * sum(counts[-1]) == len(rest.split()), "only sentences of its source"
    assert (np.array(counts) > 10).all()
    assert sum(first != second for first, second in counts) > 20, "single sentences, not whole passages"

    words = [len(text.split()) for text in made.texts]
    assert min(words) < WORDS[0] + 20 and WORDS[1] - 20 < max(words) <= WORDS[1], (
        "of all lengths, its own counted"
    )
    places = [len(text[: text.index("Xã")].split()) / len(text.split()) for text in made.texts]
    assert min(places) < 0.3 and max(places) > 0.35, "nearer to the beginning or to the end"
    assert all(0 < text.index("Xã") < text.index("khen.") + 5 < len(text) for text in made.texts)
