"""DOCX: paragraphs and tables in document order, headings from styles and outline levels; no pages.

python-docx opens the package and its styles; the body is walked here, because python-docx passes over content
controls, tracked insertions and text boxes. Nothing outside the file is ever fetched.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.readers.docx_numbers import WORD, Numbering
from index.readers.limits import MIB, Limits
from index.readers.types import CELL_DIVIDER, Heading, RawText, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
CHARACTERS = {  # elements of a run that stand for characters
    f"{WORD}tab": "\t",
    f"{WORD}br": "\n",
    f"{WORD}cr": "\n",
    f"{WORD}noBreakHyphen": "-",
}
NOT_TEXT = {  # subtrees without text of the document: moved away, or a second rendering of the same
    f"{WORD}{name}" for name in ("moveFrom", "pPr", "rPr", "txbxContent")
} | {f"{COMPATIBILITY}Fallback"}
HEADING_NAME = re.compile(r"(?:heading|标题|標題) ?([1-9])", re.IGNORECASE)
TITLE_NAMES = {"title", "标题", "標題"}
CONTENTS_NAME = re.compile(r"(?:toc|目录|目錄) ?(?:heading|[1-9])", re.IGNORECASE)
JUNK_TITLE = re.compile(r"(?:microsoft word\b|untitled|无标题|新建).*|(?:word )?document\d*|文档\d*", re.IGNORECASE)
DAMAGED_ARCHIVE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph's style says: heading, title, line of the table of contents, item of a numbered list.

    The title has level 0 until the headings are lifted above it.
    """

    level: int | None = None
    is_title: bool = False
    is_contents: bool = False
    list_id: str | None = None
    list_level: int = 0


@dataclass(frozen=True, slots=True)
class _Package:
    """What python-docx took out of the file."""

    body: "Element"
    styles: dict[str, Style]
    title: str | None
    numbering: Numbering
    footnotes: list["Element"]


@dataclass(slots=True)
class _Draft:
    """The text as it grows."""

    limits: Limits
    parts: list[str] = field(default_factory=list)
    length: int = 0
    headings: list[Heading] = field(default_factory=list)
    removed: list[tuple[int, int]] = field(default_factory=list)

    def add(self, line: str, style: Style = Style()) -> None:
        line = line.strip()
        if not line:
            return
        start, self.length = self.length, self.length + len(line) + 1
        if self.length > self.limits.text_characters:
            raise Refused(f"it holds more than {self.limits.text_characters:,} characters; split it")
        self.parts += (line, "\n")
        if style.is_contents:
            self.removed.append((start, self.length))
        elif style.level is not None:
            self.headings.append(Heading(style.level, start, start + len(line)))


def read_docx(data: bytes, limits: Limits) -> list[RawText]:
    """Read a Word document.

    Lines of its table of contents are removed: they repeat the headings. Footnotes follow the body.

    Raises:
        Refused: If it is damaged, no Word document, or larger inside than `limits` allow.
    """
    _check_archive(data, limits)
    package = _open(data)
    draft = _Draft(limits)
    title = None
    for block in _blocks(package.body):
        if block.tag == f"{WORD}tbl":
            _add_table(block, draft)
            continue
        style = _style_of(block, package.styles)
        line = _text_of(block).strip()
        if line and style.list_id:
            line = _labelled(package.numbering.label(style.list_id, style.list_level), line)
        if style.is_title and title is None:
            title = line or None
        draft.add(line, style)
        for box in _text_boxes(block):
            _add_blocks(_blocks(box), draft)
    for part in package.footnotes:
        _add_blocks(_blocks(part), draft)
    lift = 1 if title else 0  # a title stands above the headings, whatever levels they have
    return [
        RawText(
            "".join(draft.parts),
            title=title or package.title,
            headings=tuple(Heading(heading.level + lift, heading.start, heading.end) for heading in draft.headings),
            removed=tuple(draft.removed),
        )
    ]


