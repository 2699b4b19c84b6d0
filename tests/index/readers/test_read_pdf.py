"""PDF: pages, lines in reading order, places; and every PDF that was made to harm."""

import zlib
from pathlib import Path

import pytest

from index.errors import UnreadableFile
from index.parse import parse_raw
from index.printed_lines import rectangles_of
from index.readers import Limits, read_rectangles

FIRST = (
    "我受政协常务委员会的委托，向大会报告过去一年的工作，并对2020年政协工作提出意见，请予审议，并请列席会议的同"
    "志提出意见。"
)
SECOND = (
    "一年来，常务委员会团结带领全市各级政协组织、参加单位和广大委员，全年共征集提案379件，立案279件，为丹东振"
    "兴作出了新的贡献。"
)
THIRD = (
    "会议强调，要坚持稳中求进，把握新发展阶段，贯彻新发展理念，构建新发展格局，推动高质量发展，加快建设现代化经济体系。"
)
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONT = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R" + FONT + b">>"


@pytest.fixture
def reflowed(clean):
    """The text as a parser rejoins it: wrapped lines joined, a line a paragraph."""

    def join(raw):
        return clean(raw).replace("\n\n", "¶").replace("\n", "").replace("¶", "\n")

    return join


def deflated(content):
    packed = zlib.compress(content, 9)
    return b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed)


def test_chinese_text_is_read_with_its_title(read, make_pdf):
    raw = read("a.pdf", make_pdf([[(72, 100, "全年共征集提案379件，“5G新时代”。")]], title="工作报告"))

    assert (raw.text, raw.title, raw.lines_are_wrapped) == ("全年共征集提案379件，“5G新时代”。\n", "工作报告", True)


def test_lines_are_wrapped_and_paragraphs_parted(read, make_pdf, make_column, reflowed):
    raw = read("a.pdf", make_pdf([make_column(f"{FIRST}\n{SECOND}\n{THIRD}")]))

    assert reflowed(raw) == f"{FIRST}\n{SECOND}\n{THIRD}"


def test_headers_footers_and_a_page_break_in_mid_sentence_leave_the_sentence_whole(
    read, make_pdf, make_column, reflowed
):
    lines = make_column(f"{FIRST}\n{SECOND}\n{THIRD}")
    pages = [
        [(200, 40, "丹东日报 要闻", 9), *part, (260, 800, f"第 {number} 页 共 7 页", 9)]
        for number, part in ((2, lines[:3]), (3, lines[3:]))
    ]

    raw = read("a.pdf", make_pdf(pages))

    assert reflowed(raw) == f"{FIRST}\n{SECOND}\n{THIRD}"
    assert [(page.printed_number, page.printed_total) for page in raw.pages] == [(2, 7), (3, 7)]
    assert raw.text[raw.pages[1].start :].startswith("丹东日报 要闻\n")


def test_two_columns_are_read_one_after_the_other(read, make_pdf, make_column, reflowed):
    left = make_column(f"{FIRST}\n{SECOND}", ems=17, top=120)
    right = make_column(THIRD, ems=17, left=320, top=120)
    drawn = [piece for pair in zip(left, right, strict=False) for piece in pair] + left[len(right) :]

    raw = read("a.pdf", make_pdf([[(150, 60, "政府工作报告二〇二〇年一月六日", 20), *drawn]]))

    assert reflowed(raw) == f"政府工作报告二〇二〇年一月六日\n{FIRST}\n{SECOND}\n{THIRD}"


def test_a_table_keeps_its_rows(read, make_pdf):
    rows = [("指标名称", "2024年", "2025年"), ("生产总值", "768亿元", "801亿元"), ("财政收入", "71亿元", "75亿元")]
    cells = [(70 + 150 * x, 100 + 20 * y, text) for y, row in enumerate(rows) for x, text in enumerate(row)]

    raw = read("a.pdf", make_pdf([[(70, 60, "主要指标如下。"), *cells]]))

    assert raw.text.split("\n\n")[1:] == [
        "指标名称 | 2024年 | 2025年",
        "生产总值 | 768亿元 | 801亿元",
        "财政收入 | 71亿元 | 75亿元\n",
    ]


def test_a_word_divided_at_the_line_end_is_whole_without_what_is_removed(read, make_pdf, clean):
    raw = read("a.pdf", make_pdf([[(72, 100, "a long way to inter-"), (72, 118, "national waters and back")]]))

    assert raw.text == "a long way to inter-\nnational waters and back\n"
    assert clean(raw) == "a long way to international waters and back\n"


def outline(raw, words):
    """Find the rectangle round some words, as a citation of them would have it."""
    document = parse_raw(raw, source="a.pdf", sha256="0" * 64)
    start = document.text.index(words)
    (rectangle,) = rectangles_of(document, start, start + len(words))
    return rectangle


