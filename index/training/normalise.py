"""The text normalisation that travels inside `tokenizer.json`: one spelling for what is one word.

NFKC, lower case, then a table of single characters: traditional to simplified Chinese, Japanese new
forms to the simplified character of the same origin, Arabic and Cyrillic spelling variants.
"""

import unicodedata
from functools import cache

import opencc
from tokenizers import Regex, normalizers

from index.training.charsmap import compile_charsmap

HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))

# Arabic is written with and without these marks; a question types them rarely.
_DROPPED = "".join(map(chr, range(0x064B, 0x0653))) + "\u0640\u0670\u200b\u200c\u200d\u200e\u200f\ufeff"
_VARIANTS = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا",  # alef with hamza, madda, wasla
    "ى": "ي", "ک": "ك", "ی": "ي",  # final ya, Persian keyboard forms
    "ё": "е",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
}  # fmt: skip


@cache
def character_table() -> dict[str, str]:
    """Map every character that is rewritten to what it becomes.

    Traditional characters follow OpenCC's tables. Japanese new forms (気, 発) take the way through
    their traditional form, unless mainland Chinese uses the same character itself (芸, 欠): those
    in GB 2312 are left alone.

    Source: OpenCC, https://github.com/BYVoid/OpenCC (Apache-2.0).
    """
    simplify = opencc.OpenCC("t2s").convert
    from_japanese = opencc.OpenCC("jp2t").convert
    table = {}
    for first, last in HAN_RANGES:
        for codepoint in range(first, last + 1):
            character = unicodedata.normalize("NFKC", chr(codepoint))
            simple = simplify(character)
            if simple == character and not in_gb2312(character):
                simple = simplify(from_japanese(character))
            if simple != character and len(simple) == 1:
                table[character] = simple
    return table | _VARIANTS | dict.fromkeys(_DROPPED, "")


def build_normalizer() -> normalizers.Normalizer:
    """Build the normalizer: NFKC, lower case, the table, and single spaces."""
    return normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Precompiled(_charsmap()),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )


@cache
def _charsmap() -> bytes:
    return compile_charsmap(character_table())


def in_gb2312(character: str) -> bool:
    """Whether simplified Chinese is commonly written with a character: the 6,763 of GB 2312, and its marks."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
