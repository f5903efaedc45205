"""`policybot eval export`, `import` and `judge`: out of and into the ecosystem. Heavy imports wait until they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from policybot.errors import PolicybotError
from policybot.settings import Settings

if TYPE_CHECKING:
    from eval.judges import Judgement
    from policybot.catalogue import Catalogue

_out, _err = Console(), Console(stderr=True)


class Format(StrEnum):
    """What an export is written for."""

    BEIR = "beir"
    RAGAS = "ragas"


def add(app: typer.Typer) -> None:
    """Give `app` the commands."""
    app.command()(export)
    app.command("import")(take_in)
    app.command()(judge)


def export(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="beir: a folder, made if need be. ragas: a .jsonl file.")],
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="beir: one set or several. ragas: one run.")],
    form: Annotated[Format, typer.Option("--format", help="beir: sets for retrieval benchmarks. ragas: a run for judges.")],
) -> None:
    """Write sets in the BEIR format, or a run as RAGAS samples. Worries about a child never leave."""
    if form is Format.RAGAS and len(sources) > 1:
        raise typer.BadParameter("one run at a time")
    with _refusals(), _catalogue() as catalogue:
        said = _export_beir(target, sources, catalogue) if form is Format.BEIR else _export_ragas(target, sources[0], catalogue)
    _say(f"wrote {target}: {said}")


def take_in(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="In the BEIR format, or with docs/ and questions.jsonl.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Whose policies the documents shall be.")],
    out: Annotated[Path, typer.Option("--out", help="The set to write: .jsonl, .yaml, .csv or .xlsx.")],
    corpus: Annotated[Path, typer.Option("--corpus", help="Where the documents go, in a folder of the organisation's own.")],
    split: Annotated[str, typer.Option("--split", help="Which judgements of a BEIR folder: qrels/SPLIT.tsv.")] = "test",
) -> None:
    """Take in other people's documents and questions: a corpus to ingest, and a set to run."""
    from eval.external_sets import import_set

    with _refusals():
        done = import_set(folder, organisation, corpus, out, split)
    _say(f"wrote {corpus / done.organisation}: {done.policies} policies, {done.clauses} clauses")
    _say(f"wrote {out}: {len(done.cases)} cases; {len(done.left_out)} questions left out")
    for why in done.left_out:
        _say(f"  {why}")
    _say(f"next: policybot ingest {corpus} --org {done.organisation}, then policybot eval run {out}")


def judge(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The name of a kept run, or the file of a stored one.")],
    judge_model: Annotated[str, typer.Option("--judge-model", metavar="PROVIDER:NAME", help="The chat model that judges.")],
    same: Annotated[bool, typer.Option("--same", help="Let the model that answered judge itself.")] = False,
    composed: Annotated[bool, typer.Option("--composed", help="Judge composed answers too, which quote and need no judge.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write every rating here, as JSON.")] = None,
) -> None:
    """Have another chat model rate a run's answers: faithfulness and relevancy. Sends questions and clauses to that model."""
    from eval.clause_texts import texts_of
    from eval.journal import located, open_run
    from eval.judges import RagasJudge, judge_run, require_apart, write_judgement
    from policybot.models import embeddings

    with _refusals(), _catalogue() as catalogue:
        settings = Settings.load()
        held = open_run(located(settings.home, run))
        if not same:
            require_apart(judge_model, held.head, settings.chat_model)
        made = judge_run(held, RagasJudge.named(judge_model, embeddings(settings)), texts_of(catalogue, held.head), composed)
        if out:
            write_judgement(made, out)
    _print_judgement(made)


def _export_beir(folder: Path, sets: list[Path], catalogue: Catalogue) -> str:
    from eval.beir import write_beir
    from eval.sets import read_set

    done = write_beir(folder, [case for path in sets for case in read_set(path, catalogue)], catalogue)
    return (
        f"{done.documents} documents, {done.queries} questions ({done.silent} that no policy answers, without a judgement), "
        f"{done.judgements} judgements; {done.disclosures} worries about a child left out"
    )


def _export_ragas(file: Path, run: Path, catalogue: Catalogue) -> str:
    from eval.clause_texts import texts_of
    from eval.journal import located, open_run
    from eval.ragas_data import samples_of, write_ragas

    held = open_run(located(Settings.load().home, run))
    made = samples_of(held, texts_of(catalogue, held.head))
    write_ragas(file, made)
    return (
        f"{len(made.samples)} samples; {made.disclosures} worries about a child and {made.followups} follow-ups, "
        "whose earlier turns a run does not keep, left out"
    )


def _print_judgement(made: Judgement) -> None:
    _say(f"{made.run}, judged by {made.judge}: {len(made.ratings)} answers; {made.passed_over} passed over, {len(made.failed)} failed")
    for name in ("faithfulness", "relevancy"):
        mean, interval, count = made.mean(name)
        reach = f", 95% interval {100 * interval.low:.1f} to {100 * interval.high:.1f}" if interval else ""
        _say(f"{name}: {'–' if mean is None else f'{100 * mean:.1f}'}{reach}, of {count} answers")
        for case_id, value in made.lowest(name):
            _say(f"  {100 * value:5.1f}  {case_id}")
    for case_id, why in made.failed.items():
        _say(f"no rating of {case_id}: {why}")


@contextmanager
def _catalogue() -> Iterator[Catalogue]:
    from policybot.catalogue import Catalogue

    opened = Catalogue.open(Settings.load())
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done is said in one line, with exit code 2."""
    try:
        yield
    except PolicybotError as error:
        _err.print(f"{type(error).__name__}: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def _say(words: str) -> None:
    _out.print(words, markup=False, highlight=False, soft_wrap=True)
