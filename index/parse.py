"""A file becomes a `Document`: chrome out, page headers out, lines rejoined, then pages, head and headings read.

Nothing is ever changed or put in: the clean text is the raw text less exactly the removed characters, so that every
offset leads back to the file.
"""

import hashlib
import re
from bisect import bisect_left
from dataclasses import replace
from pathlib import Path

from index.chrome import find_chrome
from index.errors import UnreadableFile
from index.metadata import read_head
from index.pages import find_page_marks, page_starts
from index.printed_lines import pack_lines
from index.readers import RawText, load_bytes, read_bytes
from index.reflow import reflow
from index.sections import find_sections, sections_from_headings
from index.store import REPORT_SOURCE
from index.types import Document, Kept, Page
from index.words import detect_language

LANGUAGE_CHARACTERS = 2_000  # of the text tell its language
GAP_IN_TITLE = re.compile(r"\s*\n\s*")  # where a Chinese title runs over lines
BUNDLED_REPORT = Path(__file__).parent / "report" / REPORT_SOURCE


def parse_file(path: Path, *, source: str | None = None) -> list[Document]:
    """Read a file into its documents: one, or as many as a JSON-lines file has lines.

    Args:
        path: The file.
        source: What citations call it; its name if not given.

    Raises:
        UnreadableFile: If the file cannot be read, is too large, or holds no text.
    """
    source = source or path.name
    data = load_bytes(path)
    file_sha256 = hashlib.sha256(data).hexdigest()
    return [
        parse_part(path, raw, source=source_of(raw, source), sha256=sha256_of(raw, file_sha256))
        for raw in read_bytes(path, data)
    ]


def read_parts(path: Path) -> dict[str, RawText]:
    """Read the raw texts of a file by the ids of their documents, so that these can be compared with them.

    What is `removed` is all that is no part of a document, the chrome of web pages included.

    Raises:
        UnreadableFile: If the file cannot be read, is too large, or holds no text.
    """
    data = load_bytes(path)
    file_sha256 = hashlib.sha256(data).hexdigest()
    return {
        document_id(sha256_of(raw, file_sha256), raw.line): replace(raw, removed=tuple(_merged(_no_part_of(raw))))
        for raw in read_bytes(path, data)
    }


def source_of(raw: RawText, file_name: str) -> str:
    """Return what citations call a raw text: the file's name, with `#` and the line where a line is a document."""
    return file_name if raw.line is None else f"{file_name}#{raw.line}"


def sha256_of(raw: RawText, file_sha256: str) -> str:
    """Return the hash of a raw text: the file's, or that of its own title and text where a line is a document.

    So a line that stays as it is stays the same document when other lines of its file change.
    """
    if raw.line is None:
        return file_sha256
    return hashlib.sha256(f"{raw.title or ''}\n{raw.text}".encode("utf-8", "surrogatepass")).hexdigest()


def parse_part(path: Path, raw: RawText, *, source: str, sha256: str) -> Document:
    """Turn what was read from a file into a `Document`.

    Raises:
        UnreadableFile: If nothing but web chrome and page headers is in it.
    """
    document = parse_raw(raw, source=source, sha256=sha256)
    if not document.text:
        where = f" on line {raw.line}" if raw.line else ""
        raise UnreadableFile(path, f"it holds no text but page numbers and buttons of a web page{where}")
    return document


def parse_text(raw: str, *, source: str, sha256: str | None = None, title: str | None = None) -> Document:
    """Read a text that is already decoded; `sha256` is the file's, else that of the text in UTF-8."""
    digest = sha256 or hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
    return parse_raw(RawText(raw, title=title), source=source, sha256=digest)


