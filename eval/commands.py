"""`policybot eval`: the evaluation on the command line. Heavy imports wait until they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from policybot.errors import PolicybotError
from policybot.settings import Settings

eval_app = typer.Typer(no_args_is_help=True, help="Put question sets to the bot and see what it gets right.")
out, err = Console(), Console(stderr=True)

GOLD = Path(__file__).parent / "gold"
"""The sets that ship with the program."""


@eval_app.callback()
def _evaluation() -> None:
    """A command group even while it has one command."""


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
) -> None:
    """Ask every question of the sets and print what came of it."""
    from eval.cases import load_cases
    from eval.report import print_report, write_json
    from eval.run import evaluate, write_answers
    from policybot.bot import PolicyBot

    try:
        cases = load_cases(*(sets or sorted(GOLD.glob("*.jsonl"))))
        made = evaluate(PolicyBot.open(Settings.load()), cases, err)
    except PolicybotError as error:
        err.print(f"{type(error).__name__}: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    print_report(made, out, misses)
    if json_file:
        write_json(made, json_file)
    if answers:
        write_answers(made, answers)


if __name__ == "__main__":
    eval_app()
