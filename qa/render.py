"""An answer becomes text for a terminal, or the JSON of the contract. It decides nothing and computes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.text import Text

from index.script import display_width
from index.types import Document, Signals
from qa.messages import interface_language, say
from qa.types import Answer, Citation, CitedHit
from qa.wrap import visible, wrap

WIDEST_TEXT = 100  # cells: longer lines are hard to read, however wide the terminal is
EVIDENCE_STYLE = "bold yellow"
FAINT_STYLE = "bright_black"
MARK = ("»", "«")  # round the evidence where there is no colour to show it


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as the object that `qa ask --json` prints; the README states its form."""
    return {
        "question": answer.question,
        "language": answer.language,
        "answerable": answer.is_answerable,
        "confidence": round(answer.confidence, 4),
        "refusal": answer.refusal,
        "hits": [_hit_to_json(hit) for hit in answer.hits],
    }


def print_answer(console: Console, answer: Answer, *, lang: str | None = None, explain: bool = False) -> None:
    """Print an answer, or a refusal with the nearest passages, to a terminal or a pipe."""
    spoken = interface_language(lang, answer.language)
    if answer.refusal is not None:
        _print_paragraph(console, answer.refusal, style="bold")
        if answer.hits:
            console.print()
            console.print(Text(say(spoken, "nearest"), style=FAINT_STYLE), soft_wrap=True)
    for hit in answer.hits:
        if hit.rank > 1 or answer.refusal is not None:
            console.print()
        _print_hit(console, hit, spoken, is_answer=answer.is_answerable)
        if explain:
            _print_signals(console, hit, spoken)
    if explain:
        console.print()
        percent = round(100 * answer.confidence)
        console.print(Text(say(spoken, "confidence", percent=percent), style=FAINT_STYLE))


def print_context(console: Console, document: Document, citation: Citation, *, lang: str, around: int) -> None:
    """Print a cited passage with the text around it, paragraph by paragraph, the start of each page marked."""
    start, end = max(0, citation.start - around), min(len(document.text), citation.end + around)
    console.print(Text(visible(document.title), style="bold"), soft_wrap=True)
    _print_citation(console, citation, lang)
    breaks = sorted({*document.paragraphs, *(page.start for page in document.pages)})
    pages = {max(start, page.start): page for page in document.pages if page.start < end and start < page.end}
    edges = [start, *(place for place in breaks if start < place < end), end]
    for left, right in pairwise(edges):
        console.print()
        if page := pages.get(left):
            physical = (page.physical,) if page.physical else ()
            _print_rule(console, _page_label(lang, (page.number,), document.page_total, physical))
        marked = _overlap((citation.start, citation.end), left, right)
        _print_marked(console, document.text[left:right], marked, indent=2)


def _hit_to_json(hit: CitedHit) -> dict[str, Any]:
    citation = hit.citation
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "text": hit.text,
        "evidence": asdict(hit.evidence),
        "matches": [asdict(match) for match in hit.matches],
        "signals": {
            "dense_rank": hit.signals.dense_rank,
            "lexical_rank": hit.signals.lexical_rank,
            "late_score": _rounded(hit.signals.late_score),
        },
        "citation": {
            "document": citation.document,
            "title": citation.title,
            "source": citation.source,
            "sha256": citation.sha256,
            "pages": list(citation.pages),
            "page_total": citation.page_total,
            "section": list(citation.section),
            "start": citation.start,
            "end": citation.end,
            "raw_start": citation.raw_start,
            "raw_end": citation.raw_end,
            "quote": citation.quote,
            **_outline_to_json(citation),
        },
    }


def _outline_to_json(citation: Citation) -> dict[str, Any]:
    """Return where a quote stands in the file's pages, if the file says so; else the contract has no such fields."""
    if not citation.physical_pages:
        return {}
    return {
        "physical_pages": list(citation.physical_pages),
        "rectangles": [asdict(rectangle) for rectangle in citation.rectangles],
    }


def _print_hit(console: Console, hit: CitedHit, lang: str, *, is_answer: bool) -> None:
    number = Text(f"{hit.rank} ", style="bold cyan" if is_answer else FAINT_STYLE)
    evidence = (hit.evidence.start - hit.citation.start, hit.evidence.end - hit.citation.start)
    for left, right in pairwise((0, *hit.breaks, len(hit.text))):
        marked = _overlap(evidence, left, right) if is_answer else None
        _print_marked(console, hit.text[left:right], marked, indent=2, lead=number if left == 0 else None)
    _print_citation(console, hit.citation, lang)
    if hit.matches and is_answer:
        pairs = "  ".join(f"{match.question} ↔ {match.passage}" for match in hit.matches)
        _print_paragraph(console, f"{say(lang, 'matched')}  {pairs}", style=FAINT_STYLE, indent=2)


