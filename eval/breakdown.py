"""The figures of a stored run, over all of it and part by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.intervals import Interval
from eval.measures import MEASURES, SEED, Measure
from eval.part import Part
from eval.stored import StoredCase

_NAMES: Mapping[Part, Callable[[StoredCase], tuple[str, ...]]] = {
    Part.ORGANISATION: lambda c: (c.organisation,),
    Part.KIND: lambda c: (c.kind.value,),
    Part.VERDICT: lambda c: (c.right.value,),
    Part.TAG: lambda c: tuple(dict.fromkeys(c.tags)),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure of some cases: its value and 95% interval, both None where there was nothing to measure."""

    measure: Measure
    value: float | None
    interval: Interval | None


def readings(cases: Sequence[StoredCase], measures: Sequence[Measure] = MEASURES, seed: int = SEED) -> tuple[Reading, ...]:
    """Each measure over the cases, in order. The same seed gives the same intervals."""
    return tuple(Reading(m, m.value(cases), m.interval(cases, seed)) for m in measures)


def parts(cases: Sequence[StoredCase], by: Part) -> dict[str, tuple[StoredCase, ...]]:
    """The cases of each part, in alphabetical order of the parts."""
    found: defaultdict[str, list[StoredCase]] = defaultdict(list)
    for case in cases:
        for name in _NAMES[by](case):
            found[name].append(case)
    return {name: tuple(found[name]) for name in sorted(found)}


def breakdown(
    cases: Sequence[StoredCase], by: Part, measures: Sequence[Measure] = MEASURES, seed: int = SEED
) -> dict[str, tuple[Reading, ...]]:
    """`readings` of each part; {} of no cases."""
    return {name: readings(own, measures, seed) for name, own in parts(cases, by).items()}
