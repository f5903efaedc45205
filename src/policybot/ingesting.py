"""`policybot ingest`: the ingest with a progress bar, and its report as a table."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.pipeline import Ingested, IngestReport, ingest
from policybot.catalogue import Catalogue
from policybot.library import Library
from policybot.models import embeddings
from policybot.settings import Settings


def ingest_folder(
    settings: Settings, folder: Path, only: str | None, reindex: bool, out: Console, err: Console
) -> bool:
    """Ingest `folder` and print what became of it. False when a file was refused. Raises CorpusError, IngestBusy, ModelError."""
    catalogue = Catalogue.open(settings)
    library = Library.open(settings, catalogue, embeddings(settings))
    if reindex:
        library.reindex()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("ingest", total=None)
        report = ingest(
            folder,
            catalogue,
            library,
            settings.home / "ingest.lock",
            settings.corpus,
            only,
            lambda step: bar.update(task, description=step),
        )
    out.print(_table(report))
    for item in report.done:
        if item.account:
            out.print(f"[dim]{escape(_characters(item))}[/]", highlight=False, soft_wrap=True)
        for piece in item.account.left_over if item.account else ():
            out.print(
                f"[yellow]left over[/] in {escape(f'{item.source} ({item.policy_id}): {piece!r}')}",
                highlight=False,
                soft_wrap=True,
            )
    for error in report.refused:
        err.print(f"[bold red]refused[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    return not report.refused


def _table(report: IngestReport) -> Table:
    """A line a policy; `read` is the share of its words that went somewhere known."""
    table = Table("policy", "change", "clauses", "facts", "read")
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.no_wrap = True
    for item in report.done:
        counts = [str(item.clauses), str(item.facts), f"{item.account.covered:.1%}"] if item.account else ["", "", ""]
        table.add_row(item.policy_id, item.change, *counts)
    return table


def _characters(item: Ingested) -> str:
    """Where the characters of one document went."""
    a = item.account
    if a is None:
        return ""
    parts = {
        "clauses": a.clauses,
        "stems": a.stems,
        "headings": a.headings,
        "contents": a.contents,
        "headers and footers": a.furniture,
    }
    said = ", ".join(f"{count:,} in {name}" for name, count in parts.items() if count)
    return f"{item.policy_id} ({item.source}): {a.total:,} characters: {said}"
