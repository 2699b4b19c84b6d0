import pytest

from index.training.own import DATA, QUESTION_COLUMNS, branch_sources, collect_readings, own_sources, read_readings
from index.training.readers import LANGUAGES, Pair

READINGS = (
    "character\tpinyin\thangul\tvietnamese\n丹\tdan\t단\tđan\n东\tdong\t동\tđông\n经\tjing\t경\tkinh\n济\tji\t제\ttế\n"
)
HEAD = "\t".join(LANGUAGES)


@pytest.fixture
def tables(tmp_path):
    row = ["政协|人民政协", "CPPCC", *(f"{language}1|{language}2" for language in LANGUAGES[2:])]
    (tmp_path / "glossary.tsv").write_text(f"{HEAD}\n" + "\t".join(row) + "\n", encoding="utf-8")
    lexicon = [LANGUAGES, ["牛顿", "Newton", "", "뉴턴", "Ньютон|Ньютона", "", "", "", "", "نيوتن"]]
    (tmp_path / "lexicon.tsv").write_text("".join("\t".join(row) + "\n" for row in lexicon), encoding="utf-8")
    (tmp_path / "paraphrases.tsv").write_text("plain\tofficial\n花了多少钱\t投入资金\n", encoding="utf-8")
    rows = [
        QUESTION_COLUMNS,
        ["共征集提案379件。", "379 proposals were collected.", *(f"{language}?" for language in LANGUAGES)],
        ["立案279件。", "", *(f"{language}!" for language in LANGUAGES)],
    ]
    (tmp_path / "questions.tsv").write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "readings.tsv").write_text(READINGS, encoding="utf-8")
    return tmp_path


def read_aloud(sources, tables):
    return own_sources(sources, tables)["own_readings"]


def test_each_variant_of_the_glossary_takes_one_name_of_a_row_in_each_language(tables):
    found = own_sources({}, tables)

    first, second = found["own_glossary_0"], found["own_glossary_1"]
    assert Pair("zh", "政协", "en", "CPPCC") in first
    assert Pair("zh", "人民政协", "en", "CPPCC") in second
    assert Pair("en", "CPPCC", "ko", "ko1") in first
    assert Pair("zh", "政协", "zh", "人民政协") in first
    assert len({pair.left for pair in first if pair.left_language == "zh"}) == 1
    assert not any({pair.left_language, pair.right_language} == {"ja", "ko"} for pair in first)


def test_paraphrases_are_chinese_on_both_sides(tables):
    assert own_sources({}, tables)["own_paraphrases"] == [Pair("zh", "花了多少钱", "zh", "投入资金")]


def test_a_passage_is_asked_in_every_language_and_the_questions_are_each_others_wordings(tables):
    found = branch_sources(tables)

    asked = [pair for pair in found["own_questions"] if pair.left_language == "ko"]
    assert asked == [
        Pair("ko", "ko?", "zh", "共征集提案379件。"),
        Pair("ko", "ko!", "zh", "立案279件。"),
        Pair("ko", "ko?", "en", "379 proposals were collected."),
    ]
    assert len(found["own_questions"]) == len(asked) * len(LANGUAGES)
    assert Pair("zh", "zh?", "ar", "ar?") in found["own_wordings"]
    assert Pair("en", "en?", "ja", "ja?") in found["own_wordings"]
    assert not any({pair.left_language, pair.right_language} == {"ja", "ko"} for pair in found["own_wordings"])


def test_the_lexicon_pairs_what_it_has_names_for(tables):
    found = branch_sources(tables)

    assert Pair("zh", "牛顿", "ru", "Ньютон") in found["own_lexicon_0"]
    assert Pair("en", "Newton", "ru", "Ньютона") in found["own_lexicon_1"]
    assert {pair.right_language for pair in found["own_lexicon_0"]} == {"en", "ko", "ru", "ar"}


def test_a_name_is_read_aloud_where_its_english_rendering_says_so(tables):
    titles = [Pair("zh", "丹东市", "en", "Dandong"), Pair("zh", "东丹", "en", "a city")]

    assert read_aloud({"wikititle_zh_en": titles}, tables) == [Pair("zh", "丹东", "en", "Dandong")]


def test_a_word_is_read_aloud_in_korean_and_vietnamese_where_texts_attest_it(tables):
    sources = {
        "cedict_zh_en": [Pair("zh", "经济", "en", "economy"), Pair("zh", "丹东", "en", "a city")],
        "wmt": [
            Pair("zh", "发展经济" * 20 + "去丹东" * 20, "ko", "경제를 발전시키다"),
            Pair("vi", "phát triển kinh tế", "en", "to grow"),
        ],
    }

    assert read_aloud(sources, tables) == [Pair("zh", "经济", "ko", "경제"), Pair("zh", "经济", "vi", "kinh tế")]


def test_of_words_that_sound_alike_the_one_that_texts_use_most_is_meant(tables):
    with (tables / "readings.tsv").open("a", encoding="utf-8") as file:
        file.write("警\tjing\t경\t\n")
    sources = {
        "cedict_zh_en": [Pair("zh", "经济", "en", "economy"), Pair("zh", "警济", "en", "?")],
        "wmt": [Pair("zh", "警济" * 20 + "经济" * 30, "ko", "경제")],
    }

    assert read_aloud(sources, tables) == [Pair("zh", "经济", "ko", "경제")]


def test_readings_lose_their_tone_and_those_of_a_traditional_form_are_the_simplified_ones():
    lines = ["U+7D93\tkMandarin\tjīng", "U+7D93\tkHangul\t경:0E", "U+7ECF\tkMandarin\tjīng jìng", "U+7ECF\tkTang\tkeng"]

    found = collect_readings(lines, {"經": "经"})

    assert {field: list(said) for field, said in found["经"].items()} == {"pinyin": ["jing"], "hangul": ["경"]}


def test_the_shipped_tables_are_whole():
    rows = [line.split("\t") for line in (DATA / "glossary.tsv").read_text(encoding="utf-8").splitlines()]
    plain = [line.split("\t") for line in (DATA / "paraphrases.tsv").read_text(encoding="utf-8").splitlines()]

    assert rows[0] == list(LANGUAGES)
    assert len(rows) > 800
    assert all(len(row) == len(LANGUAGES) and all(cell.strip() for cell in row) for row in rows)
    assert len(plain) > 600
    assert all(len(row) == 2 and all(row) for row in plain)
    assert read_readings(DATA / "readings.tsv")["济"].hangul == ("제",)
