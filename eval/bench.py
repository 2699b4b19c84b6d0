"""Speed and memory, as ratios within one run: `python -m eval.bench [--corpus FILE…]`.

Absolute times belong to a machine and its other work; what is compared here is measured in turn, so both sides share
them. Each row says its budget, from the project's design.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from rich.console import Console
from rich.table import Table

from eval.provenance import describe_model, read_command, read_commit, today
from eval.questions import REPORT_QUESTIONS, SPLITS, choose_split, read_questions
from index.build import build_index, build_report_index
from index.embed import load_encoder
from index.parse import BUNDLED_REPORT, parse_file, parse_text
from index.types import Document
from qa.ask import ask

QUESTION = "全年共征集提案多少件？"
THREADS = "OPENBLAS_NUM_THREADS"  # as `qa` has it
PAIRS = 20
FIRST_PAIRS = 5
IMPORTS = "import numpy, faiss, typer"
COPIES = 400  # of the report, where no corpus is given: 10,000 passages and more
MEGABYTE = 1024 * 1024
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Row:
    """A measured quantity and what the design allows; no budget: for information."""

    name: str
    value: str
    budget: str = ""
    is_within: bool | None = None


def run_process(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run a command to its end, and return its wall time and peak memory.

    Raises:
        CalledProcessError: If it fails.
    """
    start = perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(seconds, usage.ru_maxrss * MAXRSS_UNIT)


def run_in_turn(sides: Sequence[Callable[[], Cost]], pairs: int) -> list[list[Cost]]:
    """Run each side once to warm the disk's cache, then all of them in turn, so that what disturbs one disturbs all."""
    for side in sides:
        side()
    rounds = [[side() for side in sides] for _ in range(pairs)]
    return [list(costs) for costs in zip(*rounds, strict=True)]


def bench_processes(folder: Path) -> list[Row]:
    """Measure `qa ask` from the shell: against bare imports, and for the very first time."""
    ask_command = [sys.executable, "-m", "qa", "ask", QUESTION]
    warm = os.environ | {"QA_INDEX": str(folder / "warm")}
    counter = iter(range(PAIRS))

    def first() -> Cost:
        return run_process(ask_command, os.environ | {"QA_INDEX": str(folder / f"first-{next(counter)}")})

    def asked() -> Cost:
        return run_process(ask_command, warm)

    def imports() -> Cost:
        return run_process([sys.executable, "-c", IMPORTS], dict(os.environ))

    asks, bare = run_in_turn([asked, imports], PAIRS)
    firsts, again = run_in_turn([first, asked], FIRST_PAIRS)
    ratio = median(cost.seconds for cost in asks) / median(cost.seconds for cost in bare)
    extra = median(cost.seconds for cost in firsts) - median(cost.seconds for cost in again)
    spread = sorted(one.seconds / other.seconds for one, other in zip(asks, bare, strict=True))
    memory = max(cost.peak_bytes for cost in asks) / MEGABYTE
    bare_memory = max(cost.peak_bytes for cost in bare) / MEGABYTE
    return [
        Row(
            f"qa ask, whole process ÷ {IMPORTS} ({PAIRS} pairs, medians)",
            f"{ratio:.2f} × (pairs {spread[PAIRS // 10]:.2f} to {spread[-PAIRS // 10 - 1]:.2f})",
            "≤ 2 ×",
            ratio <= 2,
        ),
        Row("  of them", f"{_milliseconds(asks)} ÷ {_milliseconds(bare)}"),
        Row("first ever qa ask, building on the way, over a later one", f"+ {extra:.2f} s", "≤ 1 s", extra <= 1),
        Row("peak memory of qa ask (÷ of the imports)", f"{memory:.0f} MiB ({memory / bare_memory:.2f} ×)"),
    ]


def bench_questions(folder: Path) -> list[Row]:
    """Measure questions inside one process, as in `qa chat`."""
    encoder = load_encoder(None)
    library = build_report_index(encoder, folder / "report")
    questions = read_questions(REPORT_QUESTIONS, library.documents.values())
    half = choose_split(questions, SPLITS[0], path=REPORT_QUESTIONS)
    ask(library, encoder, QUESTION)
    seconds = []
    for question in half:
        start = perf_counter()
        ask(library, encoder, question.text)
        seconds.append(perf_counter() - start)
    middle, slow = median(seconds) * 1000, sorted(seconds)[int(0.95 * len(seconds))] * 1000
    return [
        Row(
            f"one question inside a process ({len(half)} questions, median; 95 %)",
            f"{middle:.1f} ms; {slow:.1f} ms",
            "≤ 5 ms",
            middle <= 5,
        )
    ]


def bench_building(folder: Path, corpus: Sequence[Path]) -> list[Row]:
    """Measure building: parsed documents to an index on disk."""
    start = perf_counter()
    documents = [document for path in corpus for document in parse_file(path)] if corpus else _copies()
    parsed = perf_counter() - start
    characters = sum(len(document.text) for document in documents)
    encoder = load_encoder(None)
    start = perf_counter()
    library = build_index(documents, encoder, folder / "built")
    seconds = perf_counter() - start
    size = sum(path.stat().st_size for path in (folder / "built").rglob("*") if path.is_file())
    rate = library.passage_count / seconds
    what = " and ".join(path.name for path in corpus) if corpus else f"{COPIES} copies of the report"
    return [
        Row(
            f"parsing {what} ({characters / 1e6:.1f} million characters)", f"{characters / 1e6 / parsed:.2f} million/s"
        ),
        Row(f"building its {library.passage_count} passages", f"{rate:.0f} passages/s", "≥ 2000", rate >= 2000),
        Row("index on disk, a passage", f"{size / library.passage_count / 1024:.1f} KiB"),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, nargs="*", default=(), help="files to build an index of")
    wanted = parser.parse_args(arguments)
    if THREADS not in os.environ:  # read when numpy is imported, so it takes a new process; `qa` sets it first of all
        os.execve(sys.executable, [sys.executable, "-m", "eval.bench", *sys.argv[1:]], os.environ | {THREADS: "1"})
    with TemporaryDirectory(prefix="qa-bench-") as name:
        folder = Path(name)
        rows = [*bench_processes(folder), *bench_questions(folder), *bench_building(folder, wanted.corpus)]
    table = Table("what", "measured", "budget", "")
    for row in rows:
        table.add_row(row.name, row.value, row.budget, {True: "kept", False: "MISSED", None: ""}[row.is_within])
    console = Console()
    console.print(table)
    console.print(
        f"model {describe_model(load_encoder(None))} · {os.cpu_count()} cores · commit {read_commit()} · {today()}\n"
        f"$ {read_command()}"
    )


def _copies() -> list[Document]:
    """Return the report many times, each with a first line of its own, so that no two are the same document."""
    raw = BUNDLED_REPORT.read_text(encoding="utf-8")
    return [parse_text(f"{raw}\n{number}", source=f"copy-{number}.txt") for number in range(COPIES)]


def _milliseconds(costs: Sequence[Cost]) -> str:
    return f"{1000 * median(cost.seconds for cost in costs):.0f} ms"


if __name__ == "__main__":
    main()
