"""The charts of a report: drawn with altair, kept as SVG, each with its data for those who do not see it.

Colours stand for themselves nowhere: every cell and bar has its number. They are a few names of
`report_style.css` in their light form, which the sheet swaps for dark ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.calibration import known, reliability
from eval.confusion import COSTS
from eval.gravity import wrong_yes
from eval.html_markup import clean, counted
from eval.intervals import Interval, wilson_interval
from eval.latency import histogram
from eval.metrics import confusion, percentile
from eval.plain_words import KINDS
from eval.stored import StoredCase
from policybot.errors import PolicybotError
from policybot.records import Verdict

INK, SOFT, LINE, PLATE, BAR = "#15191d", "#4a545c", "#c3c9ce", "#ffffff", "#2f6fae"
RIGHT, WRONG, GRAVE = "#cfe8d8", "#fdf1dc", "#f6c3bf"
STEPS = ("#f4b6b1", "#f9d9b0", "#fbf0c4", "#d3e8f0", "#a8d3e6")
"""Fills of shares below each of `BOUNDS`, the last from there up."""
BOUNDS = (0.5, 0.7, 0.85, 0.95)
COLOURS = (INK, SOFT, LINE, PLATE, BAR, RIGHT, WRONG, GRAVE, *STEPS)
"""Every colour that a chart is drawn with."""
VERDICTS: Mapping[Verdict, str] = {
    Verdict.ALLOWED: "Allowed",
    Verdict.CONDITIONAL: "Allowed if",
    Verdict.NOT_ALLOWED: "Not allowed",
    Verdict.INFORMATIONAL: "Policy says",
    Verdict.NOT_COVERED: "Does not say",
}
"""A verdict in two words, in the order of the matrix."""


class ChartError(PolicybotError):
    """Charts cannot be drawn here."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing (`svg`) with what it says in words (`alt`) and in numbers (`heads`, `rows`: text, a first column of names)."""

    title: str
    alt: str
    svg: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def confusion_chart(cases: Sequence[StoredCase]) -> Chart:
    """How often each verdict was given where each was right, with what a single one of them costs."""
    counts = confusion([c.verdicts for c in cases])
    cells = [_cell(right, given, counts[right, given]) for right in VERDICTS for given in VERDICTS]
    wrong = sum(counts[pair] for pair in counts if pair[0] is not pair[1])
    yes = sum(counts[pair] for pair in counts if wrong_yes(*pair))
    return Chart(
        title="Verdicts",
        alt=f"Matrix of right against given verdicts: {len(cases) - wrong} of {counted(len(cases), 'verdict')} right, "
        f"{wrong} other, {yes} of these a wrong “allowed”.",
        svg=_svg(_grid(cells, list(VERDICTS.values()), "Given", list(VERDICTS.values()), "Right", 104, 52)),
        heads=("Right", *(f"Given: {words}" for words in VERDICTS.values())),
        rows=tuple(
            (VERDICTS[right], *(f"{counts[right, given]} (cost {COSTS[right, given]} each)" for given in VERDICTS)) for right in VERDICTS
        ),
        note="Cost: in needless questions to a manager. ▲ marks a wrong “allowed”.",
    )


def reliability_chart(cases: Sequence[StoredCase]) -> Chart | None:
    """How often the policy did answer, against the probability the reader gave; None where it gave none."""
    bins = reliability(known([c.covered_probability for c in cases]), [c.covered for c in cases])
    if not bins:
        return None
    n, points = sum(b.count for b in bins), []
    for b in bins:
        reach = wilson_interval(round(b.true * b.count), b.count) or Interval(0, 1)
        points.append({"said": b.said, "true": b.true, "low": reach.low, "high": reach.high, "from": b.low, "to": b.high, "n": b.count})
    return Chart(
        title="How far the probability can be believed",
        alt=f"Reliability diagram of {counted(n, 'case')} in {counted(len(bins), 'bin')}: the share that the policy does answer "
        "against the probability that the reader gave. On the diagonal both are the same.",
        svg=_svg(_reliability_spec(points)),
        heads=("Probability", "Cases", "Mean probability", "Policy answers", "95% interval"),
        rows=tuple(
            (
                f"{p['from']:.1f} to {p['to']:.1f}",
                str(p["n"]),
                *(f"{p[of]:.2f}" for of in ("said", "true")),
                f"{p['low']:.2f} to {p['high']:.2f}",
            )
            for p in points
        ),
        note="Dots: share of a bin's cases that the policy does answer, with its 95% interval. Bars: cases in the bin. "
        "Below the dashed line the reader was too sure.",
    )


