import pytest

from index.expected import DATE, KINDS, MONEY, NUMBER, PERCENTAGE, lacks_expected


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("座谈会是哪一天召开的？", DATE),
        ("When did the tunnel open?", DATE),
        ("いつ開かれましたか。", DATE),
        ("언제 열렸습니까?", DATE),
        ("Когда состоялась встреча?", DATE),
        ("Wann wurde er gedruckt?", DATE),
        ("Quand a-t-elle eu lieu ?", DATE),
        ("¿Cuándo se celebró?", DATE),
        ("Họp khi nào?", DATE),
        ("متى عقد؟", DATE),
        ("提案比上年增长百分之几？", PERCENTAGE),
        ("What percentage was adopted?", PERCENTAGE),
        ("修公厕花了多少钱？", MONEY),
        ("How much did the project cost?", MONEY),
        ("全年共征集提案多少件？", NUMBER),
        ("How many proposals were filed?", NUMBER),
        ("提案は何件でしたか。", NUMBER),
        ("제안은 몇 건입니까?", NUMBER),
        ("Сколько предложений?", NUMBER),
        ("Wie viele Vorschläge?", NUMBER),
        ("Combien de propositions ?", NUMBER),
        ("¿Cuántas propuestas?", NUMBER),
        ("Có bao nhiêu đề án?", NUMBER),
        ("كم عدد المقترحات؟", NUMBER),
    ],
)
def test_what_is_asked_for_is_known_in_ten_languages(question, kind):
    assert next(one for one in KINDS if one.asked.search(question)) is kind


@pytest.mark.parametrize("question", ["谁作的报告？", "Who spoke?", "为什么要重新分组？", "Welche Themen gab es?"])
def test_other_questions_expect_nothing(question):
    assert not lacks_expected(question, "没有数字的句子。")


@pytest.mark.parametrize(
    ("question", "sentence", "is_lacking"),
    [
        ("全年共征集提案多少件？", "全年共征集提案379件。", False),
        ("全年共征集提案多少件？", "提案工作成效显著。", True),
        ("How many groups?", "三百个小组", False),
        ("座谈会是哪一天召开的？", "培训80余人次。", True),
        ("座谈会是哪一天召开的？", "2020年1月6日召开。", False),
        ("增长百分之几？", "增长5.5%。", False),
        ("增长百分之几？", "共379件。", True),
        ("花了多少钱？", "筹措资金230万。", False),
        ("花了多少钱？", "共379件。", True),
    ],
)
def test_a_sentence_holds_what_is_asked_for_or_lacks_it(question, sentence, is_lacking):
    assert lacks_expected(question, sentence) is is_lacking
