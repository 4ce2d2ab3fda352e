from __future__ import annotations

import dataclasses
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.article import Passage, PassagePrediction, Prediction
from phongtrao.config import ExtractiveSettings
from phongtrao.errors import ModelError, UsageError
from phongtrao.integrity import write_manifest
from phongtrao.summary import ExtractiveSummarizer, LeadSummarizer, Summarizer, load_summarizer
from phongtrao.summary.units import count_words, sentences

from .conftest import article_of

EXTRACTIVE = load_summarizer()


def positions(summary, article):
    texts = [unit.text for unit in sentences(article)]
    found, rest = [], summary.text
    while rest:
        index = next(i for i, text in enumerate(texts) if rest.startswith(text))
        found.append(index)
        rest = rest[len(texts[index]) :].lstrip()
    return found


def predicted(article, evidence, primary):
    said = tuple(
        PassagePrediction(tuple(spans), dict.fromkeys(spans, 0.9), spans)
        for spans in (evidence.get(i, {}) for i in range(len(article.passages)))
    )
    topics = tuple({t: None for spans in evidence.values() for t in spans})
    return Prediction(article, topics, primary, dict.fromkeys(topics, 0.9), said, False, "m")


def test_summaries_are_whole_sentences_in_order_within_the_limits(patrol):
    (summary,) = EXTRACTIVE.summarize([patrol])
    chosen = positions(summary, patrol)
    assert chosen == sorted(set(chosen))
    assert len(chosen) >= 2
    assert 35 <= count_words(summary.text) <= 90
    assert summary.method == "extractive"
    assert "Ảnh: Minh Anh" not in summary.text


def test_short_is_one_sentence_that_leans_on_no_other(patrol):
    (summary,) = EXTRACTIVE.summarize([patrol], length="short")
    assert len(positions(summary, patrol)) == 1
    assert not summary.text.startswith("Tuy nhiên")


def test_a_summary_does_not_open_by_leaning_on_what_it_leaves_out():
    # The second tells most, for it repeats the title, but leans on the first, which is too long beside it.
    filler = " ".join(f"chữ{n}" for n in range(80))
    title = "Công an phường Bình An ra mắt tổ tuần tra tự quản ở khu phố 3"
    leans = (
        f"Tuy nhiên, {title} với sự tham gia của mười lăm thành viên là người dân trong khu phố ấy hôm qua."
    )
    plain = " ".join(f"lời{n}" for n in range(36))
    article = article_of(f"Mở đầu {filler}.", leans, f"Sau cùng {plain}.", title=title)
    (summary,) = EXTRACTIVE.summarize([article])
    assert not summary.text.startswith("Tuy nhiên")


@pytest.mark.parametrize("length", ["short", "standard"])
def test_an_article_without_text_gets_an_empty_summary(length):
    empty = [article_of(), article_of("***", " "), article_of(title="Chỉ có tiêu đề")]
    for summarizer in (EXTRACTIVE, LeadSummarizer(2)):
        assert [s.text.strip("* ") for s in summarizer.summarize(empty, length=length)] == ["", "", ""]


def test_a_short_article_is_told_whole():
    article = article_of("Công an xã ra mắt tổ tự quản mới.", "Tổ có mười lăm thành viên nhiệt tình.")
    (summary,) = EXTRACTIVE.summarize([article])
    assert summary.text == "Công an xã ra mắt tổ tự quản mới. Tổ có mười lăm thành viên nhiệt tình."


def test_a_repeated_passage_is_told_once():
    line = "Công an xã ra mắt tổ tự quản mới ở ba thôn."
    (summary,) = EXTRACTIVE.summarize([article_of(line, line, "Tổ có mười lăm thành viên nhiệt tình.")])
    assert summary.text.count(line) == 1


def test_an_endless_sentence_is_cut_at_a_semicolon():
    clause = "các lực lượng đã mở {} buổi tuyên truyền pháp luật cho nhân dân ở các thôn"
    text = "Năm qua, " + "; ".join(clause.format(n) for n in range(100, 112)) + "."
    (summary,) = EXTRACTIVE.summarize([article_of(text)])
    assert 35 <= count_words(summary.text) <= 90
    assert text.startswith(summary.text.removesuffix("."))
    assert summary.text.endswith("các thôn.")


def test_batched_equals_one_by_one_and_again(patrol):
    other = dataclasses.replace(patrol, id="b", passages=patrol.passages[1:])
    articles = [patrol, article_of(), other]
    together = EXTRACTIVE.summarize(articles)
    assert together == [EXTRACTIVE.summarize([article])[0] for article in articles]
    assert together == load_summarizer().summarize(articles)


