"""Files on disk, in any format that is read, to raw text; nothing heavy is imported before a file needs it."""

from index.readers.find import FoundFile, find_files
from index.readers.limits import DEFAULT_LIMITS, Limits
from index.readers.read import READERS, load_bytes, read_bytes, read_file, read_rectangles
from index.readers.types import CELL_DIVIDER, Heading, PhysicalPage, PrintedLine, RawText

__all__ = [
    "CELL_DIVIDER",
    "DEFAULT_LIMITS",
    "READERS",
    "FoundFile",
    "Heading",
    "Limits",
    "PhysicalPage",
    "PrintedLine",
    "RawText",
    "find_files",
    "load_bytes",
    "read_bytes",
    "read_file",
    "read_rectangles",
]
