"""`policybot eval`: the evaluation on the command line. Heavy imports wait until they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.export_commands import add as add_exports
from eval.part import Part
from eval.report_commands import add as add_report
from policybot.errors import PolicybotError
from policybot.settings import Settings

if TYPE_CHECKING:
    from eval.cases import Case
    from eval.run import Run
    from eval.stored import StoredRun
    from policybot.catalogue import Catalogue

eval_app = typer.Typer(no_args_is_help=True, help="Put question sets to the bot and see what it gets right.")
add_report(eval_app)
add_exports(eval_app)
out, err = Console(), Console(stderr=True)

GOLD = Path(__file__).parent / "gold"
"""The sets that ship with the program; some more in `own` in it."""

Sets = Annotated[
    list[Path] | None, typer.Argument(metavar="SET...", help="Sets as .jsonl, .yaml, .csv or .xlsx; the shipped ones without any.")
]
RunFile = Annotated[
    Path, typer.Argument(metavar="RUN", help="The name of a kept run, a stored run (.json), or a finished journal of one (.jsonl).")
]


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done is said in one line, with exit code 2."""
    try:
        yield
    except PolicybotError as error:
        err.print(f"{type(error).__name__}: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


@eval_app.command()
def run(
    sets: Sets = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Keep the run under this name; one of this name that was stopped is gone on with.")
    ] = None,
    chat_model: Annotated[
        str | None, typer.Option("--chat-model", metavar="PROVIDER:NAME", help="Chat model of this run, instead of the setting's.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Questions at once; the setting's threads without it.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write figures and outcomes here.")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help="Write the answers here, one JSON object a line.")] = None,
    misses: Annotated[int, typer.Option("--misses", min=0, help="Show so many cases that went wrong.")] = 0,
    store: Annotated[Path | None, typer.Option("--store", help="Also write the run here, as one JSON file.")] = None,
) -> None:
    """Ask every question of the sets, keep what came of it, and print the figures."""
    from eval.journal import journal_of
    from eval.recording import record
    from policybot.bot import PolicyBot

    if store and not store.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {store.parent} to keep the run in")
    with _refusals():
        settings = Settings.load(**({"chat_model": chat_model} if chat_model else {}))
        journal = journal_of(settings.home, name or _new_name())
        begun = journal.exists()
        if begun and (json_file or answers):
            _refuse_half(journal)
        bot = PolicyBot.open(settings)
        made = record(bot, _cases(sets, bot.catalogue), journal, err, workers or settings.threads)
        _put_away(made, journal, json_file, answers, store)
    if settings.chat_model and made.outcomes and all(o.answer.model is None for o in made.outcomes):
        err.print(f"{settings.chat_model} worded none of these answers: they are composed", markup=False, highlight=False)
    _print_made(None if begun else made, journal, misses)


def _new_name() -> str:
    """A name for a run that was given none: the moment, to the millisecond."""
    from datetime import UTC, datetime

    return f"run-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"[:-3]


def _cases(sets: list[Path] | None, catalogue: Catalogue) -> tuple[Case, ...]:
    """The cases of these sets, or of the shipped ones. SetError."""
    from eval.sets import read_sets

    return read_sets(sets or [*sorted(GOLD.glob("*.jsonl")), *sorted((GOLD / "own").glob("*.jsonl"))], catalogue)


def _refuse_half(journal: Path) -> NoReturn:
    from eval.stored import StoredRunError

    cause = "it was begun before, and of answers given then only the record is kept"
    raise StoredRunError(f"run {journal.stem}", cause, "Leave out --json and --answers, or give another name.")


def _put_away(made: Run, journal: Path, json_file: Path | None, answers: Path | None, store: Path | None) -> None:
    """Write the run wherever it was asked for besides its journal."""
    from eval.journal import open_run
    from eval.report import write_json
    from eval.run import write_answers
    from eval.stored import write_run

    if json_file:
        write_json(made, json_file)
    if answers:
        write_answers(made, answers)
    if store:
        write_run(open_run(journal), store)


def _print_made(whole: Run | None, journal: Path, misses: int) -> None:
    """A run made in one go with its confusions and misses; of one that was gone on with, what its record holds."""
    from eval.journal import open_run
    from eval.report import print_report
    from eval.stored_report import print_run

    if whole:
        print_report(whole, out, misses)
    else:
        print_run(open_run(journal), out, Part.ORGANISATION)
    err.print(f"kept as {journal.stem}; see it again: policybot eval show {journal.stem}", markup=False, highlight=False, soft_wrap=True)


def _held(given: Path) -> StoredRun:
    """The run of this name or in this file. StoredRunError."""
    from eval.journal import located, open_run

    return open_run(located(Settings.load().home, given))


