"""A library that grows, measured in one run: `python -m eval.scale --corpus LAWS.jsonl.xz [--passages 1000000]`.

What is compared is measured in turn in the same run: building against the encoder alone, adding one file to a large
library against adding it to a small one, asking a large library against asking the report, a trained index against
comparing every vector. Beyond the size of the corpus a library is filled by a generator: documents of paragraphs drawn
from all over the corpus, their numerals, digits and place names exchanged. They are called "variation 17" and so on.
"""

import argparse
import os
import random
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

from eval.provenance import describe_model, read_command, read_commit, today
from index.build import add_files, build_index, build_report_index
from index.embed import Encoder, load_encoder
from index.readers import load_bytes, read_bytes
from index.search import DEFAULT_OPTIONS, search
from index.segment import SEGMENTS
from index.sparse import SparseQuery
from index.store import Library, open_library
from index.types import Document, Kept
from index.words import terms

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
MEBIBYTE = 2**20
SAMPLE_SECONDS = 0.2  # between two looks at the memory
QUESTIONS = 200
QUESTION_CHARACTERS = (8, 30)  # of a sentence that is taken for a question
PARAGRAPHS_A_VARIATION = 40  # a law of the corpus has 38 passages on average
SHORTEST_PARAGRAPH = 20  # characters: shorter ones are headings
SMALL_ADDS = 200
COMPARED = 10  # passages by which recall is measured
PLACES = re.findall(
    "..",
    "北京天津河北山西辽宁吉林上海江苏浙江安徽福建江西山东河南湖北湖南广东广西海南重庆四川贵州云南西藏陕西甘肃青海宁夏新疆",
)
NUMERALS = "一二三四五六七八九"
DIGITS = "123456789"
SENTENCE = re.compile(r"[^。；！？\n]+")


@dataclass(frozen=True, slots=True)
class Row:
    """A measured quantity and what the design allows."""

    name: str
    value: str
    budget: str = ""


@dataclass(slots=True)
class Memory:
    """The most memory that the process held, in bytes: of its own, and with the files that it has mapped."""

    own: int = 0
    resident: int = 0


@contextmanager
def watch_memory() -> Iterator[Memory]:
    """Look at the memory of this process while the block runs; zeros where the system does not tell (not Linux)."""
    most = Memory()
    status = Path("/proc/self/status")
    is_over = threading.Event()

    def look() -> None:
        while status.is_file() and not is_over.wait(SAMPLE_SECONDS):
            told = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
            most.own = max(most.own, int(told["RssAnon"].split()[0]) * 1024)
            most.resident = max(most.resident, int(told["VmRSS"].split()[0]) * 1024)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        is_over.set()
        watcher.join()


def vary(paragraphs: Sequence[str], number: int) -> Document:
    """Return variation `number`: paragraphs drawn from the corpus, their numerals and place names exchanged.

    Example:
        >>> vary(["第一条 辽宁省设二十处。"], 3).title
        'variation 3'
    """
    draw = random.Random(number)
    exchanged = str.maketrans(NUMERALS + DIGITS, _shuffled(NUMERALS, draw) + _shuffled(DIGITS, draw))
    places = dict(zip(PLACES, draw.sample(PLACES, len(PLACES)), strict=True))
    drawn = [paragraphs[draw.randrange(len(paragraphs))] for _ in range(PARAGRAPHS_A_VARIATION)]
    text = re.sub("|".join(PLACES), lambda match: places[match[0]], "\n".join(drawn).translate(exchanged)) + "\n"
    starts = [0, *(match.end() for match in re.finditer("\n", text))][:-1]
    digest = sha256(text.encode()).hexdigest()
    return Document(
        id=digest[:12],
        source=f"variation-{number}.txt",
        sha256=digest,
        title=f"variation {number}",
        text=text,
        raw=text,
        kept=(Kept(0, 0, len(text)),),
        paragraphs=tuple(starts),
        language="zh",
    )


def read_paragraphs(corpus: Path) -> list[str]:
    """Return the paragraphs of a corpus that are long enough to be passages."""
    lines = (line.strip() for raw in read_bytes(corpus, load_bytes(corpus)) for line in raw.text.splitlines())
    return [line for line in lines if len(line) >= SHORTEST_PARAGRAPH]


def draw_questions(library: Library, count: int | None = None) -> list[str]:
    """Return sentences of the library, from all over it, as questions: every one has an answer, and near ones."""
    draw = random.Random(0)
    shortest, longest = QUESTION_CHARACTERS
    questions: list[str] = []
    while len(questions) < (QUESTIONS if count is None else count):
        text = library.passage(draw.randrange(library.bases[-1])).text
        found = [sentence for sentence in SENTENCE.findall(text) if len(sentence) >= shortest]
        if found:
            questions.append(draw.choice(found)[:longest])
    return questions