def without_junk(title: str | None) -> str | None:
    """Return a title from a file's properties, or None if a program filled it in."""
    title = (title or "").strip()
    return None if not title or JUNK_TITLE.fullmatch(title) else title


def _labelled(label: str, line: str) -> str:
    """Write a list's label before a line: a space after "1.", none after "一、"."""
    return f"{label} {line}" if label[-1:].isascii() and label else f"{label}{line}"


def _check_archive(data: bytes, limits: Limits) -> None:
    """Refuse what unpacks to too much, by what the archive declares and then by what really comes out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members, limits)
            for member in members:
                _unpack(archive, member)
    except DAMAGED_ARCHIVE as error:
        if isinstance(error, Refused):
            raise
        raise Refused(f"its archive is damaged or cut off ({error}); fetch or save it again") from error
    except RuntimeError as error:  # a member behind a password
        raise Refused("it is protected by a password; save it without one") from error


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members:
        raise Refused(f"its archive has {len(members):,} members, more than the {limits.members:,} a document may have")
    if not any(member.filename.endswith("document.xml") for member in members):
        raise Refused("it is an archive but no Word document; unpack it, or save it as .docx or .pdf")
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        raise Refused(
            f"it would unpack to {unpacked / MIB:,.0f} MiB, more than the {limits.unpacked_bytes / MIB:,.0f} MiB a "
            "document may take; split it or leave it out"
        )
    for member in members:
        if member.filename.endswith((".xml", ".rels")) and member.file_size > limits.xml_bytes:
            raise Refused(
                f"its part {member.filename!r} unpacks to {member.file_size / MIB:,.0f} MiB, more than the "
                f"{limits.xml_bytes / MIB:,.0f} MiB a part may take; split it or leave it out"
            )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member without keeping it: no more comes out than it declares, and its checksum is checked."""
    head = b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            head = head or chunk
    if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in head:
        raise Refused(f"its part {member.filename!r} defines entities, which no Word document does; leave it out")


def _open(data: bytes) -> _Package:
    import docx
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.exceptions import OpcError
    from docx.oxml import parse_xml
    from lxml.etree import LxmlError

    try:
        package = docx.Document(io.BytesIO(data))
        parts = {
            relationship.reltype: parse_xml(relationship.target_part.blob)
            for relationship in package.part.rels.values()
            if relationship.reltype in {RELATIONSHIP_TYPE.NUMBERING, RELATIONSHIP_TYPE.FOOTNOTES}
            and not relationship.is_external
        }
        numbering = Numbering()
        if RELATIONSHIP_TYPE.NUMBERING in parts:
            numbering.add(parts[RELATIONSHIP_TYPE.NUMBERING])
        return _Package(
            package.element.body,
            _read_styles(package.styles.element),
            without_junk(package.core_properties.title),
            numbering,
            [parts[RELATIONSHIP_TYPE.FOOTNOTES]] if RELATIONSHIP_TYPE.FOOTNOTES in parts else [],
        )
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, OpcError, LxmlError) as error:
        what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise Refused(f"it is no Word document that can be read ({what}); open it and save it anew") from error


def _read_styles(styles: "Element") -> dict[str, Style]:
    elements = {style.get(f"{WORD}styleId"): style for style in styles.iter(f"{WORD}style")}
    return {style_id: _resolve_style(style_id, elements) for style_id in elements if style_id}


def _resolve_style(style_id: str, elements: dict[str | None, "Element"]) -> Style:
    """Follow what a style is based on until one says something; a circle ends the search."""
    followed: list[str] = []
    style = Style()
    next_id: str | None = style_id
    while next_id and next_id in elements and next_id not in followed:
        followed.append(next_id)
        element = elements[next_id]
        name = (_value(element, "name") or "").strip()
        heading = HEADING_NAME.fullmatch(name)
        level = _outline_level(element) or (int(heading[1]) if heading else None)
        list_id, list_level = _list_of(element)
        style = Style(
            style.level or level,
            is_title=style.is_title or name.lower() in TITLE_NAMES,
            is_contents=style.is_contents or bool(CONTENTS_NAME.fullmatch(name)),
            list_id=style.list_id or list_id,
            list_level=style.list_level or list_level,
        )
        next_id = _value(element, "basedOn")
    return style


