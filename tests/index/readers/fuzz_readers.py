"""Fuzz the readers: `python tests/index/readers/fuzz_readers.py SECONDS [RANDOM_SEED]`; not collected by pytest.

Whole files of every format are damaged at random and read. Whatever comes out must be a raw text that keeps its
promises or an `UnreadableFile`; and no refusal may be one that only says that a library broke. What falls out is
printed and kept in the folder `fuzz-findings` of the working folder, to become a seed in `test_fuzz_seeds.py`.
"""

import hashlib
import json
import lzma
import random
import sys
import time
from collections import Counter
from pathlib import Path

from conftest import column, deflated, draw_pdf, write_archive, write_docx, write_pdf

from index.errors import UnreadableFile
from index.parse import parse_raw
from index.printed_lines import rectangles_of
from index.readers import Limits, RawText, read_bytes

WORDS = "全年共征集提案379件，立案279件。各位委员：\n一、过去一年工作回顾\n推动高质量发展 development in 2019。"
LIMITS = Limits(
    file_bytes=1 << 22,
    text_bytes=1 << 20,
    unpacked_bytes=1 << 24,
    xml_bytes=1 << 22,
    seconds=10.0,
    memory_bytes=1 << 29,
)
FINDINGS = Path("fuzz-findings")
MARKDOWN = f"---\ntitle: 题\n---\n# {WORDS}\n## **b** [l](u)\n```\nx\n```\n|a|b|\n|--|--|\n> q\n<!-- c -->\nT\n===\n"
HTML = f"""<!doctype html><html><head><meta charset=utf-8><title>题</title></head><body><nav>n</nav><h1>{WORDS}</h1>
<table><tr><th>a<td>b<tr><td><table><tr><td>c</table><td>d</table>
<ul><li>x</ul><pre>p\nq</pre>{f"<p>{WORDS}</p>" * 9}"""
JSON_LINES = "".join(
    json.dumps(record, ensure_ascii=escaped) + "\n"
    for record in ({"title": "题", "text": WORDS}, {"text": f"# {WORDS}\ud800"})
    for escaped in (True, False)
    if escaped or "\ud800" not in record["text"]
)
TOKENS = [
    *(
        b"<div>" * 40,
        b"</p>",
        b"<table><tr><td>",
        b"&#0;",
        b"<!--",
        b"]]>",
        b"<w:p>",
        b"<w:tbl>",
        b"<!DOCTYPE a [",
        b"\0",
    ),
    *(
        b"#" * 9,
        b"**",
        b"[](",
        b"```",
        b"|--|",
        b"---\n",
        b"\r\n",
        b"\r",
        b'"',
        b"\\ud800",
        b"{",
        b"[" * 99,
        b"1e999",
        b"null",
    ),
    *(
        b"obj",
        b"endstream",
        b"1 0 R",
        b"<<",
        b">>",
        b"/Kids[2 0 R]",
        b"-1",
        b"99999999999",
        b"/Rotate 90",
        b"BT",
        b"Tj",
        b"Do",
    ),
    *("提案".encode("gb18030"), "提案".encode("big5"), b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[2J", "\u202e".encode()),
]


def make_seeds() -> list[tuple[str, bytes]]:
    """Return whole files: name and content."""
    text_seeds = [("a.txt", WORDS), ("a.md", MARKDOWN), ("a.html", HTML), ("a.jsonl", JSON_LINES)]
    body = column(WORDS * 4)
    header = [(200, 40, "丹东日报", 9), (260, 800, "第 2 页 共 7 页", 9)]
    table = [(70 + 150 * x, 500 + 20 * y, f"单元{x}{y}") for x in range(3) for y in range(4)]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    content = b"BT /F 12 Tf 1 0 0 1 100 700 Tm (first line of a page) Tj 0 -14 Td (and its second line) Tj ET"
    plain = [b"<</Length %d>>stream\n%b\nendstream" % (len(content), content), deflated(content)]
    pages = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page]
    docx = write_docx(("Title", "题"), ("Heading 1", "一、"), ("table", [["a", "b"], ["c", "d"]]), ("Normal", WORDS))
    return [
        *((name, text.encode(encoding)) for name, text in text_seeds for encoding in ("utf-8", "gb18030")),
        ("a.txt", WORDS.encode("utf-16")),
        ("a.jsonl.xz", lzma.compress(JSON_LINES.encode())),
        ("a.pdf", draw_pdf([[*header, *body], [*header, *body, *table]], title="题")),
        *(("b.pdf", write_pdf([*pages, stream, font])) for stream in plain),
        ("a.docx", docx),
    ]


def damage(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return the file with one to eight random changes."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        if not changed:
            break
        start = chance.randrange(len(changed))
        end = min(len(changed), start + chance.choice((1, 1, 2, 4, 16, 64, 512)))
        piece = bytes(changed[start:end])
        other = chance.choice(others)
        splice = chance.randrange(len(other) + 1)
        changed[start:end] = chance.choice(
            (
                bytes([piece[0] ^ (1 << chance.randrange(8))]) + piece[1:],
                chance.randbytes(len(piece)),
                b"",
                piece * chance.choice((2, 3, 50)),
                piece + chance.choice(TOKENS),
                chance.choice(TOKENS),
                other[splice : splice + 64],
            )
        )
    return bytes(changed[: 1 << 20])


def damage_docx(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return a Word document whose archive is whole and whose parts are damaged."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        name = chance.choice([*names, "word/document.xml", "word/document.xml", "word/styles.xml"])
        return write_archive({name: damage(archive.read(name), chance, others)}, base=data)


def check(raw: RawText) -> None:
    """Fail unless a raw text keeps its promises; its spans were checked when it was built."""
    raw.text.encode("utf-8")
    (raw.title or "").encode("utf-8")
    assert raw.text.strip()
    assert "\0" not in raw.text
    assert not any("\n" in raw.text[line.start : line.end] for line in raw.lines)
    assert all(len(line.edges) == line.end - line.start + 1 for line in raw.lines)
    assert all(heading.level >= 1 and raw.text[heading.start : heading.end].strip() for heading in raw.headings)
    document = parse_raw(raw, source="a", sha256="0" * 64)
    rectangles = rectangles_of(document, 0, len(document.text))
    assert all(box.left <= box.right and box.bottom <= box.top for box in rectangles)
    assert not raw.lines or {box.page for box in rectangles} <= set(range(1, len(raw.pages) + 1))


def try_file(name: str, data: bytes) -> str:
    """Read one file and name what came out: "read", a refusal's first words, or what went wrong with a "!"."""
    try:
        documents = read_bytes(Path(name), data, limits=LIMITS)
        for raw in documents:
            check(raw)
        outcome = "read"
    except UnreadableFile as error:
        outcome = " ".join(error.reason.split()[:6])
        if "broke down" in error.reason or "does not know" in error.reason or "takes longer" in error.reason:
            outcome = "!" + error.reason
    except Exception as error:  # noqa: BLE001 -- finding them is the point
        outcome = f"!{type(error).__name__}: {error}"
    return outcome


def main(seconds: float, seed: int) -> None:
    """Fuzz for so long and print how often each thing came out."""
    chance = random.Random(seed)
    seeds = make_seeds()
    contents = [content for _, content in seeds]
    outcomes: Counter[tuple[str, str]] = Counter()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        name, content = chance.choice(seeds)
        if name.endswith(".docx") and chance.random() < 0.7:
            data = damage_docx(content, chance, contents)
        else:
            data = damage(content, chance, contents)
        outcome = try_file(name, data)
        outcomes[name, outcome[:70]] += 1
        if outcome.startswith("!") and outcomes[name, outcome[:70]] <= 3:
            FINDINGS.mkdir(exist_ok=True)
            path = FINDINGS / f"{hashlib.sha256(data).hexdigest()[:12]}-{name}"
            path.write_bytes(data)
            sys.stdout.write(f"{path}: {outcome[:300]}\n")
            sys.stdout.flush()
    for (name, outcome), count in sorted(outcomes.items()):
        sys.stdout.write(f"{count:8d} {name:12s} {outcome}\n")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
