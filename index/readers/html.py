"""HTML: the text of a page's main content, with its headings; menus, banners and footers left behind.

trafilatura finds the main content. The raw text is what is extracted here: a line for each block, runs of white space
closed up, the same for the same bytes.
"""

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.readers.docx import without_junk
from index.readers.limits import Limits
from index.readers.text import decode_within, warnings_of
from index.readers.types import CELL_DIVIDER, Heading, RawText, Refused

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from lxml.html import HTMLParser

DECLARED_CHARSET = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE)
HEAD_BYTES = 4096  # where a declaration is looked for; the standard asks for the first 1,024
SHORT_PAGE = 500  # characters; of less, trafilatura keeps words but no structure (its own bound is 250)
LEAST_KEPT_SHARE = 0.5  # of the page's text; less means that the main content was not found: short or odd pages
LONGEST_CELL = 1000  # characters; a longer cell holds the page, and its table is there for the layout

# Elements of HTML and of trafilatura's own vocabulary (head, row, cell, lb), which go through the same walk.
HEADINGS = {f"h{level}": level for level in range(1, 7)}
CHROME = {"nav", "footer", "aside", "button", "select", "textarea", "dialog", "menu"}  # not form: it may hold the page
CHROME_NAMES = {  # whole class names and ids, not parts of one: "share" is chrome, "share-capital" is not
    *("nav", "navbar", "navigation", "menu", "breadcrumb", "breadcrumbs", "sidebar", "footer", "copyright", "share"),
    *("related", "recommend", "pagination", "pager", "toolbar", "login", "search", "advertisement", "comments"),
}
NOT_TEXT = {"script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "audio", "video", "title"}
ROWS = {"tr", "row"}
CELLS = {"td", "th", "cell"}
INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label"),
    *("mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt"),
    *("u", "var", "wbr", "hi", "ref", "graphic", "img", "data", "math", "mi", "mn", "mo"),
}
HIDDEN = re.compile(r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)", re.IGNORECASE)


@dataclass(slots=True)
class _Draft:
    """The lines so far, and where in the page the walk is."""

    lines: list[tuple[str, int | None]] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    level: int | None = None
    row: "Element | None" = None
    preformatted: "Element | None" = None

    def enter(self, element: "Element") -> None:
        """Take the text before an element's children."""
        tag = element.tag
        if tag not in INLINE:
            self._divide(is_next_cell=tag in CELLS and element.getprevious() is not None)
        if self.level is None:
            self.level = _level_of(element)
        if self.row is None and tag in ROWS and _is_data_row(element):
            self.row = element
        if self.preformatted is None and tag == "pre":
            self.preformatted = element
        self._add(element.text)

    def leave(self, element: "Element") -> None:
        """Take the text after an element."""
        if element is self.row:
            self.end_line(is_row=True)
            self.row = None
        if element.tag not in INLINE:
            self._divide()
        if _level_of(element) is not None:
            self.level = None
        if element is self.preformatted:
            self.preformatted = None
        self._add(element.tail)

    def end_line(self, *, is_row: bool = False) -> None:
        """Close the line, if there is anything on it; only a row may begin with an empty cell."""
        line = " ".join("".join(self.pieces).split())
        self.pieces.clear()
        if words := line.strip(CELL_DIVIDER):
            self.lines.append((line.rstrip(CELL_DIVIDER) if is_row else words, self.level))

    def _divide(self, *, is_next_cell: bool = False) -> None:
        if self.row is None:
            self.end_line()
        else:
            self.pieces.append(CELL_DIVIDER if is_next_cell else " ")

    def _add(self, text: str | None) -> None:
        if text and self.preformatted is not None:
            *whole_lines, text = text.split("\n")
            for line in whole_lines:
                self.pieces.append(line)
                self.end_line()
        self.pieces.append(text or "")


def read_html(data: bytes, limits: Limits) -> list[RawText]:
    """Read the main content of a web page.

    Raises:
        Refused: If it is too long, too deeply nested, in an unknown encoding, or holds no text.
    """
    declared = DECLARED_CHARSET.search(data, 0, HEAD_BYTES)
    decoded = decode_within(data, limits, declared=declared[1].decode("ascii", "replace") if declared else None)
    tree = _parse(decoded.text)
    lines = _main_lines(tree)
    title = _title_of(tree, lines)
    text, headings = _join(lines)
    return [RawText(text, title=title, headings=headings, encoding=decoded.encoding, warnings=warnings_of(decoded))]


