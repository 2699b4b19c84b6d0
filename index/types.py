"""The nouns of the index: documents with pages and sections, passages, hits.

Every offset counts characters from 0 and every span is half-open. This module knows no file format, no language and
no model.
"""

import datetime
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Page:
    """A printed page: the span of `Document.text` that stands on it.

    `number` is what the page prints (from 1); `physical` is its position in the file (from 1), None where the file is
    not divided into pages.
    """

    number: int
    start: int
    end: int
    physical: int | None = None


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle on a physical page (from 1), as PDF gives one: in points of the page's own space, y upwards.

    A point is 1/72 inch. A viewer's annotation takes it as it is, whichever way the page is turned to be shown.
    """

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and everything under it, its own heading line included; sections nest and never cross."""

    title: str
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A run of the raw file that the clean text keeps: `text[start:start + length] == raw[raw_start:…]`."""

    start: int
    raw_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself; None where it says nothing."""

    newspaper: str | None = None
    date: datetime.date | None = None
    newspaper_page: str | None = None
    speaker: str | None = None
    speaker_role: str | None = None
    occasion: str | None = None
    occasion_date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file.

    Attributes:
        id: First 12 hexadecimal digits of `sha256`.
        source: File name, or path relative to the folder that was added, with `/`.
        sha256: Of the file's bytes; of title and text where a line of a file is a document.
        title: As the text states it, else the file name.
        text: Clean text: the raw text without exactly the removed characters.
        raw: The decoded file (for paged formats: the text that the reader extracted).
        kept: The runs of `raw` that make up `text`, in order; together they tile `text`.
        pages: Printed pages in order, tiling `text`; empty where the file has none.
        printed_lines: Where the lines of `text` stand on their pages, as `index.printed_lines` packs it; empty where
            the format does not say.
        page_total: How many pages the document says it has.
        sections: Nested, in order of `start`, parents before children.
        paragraphs: Where paragraphs start in `text`, ascending, the first at 0 (for a text that is not empty).
        language: ISO 639-1 code of the text's language.
        metadata: What the text says of itself.

    Raises:
        ValueError: If pages or kept runs do not tile the text.
    """

    id: str
    source: str
    sha256: str
    title: str
    text: str = field(repr=False)
    raw: str = field(repr=False)
    kept: tuple[Kept, ...] = field(repr=False)
    pages: tuple[Page, ...] = ()
    page_total: int | None = None
    sections: tuple[Section, ...] = ()
    paragraphs: tuple[int, ...] = field(default=(), repr=False)
    language: str = "en"
    metadata: Metadata = Metadata()
    printed_lines: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse a document whose pages or kept runs leave a gap."""
        _require_tiling("kept runs", [(run.start, run.start + run.length) for run in self.kept], len(self.text))
        if self.pages:
            _require_tiling("pages", [(page.start, page.end) for page in self.pages], len(self.text))

    @property
    def is_complete(self) -> bool:
        """Whether the file holds every page that the document says it has."""
        return self.page_total is None or {page.number for page in self.pages} >= set(range(1, self.page_total + 1))

    @property
    def missing_pages(self) -> tuple[int, ...]:
        """The printed numbers of the pages that the file lacks, ascending."""
        present = {page.number for page in self.pages}
        return tuple(number for number in range(1, (self.page_total or 0) + 1) if number not in present)

    def pages_of(self, start: int, end: int) -> tuple[int, ...]:
        """Return the printed numbers of the pages that text[start:end] stands on, in order."""
        return tuple(page.number for page in self.pages if page.start < end and start < page.end)

    def physical_pages_of(self, start: int, end: int) -> tuple[int, ...]:
        """Return the positions in the file of the pages that text[start:end] stands on; none where it has no pages."""
        return tuple(page.physical for page in self.pages if page.start < end and start < page.end and page.physical)

    def headings_of(self, start: int, end: int) -> tuple[str, ...]:
        """Return the titles of the sections that contain text[start:end], outermost first."""
        return tuple(section.title for section in self.sections if section.start <= start and end <= section.end)

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of `raw` from the first to the last character of text[start:end].

        Raises:
            ValueError: If the span is empty or reaches outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}-{end} is not inside a text of {len(self.text)} characters")
        return self._raw_offset(start), self._raw_offset(end - 1) + 1

    def _raw_offset(self, offset: int) -> int:
        run = self.kept[bisect_right(self.kept, offset, key=lambda kept: kept.start) - 1]
        return run.raw_start + offset - run.start


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one section of a document, long enough to be read alone.

    `id` is `"{document_id}:{start}-{end}"`; `document.text[start:end] == text`.
    """

    document_id: str
    start: int
    end: int
    text: str
    pages: tuple[int, ...] = ()
    section: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The passage's address, which outlives a rebuild as long as the file and the chunking stay."""
        return f"{self.document_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the passage that stands for a word of the question; `similarity` is their cosine (1.0: the same)."""

    question: str
    passage: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Signals:
    """What each retriever said of a passage; None where it was off or did not return the passage.

    Scores are higher-better. `dense_score` and `late_score` are cosines (at most 1), `phrase_score` is the cosine of
    the passage's nearest few words, `lexical_score` is the share of the most that BM25 could give the question (0 to
    1), `near_score` is the late score of the passage's best stretch, `context_score` the late score with what its
    words' neighbours find beside them (at most 2), `document_score` that of its document's title, `named_score` how
    much of that title or of the document's first words the question says, `rerank_score` is the cross-encoder's own
    scale. `period_score` is what speaking of another time than the question took from the fused score, or of the same
    time added to it. Ranks are from 1.
    """

    dense_rank: int | None = None
    dense_score: float | None = None
    phrase_score: float | None = None
    lexical_rank: int | None = None
    lexical_score: float | None = None
    late_rank: int | None = None
    late_score: float | None = None
    near_score: float | None = None
    context_score: float | None = None
    document_score: float | None = None
    named_score: float | None = None
    period_score: float | None = None
    rerank_score: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that search returned; `rank` from 1, `score` higher-better, following from `signals`."""

    passage: Passage
    rank: int
    score: float
    signals: Signals


def _require_tiling(name: str, spans: list[tuple[int, int]], length: int) -> None:
    ends_meet = all(left[1] == right[0] for left, right in pairwise(spans))
    covers = (spans[0][0], spans[-1][1]) == (0, length) if spans else length == 0
    if not (ends_meet and covers):
        raise ValueError(f"{name} do not tile a text of {length} characters: {spans[:3]}…")
