"""`qa eval`: what to ask, of what, and what to do with the answers. One call, `evaluate`, which `qa/cli.py` makes."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track

from eval.benchmarks import Benchmark, read_beir, read_squad, read_xquad, read_xquad_r
from eval.compare import Comparison, adjust_for_many, compare_runs
from eval.html import write_html
from eval.measure import MEASURES, measure_run
from eval.provenance import describe_run
from eval.questions import ALL, REPORT_QUESTIONS, SPLITS, choose_split, read_questions
from eval.record import read_run, reports_to_json
from eval.report import print_benchmarks, print_changes, print_comparisons, print_report
from eval.run import SIGNAL_ORDER, Progress, Subject, ask_questions, search_questions
from eval.trec import write_trec
from eval.types import Question, Report, Run
from index.build import build_index, build_report_index
from index.embed import Encoder, load_encoder
from index.errors import AssistantError, BadQuestionSet, IndexStale
from index.fingerprint import is_made_by
from index.fuse import SIGNALS
from index.search import SearchOptions
from index.store import Library, open_library

COMPARED = "MRR@10"  # moves with every change of rank, so a paired test sees more in it than in success@1

LoadEncoder = Callable[[str | None], Encoder]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was asked for on the command line.

    Attributes:
        questions: A question set; None is the report's own.
        index: Where to ask them; None is a fresh index of the report.
        split: Which half; None is development where the set has halves, so that looking often does no harm.
        models: Models to compare; none given is the bundled one.
        signals: Which signals count.
        is_ablation: Whether to take the signals apart: each alone, each pair, all.
        against: A recorded run to compare with.
        is_json: Whether to print the record instead of tables.
        trec: Folder for run and qrels files.
        html: File for the page with figures.
        benchmark: A name of `BENCHMARKS` instead of a question set.
        data: The benchmark's file or folder.
        question_langs: Languages of the benchmark's questions.
        passage_langs: Languages of the benchmark's passages.
    """

    questions: Path | None = None
    index: Path | None = None
    split: str | None = None
    models: tuple[str, ...] = ()
    signals: frozenset[str] = frozenset(SIGNALS)
    is_ablation: bool = False
    against: Path | None = None
    is_json: bool = False
    trec: Path | None = None
    html: Path | None = None
    benchmark: str | None = None
    data: Path | None = None
    question_langs: tuple[str, ...] = ()
    passage_langs: tuple[str, ...] = ()


def evaluate(wanted: Evaluation, console: Console, *, load: LoadEncoder = load_encoder) -> None:
    """Ask, measure, compare, show.

    Args:
        wanted: What was asked for.
        console: Where tables go.
        load: From a model's name to the model.

    Raises:
        AssistantError: If anything is missing or cannot be used: never a table of zeros instead.
    """
    _check(wanted)
    runs = list(_benchmark_runs(wanted, load) if wanted.benchmark else _question_runs(wanted, load))
    reports = [measure_run(run) for run in runs]
    comparisons = _compare(wanted, runs)
    if wanted.is_json:
        console.file.write(reports_to_json(reports) + "\n")
    else:
        _print(wanted, reports, comparisons, console)
    for run in runs if wanted.trec else ():
        write_trec(run, wanted.trec or Path())
    if wanted.html:
        write_html(reports, comparisons, wanted.html)


def _check(wanted: Evaluation) -> None:
    if wanted.split not in {None, *SPLITS, ALL}:
        raise AssistantError(f"there is no split {wanted.split!r}; there are {', '.join((*SPLITS, ALL))}")
    if not wanted.signals:
        raise AssistantError("with --no-dense, --no-lexical and --no-late nothing is left to search with")
    if wanted.html and find_spec("matplotlib") is None:
        raise AssistantError("--html draws figures with matplotlib; install it with: pip install 'report-qa[eval]'")


def _question_runs(wanted: Evaluation, load: LoadEncoder) -> Iterator[Run]:
    for model in wanted.models or (None,):
        encoder = load(model)
        with _library(wanted, encoder) as library:
            path = wanted.questions or REPORT_QUESTIONS
            questions = _choose_questions(wanted, path, read_questions(path, library.documents.values()))
            name = f"{path.stem}, {_name_split(questions)}"
            provenance = describe_run(library, encoder, questions, name)
            full, *parts = (Subject(library, encoder, options) for options in _configurations(wanted))
            yield _named(ask_questions(full, questions, provenance, progress=_progress(full.name)), model, wanted)
            for part in parts:  # with a signal away, confidence is not what was calibrated: search alone is compared
                yield _named(
                    search_questions(part, questions, provenance, progress=_progress(part.name)), model, wanted
                )


def _benchmark_runs(wanted: Evaluation, load: LoadEncoder) -> Iterator[Run]:
    for benchmark in _read_benchmarks(wanted):
        for model in wanted.models or (None,):
            encoder = load(model)
            with TemporaryDirectory(prefix="qa-eval-") as folder:
                library = build_index(benchmark.documents, encoder, Path(folder) / "index", chunk=benchmark.cut)
                provenance = describe_run(library, encoder, benchmark.questions, benchmark.name)
                for options in _configurations(wanted, candidates=benchmark.depth):
                    run = search_questions(
                        Subject(library, encoder, options),
                        benchmark.questions,
                        provenance,
                        depth=benchmark.depth,
                        progress=_progress(benchmark.name),
                    )
                    run = _named(run, model, wanted)
                    is_default = len(wanted.models) < 2 and options.signals == frozenset(SIGNALS)
                    yield replace(run, name=benchmark.name if is_default else f"{benchmark.name} {run.name}")