def _parse(text: str) -> "Element":
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        tree = document_fromstring(text.encode("utf-8"), parser=parser)
    except etree.ParserError as error:
        raise Refused("it holds no text") from error
    except etree.XMLSyntaxError as error:
        _check_log(parser)
        raise Refused(f"it is no HTML that can be read ({error}); save it as text") from error
    _check_log(parser)
    return tree


def _check_log(parser: "HTMLParser") -> None:
    """Refuse a page that the parser gave up in the middle: it says so in its log and nowhere else."""
    for entry in parser.error_log:
        if "depth" in entry.message.lower():
            raise Refused("its elements are nested more than 256 deep, so text would be lost; save it as text")
        if entry.type_name == "ERR_NO_MEMORY":
            raise MemoryError


def _title_of(tree: "Element", lines: list[tuple[str, int | None]]) -> str | None:
    """Return the page's title, without the site's name where it opens with the first heading."""
    for title in (*tree.xpath("//meta[@property='og:title']/@content"), *(tree.findtext(".//title") or "",)):
        if found := without_junk(" ".join(title.split())):
            first_heading = next((line for line, level in lines if level == 1), None)
            return first_heading if first_heading and found.startswith(first_heading) else found
    return None


def _main_lines(tree: "Element") -> list[tuple[str, int | None]]:
    """Return the lines of the main content: trafilatura's, unless it lost most of what is not plainly chrome."""
    import trafilatura

    body = tree.find("body")
    everything = _lines_of(tree if body is None else body)
    if _length_of(everything) < SHORT_PAGE:
        return everything
    extracted = trafilatura.bare_extraction(
        deepcopy(tree), favor_recall=True, include_comments=False, include_tables=True, with_metadata=False
    )
    found = [] if extracted is None or extracted.body is None else _lines_of(extracted.body)
    are_most = _length_of(found) >= LEAST_KEPT_SHARE * _length_of(everything)
    return found if are_most and len(found) > 1 else everything


def _length_of(lines: list[tuple[str, int | None]]) -> int:
    return sum(len(line) for line, _ in lines)


def _lines_of(root: "Element") -> list[tuple[str, int | None]]:
    """Walk a tree without recursion, which a hostile page could exhaust."""
    from lxml.etree import iterwalk

    draft = _Draft()
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if _is_chrome(element):
            if event == "start":
                walk.skip_subtree()
                draft.end_line()
            else:
                draft.leave(element)
        elif event == "start":
            draft.enter(element)
        elif element is not root:
            draft.leave(element)
    draft.end_line()
    return draft.lines


def _is_chrome(element: "Element") -> bool:
    if element.tag in CHROME | NOT_TEXT or element.get("role") in {"navigation", "search", "banner", "contentinfo"}:
        return True
    names = f"{element.get('class', '')} {element.get('id', '')}"[:LONGEST_CELL].lower().split()
    if not CHROME_NAMES.isdisjoint(names) and element.tag != "body":
        return True
    if element.tag == "header":  # of the page; that of an article may hold its title
        return element.find(".//h1") is None and next(element.iterancestors("article", "main"), None) is None
    return element.tag != "body" and (
        element.get("hidden") is not None or bool(HIDDEN.search(element.get("style", "")[:LONGEST_CELL]))
    )


def _is_data_row(row: "Element") -> bool:
    """Whether a row's cells belong on one line: a table that lays out a page has another table or long text inside."""
    cells = list(row.iterchildren(*CELLS))
    has_table = next(row.iter("table"), None) is not None
    return len(cells) > 1 and not has_table and all(len("".join(cell.itertext())) <= LONGEST_CELL for cell in cells)


def _level_of(element: "Element") -> int | None:
    """Return the level of a heading, HTML's `h2` or trafilatura's `<head rend="h2">`; None for all else."""
    return HEADINGS.get(element.get("rend", "h2") if element.tag == "head" else element.tag)


def _join(lines: list[tuple[str, int | None]]) -> tuple[str, tuple[Heading, ...]]:
    headings = []
    start = 0
    for line, level in lines:
        if level is not None:
            headings.append(Heading(level, start, start + len(line)))
        start += len(line) + 1
    return "".join(f"{line}\n" for line, _ in lines), tuple(headings)
