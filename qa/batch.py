"""Many questions from a file: JSON lines with `question`, or plain lines."""

import json
from collections.abc import Iterable, Iterator

from index.errors import BadQuestion


def read_questions(lines: Iterable[str], name: str) -> Iterator[str]:
    """Yield the questions of a file's lines, in order; empty lines are passed over.

    Raises:
        BadQuestion: If a line begins as JSON but is none, or holds no question.
    """
    for number, line in enumerate(lines, start=1):
        text = line.lstrip("\ufeff").strip()
        if not text:
            continue
        yield _question_of(text, f"{name}, line {number}") if text.startswith("{") else text


def _question_of(text: str, place: str) -> str:
    try:
        written = json.loads(text)
    except ValueError as error:
        raise BadQuestion(f"{place}: this is not JSON ({error}); write one object a line, or plain text") from error
    question = written.get("question")
    if not isinstance(question, str) or not question.strip():
        raise BadQuestion(f'{place}: there is no "question"; write {{"question": "…"}}')
    return question
