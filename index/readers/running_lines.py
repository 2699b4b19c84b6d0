"""Headers, footers and page numbers: lines that stand at the same place on page after page.

The lines of all pages go in; which of them are running, and which number each page prints, come out.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

EDGE_SHARE = 0.15  # of the page's height, at the top and at the bottom, where such lines stand
EDGE_LINES = 4  # at most, at either end
SAME_PLACE_POINTS = 4.0  # how far a line may move from page to page
OFTEN = 3  # pages that prove a header (a chapter's may stand on few of the whole); fewer if they are this share:
OFTEN_SHARE = 0.4  # of all pages: two of four, one of each on left and right pages
CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
NUMBER = r"(\d{1,5}|[〇零一二三四五六七八九十百]{1,7})"
LABELS = tuple(  # what no other line looks like; with the total where one is printed
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"第{NUMBER}页(?:[/,，、(（]?(?:共|总){NUMBER}页[)）]?)?",
        r"\bpage ?(\d{1,5})(?: ?(?:of|/) ?(\d{1,5}))?\b",
        r"^[-–—―·•~]+ ?(\d{1,5}) ?[-–—―·•~]+$",
        r"^(\d{1,5}) ?[/／] ?(\d{1,5})$",
    )
)
BARE_NUMBER = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line's words and its place, as shares of the page's height are judged by: points from the top."""

    text: str
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageOfLines:
    """A page's height in points, and its lines in any order."""

    height: float
    lines: tuple[PlacedLine, ...]


@dataclass(frozen=True, slots=True)
class RunningLines:
    """Of one page: the indices of its running lines, and the number and the total it prints."""

    line_indices: frozenset[int]
    printed_number: int | None = None
    printed_total: int | None = None


def find_running_lines(pages: Sequence[PageOfLines]) -> list[RunningLines]:
    """Find the running lines of every page and the numbers printed there.

    A bare number counts as a page number where it grows with the pages: two pages at least must agree. Where three do,
    a line of any other page is running if it stands at the place of theirs and has the number that is due.
    """
    repeated = _repeated(pages)
    running = [_running_of(page, repeated) for page in pages]
    numbers = [_bare_numbers(page, indices) for page, indices in zip(pages, running, strict=True)]
    if (offset := _agreed_offset(numbers, OFTEN)) is not None:
        places = _places_of_numbers(pages, running, offset)
        for index, page in enumerate(pages):
            running[index] |= _line_with_due_number(page, index + offset, places)
    labels = [_label_of(page, indices) for page, indices in zip(pages, running, strict=True)]
    numbers = [_bare_numbers(page, indices) for page, indices in zip(pages, running, strict=True)]
    offset = _agreed_offset(numbers, 2)
    found = []
    for index, (indices, label) in enumerate(zip(running, labels, strict=True)):
        number, total = label
        if number is None and offset is not None and index + offset in numbers[index]:
            number = index + offset
        found.append(RunningLines(frozenset(indices), number, total))
    return found


def read_number(text: str) -> int | None:
    """Read Arabic or Chinese digits, or a Chinese number below a thousand.

    Example:
        >>> read_number("二十三"), read_number("一〇二"), read_number("7")
        (23, 102, 7)
    """
    if text.isdecimal():
        return int(text)
    if set(text) <= CHINESE_DIGITS.keys():
        return int("".join(str(CHINESE_DIGITS[digit]) for digit in text)) if text else None
    total = digit = 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = CHINESE_DIGITS.get(character, 0)
    return total + digit


def _pattern_of(line: PlacedLine) -> str:
    """Return the line with its numbers made one, so that page 3 looks like page 4."""
    text = re.sub(rf"第{NUMBER}页", "第#页", _plain(line.text).replace(" ", ""))
    return re.sub(r"\d+", "#", text)


