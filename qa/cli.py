"""`qa`: flags in, exit code out. The composition root: settings, model and library meet here, and nowhere else."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from index.embed import BUNDLED_NAME, Encoder, Reranker, load_encoder
from index.errors import AssistantError, BadQuestion, IndexEmpty, UnreadableFile
from index.search import SearchOptions
from index.store import Library
from qa.ask import ask as ask_library
from qa.ask import check_question
from qa.batch import read_questions
from qa.cite import look_up, prove_library
from qa.config import DEFAULT_K, Settings, read_settings
from qa.library import open_or_build
from qa.messages import incomplete_note, interface_language, say
from qa.render import answer_to_json, print_answer, print_context, table_lines
from qa.select import select_documents
from qa.types import Answer

app = typer.Typer(
    help="Ask a report: the passages that answer, word for word, each with a citation that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index.", show_default=False)]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Embedding model: a name or a folder that sentence-transformers loads.")
]
LangOption = Annotated[str | None, typer.Option("--lang", help="Language of the interface: zh or en.")]
KOption = Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages to return at the most.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Show the signals of each hit.")]
RerankOption = Annotated[str | None, typer.Option("--rerank", help="A cross-encoder that orders the best hits again.")]


@app.command("ask")
def ask_command(
    question: Annotated[str | None, typer.Argument(help="The question, in any language.")] = None,
    k: KOption = DEFAULT_K,
    as_json: JsonOption = False,
    batch: Annotated[
        str | None, typer.Option("--batch", help="A file of questions, JSON lines or plain; - is standard input.")
    ] = None,
    explain: ExplainOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a question is refused.")] = False,
    document: Annotated[
        list[str] | None, typer.Option("--document", help="Ask only documents whose title or id begins so.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only documents of this date or later (YYYY-MM-DD).")] = None,
    until: Annotated[str | None, typer.Option(help="Only documents of this date or earlier (YYYY-MM-DD).")] = None,
    path: Annotated[str | None, typer.Option(help="Only documents whose path begins so.")] = None,
    rerank: RerankOption = None,
    model: ModelOption = None,
    index: IndexOption = None,
    lang: LangOption = None,
) -> None:
    """Answer a question with passages and their citations, or say that the documents do not answer it."""
    settings = _settings(index, model, lang)
    if (question is None) == (batch is None):
        raise BadQuestion('give one question, like: qa ask "全年共征集提案多少件？" — or a file of them with --batch')
    questions = _read_batch(batch) if batch is not None else iter([check_question(question or "")])
    encoder, library = _open(settings, question or "")
    options = SearchOptions(
        wanted=select_documents(documents=document or (), since=since, until=until, path=path),
        reranker=Reranker(rerank) if rerank is not None else None,
    )
    out = _console()
    is_refused = False
    told: set[str] = set()
    for index_of_question, asked in enumerate(questions):
        answer = ask_library(library, encoder, asked, k=k, options=options, lang=settings.lang)
        is_refused |= not answer.is_answerable
        _tell_incomplete(library, answer, settings.lang, told)
        if as_json:
            sys.stdout.write(json.dumps(answer_to_json(answer), ensure_ascii=False) + "\n")
            sys.stdout.flush()
            continue
        if batch is not None:
            out.print(Text(("\n" if index_of_question else "") + "? " + answer.question, style="bold"), soft_wrap=True)
        print_answer(out, answer, lang=settings.lang, explain=explain)
    if strict and is_refused:
        raise typer.Exit(1)


@app.command()
def chat(
    k: KOption = DEFAULT_K,
    explain: ExplainOption = False,
    model: ModelOption = None,
    index: IndexOption = None,
    lang: LangOption = None,
) -> None:
    """Ask one question after another."""
    settings = _settings(index, model, lang)
    encoder, library = _open(settings, "")
    out = _console()
    _note(say(settings.lang or "en", "chat"))
    told: set[str] = set()
    while question := _read_line():
        try:
            answer = ask_library(library, encoder, question, k=k, lang=settings.lang)
        except BadQuestion as error:
            _note(str(error))
            continue
        _tell_incomplete(library, answer, settings.lang, told)
        print_answer(out, answer, lang=settings.lang, explain=explain)
        out.print()


@app.command()
def show(
    citation: Annotated[str, typer.Argument(help="A citation as an answer prints it: 0123456789ab:120-260.")],
    around: Annotated[int, typer.Option(min=0, help="Characters of context on either side.")] = 200,
    model: ModelOption = None,
    index: IndexOption = None,
    lang: LangOption = None,
) -> None:
    """Show a cited passage in its context, with the pages marked."""
    settings = _settings(index, model, lang)
    _, library = _open(settings, "")
    found = look_up(library, citation)
    document = library.documents[found.document]
    print_context(_console(), document, found, lang=settings.lang or document.language, around=around)


@app.command()
def build(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; the report that ships with qa if none.")
    ] = None,
    model: ModelOption = None,
    index: IndexOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build although a damaged index is in the way.")] = False,
    lang: LangOption = None,
) -> None:
    """Build the index again: of the given files, else of what it holds already, else of the report."""
    from qa.manage import rebuild

    settings = _settings(index, model, lang)
    library = rebuild(settings.index, load_encoder(settings.model), files or [], force=force, tell=_progress)
    spoken = settings.lang or "en"
    _report_library(library, spoken)
    for entry in library.manifest.incomplete:
        _note(incomplete_note(spoken, entry))


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Files and folders to add.")],
    model: ModelOption = None,
    index: IndexOption = None,
    lang: LangOption = None,
) -> None:
    """Add files to the library; what is there already stays, what has changed is replaced."""
    from qa.manage import add_paths

    settings = _settings(index, model, lang)
    encoder, _ = _open(settings, "")
    summary = add_paths(settings.index, encoder, files, tell=_progress)
    spoken = settings.lang or "en"
    if len(summary.skipped) == 1 and not (summary.added or summary.replaced or summary.unchanged):
        raise UnreadableFile(*summary.skipped[0])
    for source, reason in summary.skipped:
        _note(say(spoken, "skipped", source=source, reason=reason))
    counts = {"added": summary.added, "replaced": summary.replaced, "unchanged": summary.unchanged}
    if summary.vanished:
        counts["vanished"] = summary.vanished
    typer.echo(", ".join(say(spoken, key, count=len(names)) for key, names in counts.items()))
    if summary.skipped and not (summary.added or summary.replaced or summary.unchanged):
        raise UnreadableFile(summary.skipped[0][0], summary.skipped[0][1])


@app.command()
def remove(
    documents: Annotated[list[str], typer.Argument(help="Ids, titles or paths, as qa list shows them.")],
    index: IndexOption = None,
    lang: LangOption = None,
) -> None:
    """Take documents out of the library; the files themselves are not touched."""
    from qa.manage import remove_named

    settings = _settings(index, None, lang)
    for title in remove_named(settings.index, documents):
        typer.echo(say(settings.lang or "en", "removed", title=title))


@app.command("list")
def list_command(index: IndexOption = None, model: ModelOption = None, lang: LangOption = None) -> None:
    """List the documents of the library: id, date, pages, passages, whether complete, title, file."""
    settings = _settings(index, model, lang)
    _, library = _open(settings, "")
    spoken = settings.lang or "en"
    rows = [
        (
            entry.id,
            entry.date or "–",
            f"{entry.pages}/{entry.page_total}" if entry.page_total else str(entry.pages or "–"),
            str(entry.passages),
            say(spoken, "complete")
            if entry.is_complete
            else say(spoken, "lacks", pages=", ".join(map(str, entry.missing_pages))),
            entry.title,
            entry.source,
        )
        for entry in library.manifest.documents
    ]
    for line in table_lines(rows) if rows else ():
        typer.echo(line)
    if not rows:
        _note(str(IndexEmpty(settings.index)))
    for source, reason in library.manifest.skipped:
        _note(say(spoken, "skipped", source=source, reason=reason))


@app.command()
def verify(index: IndexOption = None, model: ModelOption = None, lang: LangOption = None) -> None:
    """Prove the citation of every passage against the files; exit with 1 if one does not hold."""
    settings = _settings(index, model, lang)
    _, library = _open(settings, "")
    total = failed = 0
    for citation, problems in prove_library(library):
        total += 1
        failed += bool(problems)
        for problem in problems:
            typer.echo(f"{citation.id} {citation.source}: {problem}")
    spoken = settings.lang or "en"
    if failed:
        typer.echo(say(spoken, "not_verified", failed=failed, total=total))
        raise typer.Exit(1)
    typer.echo(say(spoken, "verified", proved=total))


@app.command("eval")
def eval_command(
    questions: Annotated[
        Path | None, typer.Argument(help="A question set (JSONL); the report's own if none.", show_default=False)
    ] = None,
    split: Annotated[str | None, typer.Option(help="development, test or all; development if the set has it.")] = None,
    models: Annotated[
        list[str] | None, typer.Option("--model", help="Embedding model; several are compared side by side.")
    ] = None,
    has_dense: Annotated[bool, typer.Option("--dense/--no-dense", help="Search by meaning.")] = True,
    has_lexical: Annotated[bool, typer.Option("--lexical/--no-lexical", help="Search by words.")] = True,
    has_late: Annotated[bool, typer.Option("--late/--no-late", help="Score candidates token by token.")] = True,
    ablate: Annotated[bool, typer.Option("--ablate", help="Compare each signal, each pair and all of them.")] = False,
    against: Annotated[Path | None, typer.Option(help="Compare with a run that --json recorded.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record of the run instead of tables.")] = False,
    trec: Annotated[Path | None, typer.Option(help="Write TREC run and qrels files to this folder.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with figures to this file.")] = None,
    benchmark: Annotated[
        str | None, typer.Option(help="xquad, xquad-r, mlqa-r, squad, cmrc2018 or beir, instead of a question set.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The benchmark's file or folder.")] = None,
    question_langs: Annotated[
        str, typer.Option("--from", help="Languages of the benchmark's questions, like en,ru.")
    ] = "",
    passage_langs: Annotated[str, typer.Option("--to", help="Languages of the benchmark's passages.")] = "",
    index: IndexOption = None,
) -> None:
    """Measure answers: is the right passage found, is its citation right, is a refusal owed?"""
    from eval.command import Evaluation, evaluate

    settings = _settings(index, None, None)
    flags = {"dense": has_dense, "lexical": has_lexical, "late": has_late}
    wanted = Evaluation(
        questions=questions,
        index=settings.index if index or questions else None,
        split=split,
        models=tuple(models or filter(None, [settings.model])),
        signals=frozenset(name for name, is_on in flags.items() if is_on),
        is_ablation=ablate,
        against=against,
        is_json=as_json,
        trec=trec,
        html=html,
        benchmark=benchmark,
        data=data,
        question_langs=tuple(filter(None, question_langs.split(","))),
        passage_langs=tuple(filter(None, passage_langs.split(","))),
    )
    evaluate(wanted, Console(highlight=False, emoji=False, markup=False))


@app.command()
def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend a damaged index: from its own texts, else from the files.")
    ] = False,
    model: ModelOption = None,
    index: IndexOption = None,
    lang: LangOption = None,
) -> None:
    """Check versions, model and index; exit with 1 if something is wrong."""
    from qa.doctor import examine

    settings = _settings(index, model, lang)
    if repair:
        _repair(settings)
    checks = list(examine(settings))
    for line in table_lines((("ok" if check.is_well else "!!"), check.name, check.finding) for check in checks):
        typer.echo(line)
    if not all(check.is_well for check in checks):
        raise typer.Exit(1)


def _repair(settings: Settings) -> None:
    from qa.manage import repair

    done = repair(settings.index, load_encoder(settings.model), tell=_progress)
    spoken = settings.lang or "en"
    _note(say(spoken, "repaired", kept=len(done.kept), read_again=len(done.read_again), lost=len(done.lost)))
    for source in done.lost:
        _note(say(spoken, "lost", source=source))


# What a wrong flag raises. Typer brings click's exceptions along under names that differ between its versions.
USAGE_ERRORS: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")


def main() -> None:
    """Run the command line: what a person can mend is one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a character gets its code, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)
    except AssistantError as error:
        _note(f"qa: {error}")
        code = 2
    except typer.Abort:
        code = 130
    except USAGE_ERRORS as error:
        error.show()
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except (BrokenPipeError, SystemExit):  # the reader has seen enough (qa list | head), where click exits by itself
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _settings(index: Path | None, model: str | None, lang: str | None) -> Settings:
    settings = read_settings()
    if lang is not None and lang not in ("zh", "en"):
        raise typer.BadParameter(f"{lang!r} is not one of zh, en", param_hint="--lang")
    return replace(
        settings,
        index=(index or settings.index).expanduser(),
        model=(model or settings.model) if (model or settings.model) != BUNDLED_NAME else None,
        lang=lang or settings.lang,
    )