def time_each(work: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Return the seconds that each question takes, after one that warms up."""
    work(questions[0])
    seconds = []
    for question in questions:
        start = perf_counter()
        work(question)
        seconds.append(perf_counter() - start)
    return seconds


def measure_building(corpus: Path, encoder: Encoder, folder: Path) -> list[Row]:
    """Add the corpus to an empty index, against embedding the same passages and doing nothing else."""
    with watch_memory() as memory:
        start, start_cpu = perf_counter(), process_time()
        add_files([(corpus, corpus.name)], encoder, folder)
        seconds, cpu = perf_counter() - start, process_time() - start_cpu
    library = open_library(folder)
    texts = [passage.text for _, passage in zip(range(4_096), library.all_passages(), strict=False)]
    start_cpu = process_time()
    encoder.encode_documents(texts)
    alone = (process_time() - start_cpu) / len(texts)
    count = library.passage_count
    size = sum(size for segment in library.manifest.segments for size, _ in segment.files.values())
    return [
        Row(f"building the {count:,} passages of {corpus.name}", f"{count / seconds:,.0f} passages/s", "≥ 2,000"),
        Row("  processor time a passage", f"{cpu / count * 1e6:.0f} µs ({cpu / count / alone:.1f} × embedding alone)"),
        Row("  memory of its own; with mapped files", _both(memory), "bounded"),
        Row("  index on disk, a passage", f"{size / count / 1024:.1f} KiB"),
        Row("  segments", f"{len(library.segments)}"),
    ]


def measure_adding(library: Path, encoder: Encoder, folder: Path) -> list[Row]:
    """Add one file to a large library and to an empty one, in turn; then add it again, unchanged."""
    small, large = folder / "small", folder / "large"
    shutil.copytree(library, large, copy_function=_link_or_copy)
    costs: dict[Path, list[float]] = {small: [], large: []}
    again: list[float] = []
    for number in range(5):
        path = folder / f"added-{number}.txt"
        path.write_text(vary(["第一条 辽宁省设二十处。" * 5], number).text, encoding="utf-8")
        for place, seconds in costs.items():
            seconds.append(_timed(add_files, [(path, path.name)], encoder, place))
        again.append(_timed(add_files, [(path, path.name)], encoder, large))
    few, many = median(costs[small]), median(costs[large])
    return [
        Row("adding one file to it ÷ to an empty index", f"{many / few:.2f} × ({many * 1e3:.0f} ÷ {few * 1e3:.0f} ms)"),
        Row("adding it again, unchanged", f"{median(again) * 1e3:.0f} ms"),
    ]


def measure_small_adds(encoder: Encoder, folder: Path) -> list[Row]:
    """Add many files one by one and at once: the questions may not know the difference."""
    paths = []
    for number in range(SMALL_ADDS):
        path = folder / f"one-{number}.txt"
        path.write_text(
            vary([f"第{n}条 辽宁省第{n}处设在{place}。" * 4 for n, place in enumerate(PLACES)], number).text,
            encoding="utf-8",
        )
        paths.append((path, path.name))
    seconds = [_timed(add_files, [path], encoder, folder / "grown") for path in paths]
    add_files(paths, encoder, folder / "at-once")
    grown, whole = open_library(folder / "grown"), open_library(folder / "at-once")
    questions = draw_questions(whole)
    slow = median(time_each(lambda question: search(grown, encoder, question), questions))
    fast = median(time_each(lambda question: search(whole, encoder, question), questions))
    first, last = median(seconds[:20]), median(seconds[-20:])
    return [
        Row(f"segments after {SMALL_ADDS} adds of one file", f"{len(grown.segments)}"),
        Row("  asking it ÷ asking what was added at once", f"{slow / fast:.2f} × ({slow * 1e3:.1f} ms)"),
        Row("  the last 20 adds ÷ the first 20", f"{last / first:.2f} × ({last * 1e3:.0f} ms)"),
    ]


def measure_asking(library: Library, report: Library, encoder: Encoder, name: str) -> list[Row]:
    """Ask a library, and the report in turn; then take the time of a question apart."""
    questions = draw_questions(library)
    base = median(time_each(lambda question: search(report, encoder, question), questions))
    with watch_memory() as memory:
        seconds = time_each(lambda question: search(library, encoder, question, k=10), questions)
    dense = time_each(lambda question: _search_dense(library, encoder, question), questions)
    lexical = time_each(lambda question: _search_lexical(library, question), questions)
    slow = sorted(seconds)[int(0.95 * len(seconds))]
    return [
        Row(
            f"a question to {name}: {library.passage_count:,} passages, {len(library.segments)} segments",
            f"{median(seconds) * 1e3:.1f} ms; 95 %: {slow * 1e3:.1f} ms ({median(seconds) / base:.1f} × the report)",
            "≤ 50 ms",
        ),
        Row("  of it by meaning; by words", f"{median(dense) * 1e3:.1f} ms; {median(lexical) * 1e3:.1f} ms"),
        Row("  memory of its own; with mapped files", _both(memory), "< 4 GiB"),
    ]


def measure_recall(library: Library, encoder: Encoder) -> list[Row]:
    """Compare what each kind of index finds with what comparing every vector finds, segment by segment."""
    questions = encoder.encode_queries(draw_questions(library))
    rows = []
    for segment in library.segments:
        dense = segment.dense
        if dense.factory is None:
            continue
        hits, seconds = 0, 0.0
        for vector in questions:
            start = perf_counter()
            found, _ = dense.search(vector, DEFAULT_OPTIONS.candidates)
            seconds += perf_counter() - start
            exact, _ = dense.compare_all(vector, COMPARED)
            hits += len(set(found[:COMPARED].tolist()) & set(exact.tolist()))
        rows.append(
            Row(
                f"recall at {COMPARED} of {dense.factory} against exact, {len(segment.passages):,} passages",
                f"{hits / (COMPARED * len(questions)):.4f}, in {seconds / len(questions) * 1e3:.1f} ms",
                "≥ 0.99",
            )
        )
    return rows


def ask_in_own_process(library: Path, report: Path, name: str) -> list[Row]:
    """Ask a library from a process that did not build it, and so holds no more than asking takes."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as asking:
        return asking.submit(_ask, library, report, name).result()


def _ask(library: Path, report: Path, name: str) -> list[Row]:
    opened, encoder = open_library(library), load_encoder(None)
    return [*measure_asking(opened, open_library(report), encoder, name), *measure_recall(opened, encoder)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="JSON lines with title and text, .xz or not")
    parser.add_argument(
        "--passages", type=int, nargs="*", default=(), help="also measure libraries of so many, varied by rule"
    )
    parser.add_argument("--folder", type=Path, help="where indexes are built (and kept), else in a temporary folder")
    wanted = parser.parse_args(arguments)
    encoder = load_encoder(None)
    with TemporaryDirectory(prefix="qa-scale-") as name:
        folder = wanted.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        build_report_index(encoder, folder / "report")
        rows = measure_building(wanted.corpus, encoder, folder / "corpus")
        for part in ("adding", "many"):
            (folder / part).mkdir()
        rows += measure_adding(folder / "corpus", encoder, folder / "adding")
        rows += measure_small_adds(encoder, folder / "many")
        rows += ask_in_own_process(folder / "corpus", folder / "report", wanted.corpus.name)
        for passages in wanted.passages:
            rows += _measure_variations(
                wanted.corpus, passages, encoder, folder / f"varied-{passages}", folder / "report"
            )
    table = Table("what", "measured", "budget")
    for row in rows:
        table.add_row(row.name, row.value, row.budget)
    console = Console()
    console.print(table)
    console.print(
        f"model {describe_model(encoder)} · {os.cpu_count()} cores · commit {read_commit()} · {today()}\n"
        f"$ {read_command()}"
    )


def _measure_variations(corpus: Path, passages: int, encoder: Encoder, folder: Path, report: Path) -> list[Row]:
    """Build a library of so many passages of variations, then ask it."""
    paragraphs = read_paragraphs(corpus)
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count

    def variations() -> Iterator[Document]:
        number = 0
        while done < passages:
            yield vary(paragraphs, number)
            number += 1

    with watch_memory() as memory:
        start, start_cpu = perf_counter(), process_time()
        library = build_index(variations(), encoder, folder, progress=step)
        seconds, cpu = perf_counter() - start, process_time() - start_cpu
    count = library.passage_count
    name = "variations of the corpus"
    return [
        Row(f"building {count:,} passages of {name}", f"{count / seconds:,.0f} passages/s", "≥ 2,000"),
        Row("  processor time a passage", f"{cpu / count * 1e6:.0f} µs"),
        Row("  memory of its own; with mapped files", _both(memory), "bounded"),
        *ask_in_own_process(folder, report, name),
    ]


def _search_dense(library: Library, encoder: Encoder, question: str) -> None:
    vector = encoder.encode_queries([question])[0]
    for segment in library.segments:
        segment.dense.search(vector, DEFAULT_OPTIONS.candidates, segment.live)


def _search_lexical(library: Library, question: str) -> None:
    query = SparseQuery(
        [segment.sparse for segment in library.segments],
        terms(question),
        [segment.live for segment in library.segments],
    )
    query.scores(query.best(DEFAULT_OPTIONS.candidates))


def _link_or_copy(source: str, target: str) -> None:
    """Link what never changes, a segment's files; copy the others."""
    (os.link if Path(source).parent.parent.name == SEGMENTS else shutil.copyfile)(source, target)


def _timed(work: Callable[..., object], *arguments: object) -> float:
    start = perf_counter()
    work(*arguments)
    return perf_counter() - start


def _both(memory: Memory) -> str:
    return f"{memory.own / MEBIBYTE:,.0f} MiB; {memory.resident / MEBIBYTE:,.0f} MiB"


def _shuffled(characters: str, draw: random.Random) -> str:
    return "".join(draw.sample(characters, len(characters)))


if __name__ == "__main__":
    if BLAS_THREADS not in os.environ:  # as the command `qa` does; it has to be settled before numpy is imported
        os.environ[BLAS_THREADS] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "eval.scale", *sys.argv[1:]])
    main()
