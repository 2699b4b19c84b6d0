"""Public benchmarks, from files the user has → documents to index and questions with gold.

SQuAD-format files (XQuAD, CMRC 2018, SQuAD itself), XQuAD-R and MLQA-R as LAReQA defines them, BEIR folders; plain or
compressed (.xz, .gz). A paragraph is a document and one passage, so a benchmark measures retrieval and not chunking.
"""

import gzip
import hashlib
import json
import lzma
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.questions import place_gold
from eval.types import Gold, Question
from index.chunk import whole_document
from index.errors import BadQuestionSet
from index.types import Document, Kept, Passage
from index.words import detect_language

DECOMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {".xz": lzma.decompress, ".gz": gzip.decompress}
LANGUAGE_FILES = ("xquad.{lang}.json", "xquad-*.{lang}.json", "{lang}.json", "*.{lang}.json")  # in order of trust
COMPRESSIONS = ("", *DECOMPRESSORS)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What to index, how to cut it, and what to ask.

    Attributes:
        name: As the field calls it, with its languages.
        documents: All candidates.
        questions: With gold among the documents.
        cut: Document to passages: one passage, or one a sentence.
        depth: How many hits the benchmark's measures look at.
    """

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    cut: Callable[[Document], list[Passage]] = whole_document
    depth: int = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a SQuAD-format file with its paragraph and the span of its first answer."""

    id: str
    text: str
    document: Document
    start: int
    end: int
    sentences: tuple[tuple[int, int], ...]


def read_squad(path: Path, *, lang: str) -> Benchmark:
    """Read a file in SQuAD's format: each question against the pool of all paragraphs.

    Raises:
        BadQuestionSet: If the file cannot be read or is not in that format.

    Source: Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250; CMRC 2018: https://arxiv.org/abs/1810.07366
    """
    asked = _read_asked(path)
    name = path.name.split(".json")[0]
    return Benchmark(name, _documents_of(asked), tuple(_question(one, one, lang=lang, kind=name) for one in asked))


def read_xquad(folder: Path, *, question_lang: str, passage_lang: str) -> Benchmark:
    """Read XQuAD: questions in one language against the paragraphs in another.

    Raises:
        BadQuestionSet: If a language's file is not there, cannot be read, or does not hold the same questions.

    Source: Artetxe, Ruder, Yogatama 2020, https://arxiv.org/abs/1910.11856
    """
    asked = _read_asked(question_path := _find_language(folder, question_lang))
    answered = {one.id: one for one in _read_asked(_find_language(folder, passage_lang))}
    if missing := [one.id for one in asked if one.id not in answered]:
        raise BadQuestionSet(question_path, f"{len(missing)} questions, {missing[0]} first, are not in {passage_lang}")
    name = f"XQuAD {question_lang}→{passage_lang}"
    questions = tuple(_question(one, answered[one.id], lang=question_lang, kind="XQuAD") for one in asked)
    return Benchmark(name, _documents_of(answered.values()), questions)


def read_xquad_r(folder: Path, *, langs: Sequence[str] = (), depth: int = 1000) -> Benchmark:
    """Read XQuAD-R (or MLQA-R): every sentence of every language is a candidate, its translations are all right.

    Files without the field `sentence_breaks` are no XQuAD-R, because the candidates would be others.

    Args:
        folder: Holds one file a language.
        langs: The languages of the pool and of the questions; all files of the folder where empty.
        depth: Hits looked at; a right sentence beyond counts as not found, so mAP is at most the paper's.

    Raises:
        BadQuestionSet: If there is no file, or one cannot be read or has no sentence breaks.

    Source: Roy et al. 2020, section 3, https://arxiv.org/abs/2004.05484
    """
    paths = {lang: _find_language(folder, lang) for lang in langs} or _all_languages(folder)
    asked = {lang: _read_asked(path) for lang, path in paths.items()}
    gold: dict[str, list[Gold]] = {}
    sentences: dict[str, tuple[tuple[int, int], ...]] = {}
    for lang, ones in asked.items():
        for one in ones:
            spans = [span for span in one.sentences if span[0] <= one.start < span[1]]
            if not spans:
                raise BadQuestionSet(paths[lang], f"question {one.id} has no sentence_breaks around its answer")
            gold.setdefault(one.id, []).append(place_gold(one.document, *spans[0]))
            sentences[one.document.id] = one.sentences
    questions = tuple(
        replace(_question(one, one, lang=lang, kind="XQuAD-R"), id=f"{lang}:{one.id}", gold=tuple(gold[one.id]))
        for lang, ones in asked.items()
        for one in ones
    )

    def cut(document: Document) -> list[Passage]:
        return [Passage(document.id, start, end, document.text[start:end]) for start, end in sentences[document.id]]

    documents = _documents_of(one for ones in asked.values() for one in ones)
    return Benchmark(f"XQuAD-R {'+'.join(asked)}", documents, questions, cut, depth)


