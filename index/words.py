"""Text to search terms: the one place that knows languages.

However a thing is written, it becomes the same term: full-width and half-width, upper and lower case, traditional
and simplified characters, 八百零三 and 803 and ８０３, 1700万 and 17,000,000. Chinese and Japanese are cut into
characters and overlapping pairs of them, which needs no dictionary and finds words that none has; other scripts into
words and stems.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
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

KEPT_LANGUAGES = 16  # of the last texts: asking, searching and judging each want to know the question's

RUN = re.compile(
    r"(?P<number>\d+(?:[,，]\d{3})*(?:\.\d+)?)(?:\s*(?P<multiplier>[万亿]|thousand|million|billion))?"
    rf"|(?P<chinese>[{HAN}{KANA}]+)|(?P<hangul>[{HANGUL}]+)|(?P<word>[^\W\d_]+)"
)
# Texts of these characters alone fold character by character: in NFKC none of them changes with what stands beside it.
# Nearly all Chinese texts are such, and fold in a third of the time.
ALONE = re.compile(r"[\x00-\x7f\xb7\u2010-\u2027\u3000-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uff01-\uff5e]*")
WORD = re.compile(r"[^\W_]+")
WRITTEN_NUMBER = re.compile(
    r"(?:第)?(?P<numeral>[零〇一二两三四五六七八九十百千万亿]{2,})|第(?P<ordinal>[一二三四五六七八九十])"
)

# The share of a text's Latin letters that only Vietnamese has: .04 to .26 in XQuAD's Vietnamese paragraphs, .004 at
# the most in its English, German and Spanish ones, whatever names they hold.
VIETNAMESE_SHARE = 0.02
_VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")


def fold(text: str) -> str:
    """Return the text in one form: NFKC, simplified characters, lower case.

    Example:
        >>> fold("Ｄandong 提案３７９件，經審查立案")
        'dandong 提案379件,经审查立案'
    """
    if ALONE.fullmatch(text):
        return "".join(map(_FOLDED.__getitem__, text))
    return _fold(text)


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
    found: list[str] = []
    _find_terms(text, found, lambda run: found.extend(_characters_and_pairs(run)))
    return found


def terms_and_runs(text: str) -> tuple[list[str], list[str]]:
    """Return the terms of a text but for those that are characters and pairs, and the runs that those are of.

    Whoever counts the terms of many texts takes the runs apart as arrays of code points, and makes no string of each.

    Example:
        >>> terms_and_runs("三十件Ａ")
        (['a', '30'], ['三十件'])
    """
    found: list[str] = []
    runs: list[str] = []
    _find_terms(text, found, runs.append)
    return found, runs


@lru_cache(KEPT_LANGUAGES)
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
    letters = len(re.findall("[a-z\u00c0-\u024f\u1e00-\u1eff]", lowered))
    latin = letters / 4
    script, count = max(counts.items(), key=lambda item: item[1])
    if count and count >= latin:
        return script
    if len(_VIETNAMESE.findall(lowered)) >= max(2, VIETNAMESE_SHARE * letters):
        return "vi"
    words = set(re.findall(r"\w+", lowered))
    votes = {language: len(words & _words_of_questions()[language]) for language in ("en", "de", "fr", "es")}
    return max(votes, key=lambda language: (votes[language], language == "en"))


def name_spans(text: str) -> list[tuple[int, int]]:
    """Return where words stand that begin with a capital, the text's first word aside: most of them are names.

    None in German, which writes every noun so, and none where a script has no capitals.

    Example:
        >>> name_spans("What did Henan's farms produce?")
        [(9, 14)]
    """
    if detect_language(text) == "de":
        return []
    words = list(WORD.finditer(text))[1:]
    return [word.span() for word in words if word[0][0].isupper()]


@cache
def question_words() -> frozenset[str]:
    """Return the words, in all languages, that carry a question and say nothing of what is asked for."""
    return frozenset().union(*_words_of_questions().values())


class _Folded(dict[str, str]):
    """Each character that was asked for, folded."""

    def __missing__(self, char: str) -> str:
        self[char] = folded = _fold(char)
        return folded


_FOLDED = _Folded()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_simplified()).casefold()


def _find_terms(text: str, found: list[str], take_run: Callable[[str], object]) -> None:
    """Add the terms of a text to `found`; a run of characters, whose pairs are terms too, is handed on."""
    folded = fold(text)
    for match in RUN.finditer(folded):
        if match.lastgroup == "chinese":
            take_run(match[0])
        elif match.lastgroup == "hangul":
            found.append(match[0])
            take_run(match[0])
        elif match.lastgroup == "word":
            found += _word_and_stem(match[0])
        else:
            found += _number_terms(match["number"], match["multiplier"])
    found += _written_numbers(folded)


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
