"""A question set on disk → questions whose gold is found in the documents, or an error that names file and line.

One JSON object a line: `id`, `lang`, `kind`, `question`, `gold` (verbatim quotes; empty: the documents do not answer),
and if wanted `split` ("development" or "test"), `fact` (what is asked for; the id if absent), `document` (title or id
of the document that the gold stands in; all documents if absent) and `source` (its file name, where titles are alike).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from eval.types import Gold, Question
from index.errors import BadQuestionSet
from index.types import Document

REPORT_QUESTIONS = Path(__file__).parent / "questions" / "dandong-cppcc-2020.jsonl"
SPLITS = ("development", "test")
ALL = "all"
TEXT_FIELDS = ("id", "lang", "kind", "question")
OPTIONAL_FIELDS = ("split", "fact", "document", "source")


def read_questions(path: Path, documents: Iterable[Document]) -> tuple[Question, ...]:
    """Read a question set and find every gold quote in the documents, white space aside.

    Args:
        path: A JSONL file.
        documents: What the questions are about.

    Returns:
        The questions in the file's order; `gold` holds every place where a quote stands.

    Raises:
        BadQuestionSet: If a line is not a question, a quote is in no document, an id occurs twice, a fact is on both
            sides of the split, or no question has gold.
    """
    haystacks = [_Squeezed.of(document) for document in documents]
    questions = tuple(_read_question(path, number, fields, haystacks) for number, fields in _read_lines(path))
    _check_set(path, questions)
    return questions


def choose_split(questions: Sequence[Question], split: str, *, path: Path) -> tuple[Question, ...]:
    """Return the questions of a split; questions that name no split are in each.

    Raises:
        BadQuestionSet: If that leaves no question with gold.
    """
    chosen = tuple(question for question in questions if split == ALL or question.split in {split, None})
    if not any(question.is_answerable for question in chosen):
        raise BadQuestionSet(path, f"no question of the split {split!r} has gold; choose another with --split")
    return chosen


@dataclass(frozen=True, slots=True)
class _Squeezed:
    """A document's text without white space, and where each kept character came from."""

    document: Document
    text: str
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, document: Document) -> "_Squeezed":
        kept = [(offset, char) for offset, char in enumerate(document.text) if not char.isspace()]
        return cls(document, "".join(char for _, char in kept), tuple(offset for offset, _ in kept))

    def find_all(self, quote: str) -> Iterator[Gold]:
        needle = "".join(quote.split())
        position = self.text.find(needle)
        while position >= 0:
            start, end = self.offsets[position], self.offsets[position + len(needle) - 1] + 1
            yield place_gold(self.document, start, end)
            position = self.text.find(needle, position + 1)


def place_gold(document: Document, start: int, end: int, *, gain: int = 1) -> Gold:
    """Return the gold that document.text[start:end] is, with the pages and headings it stands under."""
    return Gold(
        document=document.id,
        quote=document.text[start:end],
        start=start,
        end=end,
        pages=document.pages_of(start, end),
        section=document.headings_of(start, end),
        gain=gain,
    )


def _read_lines(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # splitlines would cut inside JSON texts, at U+2028
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestionSet(path, f"cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadQuestionSet(path, f"is not JSON: {error.msg} at column {error.colno}", line=number) from error
        if not isinstance(fields, dict):
            raise BadQuestionSet(path, "is not a JSON object with the fields of a question", line=number)
        yield number, fields


def _read_question(path: Path, line: int, fields: Mapping[str, object], haystacks: Sequence[_Squeezed]) -> Question:
    texts = {name: fields.get(name) for name in TEXT_FIELDS} | {
        name: fields[name] for name in OPTIONAL_FIELDS if fields.get(name) is not None
    }
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise BadQuestionSet(path, f"the field {name!r} must be a text that is not empty", line=line)
    wanted = {name: str(text) for name, text in texts.items()}
    if any(char.isspace() for char in wanted["id"]):
        raise BadQuestionSet(path, f"the id {wanted['id']!r} contains white space", line=line)
    if wanted.get("split", SPLITS[0]) not in SPLITS:
        raise BadQuestionSet(path, f"the split {wanted['split']!r} is none of {', '.join(SPLITS)}", line=line)
    quotes = fields.get("gold")
    if not isinstance(quotes, list) or not all(isinstance(quote, str) and quote.strip() for quote in quotes):
        raise BadQuestionSet(path, "the field 'gold' must be a list of quotes, none of them empty", line=line)
    allowed = _choose_haystacks(path, line, wanted, haystacks)
    return Question(
        id=wanted["id"],
        text=wanted["question"],
        lang=wanted["lang"],
        kind=wanted["kind"],
        split=wanted.get("split"),
        fact=wanted.get("fact", wanted["id"]),
        gold=tuple(gold for quote in quotes for gold in _find_quote(path, line, quote, allowed)),
    )


def _choose_haystacks(
    path: Path, line: int, wanted: Mapping[str, str], haystacks: Sequence[_Squeezed]
) -> Sequence[_Squeezed]:
    """Return the documents that a question names by title or id, of those the ones with the named source if any."""
    named = wanted.get("document")
    titled = [one for one in haystacks if named in {None, one.document.id, one.document.title}]
    sourced = [one for one in titled if wanted.get("source") == one.document.source]
    if not titled or ("source" in wanted and named is None and not sourced):
        raise BadQuestionSet(path, f"the document {named or wanted['source']!r} is not in the library", line=line)
    return sourced or titled


def _find_quote(path: Path, line: int, quote: str, haystacks: Sequence[_Squeezed]) -> tuple[Gold, ...]:
    found = tuple(gold for haystack in haystacks for gold in haystack.find_all(quote))
    if not found:
        prefix = _longest_prefix(quote, haystacks)
        where = f"; it differs after {prefix!r}" if prefix else ""
        raise BadQuestionSet(path, f"the gold quote {quote!r} is in no document{where}", line=line)
    return found


def _longest_prefix(quote: str, haystacks: Sequence[_Squeezed]) -> str:
    prefixes = accumulate("".join(quote.split()))
    return max((prefix for prefix in prefixes if any(prefix in hay.text for hay in haystacks)), key=len, default="")


def _check_set(path: Path, questions: Sequence[Question]) -> None:
    if not any(question.is_answerable for question in questions):
        raise BadQuestionSet(path, "no question has gold, so nothing could be right")
    seen: set[str] = set()
    sides: defaultdict[str, set[str | None]] = defaultdict(set)
    for question in questions:
        if question.id in seen:
            raise BadQuestionSet(path, f"the id {question.id!r} occurs twice")
        seen.add(question.id)
        sides[question.fact].add(question.split)
    for fact, splits in sides.items():
        if len(splits) > 1:
            raise BadQuestionSet(path, f"the fact {fact!r} is on both sides of the split, so tuning would see the test")