def read_beir(folder: Path, *, lang: str = "en", split: str = "test", depth: int = 100) -> Benchmark:
    """Read a BEIR folder: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv with graded judgements.

    Raises:
        BadQuestionSet: If a file is not there or not in the format.

    Source: Thakur et al. 2021, https://arxiv.org/abs/2104.08663
    """
    corpus, queries, qrels = (
        _existing(folder / name) for name in ("corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv")
    )
    documents = {
        fields["_id"]: plain_document(f"{fields.get('title', '')}\n{fields['text']}".strip(), fields["_id"])
        for fields in _read_jsonl(corpus)
    }
    gold: dict[str, list[Gold]] = {}
    for line in read_text(qrels).splitlines()[1:]:
        query, passage, gain = line.split("\t")
        if int(gain) > 0 and passage in documents and documents[passage].text:
            document = documents[passage]
            gold.setdefault(query, []).append(place_gold(document, 0, len(document.text), gain=int(gain)))
    questions = tuple(
        Question(fields["_id"], fields["text"], lang, folder.name, None, fields["_id"], tuple(gold[fields["_id"]]))
        for fields in _read_jsonl(queries)
        if fields["_id"] in gold
    )
    if not questions:
        raise BadQuestionSet(qrels, "no query has a relevant document in the corpus")
    kept = tuple({document.id: document for document in documents.values() if document.text}.values())
    return Benchmark(f"BEIR {folder.name}", kept, questions, depth=depth)


def plain_document(text: str, source: str) -> Document:
    """Return a document that is exactly this text: no title, no pages, nothing cleaned."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    kept = (Kept(0, 0, len(text)),) if text else ()
    return Document(
        id=sha256[:12],
        source=source,
        sha256=sha256,
        title="",
        text=text,
        raw=text,
        kept=kept,
        paragraphs=(0,),
        language=detect_language(text),
    )


def _question(asked: _Asked, answered: _Asked, *, lang: str, kind: str) -> Question:
    return Question(
        id=asked.id,
        text=asked.text,
        lang=lang,
        kind=kind,
        split=None,
        fact=answered.document.id,  # questions on one paragraph succeed and fail together
        gold=(place_gold(answered.document, answered.start, answered.end),),
    )


def _documents_of(asked: Iterable[_Asked]) -> tuple[Document, ...]:
    return tuple({one.document.id: one.document for one in asked}.values())


def _read_asked(path: Path) -> tuple[_Asked, ...]:
    try:
        articles = json.loads(read_text(path))["data"]
        asked = tuple(one for article in articles for one in _read_article(article))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadQuestionSet(path, f"is not in SQuAD's format: {error!r}") from error
    if not asked:
        raise BadQuestionSet(path, "holds no question")
    return asked


def _read_article(article: Mapping[str, Any]) -> Iterator[_Asked]:
    for paragraph in article["paragraphs"]:
        document = plain_document(paragraph["context"], str(article.get("title", "")))
        sentences = tuple((start, end) for start, end in paragraph.get("sentence_breaks", ()))
        for fields in paragraph["qas"]:
            start, end = _locate(fields["answers"][0], document.text)
            yield _Asked(str(fields["id"]), fields["question"], document, start, end, sentences)


def _locate(answer: Mapping[str, Any], context: str) -> tuple[int, int]:
    """Return the answer's span: where the file says, else where it first stands (CMRC has such), else everything."""
    text, start = answer["text"], answer["answer_start"]
    if not context.startswith(text, start):
        start = context.find(text)
    return (start, start + len(text)) if text and start >= 0 else (0, len(context))


def _find_language(folder: Path, lang: str) -> Path:
    patterns = [f"{name.format(lang=lang)}{suffix}" for name in LANGUAGE_FILES for suffix in COMPRESSIONS]
    found = next((path for pattern in patterns for path in sorted(folder.glob(pattern))), None)
    if found is None:
        raise BadQuestionSet(folder, f"no file for the language {lang!r}; looked for {', '.join(patterns)}")
    return found


def _all_languages(folder: Path) -> dict[str, Path]:
    paths = sorted(path for suffix in COMPRESSIONS for path in folder.glob(f"*.json{suffix}"))
    if not paths:
        raise BadQuestionSet(folder, "no file *.json, *.json.xz or *.json.gz")
    return {path.name.split(".json")[0].split(".")[-1]: path for path in paths}


def _existing(path: Path) -> Path:
    for suffix in COMPRESSIONS:
        if (candidate := path.with_name(path.name + suffix)).exists():
            return candidate
    raise BadQuestionSet(path, "is not there, nor compressed")


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            raise BadQuestionSet(path, f"is not JSON: {error.msg}", line=number) from error


def read_text(path: Path) -> str:
    """Return a file's text, decompressed where its name says that it is compressed.

    Raises:
        BadQuestionSet: If it cannot be read.
    """
    try:
        return DECOMPRESSORS.get(path.suffix, bytes)(path.read_bytes()).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
        raise BadQuestionSet(path, f"cannot be read: {error}") from error
