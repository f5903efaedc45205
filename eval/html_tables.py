"""The tables of a report: every figure, part by part, and against an earlier run."""

from __future__ import annotations

from collections.abc import Sequence

from eval.breakdown import Reading, breakdown, readings
from eval.compare import Comparison, Difference
from eval.html_markup import Content, Markup, element, joined, table
from eval.intervals import Interval
from eval.measures import BY_NAME, Measure, Unit, shown
from eval.part import Part
from eval.plain_words import KINDS
from eval.stored import StoredCase, StoredRun
from eval.stored_report import LEVEL, SLICED

NOTHING = "–"
_UNITS = {Unit.POINTS: "%", Unit.MILLISECONDS: " ms"}
_KIND_NAMES = {kind.value: words for kind, words in KINDS.items()}


def figures_table(run: StoredRun) -> Markup:
    """Every figure of the run with its 95% interval; one without a value is left out."""
    rows = [_figure(reading, run.cases) for reading in readings(run.cases) if reading.value is not None]
    return table("Every figure, with its 95% interval", ("Figure", "Cases", "Value", "95% interval", "Better is"), rows, words=[4])


def part_table(cases: Sequence[StoredCase], by: Part) -> Markup | None:
    """Some figures of each part; None where there is no part, as of cases without tags."""
    measures = [BY_NAME[name] for name in SLICED]
    rows: list[tuple[Content, ...]] = []
    for name, own in breakdown(cases, by, measures).items():
        called = _KIND_NAMES.get(name, name) if by is Part.KIND else name
        rows.append((called, *map(_value_and_reach, own)))
    return table(f"By {by.value}", (by.value.capitalize(), *map(_named, measures)), rows) if rows else None


def difference_table(comparison: Comparison) -> Markup:
    """Every figure in both runs, and whether the change is more than chance."""
    heads = ("Figure", comparison.before.name, comparison.after.name, "Change", "95% interval", "p", "p (Holm)", "Which way")
    rows = [_difference(d) for d in comparison.differences if d.before is not None or d.after is not None]
    return table("Every figure in both runs", heads, rows, words=[7])


def significant(difference: Difference) -> bool:
    """Whether the change is more than chance, held against all figures that were tested."""
    return difference.better is not None and difference.p_holm is not None and difference.p_holm < LEVEL


def with_unit(value: float | None, unit: Unit) -> str:
    """'91.5%', '12 ms', '3'; '–' for None."""
    return NOTHING if value is None else f"{shown(value, unit)}{_UNITS.get(unit, '')}"


def reach(interval: Interval | None, unit: Unit) -> str:
    """'88.1 to 94.0%'; '–' for None."""
    return f"{shown(interval.low, unit)} to {with_unit(interval.high, unit)}" if interval else NOTHING


def signed(value: float | None, unit: Unit) -> str:
    """'+3.0', '−12', '0' where nothing of it is to be seen; '–' for None. Shares in points, without a unit."""
    if value is None:
        return NOTHING
    size = shown(abs(value), unit)
    return "0" if not size.strip("0.") else f"{'−' if value < 0 else '+'}{size}"


def _figure(of: Reading, cases: Sequence[StoredCase]) -> tuple[str, ...]:
    unit = of.measure.unit
    aim = "higher" if of.measure.rises else "lower"
    return _named(of.measure), _of(of.measure, cases), with_unit(of.value, unit), reach(of.interval, unit), aim


def _difference(of: Difference) -> tuple[Content, ...]:
    unit = of.measure.unit
    change = f"{signed(of.interval.low, unit)} to {signed(of.interval.high, unit)}" if of.interval else NOTHING
    way = {True: "▲ better", False: "▼ worse", None: "the same"}[of.better] if of.change is not None else NOTHING
    return (
        _named(of.measure),
        with_unit(of.before, unit),
        with_unit(of.after, unit),
        signed(of.change, unit),
        change,
        _chance(of.p),
        _chance(of.p_holm),
        element("strong", f"{way}, more than chance") if significant(of) else way,
    )


def _value_and_reach(reading: Reading) -> Content:
    value = with_unit(reading.value, reading.measure.unit)
    if reading.value is None:
        return value
    return joined([value, element("small", reach(reading.interval, reading.measure.unit))])


def _of(measure: Measure, cases: Sequence[StoredCase]) -> str:
    """'118 of 120' where each case is right or wrong, '' else."""
    if not measure.by_case:
        return ""
    part, whole = measure.rows(cases).sum(axis=0)
    return f"{part:.0f} of {whole:.0f}"


def _named(measure: Measure) -> str:
    return measure.words[:1].upper() + measure.words[1:]


def _chance(p: float | None) -> str:
    return NOTHING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
