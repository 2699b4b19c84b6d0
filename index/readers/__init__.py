"""Files on disk, in any format that is read, to raw text; nothing heavy is imported before a file needs it."""

from index.readers.types import CELL_DIVIDER, Heading, PhysicalPage, RawText, Rectangle

__all__ = ["CELL_DIVIDER", "Heading", "PhysicalPage", "RawText", "Rectangle"]
