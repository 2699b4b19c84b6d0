"""HTML: the main content of a page."""

import pytest

from index.errors import UnreadableFile
from index.readers import Limits

SENTENCE = "全年共征集提案379件，经审查立案279件，已全部办复，委员满意率达到百分之九十八以上。"
PAGE = f"""<!doctype html><html><head><meta charset="utf-8"><title>政府工作报告_某市人民政府</title>
<script>var x = "脚本";</script><style>p {{}}</style></head><body>
<header><img alt="标志"><nav><ul><li><a href="/">首页</a></li><li><a href="/x">新闻中心</a></li></ul></nav></header>
<div class="breadcrumb">您的位置：<a href="/">首页</a> &gt; 政务公开</div>
<div class="content"><h1>政府工作报告</h1><p>各位代表：</p><p>{SENTENCE}</p>
<h2>一、过去一年工作回顾</h2><p>{SENTENCE * 9}<br>换行之后，{SENTENCE}</p><ul><li>抓项目</li><li>抓民生</li></ul>
<table><tr><th>指标</th><th>数值</th></tr><tr><td>地区生产总值</td><td><p>768亿元</p></td></tr></table>
<h3>（一）经济</h3><p style="display:none">看不见的话</p><p>{SENTENCE} &amp; 完。</p></div>
<aside>热点推荐</aside><footer>版权所有</footer></body></html>"""
CONTENT = f"""政府工作报告
各位代表：
{SENTENCE}
一、过去一年工作回顾
{SENTENCE * 9}
换行之后，{SENTENCE}
抓项目
抓民生
指标 | 数值
地区生产总值 | 768亿元
（一）经济
{SENTENCE} & 完。
"""


def headings_of(raw):
    return [(heading.level, raw.text[heading.start : heading.end]) for heading in raw.headings]


def test_the_content_stays_and_the_chrome_goes(read):
    raw = read("a.html", PAGE)

    assert raw.text == CONTENT
    assert headings_of(raw) == [(1, "政府工作报告"), (2, "一、过去一年工作回顾"), (3, "（一）经济")]
    assert raw.title == "政府工作报告"


def test_what_trafilatura_finds_is_checked_against_the_whole_page(read):
    answers = "".join(f"<p>第{number}条答复：{SENTENCE}</p>" for number in range(30))

    raw = read(
        "a.html", f"<body><article><p>{SENTENCE * 8}</p></article><div class='comment-list'>{answers}</div></body>"
    )

    assert raw.text.count("条答复") == 30


def test_what_is_hidden_is_no_text_unless_it_is_the_page(read):
    page = "<body style='visibility: hidden'><p hidden>甲</p><p style='display: none'>乙</p><p>丙</p></body>"

    assert read("a.html", page).text == "丙\n"


def test_a_form_may_hold_the_page(read):
    assert read("a.html", "<form><p>正文在这里</p><select><option>选项</select><button>提交</button></form>").text == (
        "正文在这里\n"
    )


def test_a_row_with_a_long_cell_is_layout(read):
    raw = read("a.html", f"<table><tr><td>目录</td><td><p>{'甲' * 600}</p><p>{'乙' * 600}</p></td></tr></table>")

    assert raw.text == f"目录\n{'甲' * 600}\n{'乙' * 600}\n"


def test_a_short_page_loses_nothing_but_chrome(read):
    raw = read("a.html", "<nav>首页</nav><h1>通知</h1><p>明天<b>放假</b>。</p><footer>版权</footer>")

    assert raw.text == "通知\n明天放假。\n"
    assert headings_of(raw) == [(1, "通知")]


@pytest.mark.parametrize(
    ("encoding", "declared"), [("gb18030", "gb2312"), ("gb18030", "utf-8"), ("big5", "big5"), ("utf-8", "gbk")]
)
def test_the_declared_encoding_is_used_where_it_is_true(read, encoding, declared):
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}"><p>提案工作和人民生活。</p>'

    raw = read("a.html", page.encode(encoding))

    assert (raw.text, raw.encoding) == ("提案工作和人民生活。\n", encoding)


def test_xhtml_with_an_xml_declaration_is_read(read):
    assert read("a.xhtml", '<?xml version="1.0" encoding="gbk"?><html><p>正文</p></html>').text == "正文\n"


def test_preformatted_lines_stay_lines(read):
    assert read("a.html", "<pre>第一行\n第二行</pre>").text == "第一行\n第二行\n"


def test_blocks_inside_a_heading_are_headings(read):
    assert headings_of(read("a.html", "<h2><div>一、</div><div>回顾</div></h2><p>正文</p>")) == [
        (2, "一、"),
        (2, "回顾"),
    ]


def test_a_table_that_lays_out_the_page_is_no_table(read):
    inner = f"<table><tr><td><p>{SENTENCE * 20}</p><p>第二段。</p></td></tr></table>"

    raw = read("a.html", f"<table><tr><td>左栏</td><td>{inner}</td></tr></table>")

    assert raw.text == f"左栏\n{SENTENCE * 20}\n第二段。\n"


@pytest.mark.parametrize("depth", [300, 100_000])
def test_elements_nested_too_deep_are_refused_quickly(read, depth):
    with pytest.raises(UnreadableFile, match="nested more than 256 deep"):
        read("a.html", "<html><body>" + "<div>" * depth + "深处")


def test_elements_nested_200_deep_are_read(read):
    assert read("a.html", "<body>" + "<div>" * 200 + "深处").text == "深处\n"


@pytest.mark.parametrize("page", ["<html></html>", "<!doctype html>", "<nav>首页</nav>", "<!-- nur ein Kommentar -->"])
def test_a_page_without_text_is_refused(read, page):
    with pytest.raises(UnreadableFile, match="holds no text"):
        read("a.html", page)


@pytest.mark.parametrize(
    "page",
    [
        "<table>" * 200 + "词语",
        "<p>词语" * 20_000,
        "<a " + "x=1 " * 20_000 + ">词语</a>",
        "<b>" * 150 + "词语" + "<i>" * 100,
        "<tr><td>词语" * 5_000,
        "词语&#x110000;&#xd800;&#0;&bogus;",
        "词语<![CDATA[x]]><?php y ?><!ENTITY z>",
    ],
    ids=["tables", "paragraphs", "attributes", "crossed", "rows", "entities", "declarations"],
)
def test_a_page_made_to_break_parsers_is_read(read, page):
    assert "词语" in read("a.html", page, limits=Limits(seconds=20)).text


def test_the_same_bytes_give_the_same_text(read):
    assert read("a.html", PAGE) == read("b.html", PAGE)
