"""Stored runs and their comparison as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.breakdown import Reading, breakdown, readings
from eval.compare import Change, Comparison, Difference
from eval.measures import BY_NAME, Measure, Unit, shown
from eval.part import Part
from eval.stored import StoredRun

LEVEL = 0.05
"""Below this, held against all measures, a difference is called more than chance."""


SLICED = ("correct", "evidence_all", "citation_precision", "verdict_accuracy", "abstention_recall", "false_abstention", "leaks")
"""Measures that are shown part by part; all of them would be too wide for a screen."""


def print_run(run: StoredRun, console: Console, by: Part | None = None) -> None:
    """Every figure with its 95% interval; with `by` also some of them part by part."""
    table = Table("figure", "value", "95% interval", title=f"{escape(run.head.name)}: {len(run.cases)} cases")
    for reading in readings(run.cases):
        if reading.value is not None:
            table.add_row(_label(reading.measure), shown(reading.value, reading.measure.unit), _reach(reading))
    console.print(table)
    if by is None:
        return
    measures = [BY_NAME[name] for name in SLICED]
    sliced = Table(by.value, *map(_label, measures))
    for name, own in breakdown(run.cases, by, measures).items():
        sliced.add_row(escape(name), *(f"{shown(r.value, r.measure.unit)}\n{_reach(r)}" for r in own))
    console.print(sliced)


def print_comparison(comparison: Comparison, console: Console, most: int = 20) -> None:
    """The table of measures, then the cases that got worse, better, and cite other clauses, at most `most` of each."""
    for words in comparison.surroundings:
        console.print(escape(words), highlight=False)
    if comparison.left_out:
        console.print(f"{len(comparison.left_out)} cases are not in both runs and were left out", highlight=False)
    console.print(_table(comparison))
    for title, changes in (("Worse", comparison.worse), ("Better", comparison.better), ("Other clauses", comparison.recited)):
        console.print(f"[bold]{title}: {len(changes)}[/]")
        _print_changes(changes, console, most)


def _table(comparison: Comparison) -> Table:
    names = escape(comparison.before.name), escape(comparison.after.name)
    table = Table("figure", title=f"{comparison.cases} cases", caption="* more than chance, held against all figures")
    for name in (*names, "change", "95% interval", "p", "p (Holm)", ""):
        table.add_column(name, justify="right")
    for difference in comparison.differences:
        if difference.before is not None or difference.after is not None:
            table.add_row(*_row(difference))
    return table


def _row(of: Difference) -> tuple[str, ...]:
    unit = of.measure.unit
    interval = f"{_signed(of.interval.low, unit)} to {_signed(of.interval.high, unit)}" if of.interval else "–"
    words = {True: "better", False: "worse", None: ""}[of.better]
    star = " *" if of.better is not None and of.p_holm is not None and of.p_holm < LEVEL else ""
    return (
        _label(of.measure),
        shown(of.before, unit),
        shown(of.after, unit),
        _signed(of.change, unit),
        interval,
        _probability(of.p),
        _probability(of.p_holm),
        words + star,
    )


def _print_changes(changes: Sequence[Change], console: Console, most: int) -> None:
    for change in changes[:most]:
        before, after = change.before, change.after
        told = [f"{before.given} -> {after.given}"] if before.given is not after.given else []
        told += [f"+{c}" for c in change.gained] + [f"-{c}" for c in change.dropped]
        told += [f"now: {fault}" for fault in after.faults if fault not in before.faults]
        console.print(f"  {escape(after.id)}  {escape('; '.join(told))}", soft_wrap=True, highlight=False)
    if len(changes) > most:
        console.print(f"  and {len(changes) - most} more")


def _label(measure: Measure) -> str:
    return f"{measure.words}{' %' if measure.unit is Unit.POINTS else ''}"


def _reach(of: Reading) -> str:
    return f"{shown(of.interval.low, of.measure.unit)} to {shown(of.interval.high, of.measure.unit)}" if of.interval else "–"


def _signed(value: float | None, unit: Unit) -> str:
    """'+3.0', '-12', '0' as '+0'; '–' for None."""
    return "–" if value is None else f"{'-' if value < 0 else '+'}{shown(abs(value), unit)}"


def _probability(p: float | None) -> str:
    return "–" if p is None else "<.001" if p < 0.001 else f"{p:.3f}"
