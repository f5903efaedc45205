"""`policybot eval`: the evaluation on the command line. Heavy imports wait until they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.part import Part
from policybot.errors import PolicybotError
from policybot.settings import Settings

eval_app = typer.Typer(no_args_is_help=True, help="Put question sets to the bot and see what it gets right.")
out, err = Console(), Console(stderr=True)

GOLD = Path(__file__).parent / "gold"
"""The sets that ship with the program."""


RunFile = Annotated[Path, typer.Argument(help="A stored run (.json), or a finished journal of one (.jsonl).")]


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
    sets: Annotated[
        list[Path] | None, typer.Argument(help="JSONL files of cases; the shipped sets without any.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write figures and outcomes here.")] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Write the answers here, one JSON object a line.")
    ] = None,
    misses: Annotated[int, typer.Option("--misses", min=0, help="Show so many cases that went wrong.")] = 0,
    store: Annotated[Path | None, typer.Option("--store", help="Keep the run here, for show, compare and gate.")] = None,
) -> None:
    """Ask every question of the sets and print what came of it."""
    from eval.cases import load_cases
    from eval.report import print_report, write_json
    from eval.run import evaluate, write_answers
    from policybot.bot import PolicyBot

    if store and not store.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {store.parent} to keep the run in")
    with _refusals():
        settings = Settings.load()
        cases = load_cases(*(sets or sorted(GOLD.glob("*.jsonl"))))
        made = evaluate(PolicyBot.open(settings), cases, err)
    print_report(made, out, misses)
    if json_file:
        write_json(made, json_file)
    if answers:
        write_answers(made, answers)
    if store:
        from eval.recording import model_hashes, stored_run
        from eval.stored import write_run

        with _refusals():
            write_run(stored_run(made, store.stem, settings, model_hashes(settings)), store)


@eval_app.command()
def show(
    run_file: RunFile,
    by: Annotated[Part | None, typer.Option("--by", help="Also part by part.")] = None,
) -> None:
    """Print every figure of a stored run with its 95% interval."""
    from eval.journal import open_run
    from eval.stored_report import print_run

    with _refusals():
        held = open_run(run_file)
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
    from eval.journal import open_run
    from eval.stored_report import print_comparison

    with _refusals():
        found = comparing.compare(open_run(before), open_run(after), common)
    print_comparison(found, out, most)


@eval_app.command()
def baseline(
    run_file: RunFile, file: Annotated[Path, typer.Argument(help="Where to write it; tolerances may be edited there.")]
) -> None:
    """Make a stored run the bar for later ones."""
    from eval.gate import baseline_of, write_baseline
    from eval.journal import open_run

    with _refusals():
        write_baseline(baseline_of(open_run(run_file)), file)


@eval_app.command()
def gate(
    run_file: RunFile,
    baseline_file: Annotated[Path, typer.Option("--baseline", help="What the run is held to.")],
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the run as JUnit XML here.")] = None,
) -> None:
    """Exit with 0 when nothing fell below the baseline, with 1 and what fell, with 2 when that cannot be told."""
    from eval import gate as gating
    from eval.journal import open_run
    from eval.junit import write_junit

    with _refusals():
        held, bar = open_run(run_file), gating.read_baseline(baseline_file)
        if junit:
            write_junit(held, junit)
    for words in (fallen := gating.gate(held, bar)):
        err.print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    if fallen:
        raise typer.Exit(1)
    out.print(f"nothing fell below {bar.name}", markup=False, highlight=False)


if __name__ == "__main__":
    eval_app()
