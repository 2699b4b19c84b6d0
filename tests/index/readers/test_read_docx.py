"""DOCX: what a Word document says, in its order."""

import re

import pytest

from index.errors import UnreadableFile
from index.readers import Limits

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture
def read_body(read, make_docx, make_archive):
    """Read a document whose body is the given XML."""

    def read_xml(body, **members):
        document = f'<w:document xmlns:w="{WORD}" xmlns:mc="{COMPATIBILITY}"><w:body>{body}</w:body></w:document>'
        parts = {"word/document.xml": document.encode()} | members
        return read("a.docx", make_archive(parts, base=make_docx()))

    return read_xml


COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def headings_of(raw):
    return [(heading.level, raw.text[heading.start : heading.end]) for heading in raw.headings]


def paragraph(text, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_paragraphs_headings_and_tables_come_in_their_order(read, make_docx):
    raw = read(
        "a.docx",
        make_docx(
            ("Title", "政府工作报告"),
            ("Heading 1", "一、回顾"),
            ("Normal", "全年共征集提案379件。"),
            ("table", [["指标", "数值"], ["总值", "768亿元"]]),
            ("Heading 2", "（一）经济"),
            ("Normal", "表后的话。"),
        ),
    )

    assert raw.text == (
        "政府工作报告\n一、回顾\n全年共征集提案379件。\n指标 | 数值\n总值 | 768亿元\n（一）经济\n表后的话。\n"
    )
    assert headings_of(raw) == [(1, "政府工作报告"), (2, "一、回顾"), (3, "（一）经济")]
    assert (raw.title, raw.pages, raw.encoding) == ("政府工作报告", (), None)


@pytest.mark.parametrize(
    ("stated", "title"),
    [("年度报告", "年度报告"), ("Document1", None), ("Microsoft Word - 报告.doc", None), ("", None)],
)
def test_the_title_property_counts_unless_a_program_filled_it_in(read, make_docx, stated, title):
    assert read("a.docx", make_docx(("Normal", "正文"), title=stated)).title == title


def test_an_outline_level_makes_a_heading_without_a_style(read_body):
    raw = read_body(paragraph("一、回顾", '<w:outlineLvl w:val="1"/>') + paragraph("正文", '<w:outlineLvl w:val="9"/>'))

    assert headings_of(raw) == [(2, "一、回顾")]


def test_content_controls_and_insertions_are_read_and_what_was_deleted_or_moved_away_is_not(read_body):
    raw = read_body(
        f"<w:sdt><w:sdtContent>{paragraph('控件里')}</w:sdtContent></w:sdt>"
        "<w:p><w:ins><w:r><w:t>加的</w:t></w:r></w:ins><w:del><w:r><w:delText>删的</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>移走的</w:t></w:r></w:moveFrom></w:p>"
    )

    assert raw.text == "控件里\n加的\n"


def test_a_text_box_is_read_once_and_after_its_paragraph(read_body):
    box = f"<w:txbxContent>{paragraph('框里')}</w:txbxContent>"
    raw = read_body(
        "<w:p><w:r><w:t>段落</w:t><mc:AlternateContent>"
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )

    assert raw.text == "段落\n框里\n"


def test_a_table_of_one_cell_is_a_frame_around_paragraphs(read_body):
    raw = read_body(f"<w:tbl><w:tr><w:tc>{paragraph('一段')}{paragraph('两段')}</w:tc></w:tr></w:tbl>")

    assert raw.text == "一段\n两段\n"


def test_a_table_inside_a_cell_stays_in_its_cell(read_body):
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('内一')}</w:tc><w:tc>{paragraph('内二')}</w:tc></w:tr></w:tbl>"
    raw = read_body(f"<w:tbl><w:tr><w:tc>{paragraph('外')}{inner}</w:tc><w:tc>{paragraph('右')}</w:tc></w:tr></w:tbl>")

    assert raw.text == "外 内一 内二 | 右\n"


def test_the_table_of_contents_is_removed(read_body, clean, make_docx):
    styles = (
        f'<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
    )
    raw = read_body(
        paragraph("一、回顾\t3", '<w:pStyle w:val="T1"/>') + paragraph("正文", '<w:pStyle w:val="A"/>'),
        **{"word/styles.xml": styles.encode()},
    )

    assert clean(raw) == "正文\n"


