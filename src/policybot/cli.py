"""The command line: ingest, ask, explain, organisations, show, verify, audit, run, doctor, eval. Heavy imports wait for their use."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from policybot.errors import CorpusError, DocumentError, PolicybotError
from policybot.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="What your own organisation's policy says, quoted word for word.")
out, err = Console(), Console(stderr=True)

Org = Annotated[str, typer.Option("--org", help="The asker's organisation, as its corpus folder is named.")]


def fail(error: PolicybotError, code: int = 1) -> typer.Exit:
    """Say what went wrong on standard error, and the exit to raise. Documents and corpora exit with 2."""
    err.print(f"[bold red]{type(error).__name__}[/] {escape(f'{error.thing}: {error.cause}.')}", highlight=False, soft_wrap=True)
    err.print(f"  {error.cure}", highlight=False, markup=False, soft_wrap=True)
    return typer.Exit(2 if isinstance(error, DocumentError | CorpusError) else code)


@app.command()
def ingest(
    folder: Annotated[Path, typer.Argument(help="A folder with a folder for each organisation in it.")],
    org: Annotated[str | None, typer.Option("--org", help="Only this organisation; FOLDER may be its own folder.")] = None,
    reindex: Annotated[bool, typer.Option("--reindex", help="Build the index anew, for another embedding model.")] = False,
) -> None:
    """Read policies and publish them."""
    from policybot.ingesting import ingest_folder

    try:
        clean = ingest_folder(Settings.load(), folder, org, reindex, out, err)
    except PolicybotError as error:
        raise fail(error) from error
    if not clean:
        raise typer.Exit(2)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, as you would type it.")] = None,
    org: Annotated[str | None, typer.Option("--org", help="The asker's organisation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    batch: Annotated[Path | None, typer.Option("--batch", help="Questions, one JSON object a line: id, org, question, history.")] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="Where the batch's answers go; standard output without it.")] = None,
) -> None:
    """Ask one question, or a batch of them."""
    from policybot.asking import ask_batch, ask_one

    try:
        settings = Settings.load()
        if batch is not None:
            bad = ask_batch(settings, batch, out_file, org, err)
            raise typer.Exit(1 if bad else 0)
        if not question or not question.strip() or not org:
            raise typer.BadParameter("give a question and --org, or --batch FILE")
        answer = ask_one(settings, question, org)
    except PolicybotError as error:
        raise fail(error) from error
    if as_json:
        from policybot.contract import as_json as contract

        print(json.dumps(contract(answer), ensure_ascii=False, indent=1))
    else:
        out.print(Markdown(answer.text))
        for notice in answer.notices:
            out.print(f"[dim]Note: {escape(notice.text)}[/]", highlight=False)


@app.command()
def explain(question: Annotated[str, typer.Argument(help="The question to wonder about.")], org: Org) -> None:
    """Why the answer is what it is: every clause's score, what decided, and the reason."""
    from policybot.bot import PolicyBot
    from policybot.explaining import explain as explanation_of
    from policybot.explaining import lines
    from policybot.records import Question

    try:
        found = explanation_of(PolicyBot.open(Settings.load()), Question(org, question))
    except PolicybotError as error:
        raise fail(error) from error
    if found is None:
        err.print(f"{org} has published no policy. Run: policybot ingest corpus")
        raise typer.Exit(1)
    for line in lines(found):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    table = Table("", "clause", "relevance", "read", "says", "likeness", "words")
    for s in found.scores:
        read = f"{s.read:.1f}" if s.read is not None else "-"
        table.add_row("*" if s.cited else "", escape(s.clause.label), f"{s.relevance:.3f}", read, s.says or "-", f"{s.likeness:.2f}", f"{s.words:.1f}")
    out.print(table)
    inputs = Table("what decides whether the policy answers", "value")
    for name, value in found.inputs:
        inputs.add_row(name, f"{value:.3f}")
    out.print(inputs)


@app.command()
def organisations() -> None:
    """Who is here, with what policies."""
    from policybot.catalogue import Catalogue

    try:
        catalogue = Catalogue.open(Settings.load())
        table = Table("organisation", "name", "policy", "edition", "source", "clauses")
        for organisation in catalogue.organisations():
            for policy in catalogue.policies(organisation.slug):
                table.add_row(organisation.slug, organisation.name, policy.title, policy.edition, policy.source, str(len(policy.clauses)))
    except PolicybotError as error:
        raise fail(error) from error
    out.print(table)


