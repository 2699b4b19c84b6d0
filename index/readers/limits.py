"""How much a reader takes before it refuses: every number with its reason."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on time and memory; a file beyond one of them is refused with a line that names the bound."""

    file_bytes: int = 256 * MIB  # a scanned report of 1,000 pages fits; two copies of it stay under 1 GiB
    text_bytes: int = 64 * MIB  # of one text, Markdown or HTML file: some 20 million Chinese characters, 100 novels
    unpacked_bytes: int = 256 * MIB  # of an .xz or of all members of a .docx: the memory that unpacking may take
    xml_bytes: int = 64 * MIB  # of one XML part of a .docx: a parsed tree takes some ten times its source
    members: int = 10_000  # of a .docx: a report with 1,000 pictures has about 1,100
    pages: int = 5_000  # of a PDF: the longest statute books have about 2,000
    page_characters: int = 200_000  # of one PDF page: a full newspaper page has about 20,000
    text_characters: int = 40_000_000  # of one extracted document: what `text_bytes` allows, and half as much again
    seconds: float = 120.0  # of processor time for one PDF, DOCX or HTML file: 5,000 ordinary pages take 60
    wall_seconds: float = 480.0  # for the same on the clock: a busy machine must not make a good file a bad one
    memory_bytes: int = 1024 * MIB  # address space of the process that reads one: 64 MiB of XML take some 700


DEFAULT_LIMITS = Limits()
