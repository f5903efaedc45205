"""A report of a run: tables for a person, JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.figures import Figures, by_kind, by_organisation, figures
from eval.run import Outcome, Run
from policybot.records import Verdict

FORMAT = 1
"""Raised when a field of the JSON changes its meaning or goes."""

Show = Callable[[Figures], str]


def percent(value: float | None) -> str:
    """0.915 as '91.5'; '–' for None."""
    return "–" if value is None else f"{100 * value:.1f}"


def milliseconds(value: float | None) -> str:
    """12.34 as '12'; '–' for None."""
    return "–" if value is None else f"{value:.0f}"


COLUMNS: tuple[tuple[str, Show], ...] = (
    ("cases", lambda f: str(f.cases)),
    ("correct %", lambda f: percent(f.correct)),
    ("all evidence %", lambda f: percent(f.evidence_all)),
    ("first cited %", lambda f: percent(f.first_citation)),
    ("precision %", lambda f: percent(f.citation_precision)),
    ("verdict %", lambda f: percent(f.verdict_accuracy)),
    ("abstained rightly %", lambda f: percent(f.abstention_recall)),
    ("falsely %", lambda f: percent(f.false_abstention)),
    ("dangerous yes", lambda f: str(f.dangerous_yes)),
    ("leaks", lambda f: str(f.leaks)),
)

OVERALL: tuple[tuple[str, Show], ...] = (
    ("cases (covered, rulings)", lambda f: f"{f.cases} ({f.covered}, {f.rulings})"),
    ("correct %", lambda f: percent(f.correct)),
    ("evidence recall: all groups %", lambda f: percent(f.evidence_all)),
    ("evidence recall: by group %", lambda f: percent(f.evidence_groups)),
    ("evidence recall: any %", lambda f: percent(f.evidence_any)),
    ("evidence recall: first citation %", lambda f: percent(f.first_citation)),
    ("citation precision %", lambda f: percent(f.citation_precision)),
    ("verdict accuracy %", lambda f: percent(f.verdict_accuracy)),
    ("abstention precision %", lambda f: percent(f.abstention_precision)),
    ("abstention recall %", lambda f: percent(f.abstention_recall)),
    ("false abstention %", lambda f: percent(f.false_abstention)),
    ("quotes verbatim %", lambda f: percent(f.quotes_verbatim)),
    ("dangerous yes", lambda f: str(f.dangerous_yes)),
    ("leaks", lambda f: str(f.leaks)),
    ("forbidden words said", lambda f: str(f.must_not)),
    ("latency ms p50 / p95", lambda f: f"{milliseconds(f.latency_p50)} / {milliseconds(f.latency_p95)}"),
)


def print_report(run: Run, console: Console, misses: int = 0) -> None:
    """Overall, the confusion of verdicts, by organisation, by kind, and the first `misses` cases with a fault."""
    overall = figures(run.outcomes)
    table = Table("figure", "value", title="Overall")
    for name, show in OVERALL:
        table.add_row(name, show(overall))
    console.print(table)
    console.print(_confusion_table(overall))
    console.print(_sliced_table("By organisation", by_organisation(run.outcomes)))
    console.print(_sliced_table("By kind of question", by_kind(run.outcomes)))
    for outcome in [o for o in run.outcomes if o.faults()][:misses]:
        console.print(
            f"[bold]{escape(outcome.case.id)}[/] {escape(outcome.case.question)}", soft_wrap=True, highlight=False
        )
        for fault in outcome.faults():
            console.print(f"  {escape(fault)}", soft_wrap=True, highlight=False)


def as_json(run: Run) -> dict[str, Any]:
    """The run as a JSON-ready dict: figures and, for a later comparison, every outcome."""
    return {
        "format": FORMAT,
        "began": run.began.isoformat(timespec="seconds"),
        "policy_versions": dict(run.policy_versions),
        "overall": _figures_json(figures(run.outcomes)),
        "by_organisation": {name: _figures_json(f) for name, f in by_organisation(run.outcomes).items()},
        "by_kind": {name: _figures_json(f) for name, f in by_kind(run.outcomes).items()},
        "outcomes": [_outcome_json(o) for o in run.outcomes],
    }


def write_json(run: Run, path: Path) -> None:
    """Write `as_json` to a file."""
    path.write_text(json.dumps(as_json(run), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _figures_json(of: Figures) -> dict[str, Any]:
    row: dict[str, Any] = {f.name: getattr(of, f.name) for f in fields(of) if f.name != "confusion"}
    row["confusion"] = {f"{right} as {given}": n for (right, given), n in sorted(of.confusion.items())}
    return row


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.case.id,
        "organisation": outcome.case.organisation,
        "kind": outcome.case.kind,
        "verdict": outcome.answer.verdict,
        "right_verdict": outcome.case.verdict,
        "cited": list(outcome.cited),
        "correct": outcome.correct,
        "faults": list(outcome.faults()),
        "latency_ms": round(outcome.answer.latency_ms, 2),
    }


def _sliced_table(title: str, slices: dict[str, Figures]) -> Table:
    table = Table("", title=title)
    for name, _ in COLUMNS:
        table.add_column(name, justify="right")
    for name, of in slices.items():
        table.add_row(name, *(show(of) for _, show in COLUMNS))
    return table


def _confusion_table(overall: Figures) -> Table:
    table = Table("right verdict", title="Verdicts: right (rows), given (columns)")
    for given in Verdict:
        table.add_column(given, justify="right")
    for right in Verdict:
        table.add_row(right, *(str(overall.confusion.get((right, given), 0) or "·") for given in Verdict))
    return table
