from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words import detect_language, fold, name_spans, question_words, terms


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("經審查立案", "经审查立案"),
        ("Straße", "strasse"),
        ("①㎡", "1m2"),
        ("ｶﾀｶﾅ", "カタカナ"),
        ("İ", "i̇"),
    ],
)
def test_however_a_thing_is_written_it_is_folded_to_one_form(written, folded):
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("left", "right", "shared"),
    [
        ("八百零三", "803", "803"),
        ("８０３", "803", "803"),
        ("1,700万元", "17000000", "17000000"),
        ("1700万", "1700 万", "17000000"),
        ("一千七百万", "1700万", "17000000"),
        ("2.5 million", "2500000", "2500000"),
        ("3.50", "3.5", "3.5"),
        ("007", "7", "7"),
        ("二〇一九年", "2019", "2019"),
        ("第三次会议", "3", "3"),
        ("Proposals", "proposal", "prop~"),
        ("предложений", "предложение", "пред~"),
        ("提案數量", "提案数量", "数量"),
        ("والمقترحات", "مقترح", "مقتر~"),
    ],
)
def test_two_writings_of_one_thing_share_a_term(left, right, shared):
    assert shared in set(terms(left)) & set(terms(right))


def test_chinese_becomes_characters_and_pairs_of_them():
    assert terms("提案多") == ["提", "案", "多", "提案", "案多"]


def test_a_repeated_word_is_a_repeated_term():
    assert Counter(terms("fish fish 鱼鱼")) == Counter({"fish": 2, "鱼": 2, "鱼鱼": 1})


def test_korean_is_found_whole_and_in_parts():
    assert terms("제안은") == ["제안은", "제", "안", "은", "제안", "안은"]


def test_a_decimal_is_one_number():
    assert terms("3.5%") == ["3.5"]
    assert terms("www.example.org") == ["www", "example", "exam~", "org"]


@pytest.mark.parametrize("text", ["", " ", "。？！", "_", "\x00", "\u202e"])
def test_a_text_without_words_has_no_terms(text):
    assert terms(text) == []


@given(st.text(max_size=60))
def test_any_text_has_terms_without_white_space_and_the_same_twice(text):
    found = terms(text)

    assert found == terms(text)
    assert all(term and term == "".join(term.split()) for term in found)


SINGLY_FOLDED = st.characters(min_codepoint=0x2010, max_codepoint=0x9FFF) | st.characters(min_codepoint=0xFF00)


@given(st.text(SINGLY_FOLDED | st.sampled_from("aZ1\r\n ·，。國会ガか\u3099\u3099ﾞ０Ａ"), max_size=40))
def test_a_text_folds_the_same_whether_or_not_another_script_stands_beside_it(text):
    assert fold(f"Ж{text}") == f"ж{fold(text)}"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("全年共征集提案多少件？", "zh"),
        ("全年5G APP使用了多少次？", "zh"),
        ("How many proposals were filed in 2019?", "en"),
        ("Who is the chairman 主席?", "en"),
        ("Wie viele Anträge wurden gestellt?", "de"),
        ("Combien de propositions ont été déposées ?", "fr"),
        ("¿Cuántas propuestas se presentaron?", "es"),
        ("Сколько предложений было подано?", "ru"),
        ("Có bao nhiêu đề xuất?", "vi"),
        ("كم عدد المقترحات؟", "ar"),
        ("提案は何件でしたか。", "ja"),
        ("제안은 몇 건입니까?", "ko"),
        ("", "en"),
        ("379", "en"),
        ("zzz qqq", "en"),
    ],
)
def test_a_question_is_known_by_its_script_and_its_small_words(question, language):
    assert detect_language(question) == language


@pytest.mark.parametrize("word", ["什么", "how", "wie", "combien", "cuántas", "сколько", "bao", "كم", "何", "몇"])
def test_the_words_that_carry_a_question_are_known_in_all_ten_languages(word):
    assert word in question_words()


def test_a_word_of_the_matter_is_no_question_word():
    assert not question_words() & {"提案", "proposals", "委员会", "committee"}


def test_a_vietnamese_name_makes_no_english_paragraph_vietnamese():
    named = "The armies of Đại Việt, led by Trần Hưng Đạo, met the invaders three times and drove them back each time. "
    plain = "The country was laid waste, and nobody has counted the dead of these wars. "

    assert detect_language(named + plain * 8) == "en"
    assert detect_language("Nhà Trần đã ba lần đánh bại quân xâm lược.") == "vi"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("How much grain did Henan produce?", ["Henan"]),
        ("Сколько зерна собрали в провинции Хэнань?", ["Хэнань"]),
        ("Wie viel Getreide wurde in der Provinz Henan geerntet?", []),  # every noun has a capital
        ("Henan produced how much?", []),  # the first word has one in any case
        ("河南粮食产量是多少？", []),
    ],
)
def test_names_are_what_has_a_capital_within_a_question(question, names):
    assert [question[start:end] for start, end in name_spans(question)] == names
