"""Break text into lines of a terminal, where a Chinese character fills two cells.

A line may end beside any wide character, but not before a closing mark nor after an opening one; Latin words stay
whole unless they are longer than a line. Control characters become visible before anything is measured.
"""

import unicodedata
from collections.abc import Iterator

from index.script import IS_CJK, display_width

NOT_AT_START = frozenset("«，。、；：！？）】》」』”’…—·,.;:!?)]}%％〉〕")
NOT_AT_END = frozenset("»（【《「『“‘([{〈〔")


def visible(text: str) -> str:
    r"""Return the text with its control and direction-changing characters spelled out, so that none is obeyed.

    Example:
        >>> visible("a\x1b[31mb\u202ec\n")
        'a\\x1b[31mb\\u202ec\n'
    """
    return "".join(_spelled(char) if _is_unsafe(char) else char for char in text)


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Return the spans of the lines into which a text breaks; white space at a break belongs to no line.

    Args:
        text: One paragraph, control characters already visible; a newline counts as a space.
        width: Cells a line, at least 2.

    Example:
        >>> text = "提案379件。Proposals"
        >>> [text[start:end] for start, end in wrap(text, 9)]
        ['提案379', '件。', 'Proposals']
    """
    lines: list[tuple[int, int]] = []
    start = end = 0
    for left, right in _fitting_atoms(text, width):
        if text[left:right].isspace():
            continue
        if end > start and display_width(text[start:right]) > width:
            lines.append((start, end))
            start = left
        elif end == start:
            start = left
        end = right
    return [*lines, (start, end)] if end > start else lines


def _fitting_atoms(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Yield the spans that no line break may divide, those longer than a line cut to its width."""
    for left, right in _atoms(text):
        cut = left
        while display_width(text[cut:right]) > width and not text[cut:right].isspace():
            end = cut + 1
            while display_width(text[cut : end + 1]) <= width:
                end += 1
            yield cut, end
            cut = end
        yield cut, right


def _atoms(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans that no line break may divide, white space included."""
    start = 0
    while start < len(text):
        end = start + 1
        if text[start].isspace():
            while end < len(text) and text[end].isspace():
                end += 1
        else:
            while end < len(text) and not text[end].isspace() and not _may_break(text[end - 1], text[end]):
                end += 1
        yield start, end
        start = end


def _may_break(before: str, after: str) -> bool:
    if after in NOT_AT_START or before in NOT_AT_END:
        return False
    return bool(IS_CJK.match(before) or IS_CJK.match(after))


def _is_unsafe(char: str) -> bool:
    return char not in "\n\t" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _spelled(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
