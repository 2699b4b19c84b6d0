"""The small tokenizer cuts exactly as the whole one: on the bundled model, in ten languages and on anything."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.embed import BUNDLED_MODEL
from index.pieces import LARGEST_TEXT, PieceTable, fits, write_pieces
from index.tensors import map_tensors

TEXTS = {
    "zh": "全年共征集提案379件，经审查立案279件，全部按时办结。",
    "zh-Hant": "全年共徵集提案３７９件，經審查立案。",
    "en": "How many proposals did the committee file in 2019, e.g. on “5G”?",
    "de": "Wie viele Anträge wurden im Jahr 2019 eingereicht und geprüft?",
    "fr": "Combien de propositions ont été déposées à l’assemblée ?",
    "es": "¿Cuántas propuestas se presentaron en el año 2019?",
    "ru": "Сколько предложений было подано в 2019 году?",
    "vi": "Có bao nhiêu đề xuất được đưa ra trong năm 2019?",
    "ar": "كم عدد المقترحات التي قُدِّمت في عام ٢٠١٩؟",
    "ja": "2019年に提案は何件ありましたか。ﾃｽﾄ",
    "ko": "2019년에 제안은 몇 건이었습니까?",
    "odd": " \t\n  e\u0301 \u200b ﬁ ① 🇨🇳 👩‍👩‍👧 \U00020000 \x00 \ue000 ---- …… aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "none": "",
    "space": "   ",
}


@pytest.fixture(scope="module")
def whole():
    return Tokenizer.from_file(str(BUNDLED_MODEL / "tokenizer.json"))


@pytest.fixture(scope="module")
def pieces():
    return PieceTable(BUNDLED_MODEL)


def _cut(pieces, text):
    small, ids = pieces.tokenizer_for([text])
    encoding = small.encode(text, add_special_tokens=False)
    return [int(ids[token]) for token in encoding.ids], encoding.offsets


def _cut_by_whole(whole, text):
    encoding = whole.encode(text, add_special_tokens=False)
    return encoding.ids, encoding.offsets


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_cut_as_the_whole_tokenizer_cuts_it(whole, pieces, language):
    assert _cut(pieces, TEXTS[language]) == _cut_by_whole(whole, TEXTS[language])


def test_the_table_knows_which_pieces_hold_a_digit(whole, pieces):
    ids = [token for text in TEXTS.values() for token in whole.encode(text, add_special_tokens=False).ids]

    held = [any(character.isdigit() for character in whole.id_to_token(token)) for token in ids]

    assert pieces.has_digit[ids].tolist() == held
    assert 0 < sum(held) < len(held)


def test_a_passage_of_the_report_is_cut_as_the_whole_tokenizer_cuts_it(whole, pieces, report):
    for start in range(0, len(report.text), 700):
        text = report.text[start : start + 700]
        assert _cut(pieces, text) == _cut_by_whole(whole, text)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
@example("\x00a\x00")
@example("\ud7ff\ue000")
@example("\U0010ffff")
def test_any_text_is_cut_as_the_whole_tokenizer_cuts_it(whole, pieces, text):
    assert _cut(pieces, text) == _cut_by_whole(whole, text)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from([word for text in TEXTS.values() for word in text.split(" ")] + list("提案 aé")), max_size=8
    )
)
def test_words_of_all_languages_mixed_are_cut_as_the_whole_tokenizer_cuts_them(whole, pieces, words):
    for text in ("".join(words), " ".join(words)):
        assert _cut(pieces, text) == _cut_by_whole(whole, text)


def test_what_earlier_texts_left_behind_changes_nothing(whole):
    pieces = PieceTable(BUNDLED_MODEL)
    for text in TEXTS.values():
        pieces.tokenizer_for([text])

    assert [_cut(pieces, text) for text in TEXTS.values()] == [_cut_by_whole(whole, text) for text in TEXTS.values()]


def test_several_texts_at_once_are_cut_each_as_alone(whole):
    small, ids = PieceTable(BUNDLED_MODEL).tokenizer_for(TEXTS.values())
    encodings = small.encode_batch(list(TEXTS.values()), add_special_tokens=False)

    assert [ids[encoding.ids].tolist() if encoding.ids else [] for encoding in encodings] == [
        _cut_by_whole(whole, text)[0] for text in TEXTS.values()
    ]


def test_a_table_of_another_tokenizer_is_refused(tmp_path):
    shutil.copy(BUNDLED_MODEL / "pieces.safetensors", tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")

    with pytest.raises(ValueError, match="belongs to another tokenizer"):
        PieceTable(tmp_path)


def test_the_table_is_written_as_it_was_shipped(tmp_path):
    shutil.copy(BUNDLED_MODEL / "tokenizer.json", tmp_path)

    write_pieces(tmp_path)

    written, about = map_tensors(tmp_path / "pieces.safetensors")
    shipped, about_shipped = map_tensors(BUNDLED_MODEL / "pieces.safetensors")
    assert about == about_shipped
    assert {name: tensor.tolist() for name, tensor in written.items()} == {
        name: tensor.tolist() for name, tensor in shipped.items()
    }


def _tokenizer(folder, **model):
    written = {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]} | model}
    (folder / "tokenizer.json").write_text(json.dumps(written))


def test_only_a_unigram_tokenizer_can_be_cut_down(tmp_path):
    _tokenizer(tmp_path, type="BPE")

    with pytest.raises(ValueError, match="only a Unigram tokenizer"):
        write_pieces(tmp_path)


def test_a_piece_that_is_there_twice_is_refused(tmp_path):
    _tokenizer(tmp_path, vocab=[["<unk>", 0.0], ["a", -1.0], ["a", -2.0]])

    with pytest.raises(ValueError, match="two pieces of the vocabulary have one hash"):
        write_pieces(tmp_path)


def test_texts_fit_a_small_tokenizer_up_to_a_size():
    assert fits(["a" * LARGEST_TEXT])
    assert not fits(["a" * LARGEST_TEXT, "b"])


def test_ids_are_those_of_the_vocabulary(whole, pieces):
    ids, _ = _cut(pieces, "提案")

    assert np.all(np.asarray(ids) < whole.get_vocab_size())
    assert "".join(whole.id_to_token(token) for token in ids).replace("▁", "") == "提案"
