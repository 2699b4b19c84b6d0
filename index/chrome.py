"""Find what a web page put round a document: buttons, breadcrumbs, photo captions, copies of the title.

Raw text in, spans to remove out. Only the head and the tail of a file are looked at: what stands among the document's
own paragraphs is the document's.
"""

import re
from dataclasses import dataclass

# How many lines of a file may be chrome at either end. The longest head among the provincial reports
# (陕西省, 17 lines) and the longest tail (云南省, 8) fit twice.
HEAD_LINES = 40
TAIL_LINES = 16
LONGEST_CHROME_LINE = 60  # characters; a longer line is prose


@dataclass(frozen=True, slots=True)
class ChromePattern:
    """A line that is chrome when all of it matches."""

    name: str
    pattern: re.Pattern[str]


CHROME_PATTERNS = tuple(
    ChromePattern(name, re.compile(pattern))
    for name, pattern in (
        ("shop and account", r"购物车|我的(足迹|订单|收藏|文档)|登录|注册|会员中心|客服|返回顶部|帮助中心"),
        ("download", r".{0,12}(免费|立即|点击|VIP|Vip|vip).{0,6}下载.{0,12}|下载(文档|全文|本文)?|.{0,4}文库.{0,4}"),
        ("reader controls", r"打印(本页|此页)?|全屏|收藏(本页)?|关闭(窗口)?|朗读|播报|[|×]"),
        ("font size buttons", r"加大|还原|减小|大|中|小"),
        ("font size", r"[【\[（(]?\s*字[体号](大小)?\s*[:：]?.{0,12}[】\])）]?|[】\]]"),
        ("breadcrumb", r"您?(的|当前|现在)?(所在)?位置\s*[:：].*|首页|>+|»"),
        ("sharing", r"分享(到|至)?(微信|微博|朋友圈|QQ空间)?\s*[:：]?|扫一扫.*|.*(二维码|手机(打开|浏览|查看)).*"),
        (
            "related",
            r"相关(报道|文档|文章|链接|阅读|新闻|附件|稿件)\s*[:：]?|上一[篇条].*|下一[篇条].*|》》.*《《|附件下载",
        ),
        ("caption", r".*(本报|全媒体|通讯员|新闻|日报)\s*(全媒体)?记者.{0,20}摄?|.{0,40}\s摄"),
        ("counters", r"(浏览|阅读|点击)(次数|量)?\s*[:：]\s*\d*|责任编辑.*|编辑\s*[:：].*"),
    )
)
SHORTEST_COPY = 6  # characters: shorter lines repeat by chance
COPY_WITHIN = 1_000  # characters of raw text below a line in which its copy counts: the rest of the longest head
NUMBERING = re.compile(r"^\d+(\.\d+)*[.、\s]*(?!\d*年)")
BREADCRUMB_MARK = re.compile(r">+|»")


def find_chrome(raw: str) -> list[tuple[int, int]]:
    """Return the spans of `raw` that the publishing web site added, in order.

    A line of the head is chrome if it looks like a control, follows a breadcrumb mark, or is a copy (numbering aside)
    of what stands further down the head; a line of the tail only if it looks like a control.
    """
    lines = [(match.start(), match.end(), match.group().strip()) for match in re.finditer(r"[^\n]+", raw)]
    head = _head_of(lines)
    tail = [line for line in lines[-TAIL_LINES:] if line[0] >= head[-1][1]] if head else lines[-TAIL_LINES:]
    flags = [_is_head_chrome(head, index, raw) for index in range(len(head))]
    # Until the last control the head belongs to the site; after it, a repeated line may be the document's own.
    controls = (index for index in range(len(head)) if _is_control(head[index][2]) or _is_last_crumb(head, index, raw))
    last = max(controls, default=-1)
    spans = [line[:2] for index, line in enumerate(head) if flags[index] and index <= last]
    spans += [(start, end) for start, end, text in tail if text and _is_control(text)]
    return spans


def _head_of(lines: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    head = []
    for line in lines[:HEAD_LINES]:
        if len(line[2]) > LONGEST_CHROME_LINE:
            break
        head.append(line)
    return head


def _is_control(text: str) -> bool:
    return len(text) <= LONGEST_CHROME_LINE and any(chrome.pattern.fullmatch(text) for chrome in CHROME_PATTERNS)


def _is_head_chrome(head: list[tuple[int, int, str]], index: int, raw: str) -> bool:
    _, end, text = head[index]
    if not text or _is_control(text):
        return True
    above = head[index - 1][2] if index else ""
    if BREADCRUMB_MARK.fullmatch(above) or (text == above and _is_head_chrome(head, index - 1, raw)):
        return True
    bare = _squeeze(NUMBERING.sub("", text))
    if len(bare) < SHORTEST_COPY:
        return False
    below = _squeeze(raw[end : end + COPY_WITHIN])
    return bare in map(_squeeze, (line[2] for line in head[index + 1 :])) or (bare.endswith("报告") and bare in below)


def _is_last_crumb(head: list[tuple[int, int, str]], index: int, raw: str) -> bool:
    """Whether a line ends a breadcrumb and says nothing that the text below does not say again."""
    _, end, text = head[index]
    is_crumb = index > 0 and bool(BREADCRUMB_MARK.fullmatch(head[index - 1][2]))
    return is_crumb and bool(text) and _squeeze(text) in _squeeze(raw[end : end + COPY_WITHIN])


def _squeeze(text: str) -> str:
    return "".join(text.split())
