"""What the shipped model must say of plain Vietnamese cases, whatever it is made of."""

import unicodedata

import pytest

from phongtrao.analyser import SHIPPED_TOPICS
from phongtrao.article import Article, Passage
from phongtrao.config import DataSettings
from phongtrao.corpus.dataset import load_dataset
from phongtrao.topics.evaluation import evaluate_topics
from phongtrao.topics.model import TopicModel


@pytest.fixture(scope="module")
def model():
    return TopicModel.load(SHIPPED_TOPICS)


def carried(model, *passages):
    article = Article("x", "", "", "", tuple(Passage(p) for p in passages))
    return [set(p.topics) for p in model.predict([article])[0].passages]


@pytest.mark.parametrize(
    ("passage", "topic"),
    [
        (
            "Công an xã phối hợp với Đoàn thanh niên tổ chức 12 buổi tuyên truyền pháp luật, phát 3.000 tờ "
            "rơi cho người dân tại các khu dân cư.",
            "propaganda",
        ),
        (
            "Xã đã ra mắt mô hình “Camera an ninh” gồm 24 mắt camera, thành lập tổ tự quản 15 thành viên, "
            "xây dựng quy chế hoạt động.",
            "models",
        ),
        (
            "Dịp này, Chủ tịch UBND tỉnh tặng Bằng khen cho 5 tập thể và 9 cá nhân có thành tích xuất sắc "
            "trong phong trào toàn dân bảo vệ an ninh Tổ quốc.",
            "awards",
        ),
        (
            "Công an huyện bắt quả tang ba đối tượng trộm cắp xe máy, thu giữ 7 tang vật và khởi tố vụ án.",
            "crime_prevention",
        ),
    ],
)
def test_a_plain_case_of_each_topic(model, passage, topic):
    assert carried(model, passage) == [{topic}]


def test_a_passage_without_a_topic(model):
    passage = "Tham dự hội nghị có đồng chí Bí thư Huyện ủy, lãnh đạo các phòng, ban và 150 đại biểu."
    assert carried(model, passage) == [set()]


def test_spelling_habits_change_nothing(model):
    text = "Công an xã tổ chức tuyên truyền, khoá học pháp luật cho hoà giải viên, phát 500 tờ rơi."
    same = [
        text,
        text.replace("khoá", "khóa").replace("hoà", "hòa"),
        unicodedata.normalize("NFD", text),
        text.upper(),
    ]
    scores = [
        p.scores for p in model.predict([Article("x", "", "", "", tuple(map(Passage, same)))])[0].passages
    ]
    assert all(s == pytest.approx(scores[0], abs=1e-6) for s in scores)


AROUND = (
    "Trong năm 2015, các cấp ủy, chính quyền đã quan tâm lãnh đạo, chỉ đạo thực hiện nhiệm vụ.",
    "Kinh tế của huyện tăng trưởng 7,5%, đời sống của người dân được cải thiện rõ rệt.",
    "Toàn huyện có 14 xã đạt chuẩn nông thôn mới.",
    "Công tác cán bộ được quan tâm, bố trí đủ biên chế.",
    "Hội nghị đã nghe báo cáo tổng kết và thảo luận phương hướng năm tới.",
)
TELLING = "UBND huyện tặng Giấy khen cho 12 tập thể, 20 cá nhân có thành tích trong giữ gìn an ninh, trật tự."


def found_in(model, topic, sentence, before, after):
    article = Article("x", "", "", "", (Passage(" ".join([*before, sentence, *after])),))
    (said,) = model.predict([article])
    return topic in said.topics and sentence in [e.text for e in said.evidence[topic]]


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        (
            "models",
            "Xã ra mắt mô hình “Camera an ninh” gồm 24 mắt camera do tổ tự quản 15 thành viên vận hành.",
        ),
        ("crime_prevention", "Công an huyện bắt quả tang ba đối tượng trộm cắp xe máy, thu giữ 7 tang vật."),
    ],
)
def test_the_telling_sentence_is_found_in_a_long_official_paragraph(model, topic, sentence):
    assert found_in(model, topic, sentence, AROUND, AROUND[::-1])


@pytest.mark.xfail(
    strict=True,
    reason="a known limit of the encoder: one sentence in eleven of quite another kind is drowned by them",
)
def test_every_topic_is_found_in_a_long_official_paragraph(model):
    assert found_in(model, "awards", TELLING, AROUND, AROUND[::-1])


def test_prizes_for_sport_or_study_are_no_awards(model):
    passage = (
        "Đội bóng đá nam của trường giành giải nhất, nhận cúp và 5 triệu đồng tiền thưởng của ban tổ chức."
    )
    assert "awards" not in carried(model, passage)[0]


def test_held_out_articles_are_classified_as_well_as_the_model_card_says(model):
    """The test split of the seed corpus: 0.903, 0.956, 0.838 and 0.800 when this was written."""
    held = load_dataset(DataSettings(real=None)).seed["test"]
    figures = evaluate_topics(model, held, bootstrap=0).metrics
    assert figures["passages"]["macro_f1"]["value"] > 0.88
    assert figures["articles"]["macro_f1"]["value"] > 0.93
    assert figures["articles"]["primary_accuracy"]["value"] > 0.8
    assert figures["evidence"]["f1"]["value"] > 0.77