NUMBERING = f"""<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="5">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2."/></w:lvl>
<w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>
</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="5"/></w:num></w:numbering>""".encode()


def test_numbers_that_word_writes_by_itself_are_read(read_body):
    def item(text, level, list_id=7):
        return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')

    body = [
        item("回顾", 0),
        item("经济", 1),
        item("民生", 1),
        item("点", 2),
        item("任务", 0),
        item("项目", 1),
        item("无", 0, 0),
    ]

    raw = read_body("".join(body), **{"word/numbering.xml": NUMBERING})

    assert raw.text == "一、回顾\n一.1. 经济\n一.2. 民生\n点\n二、任务\n二.1. 项目\n无\n"


def test_a_heading_style_may_be_numbered(read_body):
    style = (
        f'<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="I"><w:basedOn w:val="H"/></w:style></w:styles>'
    )
    raw = read_body(
        paragraph("回顾", '<w:pStyle w:val="H"/>') + paragraph("任务", '<w:pStyle w:val="I"/>'),
        **{"word/numbering.xml": NUMBERING, "word/styles.xml": style.encode()},
    )

    assert headings_of(raw) == [(1, "一、回顾"), (1, "二、任务")]


def test_entities_are_refused(read, make_docx, make_archive):
    bomb = b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><w>&b;</w>'

    with pytest.raises(UnreadableFile, match=r"'word/document.xml' defines entities"):
        read("a.docx", make_archive({"word/document.xml": bomb}, base=make_docx()))


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(read, make_docx, make_archive):
    bomb = make_archive({"word/media/image1.png": b"\0" * 40_000_000}, base=make_docx())

    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFile, match="would unpack to 39 MiB, more than the 32 MiB"):
        read("a.docx", bomb, limits=Limits(unpacked_bytes=32 << 20))


def test_a_part_that_declares_less_than_it_holds_is_refused(read, make_docx, make_archive):
    honest = make_archive({"word/document.xml": b" " * 5_000_000}, base=make_docx())
    size = (5_000_000).to_bytes(4, "little")

    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        read("a.docx", honest.replace(size, (10).to_bytes(4, "little")))


def test_a_part_too_large_to_be_parsed_is_refused(read, make_docx, make_archive):
    large = make_archive({"word/document.xml": b" " * 5_000_000}, base=make_docx())

    with pytest.raises(UnreadableFile, match=r"'word/document.xml' unpacks to 5 MiB, more than the 4 MiB"):
        read("a.docx", large, limits=Limits(xml_bytes=4 << 20))


def test_too_many_members_are_refused(read, make_archive):
    with pytest.raises(UnreadableFile, match="11 members, more than the 10"):
        read("a.docx", make_archive({f"{number}.xml": b"" for number in range(11)}), limits=Limits(members=10))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_document_that_is_cut_off_is_refused(read, make_docx, share):
    whole = make_docx(("Normal", "正文"))

    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        read("a.docx", whole[: int(len(whole) * share)])


def test_a_flipped_bit_is_found_by_the_archive_checksum(read, make_docx):
    whole = bytearray(make_docx(("Normal", "正文" * 999)))
    whole[whole.index(b"word/document.xml") + 100] ^= 4

    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        read("a.docx", bytes(whole))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"xl/workbook.xml": b"<x/>"}, "no Word document"),
        ({"word/document.xml": b"<x/>"}, "no Word document that can be read"),
        ({"[Content_Types].xml": b"<x", "word/document.xml": b"<x/>"}, "no Word document that can be read"),
    ],
)
def test_another_kind_of_archive_is_no_word_document(read, make_archive, members, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read("a.docx", make_archive(members))


def test_elements_nested_100_000_deep_are_refused(read, read_body):
    with pytest.raises(UnreadableFile, match=re.compile("depth|nest", re.IGNORECASE)):
        read_body("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000)


def test_a_document_without_words_is_refused(read, make_docx):
    with pytest.raises(UnreadableFile, match="holds no text"):
        read("a.docx", make_docx(("Normal", "")))