def _style_of(paragraph: "Element", styles: dict[str, Style]) -> Style:
    style = styles.get(_value(paragraph, "pPr/pStyle") or "", Style())
    list_id, list_level = _list_of(paragraph)
    return replace(
        style,
        level=0 if style.is_title else _outline_level(paragraph) or style.level,
        list_id=list_id or style.list_id,
        list_level=list_level if list_id else style.list_level,
    )


def _list_of(element: "Element") -> tuple[str | None, int]:
    """Return the list that a paragraph or a style belongs to, if any, and the level in it; list 0 is none."""
    level = _value(element, "pPr/numPr/ilvl") or "0"
    return _value(element, "pPr/numPr/numId"), int(level) if level in "012345678" else 0


def _outline_level(element: "Element") -> int | None:
    value = _value(element, "pPr/outlineLvl")
    return int(value) + 1 if value and value in "012345678" else None  # 9 is body text


def _value(element: "Element", path: str) -> str | None:
    found = element.find("/".join(f"{WORD}{step}" for step in path.split("/")))
    return None if found is None else found.get(f"{WORD}val")


def _blocks(container: "Element") -> Iterator["Element"]:
    """Yield paragraphs and tables in document order, also those inside content controls and tracked changes."""
    for child in container:
        if child.tag in (f"{WORD}p", f"{WORD}tbl"):
            yield child
        elif isinstance(child.tag, str) and child.tag not in NOT_TEXT:
            yield from _blocks(child)


def _add_blocks(blocks: Iterable["Element"], draft: _Draft) -> None:
    for block in blocks:
        if block.tag == f"{WORD}tbl":
            _add_table(block, draft)
        else:
            draft.add(_text_of(block))


def _add_table(table: "Element", draft: _Draft) -> None:
    """Add a line a row; a row of one cell is a frame around paragraphs, not a table."""
    for row in table.iter(f"{WORD}tr"):
        if next(row.iterancestors(f"{WORD}tbl")) is not table:
            continue
        cells = [list(_blocks(cell)) for cell in row.iter(f"{WORD}tc") if next(cell.iterancestors(f"{WORD}tr")) is row]
        if len(cells) == 1:
            _add_blocks(cells[0], draft)
            continue
        texts = [" ".join(_words_of(blocks)) for blocks in cells]
        if any(texts):
            draft.add(CELL_DIVIDER.join(texts))


def _words_of(blocks: Iterable["Element"]) -> Iterator[str]:
    """Yield the words of a cell, those of tables inside it included."""
    for block in blocks:
        if block.tag == f"{WORD}tbl":
            yield from _words_of(paragraph for cell in block.iter(f"{WORD}tc") for paragraph in cell.iter(f"{WORD}p"))
        else:
            yield from _text_of(block).split()


def _text_of(element: "Element") -> str:
    return "".join(_pieces(element))


def _pieces(element: "Element") -> Iterator[str]:
    for child in element:
        if child.tag in (f"{WORD}t", f"{MATH}t"):
            yield child.text or ""
        elif child.tag in CHARACTERS:
            yield CHARACTERS[child.tag]
        elif isinstance(child.tag, str) and child.tag not in NOT_TEXT:
            yield from _pieces(child)


def _text_boxes(paragraph: "Element") -> Iterator["Element"]:
    for box in paragraph.iter(f"{WORD}txbxContent"):
        if next(box.iterancestors(f"{COMPATIBILITY}Fallback"), None) is None:
            yield box