@contextmanager
def _library(wanted: Evaluation, encoder: Encoder) -> Iterator[Library]:
    """Open the index that was named, or build the report's in a folder that goes away again."""
    if wanted.index is None:
        with TemporaryDirectory(prefix="qa-eval-") as folder:
            yield build_report_index(encoder, Path(folder) / "index")
        return
    library = open_library(wanted.index)
    if not is_made_by(library.manifest.maker, encoder):
        made_by = str(library.manifest.maker["model"])
        flag = f" --model {encoder.name} --index {wanted.index}"
        raise IndexStale(wanted.index, made_by=made_by, asked_with=encoder.name, model_flag=flag)
    yield library


def _configurations(wanted: Evaluation, *, candidates: int = 0) -> Iterator[SearchOptions]:
    """Yield the configuration that was asked for; of an ablation, all signals first, then pairs, then each alone."""
    default = SearchOptions()
    sizes = range(len(SIGNAL_ORDER), 0, -1) if wanted.is_ablation else ()
    subsets = [frozenset(subset) for size in sizes for subset in combinations(SIGNAL_ORDER, size)] or [wanted.signals]
    for signals in subsets:
        yield SearchOptions(signals=signals, candidates=max(candidates, default.candidates))


def _compare(wanted: Evaluation, runs: Sequence[Run]) -> list[Comparison]:
    """Compare each run with the first, or the last with the recorded one; p-values adjusted for their number."""
    if wanted.against:
        pairs = [(read_run(wanted.against), runs[-1])]
    elif wanted.benchmark and not (wanted.is_ablation or len(wanted.models) > 1):
        pairs = []
    else:
        pairs = [(first, run) for first, *others in _by_questions(runs).values() for run in others]
    try:
        comparisons = [compare_runs(before, after, MEASURES[COMPARED]) for before, after in pairs]
    except ValueError as error:
        raise AssistantError(f"cannot compare: {error}") from error
    adjusted = adjust_for_many([comparison.p for comparison in comparisons])
    return [replace(comparison, p=p) for comparison, p in zip(comparisons, adjusted, strict=True)]


def _by_questions(runs: Sequence[Run]) -> Mapping[str, list[Run]]:
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.provenance.questions, []).append(run)
    return groups


def _print(wanted: Evaluation, reports: Sequence[Report], comparisons: Sequence[Comparison], console: Console) -> None:
    if wanted.benchmark:
        print_benchmarks(reports, console)
    else:
        print_report(reports[0], console)
    if comparisons:
        print_comparisons(comparisons, reports, console)
    if len(comparisons) == 1:
        print_changes(comparisons[0], console)


def _choose_questions(wanted: Evaluation, path: Path, questions: tuple[Question, ...]) -> tuple[Question, ...]:
    has_halves = any(question.split for question in questions)
    return choose_split(questions, wanted.split or (SPLITS[0] if has_halves else ALL), path=path)


def _name_split(questions: Sequence[Question]) -> str:
    splits = {question.split for question in questions} - {None}
    return f"{splits.pop()} half" if len(splits) == 1 else "all questions"


def _named(run: Run, model: str | None, wanted: Evaluation) -> Run:
    return replace(run, name=f"{model} {run.name}") if len(wanted.models) > 1 else run


def _progress(name: str) -> Progress:
    """Return a progress bar on standard error, where that is a terminal."""
    console = Console(stderr=True)

    def bar(questions: Sequence[Question]) -> Iterable[Question]:
        return track(questions, name, console=console, transient=True, disable=not sys.stderr.isatty())

    return bar


def _read_benchmarks(wanted: Evaluation) -> Iterator[Benchmark]:
    read = BENCHMARKS.get(wanted.benchmark or "")
    if read is None:
        raise AssistantError(f"there is no benchmark {wanted.benchmark!r}; there are {', '.join(sorted(BENCHMARKS))}")
    if wanted.data is None:
        raise AssistantError(f"name the file or folder of the benchmark {wanted.benchmark} with --data")
    if not wanted.data.exists():
        raise BadQuestionSet(wanted.data, "is not there")
    return read(wanted, wanted.data)


def _xquad(wanted: Evaluation, folder: Path) -> Iterator[Benchmark]:
    for passage_lang in wanted.passage_langs or ("zh",):
        for question_lang in wanted.question_langs or (passage_lang,):
            yield read_xquad(folder, question_lang=question_lang, passage_lang=passage_lang)


def _squad(wanted: Evaluation, path: Path) -> Iterator[Benchmark]:
    yield read_squad(path, lang=(wanted.question_langs or ("?",))[0])


def _xquad_r(wanted: Evaluation, folder: Path) -> Iterator[Benchmark]:
    yield read_xquad_r(folder, langs=wanted.question_langs)


def _beir(wanted: Evaluation, folder: Path) -> Iterator[Benchmark]:
    yield read_beir(folder, lang=(wanted.question_langs or ("en",))[0])


BENCHMARKS: Mapping[str, Callable[[Evaluation, Path], Iterator[Benchmark]]] = {
    "xquad": _xquad,
    "xquad-r": _xquad_r,
    "mlqa-r": _xquad_r,
    "squad": _squad,
    "cmrc2018": _squad,
    "beir": _beir,
}
