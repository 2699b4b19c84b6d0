"""Text to search terms: the one place that knows languages.

However a thing is written, it becomes the same term: full-width and half-width, upper and lower case, traditional
and simplified characters, 八百零三 and 803 and ８０３, 1700万 and 17,000,000. Chinese and Japanese are cut into
characters and overlapping pairs of them, which needs no dictionary and finds words that none has; other scripts into
words and stems.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

from index.numerals import MYRIADS, parse_numeral
from index.script import HAN, HANGUL, KANA

DATA = Path(__file__).parent / "data"

MULTIPLIERS = MYRIADS | {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
# How many characters of a longer word count as its stem, in every language that inflects. BM25's recall@1 on the
# development halves of XQuAD without stems, with 4, 5 and 6 characters: ru .829 .918 .913 .886, es .915 .948 .938 .932,
# de .878 .932 .929 .934, en .924 .938 .940 .937.
STEM_CHARACTERS = 4
# Articles and prepositions that Arabic writes together with the word, and endings: recall@1 on ar .835 → .875.
ARABIC_PREFIX = re.compile("^[وفبلك]?ال")
ARABIC_SUFFIX = re.compile("(?<=..)(ة|ات|ون|ين|ها|ية)$")

RUN = re.compile(
    r"(?P<number>\d+(?:[,，]\d{3})*(?:\.\d+)?)(?:\s*(?P<multiplier>[万亿]|thousand|million|billion))?"
    rf"|(?P<chinese>[{HAN}{KANA}]+)|(?P<hangul>[{HANGUL}]+)|(?P<word>[^\W\d_]+)"
)
WRITTEN_NUMBER = re.compile(
    r"(?:第)?(?P<numeral>[零〇一二两三四五六七八九十百千万亿]{2,})|第(?P<ordinal>[一二三四五六七八九十])"
)

_VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")


def fold(text: str) -> str:
    """Return the text in one form: NFKC, simplified characters, lower case.

    Example:
        >>> fold("Ｄandong 提案３７９件，經審查立案")
        'dandong 提案379件,经审查立案'
    """
    return unicodedata.normalize("NFKC", text).translate(_simplified()).casefold()


def terms(text: str) -> list[str]:
    """Return the search terms of a text, with repetitions.

    Example:
        >>> terms("三十件")
        ['三', '十', '件', '三十', '十件', '30']
        >>> terms("1,700万元")
        ['1700', '17000000', '元']
        >>> terms("Proposals")
        ['proposals', 'prop~']
    """
    folded = fold(text)
    found: list[str] = []
    for match in RUN.finditer(folded):
        if match["number"]:
            found += _number_terms(match["number"], match["multiplier"])
        elif match["chinese"]:
            found += _characters_and_pairs(match["chinese"])
        elif match["hangul"]:
            found += [match["hangul"], *_characters_and_pairs(match["hangul"])]
        else:
            found += _word_and_stem(match["word"])
    return found + _written_numbers(folded)


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, by script and, for Latin letters, by its small words.

    Example:
        >>> [detect_language(text) for text in ("提案多少件？", "提案は何件？", "How many?", "Сколько?", "كم؟")]
        ['zh', 'ja', 'en', 'ru', 'ar']
    """
    lowered = text.casefold()
    counts = {
        "ja": len(re.findall(f"[{KANA}]", lowered)) * 8,
        "ko": len(re.findall(f"[{HANGUL}]", lowered)) * 2,
        "zh": len(re.findall(f"[{HAN}]", lowered)),
        "ru": len(re.findall("[\u0400-\u04ff]", lowered)) / 2,
        "ar": len(re.findall("[\u0600-\u06ff]", lowered)) / 2,
    }
    latin = len(re.findall("[a-z\u00c0-\u024f\u1e00-\u1eff]", lowered)) / 4
    script, count = max(counts.items(), key=lambda item: item[1])
    if count and count >= latin:
        return script
    if len(_VIETNAMESE.findall(lowered)) >= 2:
        return "vi"
    words = set(re.findall(r"\w+", lowered))
    votes = {language: len(words & _words_of_questions()[language]) for language in ("en", "de", "fr", "es")}
    return max(votes, key=lambda language: (votes[language], language == "en"))


@cache
def question_words() -> frozenset[str]:
    """Return the words, in all languages, that carry a question and say nothing of what is asked for."""
    return frozenset().union(*_words_of_questions().values())


def _characters_and_pairs(run: str) -> list[str]:
    return [*run, *map("".join, pairwise(run))]


def _word_and_stem(word: str) -> list[str]:
    stem = ARABIC_SUFFIX.sub("", ARABIC_PREFIX.sub("", word))[:STEM_CHARACTERS]
    return [word] if stem == word else [word, stem + "~"]


def _number_terms(number: str, multiplier: str | None) -> list[str]:
    plain = number.replace(",", "").replace("，", "")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain.lstrip("0") or "0"
    if multiplier is None:
        return [plain]
    return [plain, f"{float(plain) * MULTIPLIERS[multiplier]:.0f}"]


def _written_numbers(folded: str) -> list[str]:
    values = [parse_numeral(match["numeral"] or match["ordinal"]) for match in WRITTEN_NUMBER.finditer(folded)]
    return [str(value) for value in values if value is not None]


@cache
def _words_of_questions() -> dict[str, frozenset[str]]:
    lines = (DATA / "question-words.txt").read_text(encoding="utf-8").splitlines()
    return {line[:2]: frozenset(line[3:].split()) for line in lines[1:]}


@cache
def _simplified() -> dict[int, str]:
    lines = (DATA / "traditional.txt").read_text(encoding="utf-8").splitlines()
    return {ord(line[0]): line[1] for line in lines[1:]}