def test_words_have_their_rectangle(read, make_pdf):
    raw = read("a.pdf", make_pdf([[(72, 100, "第一页的话。")], [(72, 100, "全年共征集提案三百件。")]]))

    rectangle = outline(raw, "提案")

    assert (rectangle.page, rectangle.left, rectangle.right) == (2, 132, 156)
    assert 738 < rectangle.bottom < 740  # how far below its letters a box reaches is pdfium's affair, and changes
    assert 750 < rectangle.top < 754


def test_characters_outside_the_basic_plane_are_one_character(read, make_pdf):
    assert read("a.pdf", make_pdf([[(72, 100, "在𠮷野家")]])).text == "在𠮷野家\n"


def test_the_table_of_contents_is_removed(read, make_pdf, clean):
    lines = ["目录", "一、回顾....................3", "二、任务…………………… 5", "价格从1.2....涨到3.4元，共379"]

    raw = read("a.pdf", make_pdf([[(72, 100 + 20 * row, text) for row, text in enumerate(lines)]]))

    assert clean(raw).split() == ["目录", "价格从1.2....涨到3.4元，共379"]


@pytest.mark.parametrize(
    ("turn", "matrix"),
    [(0, b"1 0 0 1 100 740"), (90, b"0 1 -1 0 60 100"), (180, b"-1 0 0 -1 500 60"), (270, b"0 -1 1 0 540 700")],
)
def test_a_page_that_is_shown_turned_is_read_as_shown(read, make_raw_pdf, turn, matrix):
    content = b"BT /F 12 Tf " + matrix + b" Tm (first line) Tj 0 -20 Td (second line) Tj ET"
    page = PAGE.replace(b"/Contents", b"/Rotate %d/Contents" % turn)

    raw = read("a.pdf", make_raw_pdf([CATALOG, PAGES, page, deflated(content)]))

    assert raw.text == "first line\nsecond line\n"


SOME_WORDS = deflated(b"BT /F 12 Tf 1 0 0 1 200 400 Tm (some words) Tj ET")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [b"[0 0 600 800]", b"[-50 100 450 900]"])
def test_a_rectangle_is_of_the_page_itself_however_it_is_shown(read, make_raw_pdf, turn, box):
    matrix = {0: b"1 0 0 1", 90: b"0 1 -1 0", 180: b"-1 0 0 -1", 270: b"0 -1 1 0"}[turn]
    content = deflated(b"BT /F 12 Tf " + matrix + b" 200 400 Tm (some words) Tj ET")
    page = PAGE.replace(b"/Contents", b"/Rotate %d/Contents" % turn).replace(b"[0 0 600 800]", box)

    rectangle = outline(read("a.pdf", make_raw_pdf([CATALOG, PAGES, page, content])), "some")

    runs = (rectangle.left, rectangle.right) if turn in (0, 180) else (rectangle.bottom, rectangle.top)
    across = (rectangle.bottom, rectangle.top) if turn in (0, 180) else (rectangle.left, rectangle.right)
    start, baseline = (200, 400) if turn in (0, 180) else (400, 200)
    assert start == pytest.approx(runs[turn in (180, 270)], abs=0.1)
    assert runs[1] - runs[0] == pytest.approx(12 * (0.5 + 0.556 + 0.833 + 0.556), abs=0.2)  # of Helvetica's s, o, m, e
    assert across[0] < baseline < across[1]
    assert across[1] - across[0] < 18


def test_the_characters_in_rectangles_are_read_from_the_file(make_raw_pdf):
    data = make_raw_pdf([CATALOG, PAGES, PAGE, SOME_WORDS])
    some, words = (1, 200, 395, 229, 412), (1, 232, 395, 300, 412)

    found = read_rectangles(Path("a.pdf"), data, [words, some, (1, 200, 420, 300, 440), (2, *some[1:])])

    assert found == ["words", "some", "", ""]


def test_a_hyphen_that_divides_a_word_is_read_as_one(make_pdf):
    data = make_pdf([[(72, 100, "a long way to inter-"), (72, 118, "national waters and back")]])

    assert read_rectangles(Path("a.pdf"), data, [(1, 0, 736, 595, 754)]) == ["alongwaytointer-"]


def test_a_file_without_rectangles_says_so(make_raw_pdf):
    with pytest.raises(UnreadableFile, match="it is no PDF"):
        read_rectangles(Path("a.txt"), b"some words", [])
    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        read_rectangles(Path("a.pdf"), b"%PDF-1.7 and nothing else", [])


def test_pages_without_text_among_others_are_named(read, make_pdf):
    raw = read("a.pdf", make_pdf([[], [(72, 100, "正文在这里")], [], []]))

    assert raw.warnings == ("pages 1, 3-4 without text (empty or scanned)",)
    assert [(page.start, page.end) for page in raw.pages] == [(0, 0), (0, 6), (6, 6), (6, 6)]