@eval_app.command()
def runs() -> None:
    """List the runs that are kept, and how far each has come."""
    from eval.journal import kept_runs
    from eval.measures import BY_NAME, shown
    from eval.stored import StoredRunError

    with _refusals():
        home = Settings.load().home
    table = Table("run", "began", "cases", "state", "correct %")
    correct = BY_NAME["correct"]
    for name, found in kept_runs(home):
        if isinstance(found, StoredRunError):
            table.add_row(escape(name), "–", "–", escape(f"{found.cause}. {found.cure}"), "–")
            continue
        state = "finished" if found.finished else "stopped or under way"
        began = f"{found.head.began:%Y-%m-%d %H:%M}"
        table.add_row(escape(name), began, str(len(found.cases)), state, shown(correct.value(found.cases), correct.unit))
    out.print(table if table.rows else f"No run is kept in {home}. Make one: policybot eval run", highlight=False)


@eval_app.command()
def lint(sets: Sets = None) -> None:
    """Say what is amiss in sets: repeats, leading wording, imbalance. Exits with 1 for an error, 2 when a set cannot be read."""
    from eval.lint import Severity
    from eval.lint import lint as findings_of
    from policybot.catalogue import Catalogue

    with _refusals():
        catalogue = Catalogue.open(Settings.load())
        cases = _cases(sets, catalogue)
    found = findings_of(cases, catalogue)
    for finding in found:
        place = f"case {finding.case_id}: " if finding.case_id else ""
        out.print(f"{finding.severity}: {place}{finding.what}. {finding.cure}", markup=False, highlight=False, soft_wrap=True)
    counts = ", ".join(f"{sum(f.severity is severity for f in found)} {severity}s" for severity in Severity)
    out.print(f"{len(cases)} cases: {counts}", highlight=False)
    if any(f.severity is Severity.ERROR for f in found):
        raise typer.Exit(1)


@eval_app.command()
def template(file: Annotated[Path, typer.Argument(help="Where to write it: .xlsx, .csv, .yaml or .jsonl.")]) -> None:
    """Write a set to fill in, with two examples; a file that is there is left as it is."""
    from eval.fault import Fault, SetError
    from eval.sets import SPREADSHEETS, write_examples
    from eval.template import write_template
    from policybot.catalogue import Catalogue

    with _refusals():
        if file.exists():
            raise SetError(file.name, [Fault(str(file), "there is such a file already", "Give another name, or move it away")])
        catalogue = Catalogue.open(Settings.load())
        try:
            if file.suffix.lower() in SPREADSHEETS:
                write_template(file, catalogue.organisations())
            else:
                write_examples(file, catalogue)
        except OSError as failure:
            cause = f"it cannot be written ({failure.strerror})"
            raise SetError(file.name, [Fault(str(file), cause, "Give a path in a folder that is there")]) from failure
    out.print(f"wrote {file}", markup=False, highlight=False, soft_wrap=True)


@eval_app.command()
def show(
    run_file: RunFile,
    by: Annotated[Part | None, typer.Option("--by", help="Also part by part.")] = None,
) -> None:
    """Print every figure of a stored run with its 95% interval."""
    from eval.stored_report import print_run

    with _refusals():
        held = _held(run_file)
    print_run(held, out, by)


@eval_app.command()
def compare(
    before: RunFile,
    after: RunFile,
    common: Annotated[bool, typer.Option("--common", help="Compare the cases that are in both runs.")] = False,
    most: Annotated[int, typer.Option("--most", min=0, help="Show so many cases of each sort.")] = 20,
) -> None:
    """Print what got better, what worse, what cites other clauses, and whether it is more than chance."""
    from eval import compare as comparing
    from eval.stored_report import print_comparison

    with _refusals():
        found = comparing.compare(_held(before), _held(after), common)
    print_comparison(found, out, most)


@eval_app.command()
def baseline(
    run_file: RunFile, file: Annotated[Path, typer.Argument(help="Where to write it; tolerances may be edited there.")]
) -> None:
    """Make a stored run the bar for later ones."""
    from eval.gate import baseline_of, write_baseline

    with _refusals():
        write_baseline(baseline_of(_held(run_file)), file)


@eval_app.command()
def gate(
    run_file: RunFile,
    baseline_file: Annotated[Path, typer.Option("--baseline", help="What the run is held to.")],
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the run as JUnit XML here.")] = None,
) -> None:
    """Exit with 0 when nothing fell below the baseline, with 1 and what fell, with 2 when that cannot be told."""
    from eval import gate as gating
    from eval.junit import write_junit

    with _refusals():
        held, bar = _held(run_file), gating.read_baseline(baseline_file)
        if junit:
            write_junit(held, junit)
    for words in (fallen := gating.gate(held, bar)):
        err.print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    if fallen:
        raise typer.Exit(1)
    out.print(f"nothing fell below {bar.name}", markup=False, highlight=False)


if __name__ == "__main__":
    eval_app()