def _plain(text: str) -> str:
    """Return the text with full-width digits as digits, and no space beside Chinese."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def _at_edges(page: PageOfLines) -> Iterator[tuple[int, bool]]:
    """Yield the lines at the top and at the bottom, outermost first, and whether they are at the top."""
    order = sorted(range(len(page.lines)), key=lambda index: page.lines[index].top)
    for index in order[:EDGE_LINES]:
        if page.lines[index].top < EDGE_SHARE * page.height:
            yield index, True
    for index in reversed(order[-EDGE_LINES:]):
        if page.lines[index].bottom > (1 - EDGE_SHARE) * page.height:
            yield index, False


def _repeated(pages: Sequence[PageOfLines]) -> set[tuple[str, int]]:
    """Return what stands at the same place on many pages: pattern and place, neighbouring places included."""
    pages_of: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for page_index, page in enumerate(pages):
        for line_index, _ in _at_edges(page):
            line = page.lines[line_index]
            for place in (_place(line) - 1, _place(line), _place(line) + 1):
                pages_of[_pattern_of(line), place].add(page_index)
    return {key for key, found in pages_of.items() if len(found) >= 2 and _is_often(len(found), len(pages))}


def _is_often(count: int, page_count: int) -> bool:
    return count >= OFTEN or count >= OFTEN_SHARE * page_count


def _place(line: PlacedLine) -> int:
    return round(line.top / SAME_PLACE_POINTS)


def _running_of(page: PageOfLines, repeated: set[tuple[str, int]]) -> set[int]:
    """Return the running lines of a page: repeated ones or labels, with nothing but such lines further out."""
    running: set[int] = set()
    ended: set[bool] = set()
    for index, is_at_top in _at_edges(page):
        line = page.lines[index]
        is_running = (_pattern_of(line), _place(line)) in repeated or _is_label(line.text)
        if not is_running:
            ended.add(is_at_top)
        elif is_at_top not in ended:
            running.add(index)
    return running


def _places_of_numbers(pages: Sequence[PageOfLines], running: list[set[int]], offset: int) -> set[int]:
    """Return where the running lines stand that hold their page's number."""
    return {
        _place(page.lines[line_index])
        for index, (page, indices) in enumerate(zip(pages, running, strict=True))
        for line_index in indices
        if index + offset in _numbers_at_ends(page.lines[line_index])
    }


def _line_with_due_number(page: PageOfLines, due: int, places: set[int]) -> set[int]:
    edges = {index for index, _ in _at_edges(page)}
    return {
        index for index in edges if _place(page.lines[index]) in places and due in _numbers_at_ends(page.lines[index])
    }


def _is_label(text: str) -> bool:
    return any(label.fullmatch(_plain(text)) for label in LABELS)


def _label_of(page: PageOfLines, indices: set[int]) -> tuple[int | None, int | None]:
    """Return the number and the total of the first label on the running lines."""
    for index in sorted(indices, key=lambda index: page.lines[index].top):
        for label in LABELS:
            if match := label.search(_plain(page.lines[index].text)):
                number, total = (read_number(text) if text else None for text in (*match.groups(), None)[:2])
                return number, total
    return None, None


def _bare_numbers(page: PageOfLines, indices: set[int]) -> set[int]:
    """Return the numbers that stand alone on a running line or at one end of it."""
    return {number for index in indices for number in _numbers_at_ends(page.lines[index])}


def _numbers_at_ends(line: PlacedLine) -> set[int]:
    words = unicodedata.normalize("NFKC", line.text).split()
    return {int(word) for word in (*words[:1], *words[-1:]) if BARE_NUMBER.fullmatch(word)}


def _agreed_offset(numbers: list[set[int]], least: int) -> int | None:
    """Return what the printed numbers differ by from the places of their pages, if enough pages agree."""
    offsets = Counter(number - index for index, found in enumerate(numbers) for number in found)
    if not offsets:
        return None
    offset, count = offsets.most_common(1)[0]
    return offset if count >= least else None