def parse_raw(raw: RawText, *, source: str, sha256: str) -> Document:
    """Turn a reader's text into a `Document`."""
    marks = find_page_marks(raw.text) if not raw.pages else []
    holes = sorted({*_no_part_of(raw), *((mark.start, mark.end) for mark in marks)})
    flow = reflow(raw.text, holes, lines_are_wrapped=raw.lines_are_wrapped or None)
    kept = _kept_runs(len(raw.text), [*holes, *flow.removed])
    text = "".join(raw.text[run.raw_start : run.raw_start + run.length] for run in kept)
    locate = _Locator(kept)

    paragraphs = tuple(sorted({locate(start) for start in flow.paragraph_starts} - {len(text)}))
    head = read_head(text, paragraphs)
    if head.title_span:
        paragraphs = tuple(start for start in paragraphs if not head.title_span[0] < start < head.title_span[1])
    stated = GAP_IN_TITLE.sub("", text[slice(*head.title_span)]) if head.title_span else None
    headings = [(heading.level, locate(heading.start), locate(heading.end)) for heading in raw.headings]
    body_start = kept[0].raw_start if kept else 0
    if raw.pages:
        numbered = [(page.printed_number or index, page.start) for index, page in enumerate(raw.pages, start=1)]
    else:
        numbered = page_starts(raw.text, marks, min([body_start, *(mark.start for mark in marks)]))
    return Document(
        id=document_id(sha256, raw.line),
        source=source,
        sha256=sha256,
        title=raw.title or stated or Path(source).stem,
        text=text,
        raw=raw.text,
        kept=kept,
        pages=_pages(numbered, locate, len(text), are_physical=bool(raw.pages)),
        page_total=_page_total(raw, marks[0].total if marks else None),
        sections=sections_from_headings(text, paragraphs, headings) if headings else find_sections(text, paragraphs),
        paragraphs=paragraphs,
        language=detect_language(text[:LANGUAGE_CHARACTERS]),
        metadata=head.metadata,
        printed_lines=pack_lines(raw.lines, kept),
    )


def _no_part_of(raw: RawText) -> list[tuple[int, int]]:
    """Return the spans that the reader left out, and web chrome, which a text without pages and headings may have."""
    return [*raw.removed, *(find_chrome(raw.text) if not raw.pages and not raw.headings else [])]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class _Locator:
    """Where a raw offset, or what follows it, stands in the clean text."""

    def __init__(self, kept: tuple[Kept, ...]) -> None:
        self._kept = kept

    def __call__(self, raw_offset: int) -> int:
        index = bisect_left(self._kept, raw_offset, key=lambda run: run.raw_start + run.length)
        if index < len(self._kept) and self._kept[index].raw_start + self._kept[index].length == raw_offset:
            index += 1  # the offset is the end of this run: what follows it is the next one
        if index == len(self._kept):
            return self._kept[-1].start + self._kept[-1].length if self._kept else 0
        run = self._kept[index]
        return run.start + max(0, raw_offset - run.raw_start)


def _kept_runs(length: int, removed: list[tuple[int, int]]) -> tuple[Kept, ...]:
    runs: list[Kept] = []
    start = raw_start = 0
    for hole_start, hole_end in sorted([*removed, (length, length)]):
        if raw_start < hole_start:
            runs.append(Kept(start, raw_start, hole_start - raw_start))
            start += hole_start - raw_start
        raw_start = max(raw_start, hole_end)
    return tuple(runs)


def _pages(numbered: list[tuple[int, int]], locate: _Locator, length: int, *, are_physical: bool) -> tuple[Page, ...]:
    if not numbered or not length:
        return ()
    starts = [0, *(locate(raw_start) for _, raw_start in numbered[1:]), length]
    return tuple(
        Page(number, starts[index], starts[index + 1], index + 1 if are_physical else None)
        for index, (number, _) in enumerate(numbered)
        if starts[index] < starts[index + 1]
    )


def _page_total(raw: RawText, marked: int | None) -> int | None:
    printed = [page.printed_total for page in raw.pages if page.printed_total is not None]
    return marked if marked is not None else max(printed, default=None)


def document_id(sha256: str, line: int | None) -> str:
    """Return the first 12 digits of the file's hash; of the hash and the line, where a line is a document."""
    return sha256[:12] if line is None else hashlib.sha256(f"{sha256}#{line}".encode()).hexdigest()[:12]