def test_topics_draw_the_summary_to_their_evidence():
    # Two like sentences a passage, so that only the topics can decide.
    texts = [
        f"Ở thôn {n}, tổ tự quản số {n} đã giúp dân giữ gìn trật tự và làm việc tốt." for n in "ABCDEFGH"
    ]
    article = article_of(*texts)
    plain = EXTRACTIVE.summarize([article])[0]
    last = {7: {"models": ((0, len(texts[7])),)}, 6: {"awards": ((0, len(texts[6])),)}}
    weighty = ExtractiveSummarizer(ExtractiveSettings(topic_weight=1.0))
    drawn = weighty.summarize([article], predictions=[predicted(article, last, "models")])[0]
    assert texts[7] not in plain.text
    assert texts[7] in drawn.text
    only = weighty.summarize([article], length="short", predictions=[predicted(article, last, "models")])[0]
    assert only.text == texts[7]


def test_predictions_must_be_one_an_article(patrol):
    with pytest.raises(ValueError, match="zip"):
        EXTRACTIVE.summarize([patrol, patrol], predictions=[predicted(patrol, {}, None)])


WORDS = st.integers(min_value=1, max_value=45)


@given(st.lists(WORDS, min_size=1, max_size=12), st.booleans())
def test_limits_hold_for_every_article_that_allows_it(lengths, with_lead):
    # No word stands twice, so nothing is redundant.
    texts = [f"Câu{i} " + " ".join(f"từ{i}x{j}" for j in range(1, n)) + "." for i, n in enumerate(lengths)]
    article = article_of(*texts[1:], lead=texts[0]) if with_lead else article_of(*texts)
    (summary,) = EXTRACTIVE.summarize([article])
    words = count_words(summary.text)
    assert words == sum(lengths) if sum(lengths) < 35 else 35 <= words <= 90
    assert positions(summary, article) == sorted(positions(summary, article))


def test_lead_takes_the_first_sentences_of_lead_and_body(patrol):
    (two,) = LeadSummarizer(2).summarize([patrol])
    assert positions(two, patrol) == [0, 1]
    assert two.method == "lead-2"
    assert positions(LeadSummarizer(2).summarize([patrol], length="short")[0], patrol) == [0]


def test_save_and_load_give_equal_summaries(tmp_path, patrol):
    made = ExtractiveSummarizer(ExtractiveSettings(max_words=60), EXTRACTIVE.scorer)
    made.save(tmp_path / "model", card="# Card\n")
    opened = load_summarizer(tmp_path / "model")
    assert opened.settings.max_words == 60
    assert opened.summarize([patrol]) == made.summarize([patrol])
    assert (tmp_path / "model" / "README.md").read_text() == "# Card\n"


def test_load_says_what_is_wrong(tmp_path):
    with pytest.raises(UsageError, match="expected extractive, lead, lead-3 or a model folder"):
        load_summarizer("abstract")
    with pytest.raises(ModelError, match="expected the folder of a summarizer"):
        load_summarizer(tmp_path)
    EXTRACTIVE.save(tmp_path / "m", card="")
    scorer = json.loads((tmp_path / "m" / "scorer.json").read_text())
    del scorer["weights"]["first"]
    (tmp_path / "m" / "scorer.json").write_text(json.dumps(scorer))
    write_manifest(tmp_path / "m")
    with pytest.raises(ModelError, match="first"):
        load_summarizer(tmp_path / "m")


def test_names_give_summarizers():
    assert load_summarizer("lead").name == "lead-2"
    assert load_summarizer("lead-3").name == "lead-3"
    assert isinstance(EXTRACTIVE, Summarizer)
    assert EXTRACTIVE.name == "extractive"


def test_numbers_never_come_from_nowhere(patrol):
    # A line break in the middle of "17,5 %" parts the number from its sign; the promise holds all the same.
    odd = dataclasses.replace(
        patrol, passages=(*patrol.passages, Passage("Tỷ lệ phạm tội ở phường giảm 12\n%."))
    )
    from phongtrao.summary import missing_numbers

    for length in ("short", "standard"):
        assert missing_numbers(EXTRACTIVE.summarize([odd], length=length)[0].text, odd.text) == []


@pytest.mark.parametrize("length", ["short", "standard"])
def test_a_text_without_punctuation_is_cut_to_the_limit(length):
    (summary,) = EXTRACTIVE.summarize([article_of("công an xã " * 1000)], length=length)
    assert summary.text == "công an xã " * 29 + "công an xã…"


def test_decomposed_text_gets_the_same_summary(patrol):
    def decompose(text):
        return unicodedata.normalize("NFD", text)

    passages = tuple(Passage(decompose(p.text)) for p in patrol.passages)
    decomposed = dataclasses.replace(
        patrol, title=decompose(patrol.title), lead=decompose(patrol.lead), passages=passages
    )
    assert EXTRACTIVE.summarize([decomposed]) == EXTRACTIVE.summarize([patrol])