def kinds_chart(cases: Sequence[StoredCase]) -> Chart | None:
    """Share of correct cases of each kind in each organisation, with how many there are; None of no cases."""
    whole = Counter((c.organisation, c.kind) for c in cases)
    right = Counter((c.organisation, c.kind) for c in cases if c.correct)
    if not whole:
        return None
    rows = sorted({c.organisation for c in cases})
    kinds = [kind for kind in KINDS if any(c.kind is kind for c in cases)]
    cells: list[dict[str, Any]] = [
        {"x": KINDS[kind], "y": clean(row), **_share(right[row, kind], whole[row, kind])} for row in rows for kind in kinds
    ]
    lowest = min((pair for pair in whole), key=lambda pair: right[pair] / whole[pair])
    return Chart(
        title="Correct by organisation and kind",
        alt=f"Heat map of the share correct of {counted(len(kinds), 'kind')} of question in {counted(len(rows), 'organisation')}. "
        f"Lowest: {KINDS[lowest[1]]} of {lowest[0]}, {right[lowest]} of {whole[lowest]}.",
        svg=_svg(_grid(cells, [KINDS[k] for k in kinds], "Kind", [clean(r) for r in rows], "Organisation", 88, 46)),
        heads=("Organisation", *(KINDS[kind] for kind in kinds)),
        rows=tuple((row, *(f"{right[row, k]} of {whole[row, k]}" if whole[row, k] else "–" for k in kinds)) for row in rows),
        note="Colours change at 50, 70, 85 and 95%. A share of few cases says little: see n.",
    )


def latency_chart(cases: Sequence[StoredCase]) -> Chart | None:
    """How long answers took, with the median and the 95th percentile; None of no cases."""
    times = [c.latency_ms for c in cases]
    median, late = percentile(times, 50), percentile(times, 95)
    if median is None or late is None:
        return None
    bars = histogram(times)
    marks = [{"at": min(at, bars[-1].high), "words": f"{name} {at:.0f} ms"} for name, at in (("p50", median), ("p95", late))]
    return Chart(
        title="Latency",
        alt=f"Histogram of the time of {counted(len(times), 'answer')}: half took at most {median:.0f} ms, 95% at most {late:.0f} ms, "
        f"the slowest {max(times):.0f} ms.",
        svg=_svg(_latency_spec([{"from": b.low, "to": b.high, "n": b.count} for b in bars], marks)),
        heads=("Milliseconds", "Answers"),
        rows=tuple((f"{b.low:g} and more" if b.open else f"{b.low:g} to {b.high:g}", str(b.count)) for b in bars),
        note="The last bar holds every answer that took longer." if bars[-1].open and bars[-1].count else "",
    )


def _cell(right: Verdict, given: Verdict, count: int) -> dict[str, Any]:
    fill = PLATE if not count else RIGHT if right is given else GRAVE if wrong_yes(right, given) else WRONG
    below = "right" if right is given else f"{'▲ ' if wrong_yes(right, given) else ''}cost {COSTS[right, given]}"
    return {"x": VERDICTS[given], "y": VERDICTS[right], "fill": fill, "top": str(count), "below": below}


def _share(part: int, whole: int) -> dict[str, Any]:
    if not whole:
        return {"fill": PLATE, "top": "–", "below": ""}
    share = part / whole
    return {"fill": STEPS[sum(share >= bound for bound in BOUNDS)], "top": f"{100 * share:.0f}%", "below": f"n = {whole}"}


def _grid(cells: list[dict[str, Any]], xs: list[str], across: str, ys: list[str], down: str, width: int, height: int) -> Any:
    """Filled cells with a line of large and one of small text in each. `xs`, `ys`: the names along the sides, in order."""
    alt = _altair()
    place = alt.Chart(alt.Data(values=cells)).encode(
        x=alt.X("x:N", sort=xs, title=across, axis=alt.Axis(orient="top", labelAngle=0, labelLimit=width)),
        y=alt.Y("y:N", sort=ys, title=down, axis=alt.Axis(labelLimit=220)),
    )
    layers = (
        place.mark_rect(stroke=LINE).encode(fill=alt.Fill("fill:N", scale=None)),
        place.mark_text(fontSize=16, fontWeight=700, dy=-7, color=INK).encode(text="top:N"),
        place.mark_text(fontSize=11, dy=11, color=INK).encode(text="below:N"),
    )
    return alt.layer(*layers).properties(width=width * len(xs), height=height * len(ys))


