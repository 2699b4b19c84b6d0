"""One file of a public repository in, pairs of texts out: a function for each format.

Knows formats, not repositories; which file is read as what stands in `index/training/sources.py`.
"""

import csv
import gettext
import gzip
import json
import re
import xml.etree.ElementTree as ET  # the files are named by the user, from repositories that they chose
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TextPair = tuple[str, str]

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PO_ENTRY = re.compile(r'^(msgid|msgstr) ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
_PO_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CEDICT_LINE = re.compile(r"^\S+ (\S+) \[[^]]*\] /(.+)/\s*$")
_RST_MARKUP = re.compile(r":[\w:]+:`~?([^`<]+)(?:<[^>]*>)?`|`{1,2}([^`]+)`{1,2}_{0,2}|\*{1,2}([^*]+)\*{1,2}")
_MARKUP_TAG = re.compile(r"<[^>]+>")


def read_tmx(path: Path, left: str, right: str) -> Iterator[TextPair]:
    """Read translation memory; languages are compared by their first two letters."""
    for unit in ET.parse(path).iter("tu"):
        texts = {}
        for variant in unit.iter("tuv"):
            language = (variant.get(_XML_LANG) or variant.get("lang") or "")[:2].lower()
            segment = variant.find("seg")
            if segment is not None:
                texts[language] = "".join(segment.itertext()).strip()
        if texts.get(left) and texts.get(right):
            yield texts[left], texts[right]


def read_po(path: Path) -> Iterator[TextPair]:
    """Read (translation, original) of each translated message, markup of reStructuredText removed.

    Untranslated and fuzzy messages, plurals and the header are left out.
    """
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        if "\n#, fuzzy" in f"\n{block}":
            continue
        texts = {keyword: "".join(_PO_STRING.findall(strings)) for keyword, strings in _PO_ENTRY.findall(block)}
        original, translation = (_plain(texts.get(key, "")) for key in ("msgid", "msgstr"))
        if original and translation and original != translation:
            yield translation, original


def read_mo(path: Path) -> Iterator[TextPair]:
    """Read (translation, original) from a compiled catalogue."""
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    messages: dict[object, object] = getattr(catalogue, "_catalog")  # noqa: B009 - the only way to list them
    for original, translation in messages.items():
        if isinstance(original, str) and isinstance(translation, str) and original and translation:
            yield translation, original


def read_lines(left: Path, right: Path) -> Iterator[TextPair]:
    """Read two files whose lines belong together.

    Raises:
        ValueError: If they have different numbers of lines.
    """
    first, second = (path.read_text(encoding="utf-8").split("\n") for path in (left, right))
    if len(first) != len(second):
        raise ValueError(f"{left} has {len(first)} lines and {right} {len(second)}: not a translation")
    yield from ((one.strip(), other.strip()) for one, other in zip(first, second, strict=True))


def read_tatoeba(path: Path) -> Iterator[TextPair]:
    """Read (translation, English) from a manythings.org file, or the zip that holds one."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if not name.startswith("_"))
            lines = archive.read(name).decode("utf-8").splitlines()
    else:
        lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        fields = line.split("\t")
        if len(fields) >= 2:
            yield fields[1], fields[0]


def read_cedict(path: Path) -> Iterator[TextPair]:
    """Read (simplified word, one English sense) from CC-CEDICT, plain or gzipped."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            match = _CEDICT_LINE.match(line)
            if match:
                simplified = match[1].split(" ")[0]
                yield from ((simplified, sense) for sense in match[2].split("/") if sense)


def read_wordnets(left: Path, right: Path) -> Iterator[TextPair]:
    """Read the lemmas that two Open Multilingual Wordnet files give to one synset."""
    right_lemmas = _lemmas(right)
    for synset, lemmas in _lemmas(left).items():
        yield from ((one, other) for one in lemmas for other in right_lemmas.get(synset, ()))


def read_titles(path: Path) -> Iterator[TextPair]:
    """Read two tab-separated columns."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) >= 2:
            yield fields[0], fields[1]


def read_csv_columns(path: Path, left: str, right: str) -> Iterator[TextPair]:
    """Read two named columns of a comma- or tab-separated file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        sample = file.readline()
        file.seek(0)
        for row in csv.DictReader(file, delimiter="\t" if "\t" in sample else ","):
            yield row.get(left) or "", row.get(right) or ""


def read_cldr_names(left: Path, right: Path) -> Iterator[TextPair]:
    """Read the display names that two CLDR files give to one code."""
    names, others = (_leaves(json.loads(path.read_text(encoding="utf-8"))) for path in (left, right))
    yield from ((name, others[code]) for code, name in names.items() if code in others)


def read_squad(path: Path) -> Iterator[TextPair]:
    """Read (question, paragraph) from a file in the format of SQuAD; unanswerable ones are left out."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                if not question.get("is_impossible", False):
                    yield question["question"].strip(), paragraph["context"].strip()


def _plain(text: str) -> str:
    unescaped = text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")
    without = _RST_MARKUP.sub(lambda match: match[1] or match[2] or match[3], unescaped)
    return _MARKUP_TAG.sub("", without).strip()


def _lemmas(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) >= 3 and fields[1].endswith("lemma"):
            found[fields[0]].append(fields[2].replace("_", " ").replace("+", ""))
    return found


def _leaves(tree: object, path: str = "") -> dict[str, str]:
    """Flatten a JSON tree below `localeDisplayNames`: the part of a path that languages share."""
    if isinstance(tree, str):
        return {path.partition("localeDisplayNames")[2]: tree} if "localeDisplayNames" in path else {}
    if not isinstance(tree, dict):
        return {}
    found: dict[str, str] = {}
    for key, branch in tree.items():
        found |= _leaves(branch, f"{path}/{key}")
    return found
