"""What the project adds to the open data: a glossary, paraphrases, questions, a lexicon, and names read aloud.

`data/glossary.tsv`, `data/paraphrases.tsv` and `data/questions.tsv` were written for this project, by a language
model as author, from general knowledge of Chinese public life and before it had seen a question set: what a report
calls 政协 is the CPPCC, 정협 and НПКСК, what people ask about in everyday words stands there in official ones, and each
passage of invented reports is asked one question in ten languages. `data/lexicon.tsv` has frequent Chinese words that
a model trained without it knew least in other languages, by a list that was computed; names of countries, places,
people and events; what reports on each field of government call what people say; and Arabic words of encyclopedic
texts that no pair of the open data holds, by a list as well. A third of its rows is from an author who knew the
development questions. `data/readings.tsv` says how Chinese characters are read in Mandarin, Korean and Vietnamese: much
of the vocabulary of these languages, and every Chinese name in Latin letters, is a Chinese word read aloud.

`python -m index.training.own Unihan_Readings.txt` writes `data/readings.tsv` again.
"""

import argparse
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, product
from pathlib import Path

from index.training.normalise import character_table, in_gb2312
from index.training.readers import LANGUAGES, Pair

DATA = Path(__file__).parent / "data"
PREFIX = "own_"
QUESTIONS = f"{PREFIX}questions"  # with the passages that answer them
WORDINGS = f"{PREFIX}wordings"  # the same questions, in one language and another
PASSAGE_COLUMNS = {"zh": "passage", "en": "passage_en"}  # by language; not every passage has been put into English
QUESTION_COLUMNS = (*PASSAGE_COLUMNS.values(), *LANGUAGES)
PIVOTS = ("zh", "en")  # the other languages meet in these two
PAIRED_LANGUAGES = tuple((left, right) for left, right in combinations(LANGUAGES, 2) if left in PIVOTS)
VARIANTS = 4  # of a glossary's row; each is a source of its own, so that no batch holds two names of one thing
GLOSSARY = tuple(f"{PREFIX}glossary_{variant}" for variant in range(VARIANTS))
LEXICON = tuple(f"{PREFIX}lexicon_{variant}" for variant in range(VARIANTS))
BRANCH_SOURCES = (QUESTIONS, WORDINGS, *LEXICON)  # drawn by the branches alone, as often as those say
LONGEST_WORD = 4  # Chinese characters of a word that is read aloud
MIN_USES = 20  # of a word in Chinese texts; rarer ones are mostly not what a Korean or Vietnamese word is
READINGS_TRIED = 8  # of a word whose characters have several
READ_ALOUD = ("cedict", "wikititle", "omw", "wiktionary", "iso", "cldr", "osm")  # sources of words, not sentences
NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")
HAN_WORD = re.compile(r"[\u4e00-\u9fff]+")
HANGUL_WORD = re.compile(r"[\uac00-\ud7a3]{2,}")
WRITTEN = {"ko": ("hangul", ""), "vi": ("vietnamese", " ")}  # how words read aloud are written, by language
UNIHAN_FIELDS = {"kMandarin": "pinyin", "kHangul": "hangul", "kVietnamese": "vietnamese"}


@dataclass(frozen=True, slots=True)
class Readings:
    """How a character is read, by language; several where it is read in several ways."""

    pinyin: tuple[str, ...]
    hangul: tuple[str, ...]
    vietnamese: tuple[str, ...]


def own_sources(sources: Mapping[str, Sequence[Pair]], folder: Path = DATA) -> dict[str, list[Pair]]:
    """Return the project's own pairs by source, without what only branches draw.

    Args:
        sources: The open data: which readings are words of a language is seen there.
        folder: Where the project's tables are.
    """
    found = _pairs_by_variant(folder / "glossary.tsv", GLOSSARY)
    found[f"{PREFIX}paraphrases"] = [
        Pair("zh", plain, "zh", said) for plain, said in read_table(folder / "paraphrases.tsv")
    ]
    found[f"{PREFIX}readings"] = list(_pairs_read_aloud(sources, read_readings(folder / "readings.tsv")))
    return found


