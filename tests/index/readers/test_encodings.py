"""Which encoding, decided from the bytes."""

import codecs

import pytest

from index.readers.encodings import Decoded, decode
from index.readers.types import Refused

REPORT = "全年共征集提案379件，立案279件，办复率达到100％。\n各位委员：“5G新时代”。"
TRADITIONAL = "全年共徵集提案379件，立案279件，辦覆率達到100％。\n各位委員：請審議。"


@pytest.mark.parametrize(
    ("text", "encoding", "reported"),
    [
        (REPORT, "utf-8", "utf-8"),
        (REPORT, "gb18030", "gb18030"),
        (REPORT, "gbk", "gb18030"),
        (REPORT, "utf-16-le", "utf-16-le"),
        (REPORT, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "utf-8", "utf-8"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (TRADITIONAL, "utf-16-le", "utf-16-le"),
        ("plain words", "ascii", "utf-8"),
        ("plain words", "utf-16-le", "utf-16-le"),
        ("plain words", "utf-16-be", "utf-16-be"),
        ("§ 5 naïve café – « oui »", "utf-8", "utf-8"),
        ("㐀𠮷 are in GB18030's four-byte part 的工作报告", "gb18030", "gb18030"),
    ],
)
def test_every_encoding_is_told_without_a_mark(text, encoding, reported):
    assert decode(text.encode(encoding)) == Decoded(text, reported)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_part_of_the_text(mark, encoding):
    assert decode(mark + REPORT.encode(encoding)) == Decoded(REPORT, encoding)


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
@pytest.mark.parametrize("text", ["提案工作", "全市人民", "第三十二次", "工作。", "人民政府"])
def test_four_characters_tell_gb18030_from_big5(text, encoding):
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", ["辽丰禽业饲料喂养鹅鸭", "鸭绿江畔桃李芬芳", "菱镁矿渣炉窑炭粉"])
def test_words_that_reports_seldom_use_are_told_too(text):
    assert decode(text.encode("gb18030")) == Decoded(text, "gb18030")


def test_a_declared_encoding_is_believed_where_the_bytes_agree():
    text = "사업 보고서를 심의해 주시기 바랍니다"

    assert decode(text.encode("euc-kr"), declared="euc-kr") == Decoded(text, "euc_kr")


def test_a_declared_encoding_is_not_believed_against_utf_8():
    assert decode(REPORT.encode(), declared="gb2312") == Decoded(REPORT, "utf-8")


@pytest.mark.parametrize("declared", ["no-such-encoding", "", "utf-16", "base64", "idna", "\0"])
def test_a_declaration_that_is_wrong_changes_nothing(declared):
    assert decode(REPORT.encode("gb18030"), declared=declared) == Decoded(REPORT, "gb18030")


def test_western_text_in_a_code_page_is_refused_rather_than_read_as_chinese():
    with pytest.raises(Refused, match=r"UTF-8: byte 4 is wrong; .*save it as UTF-8"):
        decode("Le débat a été très animé".encode("cp1252"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\0" * 100, "NUL"),
        (bytes(range(256)) * 4, "NUL"),
        (b"text, then \0 and more text", "NUL"),
        (b"\x01\x02\x03\x04" * 50, "control characters"),
        (codecs.BOM_UTF8 + b"\xff\xff", "mark says utf-8, but byte 0 is wrong"),
        (codecs.BOM_UTF16_LE + "abc".encode("utf-16-le")[:-1], "mark says utf-16-le"),
        ("提案".encode() + b"\xff", "byte 6 is wrong"),
    ],
)
def test_binary_junk_is_refused_with_its_reason(data, reason):
    with pytest.raises(Refused, match=reason):
        decode(data)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_file_cut_off_in_the_middle_of_a_character_loses_that_character_only(encoding):
    assert decode((REPORT + "提案").encode(encoding)[:-1]) == Decoded(f"{REPORT}提\ufffd", encoding, replaced=1)


def test_a_damaged_byte_in_a_long_text_is_counted():
    data = bytearray((REPORT * 50).encode())
    data[3000] = 0xFF

    assert decode(bytes(data)).replaced == 1


def test_terminal_escapes_and_right_to_left_overrides_are_text_and_stay():
    text = "\x1b]0;owned\x07\x1b[31m红\x1b[0m \u202egnp.txt\u202c 提案"

    assert decode(text.encode()) == Decoded(text, "utf-8")
