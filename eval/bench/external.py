"""Other people's documents and questions: azure_hr (PDF, pages) and policy_copilot (Markdown, clauses).

python -m eval.bench.external --shared ../shared
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.bench.machine import Machine, table, write
from eval.snippets import contains
from ingest.pipeline import ingest
from policybot.bot import PolicyBot
from policybot.records import Answer, Answered, Citation, Question
from policybot.settings import Settings

CITED = 5


@dataclass(frozen=True, slots=True)
class External:
    """Shares in [0, 1] of one set; None where it has no such questions. `found`: a gold page, or every
    required clause, among the first five citations; `near` the same with the nearest clauses of a
    refusal counted; `silent`: refused among the unanswerable; `newer_first`: of contradictions
    with both clauses cited, the superseding one first."""

    answerable: int
    found: float
    near: float
    refused: float
    silent: float | None
    newer_first: float | None
    p50: float
    p95: float


def run_set(folder: Path, home: Path) -> External:
    """Ingest `folder`/docs as one organisation and ask `folder`/questions.jsonl."""
    slug = folder.name.replace("_", "-")
    shutil.copytree(folder / "docs", home / "corpus" / slug)
    settings = Settings.load(home=home / "state")
    bot = PolicyBot.open(settings)
    ingest(home / "corpus", bot.catalogue, bot.library, settings.home / "ingest.lock", home / "corpus")
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    bot.answer(Question(slug, "Who approves it?"))
    answers = [bot.answer(Question(slug, r["question"])) for r in rows]
    return measure(rows, answers)


def measure(rows: Sequence[dict], answers: Sequence[Answer]) -> External:
    """The figures of one set; `answers[i]` answers `rows[i]`."""
    asked = [(r, a) for r, a in zip(rows, answers, strict=True) if r["answerable"]]
    silent = [not isinstance(a, Answered) for r, a in zip(rows, answers, strict=True) if not r["answerable"]]
    both = [o for r, a in asked if r["kind"] == "contradiction" and (o := newer_first(r, cited(a))) is not None]
    times = sorted(a.latency_ms for a in answers)
    return External(
        answerable=len(asked),
        found=share([found(r, cited(a)) for r, a in asked]) or 0.0,
        near=share([found(r, cited(a) or nearest(a)) for r, a in asked]) or 0.0,
        refused=share([not isinstance(a, Answered) for _, a in asked]) or 0.0,
        silent=share(silent),
        newer_first=share(both),
        p50=times[len(times) // 2],
        p95=times[int(len(times) * 0.95)],
    )


def cited(answer: Answer) -> tuple[Citation, ...]:
    """The first clauses that an answer quotes; none of a refusal."""
    return answer.citations[:CITED] if isinstance(answer, Answered) else ()


def nearest(answer: Answer) -> tuple[Citation, ...]:
    """The first of the clauses that a refusal shows as closest; none of an answer."""
    return () if isinstance(answer, Answered) else answer.nearest[:CITED]


def found(row: dict, citations: Sequence[Citation]) -> bool:
    """Every group of snippets, or where the set has none a gold page of a gold document."""
    if row["evidence"]:
        return all(any(contains(c.text, s) for c in citations for s in group) for group in row["evidence"])
    return any(c.page in row["gold_pages"] and Path(c.source).name in row["gold_docs"] for c in citations)


def newer_first(row: dict, citations: Sequence[Citation]) -> bool | None:
    """Whether the superseding document's clause stands before the other; None unless both are cited."""
    places = [
        next((k for k, c in enumerate(citations) if any(contains(c.text, s) for s in group)), None)
        for group in row["evidence"]
    ]
    if None in places or len(places) < 2:
        return None
    best = min(range(len(places)), key=lambda g: places[g])  # type: ignore[arg-type, return-value]
    newer = Path(citations[places[best]].source).name == row["gold_doc"]  # type: ignore[index]
    return newer


def share(found: Sequence[bool]) -> float | None:
    """In [0, 1]; None of nothing."""
    return sum(found) / len(found) if found else None


def main(
    shared: Annotated[Path, typer.Option(help="Where external/azure_hr and external/policy_copilot lie.")],
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("build/bench"),
) -> None:
    """Measure both sets and write build/bench/external.{json,md}."""
    machine, results = Machine.here(), {}
    for name in ("azure_hr", "policy_copilot"):
        with tempfile.TemporaryDirectory() as home:
            results[name] = run_set(shared / "external" / name, Path(home))
    header = ["set", *(f for f in External.__dataclass_fields__)]
    rows = [[name, *(f"{v:.3f}" if isinstance(v, float) else str(v) for v in asdict(r).values())] for name, r in results.items()]
    text = f"{machine.line()}\n\n{table(header, rows)}\n"
    write(out, "external", {"machine": asdict(machine), **{n: asdict(r) for n, r in results.items()}}, text)
    print(text)


if __name__ == "__main__":
    typer.run(main)
