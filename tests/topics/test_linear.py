import numpy as np
import pytest

from phongtrao.errors import ModelError
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.linear import static_vectors
from phongtrao.topics.passages import PassageSet, sentence_truth

from .conftest import TOPICS, linear


def test_it_learns_what_can_be_learned(classifier, toy):
    texts, Y = toy
    assert (classifier.predict(texts) == Y).mean() > 0.97
    said = classifier.predict(["Chủ tịch tặng bằng khen.", "Công an bắt trộm cắp.", "Hội nghị khai mạc."])
    assert said.tolist() == [[True, False], [False, True], [False, False]]


def test_probabilities_are_probabilities_and_texts_do_not_hear_each_other(classifier, toy):
    texts, _ = toy
    together = classifier.predict_proba(texts)
    assert ((together >= 0) & (together <= 1)).all()
    alone = np.concatenate([classifier.predict_proba([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)


def test_sentences_are_scored_and_the_telling_one_is_highest(classifier):
    (said,) = classifier.score(["Trời nắng đẹp. Công an bắt 3 đối tượng trộm cắp. Hội nghị khai mạc."])
    assert said.sentences.shape == (3, 2)
    assert said.sentences[:, 1].argmax() == 1
    assert [len(s) for s in said.spans] == [2, 2, 2]


def test_empty_texts_are_scored_too(classifier):
    empty, full = classifier.score(["", "Tặng bằng khen."])
    assert empty.spans == []
    assert empty.sentences.shape == (0, 2)
    assert (empty.passage < full.passage)[0]
    assert classifier.score([]) == []


@pytest.mark.parametrize("pooling", ["passage", "sentence", "both"])
def test_pooling_decides_which_scores_speak(toy, pooling):
    curves = linear(TOPICS, pooling).fit(*toy).calibration_.curves
    assert (curves[:, 0] == 0).all() == (pooling == "sentence")
    assert (curves[:, 1] == 0).all() == (pooling == "passage")


def test_same_seed_same_weights(toy, classifier):
    again = linear(TOPICS).fit(*toy)
    assert (again.scorers[0].coef_ == classifier.scorers[0].coef_).all()
    assert (again.calibration_.curves == classifier.calibration_.curves).all()


def test_saved_and_loaded_it_says_the_same(classifier, toy, tmp_path):
    classifier.save(tmp_path)
    loaded = TopicClassifier.load(tmp_path)
    texts, _ = toy
    assert np.allclose(loaded.predict_proba(texts), classifier.predict_proba(texts), atol=1e-6)
    assert (loaded.predict(texts) == classifier.predict(texts)).all()


def test_a_folder_whose_parts_do_not_fit_is_refused(classifier, tmp_path):
    classifier.save(tmp_path)
    vocabulary = tmp_path / "linear" / "vocabulary.txt"
    vocabulary.write_text(vocabulary.read_text(encoding="utf-8") + "\nthêm", encoding="utf-8")
    with pytest.raises(ModelError, match="copy the folder again"):
        TopicClassifier.load(tmp_path)
    vocabulary.unlink()
    with pytest.raises(ModelError, match="holds no linear scorer"):
        TopicClassifier.load(tmp_path)


def test_a_topic_nobody_carries_is_never_said(toy):
    texts, Y = toy
    Y = np.column_stack([Y, np.zeros(len(Y), bool)])
    model = linear((*TOPICS, "models")).fit(texts, Y)
    assert not model.predict(texts)[:, 2].any()


def test_marked_evidence_teaches_which_sentence_it_was():
    # "cờ" and "nắng" always come together in a passage; only marked sentences tell them apart.
    texts = [f"Tặng cờ {n}. Trời nắng {n}." for n in range(12)] + [f"Mưa rơi {n}." for n in range(12)]
    evidence = [{"awards": (f"Tặng cờ {n}.",)} for n in range(12)] + [{} for _ in range(12)]
    Y = np.array([[True]] * 12 + [[False]] * 12)
    plain = PassageSet.of(texts, Y)
    marked = PassageSet(plain.texts, plain.Y, plain.groups, plain.sources, evidence)
    model = linear(("awards",), sentence_weight=1.0).fit_passages(marked)
    (said,) = model.score(["Tặng cờ. Trời nắng."])
    assert said.sentences[0, 0] > 0.5 > said.sentences[1, 0]


def test_a_sentence_carries_a_topic_when_it_overlaps_a_marked_one():
    truth = sentence_truth(["Tặng cờ;", "bắt trộm.", "Mưa."], {"awards": ["Tặng cờ; bắt trộm."]}, TOPICS)
    assert truth.tolist() == [[True, False], [True, False], [False, False]]


def test_static_vectors_learn_too_and_are_kept_as_weights_of_ngrams(toy, tmp_path):
    texts, Y = toy
    model = linear(TOPICS, dimensions=8, C=1).fit(texts, Y)
    assert (model.predict(texts) == Y).mean() > 0.9
    scorer = model.scorers[0]
    assert scorer.coef_.shape == (2, len(scorer.tfidf_.vocabulary))
    assert np.linalg.matrix_rank(scorer.coef_) <= 2
    model.save(tmp_path)
    assert np.allclose(
        TopicClassifier.load(tmp_path).predict_proba(texts), model.predict_proba(texts), atol=1e-6
    )


def test_static_vectors_put_words_of_one_company_together():
    import scipy.sparse as sp

    # Columns 0 and 1 stand in the same texts, 2 and 3 in others.
    X = sp.csr_matrix(np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0]], float))
    a, b, c, _ = static_vectors(X, 2, seed=0)
    assert np.allclose(a, b, atol=1e-6)
    assert not np.allclose(a, c, atol=0.1)
