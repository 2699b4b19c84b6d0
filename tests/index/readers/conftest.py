"""Files of every format, made on the spot: the readers are tested on nothing that is stored."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import docx
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from index.readers import RawText, read_bytes

CHINESE = "STSong-Light"  # one of the fonts that every PDF program brings along, so that no font file is needed
WIDTH, HEIGHT = 595, 842  # A4 in points
EM = 12
Drawn = tuple[float, float, str] | tuple[float, float, str, float]  # from the left, from the top, text, size


@pytest.fixture
def read() -> Callable[..., RawText]:
    """Read bytes under a file name and give the only document."""

    def read_one(name: str, data: bytes | str, **limits: object) -> RawText:
        content = data.encode() if isinstance(data, str) else data
        (document,) = read_bytes(Path(name), content, **limits)
        return document

    return read_one


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    return draw_pdf


@pytest.fixture
def make_raw_pdf() -> Callable[..., bytes]:
    return write_pdf


@pytest.fixture
def make_column() -> Callable[..., list[Drawn]]:
    return column


@pytest.fixture
def make_docx() -> Callable[..., bytes]:
    return write_docx


@pytest.fixture
def make_archive() -> Callable[..., bytes]:
    return write_archive


@pytest.fixture
def clean() -> Callable[[RawText], str]:
    """Give the text without what was removed."""

    def without_removed(raw: RawText) -> str:
        kept, start = [], 0
        for left, right in raw.removed:
            kept.append(raw.text[start:left])
            start = right
        return "".join([*kept, raw.text[start:]])

    return without_removed


def draw_pdf(
    pages: Iterable[Iterable[Drawn]], *, title: str | None = None, password: str | None = None, font: str = CHINESE
) -> bytes:
    """Draw texts on pages. One character alone is lost by pdfium in a font without shapes; draw two at least."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), encrypt=password, invariant=True)
    if title:
        canvas.setTitle(title)
    for page in pages:
        for left, top, text, *size in page:
            canvas.setFont(font, size[0] if size else EM)
            canvas.drawString(left, HEIGHT - top, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def column(text: str, *, left: float = 70, top: float = 90, ems: int = 38, leading: float = 18) -> list[Drawn]:
    """Set paragraphs as Chinese print does: two ems of indent, lines of `ems` characters, broken anywhere."""
    drawn: list[Drawn] = []
    for paragraph in text.split("\n"):
        start, room, indent = 0, ems - 2, 2
        while start < len(paragraph):
            width, end = 0.0, start
            while end < len(paragraph) and width < room:
                width += 0.5 if paragraph[end].isascii() else 1
                end += 1
            drawn.append((left + indent * EM, top + leading * len(drawn), paragraph[start:end]))
            start, room, indent = end, ems, 0
    return drawn


def write_pdf(objects: Sequence[bytes], *, root: int = 1) -> bytes:
    """Write a PDF object by object, so that it can be wrong in ways that no PDF writer offers."""
    written = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return written + b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        table,
        len(objects) + 1,
        root,
        len(written),
    )


def deflated(content: bytes) -> bytes:
    """A PDF stream object that unpacks to `content`."""
    packed = zlib.compress(content, 9)
    return b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed)


def write_docx(*blocks: tuple[str, object], title: str = "") -> bytes:
    """Write a Word document from ("Heading 1" or another style, text) and ("table", rows)."""
    document = docx.Document()
    document.core_properties.title = title
    for kind, content in blocks:
        if kind == "table":
            table = document.add_table(rows=len(content), cols=len(content[0]))
            for row, texts in zip(table.rows, content, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        else:
            document.add_paragraph(content, style=kind)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def write_archive(members: dict[str, bytes], *, base: bytes = b"") -> bytes:
    """Write a zip archive: the members of `base`, those of `members` in their stead or beside them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if base:
            with zipfile.ZipFile(io.BytesIO(base)) as source:
                for name in source.namelist():
                    if name not in members:
                        archive.writestr(name, source.read(name))
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()
