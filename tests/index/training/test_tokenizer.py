from collections import Counter

import pytest

from index.training import tokenizer as tokenizer_module
from index.training.normalise import build_normalizer
from index.training.readers import Pair
from index.training.tokenizer import OWN_REPEATS, SAMPLE_REPEATS, WORD_START, assemble, choose_pieces, sample_texts


@pytest.fixture(scope="module")
def cut():
    """Return a function that cuts a text where the tokenizer cuts words, each character being a piece."""
    letters = (
        "والاقتصاد المؤتمر للمدينة قال مقترحاتهم موظفون قانون위원회에서는전문가를의"
        "provincegdp增长предложенийямигодумузея"
    )
    pieces = [
        ("<unk>", -9.0),
        (WORD_START, -2.0),
        *((letter, -2.0) for letter in dict.fromkeys(letters) if letter != " "),
    ]
    tokenizer = assemble(pieces, build_normalizer())
    return lambda text: "".join(tokenizer.encode(text).tokens).strip(WORD_START).split(WORD_START)


@pytest.mark.parametrize(
    ("word", "parts"),
    [("والاقتصاد", ["وال", "اقتصاد"]), ("المؤتمر", ["ال", "مؤتمر"]), ("للمدينة", ["لل", "مدين"]), ("قال", ["قال"])],
)
def test_arabic_words_lose_their_article(cut, word, parts):
    assert cut(word) == parts


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("предложение предложения предложений предложениями предложениях", "предложен"),
        ("год года году", "год"),  # a short word stays as it is
        ("музей музея", "муз"),
        ("مقترح مقترحات مقترحاتهم", "مقترح"),
        ("موظف موظفون", "موظف"),
        ("قانون", "قانون"),
    ],
)
def test_the_forms_of_a_russian_or_arabic_word_are_one_word(cut, words, stem):
    assert [cut(word) for word in words.split()] == [[stem]] * len(words.split())


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("위원회에서는", ["위원회", "에서", "는"]),
        ("전문가를", ["전문", "가", "를"]),
        ("전문가", ["전문", "가"]),
        ("위원회의", ["위원회", "의"]),
        ("회의", ["회의"]),
    ],
)
def test_korean_words_lose_their_particles_however_often_they_look_so(cut, word, parts):
    assert cut(word) == parts


def test_other_scripts_are_cut_where_they_change(cut):
    assert cut("GDP增长province") == ["gdp", "增长", "province"]


def test_the_pieces_that_are_used_most_stay_and_all_characters_do():
    counts = {"ab": 10, "cd": 1}

    pieces = dict(
        choose_pieces({"a": -5.0, "b": -5.0, "c": -5.0, "d": -5.0, "ab": -1.0, "cd": -1.0}, counts, piece_count=6)
    )

    assert pieces.keys() == {"<unk>", "a", "b", "c", "d", "ab"}


def test_the_projects_own_words_are_taken_whole_and_often():
    texts = list(sample_texts({"own_readings": [Pair("zh", "丹东", "en", "Dandong")] * 2}, seed=1))

    assert texts == ["丹东"] * OWN_REPEATS + ["Dandong"] * OWN_REPEATS


def test_a_larger_sample_takes_more_of_each_language_and_arabic_counts_several_times(monkeypatch):
    monkeypatch.setattr(tokenizer_module, "SAMPLE_MEGACHARS", {"en": 9e-6, "ar": 9e-6})
    sources = {"wmt": [Pair("ar", "مقترحات", "en", f"{number:010}") for number in range(9)]}

    once, thrice = (Counter(map(len, sample_texts(sources, seed=1, scale=scale))) for scale in (1.0, 3.0))

    assert once == {10: 1, 7: 2 * SAMPLE_REPEATS["ar"]}
    assert thrice == {10: 3, 7: 4 * SAMPLE_REPEATS["ar"]}
