import pytest
from tokenizers import normalizers

from index.training.charsmap import compile_charsmap
from index.training.normalise import build_normalizer, character_table


def test_every_character_of_the_table_and_no_other_is_rewritten():
    table = character_table()
    compiled = normalizers.Precompiled(compile_charsmap(table))

    others = [chr(code) for code in range(0x20, 0xD800) if chr(code) not in table]
    assert {key: compiled.normalize_str(key) for key in table} == table
    assert [compiled.normalize_str(other) for other in others] == others


def test_a_key_of_two_characters_is_refused():
    with pytest.raises(ValueError, match="one character"):
        compile_charsmap({"ab": "c"})


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("國家機關", "国家机关"),
        ("気象庁が発表した", "气象厅が发表した"),
        ("芸欠", "芸欠"),  # mainland Chinese has these characters too: they stay
        ("ＡＢＣ　①２", "abc 12"),
        ("E\u0301cole", "école"),
        ("الإِسْلام", "الاسلام"),
        ("Ёлка", "елка"),
    ],
)
def test_one_word_has_one_spelling(written, normal):
    assert build_normalizer().normalize_str(written) == normal
