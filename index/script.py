"""What kind of character stands where: the few facts about scripts that parsing, wrapping and searching share."""

import re
import unicodedata
from itertools import accumulate

# Characters that fill a square in a Chinese line: ideographs, kana, Hangul, full-width forms, CJK punctuation, and the
# general punctuation that Chinese typesetting sets full-width (quotes, dashes, ellipsis, middle dot).
CJK = (
    r"\u00b7\u2014\u2018-\u201d\u2026\u2e80-\u30ff\u3100-\u312f\u3400-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
)
HAN = r"\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = r"\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff\uff66-\uff9f"
HANGUL = r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"

IS_CJK = re.compile(f"[{CJK}]")

# Where a sentence ends: full-width enders and semicolon, with the closing quotes and brackets that belong to it; a
# Latin full stop only before white space, so that 3.5 and www.example.org stay whole.
SENTENCE_END = re.compile(r"[。！？；…!?;]+[”’」』）)】》]*|\.(?=\s|$)[”’\")]*|\n+")


class _Widths(dict[str, int]):
    """The layout width of each character that was asked for: building an index asks for every one of it three times."""

    def __missing__(self, char: str) -> int:
        self[char] = width = 2 if unicodedata.east_asian_width(char) in "WFA" else 1
        return width


_WIDTHS = _Widths()


def display_width(text: str) -> int:
    """Return how many terminal cells a text fills: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def layout_width(text: str) -> int:
    """Return the width of a printed Chinese line in half-width units, where ambiguous punctuation is full-width."""
    return sum(map(_WIDTHS.__getitem__, text))


def layout_widths(text: str) -> list[int]:
    """Return the width of each beginning of a text, from none of it to all of it: `layout_width` of any part follows.

    Example:
        >>> layout_widths("甲a乙")
        [0, 2, 3, 5]
    """
    return list(accumulate(map(_WIDTHS.__getitem__, text), initial=0))


def sentence_ends(text: str) -> list[int]:
    """Return the offsets at which sentences end, ascending, the last one at the end of the text.

    Example:
        >>> sentence_ends("甲。乙！丙")
        [2, 4, 5]
        >>> sentence_ends("It grew 3.5 %. Then it fell.")
        [14, 28]
    """
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    if text and (not ends or ends[-1] != len(text)):
        ends.append(len(text))
    return ends
