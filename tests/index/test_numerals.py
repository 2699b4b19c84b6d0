import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.numerals import parse_numeral

DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("零", 0),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("八百零三", 803),
        ("两千", 2_000),
        ("二〇一九", 2019),
        ("三万", 30_000),
        ("一千七百万", 17_000_000),
        ("二亿三千万", 230_000_000),
        ("一万亿", 1_000_000_000_000),
        ("042", 42),
    ],
)
def test_a_numeral_has_its_value(written, value):
    assert parse_numeral(written) == value


@pytest.mark.parametrize("written", ["", "百姓", "1.5", "第三", "-3", "3月", "x"])
def test_what_is_no_numeral_has_no_value(written):
    assert parse_numeral(written) is None


def _in_chinese(number):
    """Write 1 to 9999 as it is read aloud, by the rules of the school book."""
    text, is_gap = "", False
    for unit, name in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if is_gap and text else "") + DIGITS[digit] + name
        is_gap = not digit
    return text


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_numbers_written_by_the_rules_are_read_back(high, low):
    assert parse_numeral(_in_chinese(high)) == high
    assert parse_numeral(_in_chinese(high) + "万" + _in_chinese(low)) == high * 10_000 + low
    assert parse_numeral("".join(DIGITS[int(digit)] for digit in str(high))) == high