def branch_sources(folder: Path = DATA) -> dict[str, list[Pair]]:
    """Return what only branches draw: questions with their passages, and with their translations, and the lexicon."""
    rows = [dict(zip(QUESTION_COLUMNS, row, strict=True)) for row in read_table(folder / "questions.tsv")]
    return {
        QUESTIONS: [
            Pair(language, row[language], told, row[column])
            for told, column in PASSAGE_COLUMNS.items()
            for language in LANGUAGES
            for row in rows
            if row[column]
        ],
        WORDINGS: [Pair(left, row[left], right, row[right]) for left, right in PAIRED_LANGUAGES for row in rows],
        **_pairs_by_variant(folder / "lexicon.tsv", LEXICON),
    }


def read_readings(path: Path) -> dict[str, Readings]:
    """Read the table of readings, by character."""
    return {row[0]: Readings(*(tuple(cell.split()) for cell in row[1:])) for row in read_table(path)}


def read_table(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a tab-separated file, less its first, which names the columns."""
    lines = path.read_text(encoding="utf-8").split("\n")
    yield from (line.split("\t") for line in lines[1:] if line)


def _pairs_by_variant(path: Path, sources: Sequence[str]) -> dict[str, list[Pair]]:
    """Pair what a table says things are called, in each language by no, one or several names; a source a variant."""
    rows = [
        {language: cell.split("|") if cell else [] for language, cell in zip(LANGUAGES, row, strict=True)}
        for row in read_table(path)
    ]
    return {source: list(_glossary_pairs(rows, variant)) for variant, source in enumerate(sources)}


def _glossary_pairs(rows: Sequence[Mapping[str, list[str]]], variant: int) -> Iterator[Pair]:
    """Pair the names of each row, across languages and within one; each variant takes others where there are some."""
    for number, row in enumerate(rows):
        chosen = {language: names[(variant + number) % len(names)] for language, names in row.items() if names}
        for left, right in PAIRED_LANGUAGES:
            if left in chosen and right in chosen:
                yield Pair(left, chosen[left], right, chosen[right])
        for language in PIVOTS:
            names = row[language]
            if len(names) > 1:
                yield Pair(language, chosen[language], language, names[(variant + number + 1) % len(names)])


def _pairs_read_aloud(sources: Mapping[str, Sequence[Pair]], readings: Mapping[str, Readings]) -> Iterator[Pair]:
    """Pair Chinese words with what they sound like, where that is a word of Korean or Vietnamese, or a name.

    A reading is taken only where the open data attests it: as the beginning of a Korean word, because endings are
    written to it; as neighbouring Vietnamese words; in a word's own English rendering, capitalised. Of words that
    sound alike, the one that Chinese texts use most is meant.
    """
    attested = _attested(sources)
    uses = _count_uses(sources)
    named: dict[tuple[str, str], None] = {}
    spoken: dict[tuple[str, str], str] = {}
    for pair in _words_of(sources):
        if pair.left_language != "zh":
            continue
        word = pair.left
        if 2 <= len(word) <= LONGEST_WORD and HAN_WORD.fullmatch(word) and uses(word) >= MIN_USES:
            for language, (field, joint) in WRITTEN.items():
                for said in _read(word, readings, field, joint):
                    if said in attested[language]:
                        spoken[language, said] = max(spoken.get((language, said), word), word, key=uses)
        if pair.right_language == "en":
            names = {name.lower(): name for name in NAME.findall(pair.right)}
            for part in _parts_of(pair.left) if names else ():
                named.update(
                    ((part, names[said]), None) for said in _read(part, readings, "pinyin", "") if said in names
                )
    yield from (Pair("zh", word, "en", name) for word, name in named)
    yield from (Pair("zh", word, language, said) for (language, said), word in spoken.items())


def _words_of(sources: Mapping[str, Sequence[Pair]]) -> Iterator[Pair]:
    for name, pairs in sources.items():
        if name.startswith(READ_ALOUD):
            yield from pairs


def _parts_of(text: str) -> Iterator[str]:
    """Yield every stretch of Chinese characters that may be a name."""
    for run in HAN_WORD.findall(text):
        for start in range(len(run) - 1):
            for end in range(start + 2, min(len(run), start + LONGEST_WORD) + 1):
                yield run[start:end]


def _read(word: str, readings: Mapping[str, Readings], language: str, joint: str) -> Iterator[str]:
    """Yield a word's readings; none where a character has none."""
    options: list[tuple[str, ...]] = [
        getattr(readings[character], language) if character in readings else () for character in word
    ]
    yield from (joint.join(said) for said in islice(product(*options), READINGS_TRIED))


def _attested(sources: Mapping[str, Sequence[Pair]]) -> dict[str, set[str]]:
    """Return the beginnings of all Korean words, and all neighbouring Vietnamese words."""
    found: dict[str, set[str]] = {"ko": set(), "vi": set()}
    for language, text in _texts(sources):
        if language == "ko":
            for word in HANGUL_WORD.findall(text):
                found["ko"].update(word[:end] for end in range(2, min(len(word), LONGEST_WORD) + 1))
        elif language == "vi":
            said = unicodedata.normalize("NFC", text.lower()).split()
            for size in range(2, LONGEST_WORD + 1):
                found["vi"].update(" ".join(said[first : first + size]) for first in range(len(said) - size + 1))
    return found


def _count_uses(sources: Mapping[str, Sequence[Pair]]) -> Callable[[str], int]:
    """Return how often Chinese texts use a word: at most as often as its rarest two neighbouring characters."""
    prose = {name: pairs for name, pairs in sources.items() if not name.startswith(READ_ALOUD)}
    counts: Counter[str] = Counter()
    for language, text in _texts(prose):
        if language == "zh":
            counts.update(map("".join, pairwise(text)))
    return lambda word: min(counts["".join(both)] for both in pairwise(word))


def _texts(sources: Mapping[str, Sequence[Pair]]) -> Iterator[tuple[str, str]]:
    for pairs in sources.values():
        for pair in pairs:
            yield pair.left_language, pair.left
            yield pair.right_language, pair.right


def collect_readings(lines: Iterable[str], simplify: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """Collect the readings of every simplified character; those of its traditional forms are its own.

    Args:
        lines: Of `Unihan_Readings.txt`, from the Unicode Character Database.
        simplify: From a character to its simplified form, where it has another.
    """
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) != 3 or fields[1] not in UNIHAN_FIELDS:
            continue
        character = chr(int(fields[0][2:], 16))
        said = found[simplify.get(character, character)][UNIHAN_FIELDS[fields[1]]]
        for reading in fields[2].split():
            plain = reading.split(":")[0]
            plain = _without_tone(plain) if fields[1] == "kMandarin" else unicodedata.normalize("NFC", plain)
            if plain not in said:
                said.append(plain)
    return found


def _without_tone(pinyin: str) -> str:
    letters = unicodedata.normalize("NFD", pinyin)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def main() -> None:
    """Write the table of readings, for the characters that simplified Chinese is written with."""
    parser = argparse.ArgumentParser(prog="python -m index.training.own", description=main.__doc__)
    parser.add_argument("readings", type=Path, help="Unihan_Readings.txt of the Unicode Character Database")
    parser.add_argument("--out", type=Path, default=DATA / "readings.tsv")
    arguments = parser.parse_args()
    simplify = {character: plain for character, plain in character_table().items() if len(plain) == 1}
    lines = arguments.readings.read_text(encoding="utf-8").splitlines()
    found = collect_readings(lines, simplify)
    rows = ["\t".join(("character", *UNIHAN_FIELDS.values()))]
    for character, said in sorted(found.items()):
        if in_gb2312(character) and said["pinyin"]:
            rows.append("\t".join((character, *(" ".join(said[name]) for name in UNIHAN_FIELDS.values()))))
    arguments.out.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