def _print_citation(console: Console, citation: Citation, lang: str) -> None:
    pages = citation.pages
    place = [_page_label(lang, pages, citation.page_total, citation.physical_pages)] if pages else []
    place += [*citation.section]
    _print_paragraph(console, " › ".join(place), style="cyan", indent=2)
    _print_paragraph(console, f"{citation.source} · {say(lang, 'cite')} {citation.id}", style=FAINT_STYLE, indent=2)


def _print_signals(console: Console, hit: CitedHit, lang: str) -> None:
    parts = [f"score {hit.score:.2f}", *_signal_parts(hit.signals)]
    _print_paragraph(console, f"{say(lang, 'signals')}  {' · '.join(parts)}", style=FAINT_STYLE, indent=2)
    similar = "  ".join(f"{match.question} ↔ {match.passage} {match.similarity:.2f}" for match in hit.matches)
    _print_paragraph(console, f"{say(lang, 'matched')}  {similar}", style=FAINT_STYLE, indent=2)


def _signal_parts(signals: Signals) -> Iterator[str]:
    for name in ("dense", "lexical", "late"):
        rank, score = getattr(signals, f"{name}_rank"), getattr(signals, f"{name}_score")
        yield f"{name} #{rank} {score:.3f}" if rank is not None else f"{name} –"
    for name in ("phrase", "near", "context", "document", "named", "period", "rerank"):
        score = getattr(signals, f"{name}_score")
        if score is not None:
            yield f"{name} {score:.3f}"


def _page_label(lang: str, pages: Sequence[int], total: int | None, physical: Sequence[int]) -> str:
    """Name the printed pages and, where a viewer counts the file's pages otherwise, what it calls them."""
    page = _range_label(pages)
    label = say(lang, "page", page=page, total=total) if total else say(lang, "page_alone", page=page)
    return label + say(lang, "page_of_file", page=_range_label(physical)) if physical and physical != pages else label


def _range_label(pages: Sequence[int]) -> str:
    return "–".join(str(page) for page in (pages[:1] if len(pages) == 1 else (pages[0], pages[-1])))


def _print_rule(console: Console, label: str) -> None:
    console.print(Text(f"── {label} ──", style=FAINT_STYLE), soft_wrap=True)


def _print_paragraph(console: Console, text: str, *, style: str, indent: int = 0) -> None:
    text = visible(text)
    for start, end in wrap(text, _text_width(console, indent)):
        console.print(Text(" " * indent + text[start:end], style=style), soft_wrap=True)


def _print_marked(
    console: Console, text: str, marked: tuple[int, int] | None, *, indent: int, lead: Text | None = None
) -> None:
    """Print a paragraph with a span of it marked: by colour where there is any, else by » «."""
    parts = [text] if marked is None else [text[: marked[0]], text[slice(*marked)], text[marked[1] :]]
    parts = [visible(part) for part in parts]
    if marked is not None and not _has_colour(console):
        parts[1] = MARK[0] + parts[1] + MARK[1]
    shown = "".join(parts)
    bright = (len(parts[0]), len(parts[0]) + len(parts[1])) if marked is not None else (0, 0)
    for index, (start, end) in enumerate(wrap(shown, _text_width(console, indent))):
        line = Text(shown[start:end])
        line.stylize(EVIDENCE_STYLE, max(0, bright[0] - start), max(0, bright[1] - start))
        prefix = lead if lead is not None and index == 0 else Text(" " * indent)
        console.print(prefix + line, soft_wrap=True)


def _overlap(span: tuple[int, int] | None, left: int, right: int) -> tuple[int, int] | None:
    """Return the part of a span that lies between two offsets, counted from the left one; None if there is none."""
    if span is None or max(span[0], left) >= min(span[1], right):
        return None
    return max(span[0], left) - left, min(span[1], right) - left


def _has_colour(console: Console) -> bool:
    return console.color_system is not None and not console.no_color


def _text_width(console: Console, indent: int) -> int:
    return max(2, min(console.width, WIDEST_TEXT) - indent)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)


def table_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield rows as lines with their columns aligned, a wide character counting two cells."""
    kept = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*kept, strict=True)]
    for row in kept:
        cells = [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
