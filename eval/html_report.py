"""A stored run as one HTML file that stands by itself: no script, nothing fetched, usable by keyboard, printable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from importlib.resources import files
from pathlib import Path

from eval.breakdown import readings
from eval.charts import Chart, confusion_chart, kinds_chart, latency_chart, reliability_chart
from eval.compare import Comparison
from eval.gravity import Gravity, failures
from eval.html_changes import changes_section
from eval.html_failures import ClauseText, failures_section
from eval.html_markup import Content, Markup, element, folded, joined, table
from eval.html_tables import figures_table, part_table, reach, with_unit
from eval.measures import BY_NAME
from eval.part import Part
from eval.stored import RunHead, StoredRun, replace_file

HEADLINES = ("correct", "verdict_accuracy", "leaks", "misquotes", "disclosure_recall", "latency_p95")
"""The measures that stand at the top, besides the wrong "allowed"s."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content security policy: should anything ever slip through the escaping, no browser runs or fetches it."""


def html_report(run: StoredRun, text: ClauseText, comparison: Comparison | None = None) -> str:
    """The whole document.

    `text` gives a clause's words; where it has none, the id is shown. `comparison`: of an earlier run with
    this one, shown first. ChartError where the libraries that draw are not installed.
    """
    sections = _sections(run, text, comparison)
    title = f"Evaluation report: {run.head.name}"
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", title),
        element("style", Markup(files("eval").joinpath("report_style.css").read_text(encoding="utf-8"))),
    )
    body = element(
        "body",
        element("a", "Skip to the report", class_="skip", href="#report"),
        element("header", element("h1", title), _about(run.head, len(run.cases)), _contents(sections)),
        element("main", *(_section(name, title, content) for name, title, content in sections), id="report", tabindex="-1"),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en-GB').html}\n"


def write_report(run: StoredRun, path: Path, text: ClauseText, comparison: Comparison | None = None) -> None:
    """Write `html_report` to a file, whole or not at all. StoredRunError when it cannot be written."""
    replace_file(path, html_report(run, text, comparison))


Section = tuple[str, str, Content]
"""Id, heading, content."""


def _sections(run: StoredRun, text: ClauseText, comparison: Comparison | None) -> list[Section]:
    parts = [found for by in (Part.ORGANISATION, Part.KIND, Part.TAG) if (found := part_table(run.cases, by)) is not None]
    changes: list[Section] = [("changes", "Against the earlier run", changes_section(comparison, text))] if comparison else []
    return [
        *changes,
        ("summary", "Summary", _summary(run)),
        ("charts", "Charts", _charts(run)),
        ("figures", "Every figure", figures_table(run)),
        ("parts", "Part by part", joined(parts)),
        ("failures", "What went wrong", failures_section(run.cases, text)),
        ("setting", "What was run", _surroundings(run.head)),
    ]


def _section(name: str, title: str, content: Content) -> Markup:
    return element("section", element("h2", title, id=name), content, aria_labelledby=name)


def _about(head: RunHead, cases: int) -> Markup:
    began = head.began.astimezone(UTC)
    stamp = element("time", f"{began:%-d %B %Y, %H:%M} UTC", datetime=began.isoformat(timespec="seconds"))
    return element("p", "Begun ", stamp, f", {cases} cases.")


def _contents(sections: Sequence[Section]) -> Markup:
    links = (element("li", element("a", title, href=f"#{name}")) for name, title, _ in sections)
    return element("nav", element("ul", *links), aria_label="Contents")


def _summary(run: StoredRun) -> Markup:
    grave = len(failures(run.cases).get(Gravity.WRONG_YES, ()))
    tiles = [_tile(Gravity.WRONG_YES.value, str(grave), "", bool(grave))]
    for found in readings(run.cases, [BY_NAME[name] for name in HEADLINES]):
        if found.value is not None:
            unit, words = found.measure.unit, found.measure.words
            never = found.measure.name in ("leaks", "misquotes") and found.value > 0
            span = "" if found.measure.name in ("leaks", "misquotes") else f"95% interval {reach(found.interval, unit)}"
            tiles.append(_tile(words[:1].upper() + words[1:], with_unit(found.value, unit), span, never))
    return element("dl", *tiles, class_="tiles")


def _tile(name: str, value: str, below: str, alarming: bool) -> Markup:
    shown = joined(["✗ " if alarming else "", value])
    small = element("dd", below, class_="soft") if below else ""
    return element("div", element("dt", name), element("dd", shown), small, class_="alarm" if alarming else None)


def _charts(run: StoredRun) -> Markup:
    drawn = (confusion_chart(run.cases), kinds_chart(run.cases), reliability_chart(run.cases), latency_chart(run.cases))
    shown = [_figure(chart) for chart in drawn if chart]
    if drawn[2] is None:
        shown.append(element("p", "No reliability diagram: the run holds no probabilities.", class_="soft"))
    return joined(shown)


def _figure(chart: Chart) -> Markup:
    drawing = element("div", _hidden(chart.svg), role="img", aria_label=chart.alt)
    return element(
        "figure",
        element("figcaption", element("h3", chart.title), element("p", chart.note, class_="soft") if chart.note else ""),
        element("div", drawing, class_="scroll", tabindex="0", role="region", aria_label=f"Chart: {chart.title}"),
        folded(f"{chart.title}: the numbers", table(f"{chart.title}: the numbers", chart.heads, chart.rows)),
    )


def _hidden(svg: str) -> Markup:
    """The drawing without a voice of its own: what holds it says what it shows."""
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))


def _surroundings(head: RunHead) -> Markup:
    rows = [("Settings", head.settings), *((f"Model: {name}", hash_) for name, hash_ in sorted(head.models.items()))]
    rows += [(f"Policies of {slug}", version) for slug, version in sorted(head.policy_versions.items())]
    return table("Digests of all that bears on the answers", ("What", "Digest"), [(n, element("code", d)) for n, d in rows], words=[1])
