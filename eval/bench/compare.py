"""Our ask against a plain LangChain RAG: the same questions, model and process.

python -m eval.bench.compare --corpus ../shared/policies/txt --questions ../shared/eval/dev.jsonl
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from eval.bench.machine import Machine, table, write
from eval.bench.rag import PlainRag
from eval.labelled import Labelled, Quality, load_labelled, quality
from eval.metrics import percentile
from eval.report import percent
from ingest.pipeline import ingest
from policybot.bot import PolicyBot
from policybot.errors import CorpusError
from policybot.models import embeddings
from policybot.records import Answered, Question
from policybot.settings import Settings

Cited = Callable[[Question], Sequence[str]]
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds of one question: by the clock, and of the processor over all threads."""

    clock: float
    processor: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One answerer: quality, and milliseconds a question, all repeats together.

    `processor_p50`: of processor time, all threads; it moves less when others are at work here.
    """

    quality: Quality
    p50: float
    p95: float
    processor_p50: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """`ratio`: the median over questions of our time divided by the RAG's, measured one after the other."""

    machine: Machine
    questions: int
    repeats: int
    ours: Measured
    rag: Measured
    ratio: float


def compare(corpus: Path, questions: Sequence[Labelled], repeats: int, home: Path) -> Comparison:
    """Index the corpus both ways under `home` and put every question to both, `repeats` times over."""
    machine = Machine.here()
    bot, rag = _bot(corpus, home), PlainRag(corpus, home / "rag", embeddings(Settings.load()))

    def ours(question: Question) -> list[str]:
        answer = bot.answer(question)
        return [c.text for c in answer.citations] if isinstance(answer, Answered) else []

    for labelled in questions[:WARM_UP]:
        ours(labelled.asked()), rag.cited(labelled.asked())
    times = [_timed(labelled, (ours, rag.cited), turn) for turn in range(repeats) for labelled in questions]
    return Comparison(
        machine=machine,
        questions=len(questions),
        repeats=repeats,
        ours=_measured(questions, ours, [a for a, _ in times]),
        rag=_measured(questions, rag.cited, [b for _, b in times]),
        ratio=median(a.clock / b.clock for a, b in times),
    )


def markdown(made: Comparison) -> str:
    """The comparison as a table."""
    one, two = made.ours, made.rag
    shares = [
        ("all evidence %", one.quality.evidence_full, two.quality.evidence_full),
        ("any evidence %", one.quality.evidence_any, two.quality.evidence_any),
        ("first citation %", one.quality.first_citation, two.quality.first_citation),
        ("citation precision %", one.quality.citation_precision, two.quality.citation_precision),
    ]
    rows = [(name, percent(a), percent(b)) for name, a, b in shares]
    rows.append(
        (
            "citations a covered question",
            f"{one.quality.citations_each or 0:.2f}",
            f"{two.quality.citations_each or 0:.2f}",
        )
    )
    rows.append(("p50 ms", f"{one.p50:.1f}", f"{two.p50:.1f}"))
    rows.append(("p95 ms", f"{one.p95:.1f}", f"{two.p95:.1f}"))
    rows.append(("p50 ms of processor time", f"{one.processor_p50:.1f}", f"{two.processor_p50:.1f}"))
    note = (
        f"{made.questions} questions, {one.quality.covered} of them covered by the policy; "
        f"times over {made.repeats} repeats. "
        f"Median ratio of the times, ours to the RAG's: {made.ratio:.2f}. The RAG gives no verdict and never abstains."
    )
    return f"{made.machine.line()}\n\n{table(('', 'policybot', 'plain RAG'), rows)}\n\n{note}"


def _bot(corpus: Path, home: Path) -> PolicyBot:
    settings = Settings.load(home=home / "policybot")
    bot = PolicyBot.open(settings)
    report = ingest(corpus, bot.catalogue, bot.library, settings.home / "ingest.lock", settings.corpus)
    if report.refused:
        raise report.refused[0]
    if not report.done:
        raise CorpusError(str(corpus), "nothing was ingested", "Give a folder with a folder for each organisation.")
    return bot


def _timed(labelled: Labelled, answerers: tuple[Cited, Cited], turn: int) -> tuple[Spent, Spent]:
    """Both, one after the other; who goes first alternates, for the second finds the processor's caches warm."""
    question = labelled.asked()
    if (turn + len(labelled.id)) % 2:
        return _spent(answerers[0], question), _spent(answerers[1], question)
    second = _spent(answerers[1], question)
    return _spent(answerers[0], question), second


def _spent(cited: Cited, question: Question) -> Spent:
    clock, processor = time.perf_counter(), time.process_time()
    cited(question)
    return Spent((time.perf_counter() - clock) * 1000, (time.process_time() - processor) * 1000)


def _measured(questions: Sequence[Labelled], cited: Cited, times: Sequence[Spent]) -> Measured:
    clock = [spent.clock for spent in times]
    return Measured(
        quality=quality(questions, [cited(q.asked()) for q in questions]),
        p50=percentile(clock, 50) or 0.0,
        p95=percentile(clock, 95) or 0.0,
        processor_p50=percentile([spent.processor for spent in times], 50) or 0.0,
    )


def main(
    corpus: Annotated[Path, typer.Option(help="Text policies, a folder an organisation.")],
    questions: Annotated[Path, typer.Option(help="Questions labelled with snippets.")],
    repeats: Annotated[int, typer.Option(min=1, help="How often every question is timed.")] = 3,
    out: Annotated[Path, typer.Option(help="Folder for compare.json and compare.md.")] = Path("build/bench"),
) -> None:
    """Compare, print the table and write it."""
    with tempfile.TemporaryDirectory() as home:
        made = compare(corpus, load_labelled(questions), repeats, Path(home))
    write(out, "compare", asdict(made), markdown(made))
    typer.echo(markdown(made))


if __name__ == "__main__":
    typer.run(main)
