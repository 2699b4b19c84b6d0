"""The nouns of an answer: citations, evidence, hits with their reasons, answers and refusals."""

from dataclasses import dataclass

from index.types import Match, Rectangle, Signals


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands, checkable without this program.

    Attributes:
        document: The document's id, the first 12 hexadecimal digits of `sha256`.
        title: The document's title.
        source: The file's name.
        sha256: Of the file's bytes.
        pages: Printed page numbers; empty where the file has no pages.
        page_total: How many pages the document says it has.
        section: Titles of the headings that the quote stands under, outermost first.
        start: Start of the quote in the clean text, in characters.
        end: End of the quote in the clean text, exclusive.
        raw_start: Start in the decoded file.
        raw_end: End in the decoded file, exclusive.
        quote: The clean text from `start` to `end`.
        physical_pages: Positions in the file (from 1) of the pages, which may print other numbers; empty where the file
            is not divided into pages.
        rectangles: Where the quote stands on them, one for each printed line; empty where the format does not say.
    """

    document: str
    title: str
    source: str
    sha256: str
    pages: tuple[int, ...]
    page_total: int | None
    section: tuple[str, ...]
    start: int
    end: int
    raw_start: int
    raw_end: int
    quote: str
    physical_pages: tuple[int, ...] = ()
    rectangles: tuple[Rectangle, ...] = ()

    @property
    def id(self) -> str:
        """What `qa show` takes."""
        return f"{self.document}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence of a passage that answers best; offsets into the document's clean text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CitedHit:
    """A passage with its reasons: what was found, why, and where it stands.

    `breaks` are the offsets in `text` at which a paragraph starts, ascending, the first one not counted: the text
    itself may hold no sign of them.
    """

    rank: int
    score: float
    text: str
    evidence: Evidence
    matches: tuple[Match, ...]
    signals: Signals
    citation: Citation
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the library says to a question.

    Attributes:
        question: As it was asked.
        language: ISO 639-1 code of the question's language.
        is_answerable: Whether the best hit is above the line. Where it is not, `hits` are the nearest passages and
            not an answer.
        confidence: Probability, 0 to 1, that the question is answered by the best hits.
        refusal: One sentence that says why there is no answer; None when there is one.
        hits: Best first.
        incomplete: Titles of the documents among the hits (all, when refused) that lack pages.
    """

    question: str
    language: str
    is_answerable: bool
    confidence: float
    refusal: str | None
    hits: tuple[CitedHit, ...]
    incomplete: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an answer that is also a refusal."""
        if self.is_answerable == (self.refusal is not None):
            raise ValueError("an answer has no refusal, and a refusal has a reason")
