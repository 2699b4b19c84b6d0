"""A table of character replacements in, the compiled form that `tokenizers.Precompiled` reads out.

Knows nothing of languages: the table itself is made in `index/training/normalise.py`.
"""

import struct
from collections.abc import Mapping

_LEAF_FLAG = 1 << 8  # darts-clone: this node ends a key, its value is the child labelled 0
_LABEL_MASK = 0xFF
_VALUE_FLAG = 1 << 31  # darts-clone marks a value unit by its top bit


class _Node:
    __slots__ = ("children", "value")

    def __init__(self) -> None:
        self.children: dict[int, _Node] = {}
        self.value: int | None = None


def compile_charsmap(replacements: Mapping[str, str]) -> bytes:
    """Compile single-character replacements into a SentencePiece charsmap.

    The layout is: size of the trie in bytes (uint32, little-endian), the trie as a double array of
    uint32 units, then the replacement texts, each ended by a zero byte.

    Args:
        replacements: One character to its replacement, which may be empty.

    Returns:
        The bytes that `tokenizers.normalizers.Precompiled` takes.

    Raises:
        ValueError: If a key is not exactly one character.

    Source: darts-clone, https://github.com/s-yata/darts-clone; SentencePiece `normalizer.cc`.
    """
    root = _Node()
    texts = bytearray()
    for character, replacement in sorted(replacements.items()):
        if len(character) != 1:
            raise ValueError(f"a charsmap key must be one character, not {character!r}")
        node = root
        for byte in character.encode():
            node = node.children.setdefault(byte, _Node())
        node.value = len(texts)
        texts += replacement.encode() + b"\0"
    units = _lay_out(root)
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + bytes(texts)


def _lay_out(root: _Node) -> list[int]:
    """Place every node in one array, so that a node's child `c` is at `position ^ offset ^ c`."""
    units: dict[int, int] = {0: 0}
    bases: set[int] = set()  # each belongs to one node, or a stranger's child would look like one's own
    queue: list[tuple[int, int, _Node]] = [(0, 0, root)]  # position, label, node
    first_free = 1
    while queue:
        position, label, node = queue.pop()
        labels = sorted(node.children)
        if node.value is not None:
            labels = [0, *labels]
        while first_free in units:
            first_free += 1
        base = _find_base(units, labels, position, start=first_free, taken=bases)
        bases.add(base)
        units[position] = _unit(position ^ base, label, is_leaf=node.value is not None)
        for child_label in labels:
            units[base ^ child_label] = 0  # taken; filled when its turn comes
        if node.value is not None:
            units[base] = _VALUE_FLAG | node.value
        queue.extend((base ^ byte, byte, child) for byte, child in node.children.items())
    size = (max(units) | _LABEL_MASK) + 1  # readers may look anywhere inside a block of 256
    return [units.get(position, 0) for position in range(size)]


def _find_base(units: Mapping[int, int], labels: list[int], position: int, *, start: int, taken: set[int]) -> int:
    base = start
    while base in taken or any(base ^ label in units for label in labels) or not _is_encodable(position ^ base):
        base += 1
    return base


def _is_encodable(offset: int) -> bool:
    return offset < 1 << 21 or (offset & _LABEL_MASK == 0 and offset < 1 << 29)


def _unit(offset: int, label: int, *, is_leaf: bool) -> int:
    packed = offset << 10 if offset < 1 << 21 else (offset << 2) | (1 << 9)
    return packed | (_LEAF_FLAG if is_leaf else 0) | label
