"""Figures part by part."""

from __future__ import annotations

from dataclasses import replace

from stored_runs import RIGHT, SILENT, wrong

from eval.breakdown import breakdown, parts, readings
from eval.intervals import wilson_interval
from eval.measures import BY_NAME, MEASURES
from eval.part import Part

CASES = (
    replace(RIGHT, id="a", tags=("photos", "phones", "photos")),
    wrong(replace(RIGHT, id="b", organisation="elm-nursery", evidence=(("elm-nursery/p/1",),), cited=())),
    replace(SILENT, id="c", tags=("phones",)),
)


def ids(by: Part) -> dict[str, list[str]]:
    return {name: [c.id for c in own] for name, own in parts(CASES, by).items()}


def test_each_case_is_in_its_parts():
    assert ids(Part.ORGANISATION) == {"elm-nursery": ["b"], "oak-school": ["a", "c"]}
    assert ids(Part.KIND) == {"not_covered": ["c"], "permission": ["a", "b"]}
    assert ids(Part.VERDICT) == {"not_allowed": ["a", "b"], "not_covered": ["c"]}
    assert ids(Part.TAG) == {"phones": ["a", "c"], "photos": ["a"]}


def test_a_part_has_the_figures_of_its_cases():
    found = breakdown(CASES, Part.KIND, [BY_NAME["correct"], BY_NAME["abstention_recall"], BY_NAME["dangerous_yes"]])
    correct, abstention, dangerous = found["permission"]
    assert (correct.value, correct.interval) == (1 / 2, wilson_interval(1, 2))
    assert abstention.value is abstention.interval is None
    assert dangerous.value == 1 and 0 in dangerous.interval
    assert found["not_covered"] == readings(CASES[2:], [r.measure for r in found["permission"]])


def test_all_measures_are_read_without_more_said():
    assert [r.measure for r in readings(CASES)] == list(MEASURES)
    assert breakdown((), Part.TAG) == {}