@app.command()
def show(clause_id: Annotated[str, typer.Argument(help="A clause id, such as an answer gives.")]) -> None:
    """One clause, word for word."""
    from policybot.catalogue import Catalogue

    try:
        clause = Catalogue.open(Settings.load()).clause(clause_id)
    except PolicybotError as error:
        raise fail(error) from error
    page = f", page {clause.page}" if clause.page else ""
    out.print(f"[bold]{escape(clause.label)}[/]{page}  [dim]{clause.id}[/]", highlight=False)
    out.print(f"[dim]{clause.deontic.force} · {clause.deontic.strength}[/]", highlight=False)
    out.print(clause.whole, highlight=False, markup=False)


@app.command()
def verify(file: Annotated[Path, typer.Argument(help="A shared answer: PDF, Word or text, or its receipt alone.")]) -> None:
    """Is a shared answer as it was made, and does its policy still say so?

    Exit 0: all is right. 1: it was altered, or a quote does not hold. 2: there is no receipt in it. 3: right, but the
    policy has changed since. 4: nothing is found wrong, but this installation did not issue it.
    """
    from policybot.verifying import verify as verified

    try:
        code = verified(file, Settings.load(), out)
    except PolicybotError as error:
        raise fail(error, 2) from error
    raise typer.Exit(code)


@app.command()
def audit(
    since: Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Only from this day on (UTC).")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print it as CSV, with every clause that was seen.")] = False,
) -> None:
    """Who compared the policies of which organisations, on what, and when."""
    from policybot.audit import Audit
    from policybot.audit import as_csv as written

    try:
        looks = Audit.open(Settings.load()).looks(since.replace(tzinfo=UTC) if since else None)
    except PolicybotError as error:
        raise fail(error) from error
    if as_csv:
        print(written(looks), end="")
        return
    if not looks:
        out.print(f"Nobody has compared organisations{f' since {since:%Y-%m-%d}' if since else ' yet'}.", highlight=False)
        return
    table = Table("when (UTC)", "who", "organisations", "topic", "clauses seen")
    for look in looks:
        who = f"{look.name} ({look.person})"
        told = (f"{look.at:%Y-%m-%d %H:%M}", who, ", ".join(look.organisations), look.topic, str(len(look.clauses)))
        table.add_row(*(escape(_printable(cell)) for cell in told))
    out.print(table)


def _printable(text: str) -> str:
    """Without what steers a terminal: names and topics come from outside."""
    return "".join(c if c.isprintable() else " " for c in text)


@app.command()
def run(
    port: Annotated[int, typer.Option(help="Where the page listens.")] = 8501,
    address: Annotated[str, typer.Option(help="The interface; demo accounts work on loopback only.")] = "127.0.0.1",
    demo: Annotated[bool, typer.Option("--demo", help="Offer demo accounts instead of real sign-in.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Start the web app."""
    import os
    import subprocess

    from policybot.settings import project_root

    try:
        root = project_root()
    except PolicybotError as error:
        raise fail(error) from error
    if demo:
        os.environ["POLICYBOT_DEMO"] = "1"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.showEmailPrompt", "false"]
    command += ["--server.address", address, "--server.port", str(port), "--server.headless", str(headless).lower()]
    # Its welcome comes with advertisements, on the page too; what matters of it is the address.
    command += ["--logger.hideWelcomeMessage", "true", "--browser.gatherUsageStats", "false"]
    out.print(f"The page is at http://{address}:{port} (Ctrl+C ends it)", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(subprocess.call(command, cwd=root))


@app.command()
def doctor() -> None:
    """What is configured, what is missing, and the cure."""
    from policybot.doctor import examine

    try:
        settings = Settings.load()
    except PolicybotError as error:
        raise fail(error) from error
    findings = examine(settings)
    table = Table("", "what", "found", "cure")
    for finding in findings:
        table.add_row("[green]ok[/]" if finding.ok else "[red]no[/]", escape(finding.what), escape(finding.found), escape(finding.cure))
    out.print(table)
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


def _add_evaluation() -> None:
    """`policybot eval`, where the eval package is (it is not part of a bare install)."""
    try:
        from eval.commands import eval_app
    except ModuleNotFoundError:
        return
    app.add_typer(eval_app, name="eval")


_add_evaluation()

if __name__ == "__main__":
    app()
