import pytest

from index.chrome import HEAD_LINES, find_chrome

BODY = "各位代表：现在，我代表县人民政府向大会报告工作，请予审议，并请各位政协委员和列席同志提出意见。" * 2


def _left(raw):
    """Return the lines that are left of a text without its chrome."""
    for start, end in reversed(find_chrome(raw)):
        raw = raw[:start] + raw[end:]
    return [line.strip() for line in raw.split("\n") if line.strip()]


@pytest.mark.parametrize(
    "control",
    [
        "购物车",
        "我的足迹",
        "加入Vip免费下载 立即下载",
        "打印本页",
        "【字体：大 中 小】",
        "字号：",
        "您的位置：首页 > 政务公开 > 政府工作报告",
        "当前位置: 首页",
        "分享到：",
        "扫一扫在手机打开当前页",
        "责任编辑：某某",
        "浏览次数：120",
    ],
)
def test_a_control_of_the_web_page_is_no_part_of_the_text(control):
    assert _left(f"{control}\n青山县政府工作报告\n{BODY}") == ["青山县政府工作报告", BODY]


@pytest.mark.parametrize("control", ["打印", "关闭", "上一篇：预算报告", "相关附件：", "》》返回《《", "附件下载"])
def test_a_control_below_the_text_is_no_part_of_it(control):
    assert _left(f"{BODY}\n{control}\n") == [BODY]


def test_a_note_below_the_text_that_is_no_control_stays():
    assert _left(f"{BODY}\n注：数据为初步统计数\n打印\n") == [BODY, "注：数据为初步统计数"]


def test_what_follows_a_breadcrumb_mark_goes_with_it():
    assert _left(f"首页\n>\n政务公开\n>\n政府工作报告\n青山县政府工作报告\n{BODY}") == ["青山县政府工作报告", BODY]


def test_a_numbered_copy_of_the_title_above_a_control_goes():
    raw = f"1.14青山县人民政府工作报告\n加入Vip免费下载\n青山县人民政府工作报告 {BODY}"

    assert _left(raw) == [f"青山县人民政府工作报告 {BODY}"]


def test_a_title_that_begins_with_its_year_keeps_it():
    assert _left(f"打印\n2026年青山县政府工作报告\n{BODY}") == ["2026年青山县政府工作报告", BODY]


def test_a_photo_caption_between_controls_goes():
    assert _left(f"首页\n本报记者 王小明 摄\n打印\n政府工作报告\n{BODY}") == ["政府工作报告", BODY]


def test_a_line_that_repeats_below_the_last_control_is_the_documents_own():
    line = "附表：财政收支情况"

    assert _left(f"打印\n{line}\n{line}\n{BODY}") == [line, line, BODY]


def test_a_text_without_controls_keeps_every_line():
    raw = f"青山县人民政府工作报告\n青山县人民政府工作报告\n{BODY}"

    assert find_chrome(raw) == []


def test_words_of_controls_inside_a_sentence_stay():
    sentence = "各乡镇要管好用好农家书屋，做到免费下载、登录、注册、打印、收藏一站办成，让群众在家门口读好书。"

    assert find_chrome(f"{sentence}\n{sentence}") == []


def test_a_control_in_the_middle_of_a_long_text_stays():
    lines = [f"第{number}个项目已经开工。" for number in range(2 * HEAD_LINES)]
    lines[HEAD_LINES + 5] = "打印"

    assert find_chrome("\n".join(lines)) == []


def test_an_empty_text_has_no_chrome():
    assert find_chrome("") == []
    assert find_chrome("\n \n") == []