def _open(settings: Settings, question: str) -> tuple[Encoder, Library]:
    from index.words import detect_language

    encoder = load_encoder(settings.model)
    spoken = interface_language(settings.lang, detect_language(question) if question else "en")
    was_built = False

    def tell() -> None:
        nonlocal was_built
        was_built = True
        _note(say(spoken, "building"))

    library = open_or_build(settings.index, encoder, model=settings.model, tell=tell)
    if was_built:
        _report_library(library, spoken)
    return encoder, library


def _report_library(library: Library, lang: str) -> None:
    _note(say(lang, "built", documents=len(library.documents), passages=library.passage_count, folder=library.folder))
    for source, reason in library.manifest.skipped:
        _note(say(lang, "skipped", source=source, reason=reason))


def _tell_incomplete(library: Library, answer: Answer, lang: str | None, told: set[str]) -> None:
    """Say in a line, once for each, which of the cited documents lack pages; a refusal says so itself."""
    if answer.refusal is not None:
        return
    spoken = interface_language(lang, answer.language)
    for entry in library.manifest.incomplete:
        if entry.title in answer.incomplete and entry.title not in told:
            told.add(entry.title)
            _note(incomplete_note(spoken, entry))


def _read_batch(name: str) -> Iterator[str]:
    if name == "-":
        yield from read_questions(sys.stdin, "standard input")
        return
    try:
        with Path(name).open(encoding="utf-8-sig") as file:
            yield from read_questions(file, name)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UnreadableFile(name, f"{reason}; --batch takes a file of questions, or - for standard input") from error


def _read_line() -> str:
    try:
        return input("> ").strip()
    except EOFError:
        return ""


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error, where that is a terminal and the work is long."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)


def _note(line: str) -> None:
    from qa.wrap import visible

    sys.stderr.write(visible(line) + "\n")


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