@pytest.mark.parametrize(("pages", "reason"), [(1, "its page is a picture"), (3, "its 3 pages are pictures")])
def test_a_scan_is_refused_as_one(read, make_pdf, pages, reason):
    with pytest.raises(UnreadableFile, match=rf"{reason} without text .*OCR"):
        read("a.pdf", make_pdf([[]] * pages))


def test_a_protected_file_is_refused_as_one(read, make_pdf):
    with pytest.raises(UnreadableFile, match="protected by a password; save a copy without one"):
        read("a.pdf", make_pdf([[(72, 100, "正文在这里")]], password="secret"))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.95])
def test_a_file_that_is_cut_off_is_refused(read, make_pdf, share):
    whole = make_pdf([[(72, 100, "正文在这里")]])

    with pytest.raises(UnreadableFile, match=r"damaged|without text"):
        read("a.pdf", whole[: int(len(whole) * share)])


def test_fonts_that_do_not_say_which_characters_they_draw_are_refused(read, make_raw_pdf):
    font = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/X/Encoding<</Differences[1/g1/g2/g3/g4]>>>>>>>>"
    content = deflated(b"BT /F 12 Tf 1 0 0 1 100 700 Tm (\001\002\003\004) Tj ET")

    with pytest.raises(UnreadableFile, match="fonts do not say which characters"):
        read("a.pdf", make_raw_pdf([CATALOG, PAGES, PAGE.replace(FONT, font), content]))


def test_too_many_pages_are_refused(read, make_pdf):
    with pytest.raises(UnreadableFile, match="has 4 pages, more than the 3"):
        read("a.pdf", make_pdf([[]] * 4), limits=Limits(pages=3))


def test_too_many_characters_are_refused(read, make_pdf):
    pages = make_pdf([[(72, 100, "正文在这里")]] * 3)

    with pytest.raises(UnreadableFile, match="page 1 holds 5 characters"):
        read("a.pdf", pages, limits=Limits(page_characters=4))
    with pytest.raises(UnreadableFile, match="more than 12 characters"):
        read("a.pdf", pages, limits=Limits(text_characters=12))


def test_pages_that_contain_themselves_are_refused(read, make_raw_pdf):
    with pytest.raises(UnreadableFile, match="no page of it can be opened"):
        read("a.pdf", make_raw_pdf([CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 10>>"]))


def test_a_drawing_that_draws_itself_ends_and_the_next_file_is_read(read, make_raw_pdf, make_pdf):
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 4 0 R>>>>/Length 11>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</XObject<</A 4 0 R>>>>>>"
    harmful = make_raw_pdf([CATALOG, PAGES, page, form + b"stream\n/A Do /A Do\nendstream"])

    with pytest.raises(UnreadableFile, match=r"reader broke down|takes longer|without text"):
        read("a.pdf", harmful, limits=Limits(seconds=5, memory_bytes=1 << 28))
    assert read("b.pdf", make_pdf([[(72, 100, "正文在这里")]])).text == "正文在这里\n"


def test_a_stream_of_a_few_bytes_that_unpacks_to_200_mb_is_survived(read, make_raw_pdf):
    bomb = zlib.compress(zlib.compress(b"\0" * 200_000_000, 9), 9)
    content = b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%b\nendstream" % (len(bomb), bomb)

    with pytest.raises(UnreadableFile, match=r"without text|broke down"):
        read("a.pdf", make_raw_pdf([CATALOG, PAGES, PAGE, content]), limits=Limits(memory_bytes=1 << 28))


@pytest.mark.parametrize(
    "objects",
    [
        [CATALOG, b"[" * 100_000],
        [CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", PAGE, b"<<>>"],
        [CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count -1>>", PAGE, b"<<>>"],
        [b"<</Type/Catalog/Pages 1 0 R>>"],
        [b"1 0 R"],
    ],
)
def test_objects_that_cannot_be_are_refused(read, make_raw_pdf, objects):
    with pytest.raises(UnreadableFile, match=r"damaged|without text"):
        read("a.pdf", make_raw_pdf(objects))


@pytest.mark.parametrize("box", [b"[0 0 0 0]", b"[-1e9 -1e9 1e9 1e9]", b"[9 9 1 1]", b"[]", b"[(a) /b null <<>>]"])
def test_a_page_of_no_sensible_size_is_read(read, make_raw_pdf, box):
    content = deflated(b"BT /F 12 Tf 1 0 0 1 100 700 Tm (some words) Tj ET")
    page = PAGE.replace(b"[0 0 600 800]", box)

    assert read("a.pdf", make_raw_pdf([CATALOG, PAGES, page, content])).text == "some words\n"
