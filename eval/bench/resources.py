"""Ingest speed, peak memory, cold start and warm latency, each in a process of its own.

    python -m eval.bench.resources --corpus ../shared/policies/txt --questions ../shared/eval/dev.jsonl

This process imports no model: a child starts with its parent's peak memory on its account.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from eval.bench.machine import Machine, table, write
from eval.labelled import Labelled, load_labelled
from eval.metrics import percentile


@dataclass(frozen=True, slots=True)
class Resources:
    """Seconds, milliseconds and megabytes (10^6 bytes). Starts are medians of `repeats` whole processes."""

    machine: Machine
    repeats: int
    clauses: int
    ingest_seconds: float
    ingest_again_seconds: float
    ingest_peak_mb: float
    answered: int
    load_seconds: float
    answer_peak_mb: float
    warm_p50_ms: float
    warm_p95_ms: float
    start_help_seconds: float
    start_import_seconds: float
    start_ask_seconds: float

    @property
    def clauses_a_second(self) -> float:
        """Reading, embedding and publishing, the model loaded."""
        return self.clauses / self.ingest_seconds


def measure(corpus: Path, questions: Path, number: int, repeats: int, home: Path) -> Resources:
    """Measure everything, one process after the other. `home` must be an empty folder."""
    machine = Machine.here()
    ingested = _child("ingest", str(corpus), str(home))
    answered = _child("answer", str(home), str(questions), str(number))
    first = load_labelled(questions)[0]
    return Resources(
        machine=machine,
        repeats=repeats,
        clauses=ingested["clauses"],
        ingest_seconds=ingested["seconds"],
        ingest_again_seconds=ingested["again_seconds"],
        ingest_peak_mb=ingested["peak_mb"],
        answered=answered["questions"],
        load_seconds=answered["load_seconds"],
        answer_peak_mb=answered["peak_mb"],
        warm_p50_ms=percentile(answered["latencies_ms"], 50) or 0.0,
        warm_p95_ms=percentile(answered["latencies_ms"], 95) or 0.0,
        start_help_seconds=_start(["-m", "policybot.cli", "--help"], repeats, home),
        start_import_seconds=_start(["-c", "import policybot.bot"], repeats, home),
        start_ask_seconds=_start(_ask(first), repeats, home),
    )


def markdown(made: Resources) -> str:
    """The measurements as a table."""
    rows = [
        (
            f"ingest, {made.clauses} clauses, model loaded",
            f"{made.clauses_a_second:.0f} clauses/s ({made.ingest_seconds:.2f} s)",
        ),
        ("ingest again, nothing changed", f"{made.ingest_again_seconds:.2f} s"),
        ("peak memory of the ingest", f"{made.ingest_peak_mb:.0f} MB"),
        (f"peak memory, models loaded, {made.answered} questions", f"{made.answer_peak_mb:.0f} MB"),
        ("open the bot and answer the first question", f"{made.load_seconds:.2f} s"),
        ("warm answer p50 / p95", f"{made.warm_p50_ms:.1f} / {made.warm_p95_ms:.1f} ms"),
        ("`policybot --help`, whole process", f"{made.start_help_seconds:.2f} s"),
        ("`import policybot.bot`, whole process", f"{made.start_import_seconds:.2f} s"),
        ("`policybot ask`, whole process", f"{made.start_ask_seconds:.2f} s"),
    ]
    note = f"Starts are medians of {made.repeats} processes, files already in the system's cache."
    return f"{made.machine.line()}\n\n{table(('', 'measured'), rows)}\n\n{note}"


def _child(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "eval.bench.child", *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _start(arguments: Sequence[str], repeats: int, home: Path) -> float:
    """Median seconds of a whole Python process, after one that is not counted."""
    spent = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "POLICYBOT_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        spent.append(time.perf_counter() - began)
    return median(spent[1:])


def _ask(labelled: Labelled) -> list[str]:
    return ["-m", "policybot.cli", "ask", labelled.question, "--org", labelled.organisation]


def main(
    corpus: Annotated[Path, typer.Option(help="Policies, a folder an organisation.")],
    questions: Annotated[Path, typer.Option(help="Questions labelled with snippets.")],
    number: Annotated[int, typer.Option(min=1, help="How many questions are answered.")] = 30,
    repeats: Annotated[int, typer.Option(min=1, help="How often a start is timed.")] = 5,
    out: Annotated[Path, typer.Option(help="Folder for resources.json and resources.md.")] = Path("build/bench"),
) -> None:
    """Measure, print the table and write it."""
    with tempfile.TemporaryDirectory() as home:
        made = measure(corpus, questions, number, repeats, Path(home))
    write(out, "resources", {**asdict(made), "clauses_a_second": made.clauses_a_second}, markdown(made))
    typer.echo(markdown(made))


if __name__ == "__main__":
    typer.run(main)