def _reliability_spec(points: list[dict[str, Any]]) -> Any:
    alt = _altair()
    base, whole = alt.Chart(alt.Data(values=points)), alt.Scale(domain=[0, 1])
    x = alt.X("said:Q", scale=whole, title=None, axis=alt.Axis(labels=False))
    level = alt.Chart(alt.Data(values=[{"at": 0}, {"at": 1}])).mark_line(strokeDash=[5, 4], color=SOFT).encode(x="at:Q", y="at:Q")
    reach = base.mark_rule(color=INK, strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q", scale=whole, title="Policy answers"), y2="high:Q")
    dots = base.mark_point(filled=True, size=80, color=BAR, opacity=1).encode(x=x, y=alt.Y("true:Q", scale=whole))
    across = alt.X("from:Q", scale=whole, title="Probability that the policy answers")
    tall = alt.Scale(domain=[0, 1.25 * max(p["n"] for p in points)])
    count = alt.Y("n:Q", scale=tall, title="Cases", axis=alt.Axis(tickCount=3))
    bars = base.mark_rect(color=BAR, stroke=PLATE).encode(x=across, x2="to:Q", y=count, y2=alt.datum(0))
    numbers = base.transform_calculate(mid="(datum.from + datum.to) / 2").mark_text(dy=-7, fontSize=11, color=INK)
    numbers = numbers.encode(x=alt.X("mid:Q", scale=whole), y=alt.Y("n:Q", scale=tall), text="n:Q")
    upper = alt.layer(level, reach, dots).properties(width=460, height=280)
    return alt.vconcat(upper, alt.layer(bars, numbers).properties(width=460, height=90), spacing=12)


def _latency_spec(bars: list[dict[str, Any]], marks: list[dict[str, Any]]) -> Any:
    alt = _altair()
    reach = alt.Scale(domain=[bars[0]["from"], bars[-1]["to"]], nice=False)
    tall = alt.Scale(domain=[0, 1.3 * max(b["n"] for b in bars)])
    drawn = alt.Chart(alt.Data(values=bars)).mark_rect(color=BAR, stroke=PLATE)
    count = alt.Y("n:Q", scale=tall, title="Answers", axis=alt.Axis(tickMinStep=1))
    drawn = drawn.encode(x=alt.X("from:Q", scale=reach, title="Milliseconds"), x2="to:Q", y=count, y2=alt.datum(0))
    lines = alt.Chart(alt.Data(values=marks))
    rules = lines.mark_rule(color=INK, strokeWidth=1.5, strokeDash=[5, 4]).encode(x=alt.X("at:Q", scale=reach))
    layers = [drawn, rules]
    # The two labels stand above each other, since the marks may be close.
    for place, mark in enumerate(marks):
        right = mark["at"] > bars[-1]["to"] / 2
        label = alt.Chart(alt.Data(values=[mark])).mark_text(
            align="right" if right else "left", dx=-5 if right else 5, y=10 + 15 * place, color=INK, fontSize=12, fontWeight=700
        )
        layers.append(label.encode(x=alt.X("at:Q", scale=reach), text="words:N"))
    return alt.layer(*layers).properties(width=560, height=220)


def _svg(spec: Any) -> str:
    """The drawing, without a background that would hide the page's own. ChartError without its libraries."""
    axis = {"labelColor": INK, "titleColor": INK, "tickColor": SOFT, "domainColor": SOFT, "gridColor": LINE}
    sized = {**axis, "labelFontSize": 12, "titleFontSize": 12, "titlePadding": 10, "titleFontWeight": 700}
    whole = spec.configure(background="transparent", font="sans-serif", aria=False).configure_axis(**sized).configure_view(stroke=LINE)
    try:
        from vl_convert import vegalite_to_svg
    except ImportError as missing:
        raise _missing() from missing
    return str(vegalite_to_svg(whole.to_dict(), allowed_base_urls=[]))


def _altair() -> Any:
    try:
        import altair
    except ImportError as missing:
        raise _missing() from missing
    return altair


def _missing() -> ChartError:
    return ChartError("the charts", "altair or vl-convert-python is not installed", "Install policybot afresh: both belong to it.")
