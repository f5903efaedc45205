"""`policybot eval html`: the report of a stored run. Heavy imports wait until they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from policybot.errors import PolicybotError

if TYPE_CHECKING:
    from eval.html_failures import ClauseText
    from eval.stored import RunHead
    from policybot.settings import Settings

_out, _err = Console(), Console(stderr=True)


def add(app: typer.Typer) -> None:
    """Give `app` the command."""
    app.command()(html)


def html(
    run_file: Annotated[
        Path, typer.Argument(metavar="RUN", help="The name of a kept run, a stored run (.json), or a finished journal of one (.jsonl).")
    ],
    out: Annotated[Path, typer.Option("--out", help="Write the report here.")],
    before: Annotated[Path | None, typer.Option("--before", help="An earlier run to compare with, given likewise.")] = None,
    common: Annotated[bool, typer.Option("--common", help="Compare the cases that are in both runs.")] = False,
) -> None:
    """Write a stored run as one HTML file: figures, charts, and every failure with its clauses."""
    from eval.compare import compare
    from eval.html_report import write_report
    from eval.journal import located, open_run
    from policybot.settings import Settings

    try:
        settings = Settings.load()
        held = open_run(located(settings.home, run_file))
        comparison = compare(open_run(located(settings.home, before)), held, common) if before else None
        write_report(held, out, _texts(settings, held.head), comparison)
    except PolicybotError as error:
        _err.print(f"{type(error).__name__}: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    _out.print(f"wrote {out}", markup=False, highlight=False, soft_wrap=True)


def _texts(settings: Settings, head: RunHead) -> ClauseText:
    """The clauses' words from this machine's catalogue; none where nothing was ingested here."""
    from eval.clause_texts import texts_of
    from policybot.catalogue import Catalogue

    if settings.database_url is None and not (settings.home / "policybot.db").is_file():
        # Opening it would make an empty one.
        return lambda clause_id: None
    catalogue = Catalogue.open(settings)
    try:
        return texts_of(catalogue, head)
    finally:
        catalogue.close()
