"""What fuzzing found: each file once broke a reader, or got a refusal that named a library instead of a reason."""

import zipfile
from io import BytesIO

import pytest

from index.errors import UnreadableFile


def part_of(docx, name):
    with zipfile.ZipFile(BytesIO(docx)) as archive:
        return archive.read(name)


def test_a_relationship_without_a_target_is_no_traceback(read, make_docx, make_archive):
    whole = make_docx(("Normal", "正文"))
    relationships = part_of(whole, "_rels/.rels").replace(b"Target=", b"Tarot=")

    with pytest.raises(UnreadableFile, match="no Word document that can be read"):
        read("a.docx", make_archive({"_rels/.rels": relationships}, base=whole))


def test_styles_of_another_content_type_are_no_traceback(read, make_docx, make_archive):
    whole = make_docx(("Normal", "正文"))
    types = part_of(whole, "[Content_Types].xml").replace(b'"/word/styles.xml"', b'"/wordd/styles.xml"')

    with pytest.raises(UnreadableFile, match="no Word document that can be read"):
        read("a.docx", make_archive({"[Content_Types].xml": types}, base=whole))


def test_a_part_that_does_not_inflate_is_damage(read, make_docx):
    whole = bytearray(make_docx(("Normal", "正文")))
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        member = archive.getinfo("word/styles.xml")
    whole[member.header_offset + 30 + len(member.filename)] = 0xFF  # a block of a type that there is none of

    with pytest.raises(UnreadableFile, match="archive is damaged or cut off"):
        read("a.docx", bytes(whole))
