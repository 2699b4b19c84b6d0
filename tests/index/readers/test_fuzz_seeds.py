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


def test_a_title_that_is_half_a_character_is_none(read, make_raw_pdf):
    content = b"BT /F 12 Tf 1 0 0 1 100 700 Tm (some words) Tj ET"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Title<FEFFD800>>>",
    ]

    raw = read("a.pdf", make_raw_pdf(objects).replace(b"/Root 1 0 R", b"/Root 1 0 R/Info 6 0 R"))

    assert (raw.text, raw.title) == ("some words\n", None)
