"""The gate of a release: no figure may fall below a baseline by more than was agreed.

    {"format": 1, "name": "...", "cases": 120, "kinds": {"permission": 50, ...},
     "measures": {"leaks": {"value": 0, "tolerance": 0}, "correct": {"value": 0.95, "tolerance": 1.0}, ...}}

`value` is as measured: a share in [0, 1], a count, milliseconds. `tolerance` is in what a person reads:
points (hundredths of a share), else the measure's own unit. Nothing is let through for want of evidence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from pydantic import ConfigDict

from eval.measures import BY_NAME, Measure, Unit, shown
from eval.stored import StoredRun, canonical, json_object, read_text, record_from, replace_file
from policybot.errors import PolicybotError

FORMAT = 1
NEVER_MORE = ("leaks", "misquotes", "dangerous_yes")
"""What no release may do more of: every baseline has them, with a tolerance of 0."""
TOLERANCES: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(NEVER_MORE, 0.0),
        "must_not": 0.0,
        "disclosure_recall": 0.0,
        "quotes_verbatim": 0.0,
        "correct": 1.0,
        "evidence_all": 1.0,
        "first_citation": 2.0,
        "citation_precision": 2.0,
        "verdict_accuracy": 2.0,
        "abstention_recall": 2.0,
        "false_abstention": 2.0,
    }
)
"""What a baseline is made with. Time is not among it: it is of the machine, not of the release."""

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
_ROUNDING = 1e-9


class BaselineError(PolicybotError):
    """A file is not a baseline, or is one that would let through what must never be."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a measure was, and by how much it may be worse."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    value: float
    tolerance: float

    def __post_init__(self) -> None:
        if self.tolerance < 0:
            raise ValueError(f"a tolerance is not negative, got {self.tolerance}")


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a release is held to. `kinds`: how many cases of each kind there were, `cases` in all."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    name: str
    cases: int
    kinds: Mapping[str, int]
    measures: Mapping[str, Bar]
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.cases < 1 or sum(self.kinds.values()) != self.cases:
            raise ValueError("cases are at least one, and as many as the kinds come to")
        for name in NEVER_MORE:
            if name not in self.measures:
                raise ValueError(f"{name} must be in it")
            if self.measures[name].tolerance:
                raise ValueError(f"the tolerance of {name} is 0 and nothing else")


def baseline_of(run: StoredRun, tolerances: Mapping[str, float] = TOLERANCES) -> Baseline:
    """What this run did, as the bar for later ones. A measure without a value is left out. BaselineError for an unknown one."""
    for name in tolerances:
        if name not in BY_NAME:
            raise BaselineError(name, "there is no such measure", f"The measures are {', '.join(BY_NAME)}.")
    values = {name: BY_NAME[name].value(run.cases) for name in tolerances}
    bars = {name: Bar(value, float(tolerances[name])) for name, value in values.items() if value is not None}
    return Baseline(run.head.name, len(run.cases), dict(_kinds(run)), bars)


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Write the file, whole or not at all, in a form to read and to edit."""
    replace_file(path, json.dumps(json.loads(canonical(baseline)), ensure_ascii=False, indent=1) + "\n")


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. BaselineError names the file, the cause and the cure."""
    body = json_object(read_text(path, BaselineError), str(path), BaselineError)
    found = body.get("format")
    if type(found) is not int or found < 1:
        raise BaselineError(str(path), "it is not a baseline", "Make one: policybot eval baseline RUN FILE.")
    if found > FORMAT:
        raise BaselineError(str(path), f"a newer policybot wrote it (format {found}, this one reads {FORMAT})", "Update policybot.")
    return record_from(Baseline, body, str(path), BaselineError)


def gate(run: StoredRun, baseline: Baseline) -> tuple[str, ...]:
    """What fell, in words, one a measure or a number of cases; () lets the release through.

    Fell too: a measure that this program does not know or cannot measure over this run, and a set
    that has fewer cases than the baseline's, in all or of any kind. A run that is better in some
    measure and no worse in any other is never stopped where the worse one is let through.
    """
    fallen = []
    if len(run.cases) < baseline.cases:
        fallen.append(f"the number of cases shrank from {baseline.cases} to {len(run.cases)}")
    now = _kinds(run)
    fallen += [
        f"cases of kind {kind} shrank from {count} to {now[kind]}" for kind, count in baseline.kinds.items() if now[kind] < count
    ]
    for name, bar in baseline.measures.items():
        fallen += _fallen(name, bar, run)
    return tuple(fallen)


def _fallen(name: str, bar: Bar, run: StoredRun) -> list[str]:
    measure = BY_NAME.get(name)
    if measure is None:
        return [f"{name} is missing: this program has no such measure"]
    value = measure.value(run.cases)
    if value is None:
        return [f"{measure.words} is missing: the run has nothing to measure it on"]
    worse = (bar.value - value if measure.rises else value - bar.value) * _scale(measure)
    return [_in_words(measure, bar, value)] if worse > bar.tolerance + _ROUNDING else []


def _in_words(measure: Measure, bar: Bar, value: float) -> str:
    verb = "fell" if measure.rises else "rose"
    unit = {Unit.POINTS: " per cent", Unit.MILLISECONDS: " ms"}.get(measure.unit, "")
    allowed = f"{bar.tolerance:g}{' points' if measure.unit is Unit.POINTS else unit}"
    return f"{measure.words} {verb} from {shown(bar.value, measure.unit)} to {shown(value, measure.unit)}{unit} (tolerance {allowed})"


def _scale(measure: Measure) -> float:
    return 100.0 if measure.unit is Unit.POINTS else 1.0


def _kinds(run: StoredRun) -> Counter[str]:
    return Counter(c.kind.value for c in run.cases)
