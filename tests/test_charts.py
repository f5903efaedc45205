"""The charts of a report: what they draw is what their tables say."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files

import pytest
from stored_runs import RIGHT, SILENT, numbered, wrong

from eval.cases import CaseKind
from eval.charts import COLOURS, STEPS, Chart, confusion_chart, kinds_chart, latency_chart, reliability_chart
from eval.latency import histogram
from policybot.records import Verdict

pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")
lxml = pytest.importorskip("lxml.etree")

ELM = replace(RIGHT, id="e1", organisation="elm-nursery", kind=CaseKind.FACT, right=Verdict.INFORMATIONAL, given=Verdict.INFORMATIONAL)


def words(chart: Chart | None) -> list[str]:
    """What stands in the drawing, in the order in which it is drawn."""
    assert chart is not None
    return [text for node in lxml.fromstring(chart.svg.encode()).iter("{*}text") if (text := "".join(node.itertext()))]


def test_the_matrix_counts_verdicts_and_marks_a_wrong_allowed():
    cases = [*numbered(RIGHT, 3), wrong(RIGHT), wrong(SILENT, Verdict.CONDITIONAL)]
    chart = confusion_chart(cases)
    assert "3 of 5 verdicts right, 2 other, 1 of these a wrong “allowed”" in chart.alt
    assert chart.rows[2] == (
        "Not allowed",
        "1 (cost 10 each)",
        "0 (cost 6 each)",
        "3 (cost 0 each)",
        "0 (cost 4 each)",
        "0 (cost 1 each)",
    )
    assert {"▲ cost 10", "▲ cost 5", "▲ cost 8", "cost 3", "right"} <= set(words(chart))
    assert "▲ cost 3" not in words(chart)


def test_the_heat_map_has_the_share_and_the_number_of_each_cell():
    chart = kinds_chart([*numbered(RIGHT, 3), wrong(RIGHT), ELM])
    assert chart is not None and chart.heads == ("Organisation", "Permission", "Fact")
    assert chart.rows == (("elm-nursery", "–", "1 of 1"), ("oak-school", "3 of 4", "–"))
    assert chart.alt.endswith("Lowest: Permission of oak-school, 3 of 4.")
    assert {"75%", "n = 4", "100%", "n = 1", "elm-nursery", "Permission"} <= set(words(chart))
    assert STEPS[2] in chart.svg and STEPS[4] in chart.svg and STEPS[0] not in chart.svg


def test_the_reliability_diagram_has_its_counts_and_intervals():
    covered = [replace(c, covered_probability=0.85) for c in numbered(RIGHT, 4)]
    chart = reliability_chart([*covered, replace(SILENT, covered_probability=0.85), replace(RIGHT, id="unknown")])
    assert chart is not None
    # Wilson's interval of 4 of 5.
    assert chart.rows == (("0.8 to 0.9", "5", "0.85", "0.80", "0.38 to 0.96"),)
    assert "5" in words(chart)
    assert reliability_chart([RIGHT, SILENT]) is None


def test_latency_shows_the_median_and_the_95th_percentile():
    cases = [replace(c, latency_ms=float(n)) for n, c in enumerate(numbered(RIGHT, 100), 1)]
    chart = latency_chart(cases)
    assert {"p50 50 ms", "p95 95 ms"} <= set(words(chart))
    assert chart is not None and sum(int(row[1]) for row in chart.rows) == 100
    assert (latency_chart([]), kinds_chart([])) == (None, None)


def test_one_slow_answer_does_not_flatten_the_others():
    bars = histogram([*[10.0] * 99, 5000.0])
    assert bars[-1].open and bars[-1].count == 1 and bars[-1].low < 20
    assert sum(bar.count for bar in bars) == 100
    assert [bar.count for bar in bars if bar.low <= 10 < bar.high] == [99]
    assert histogram([]) == () and sum(bar.count for bar in histogram([0.0, 0.0])) == 2


def test_every_bar_is_drawn_from_the_ground_up():
    """As heights in the drawing: 3 answers stand three times as high as 1."""
    chart = latency_chart([*(replace(c, latency_ms=10.0) for c in numbered(RIGHT, 3)), replace(RIGHT, latency_ms=1.0)])
    assert chart is not None
    bars = re.findall(r'd="M[\d.,-]+h[\d.]+v(-?[\d.]+)h-?[\d.]+Z" fill="#2f6fae"', chart.svg)
    heights = sorted({round(abs(float(height)), 1) for height in bars} - {0.0})
    assert len(heights) == 2 and heights[1] / heights[0] == pytest.approx(3, rel=0.02)


def test_the_sheet_has_a_dark_form_of_every_colour_that_is_drawn():
    cases = [*numbered(RIGHT, 3), wrong(RIGHT), SILENT, ELM]
    cases = [replace(c, covered_probability=0.4) for c in cases]
    drawn = [confusion_chart(cases), kinds_chart(cases), reliability_chart(cases), latency_chart(cases)]
    used = {colour for chart in drawn if chart for colour in re.findall(r'(?:fill|stroke)="([^"]+)"', chart.svg)}
    assert used - {"none", "transparent"} <= set(COLOURS)
    sheet = files("eval").joinpath("report_style.css").read_text(encoding="utf-8")
    assert [colour for colour in COLOURS if f'svg [fill="{colour}"]' not in sheet] == []


def test_names_of_a_run_are_escaped_in_the_drawing():
    chart = kinds_chart([replace(RIGHT, organisation="<script>alert(1)</script>\x00")])
    assert chart is not None and "<script" not in chart.svg
    assert "<script>alert(1)</script>\ufffd" in words(chart)
