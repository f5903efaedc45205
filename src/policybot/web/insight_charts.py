"""The charts of the page Insights, as HTML: real text in the page's own colours, so that they can be read in the dark, on a
phone, enlarged and aloud. Every word of a policy or a person is escaped; nothing here decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from policybot import insights
from policybot.compose import BADGES
from policybot.insights import Figures, Gap, Topic
from policybot.records import Verdict
from policybot.reviews import Judgement
from policybot.web.evaluate_view import table

VERDICTS: Mapping[Verdict, str] = {
    Verdict.ALLOWED: "allowed",
    Verdict.CONDITIONAL: "allowed if …",
    Verdict.NOT_ALLOWED: "not allowed",
    Verdict.INFORMATIONAL: "policy says",
    Verdict.NOT_COVERED: "policy does not say",
}
OTHER = "mixed answers"
"""Answers to a topic that too few people got to be told apart."""
JUDGED = {Judgement.RIGHT: "called right", Judgement.WRONG: "called wrong"}


def intro(organisation: str) -> str:
    """What this page is for."""
    return (
        '<div class="pb-intro"><h1>Insights</h1><p>What staff of '
        f"<strong>{escape(organisation)}</strong> ask, and what your policy does not tell them. "
        "Figures only: every one is about at least five people.</p></div>"
    )


def nothing_yet() -> str:
    """Why there is no figure."""
    return (
        '<div class="pb-insight-empty"><h2>No figures yet</h2>'
        "<p>Figures appear when at least five people have asked about a thing, and the month is over.</p>"
        "<p>This keeps every person’s questions private. Come back at the start of next month.</p></div>"
    )


def switched_off() -> str:
    """That nothing is counted."""
    return '<p class="pb-insight-note">Questions are not being counted. Whoever runs this service has switched it off.</p>'


def totals(of: Figures) -> str:
    """The month in three numbers."""
    told = [(of.questions, "questions"), (of.people, "people asked")]
    if of.silent is not None:
        told.append((of.silent, "not answered by your policy"))
    return f'<dl class="pb-insight-totals">{"".join(f"<div><dt>{name}</dt><dd>{number}</dd></div>" for number, name in told)}</dl>'


def topics(of: Figures) -> str:
    """A bar for each topic, with its verdicts; then what the policy did not answer, and everything else."""
    most = max([*(t.questions for t in of.topics), of.silent or 0, of.others, 1])
    rows = [_bar(insights.quoted(t.heading), t.questions, _pieces(t), most) for t in of.topics]
    cells = [(insights.quoted(t.heading), str(t.questions), _told(t)) for t in of.topics]
    for name, count, kind in (("Not answered by your policy", of.silent, "not_covered"), ("Everything else", of.others, "other")):
        if count:
            rows.append(_bar(name, count, [(count, kind, "")], most))
            cells.append((name, str(count), "–"))
    drawn = f'<ul class="pb-insight-bars">{"".join(rows)}</ul>'
    told = table(("Topic", "Questions", "Answers"), cells, "Questions by topic and answer")
    lead = "Questions by the heading that the answer came from, and what the answer was."
    return _figure(insights.about_topics(of), lead, drawn, told)


def gaps(of: Figures) -> str:
    """A card for each gap, with words to begin the missing clause from."""
    cards = "".join(f"<li>{_gap(gap)}</li>" for gap in of.gaps)
    lead = "Questions about the same thing stand together. Think about a clause for each." if cards else ""
    if of.silent is None:
        lead = "Gaps appear here when at least five people have asked about the same thing."
    elif not cards:
        lead = "They were about different things. A gap appears here when at least five people have asked about the same thing."
    return _section(insights.about_gaps(of), lead, f'<ul class="pb-insight-gaps">{cards}</ul>' if cards else "")


def weeks(of: Figures) -> str:
    """A column for each week, as wide as it is long and as high as its days were busy."""
    rates = [w.questions / w.days for w in of.weeks]
    columns = [
        _column(f"{w.first.day}–{w.last.day}", w.questions, rate / max(rates), w.days) for w, rate in zip(of.weeks, rates, strict=True)
    ]
    cells = [(insights.span(w), str(w.questions), f"{rate:.1f}") for w, rate in zip(of.weeks, rates, strict=True)]
    told = table(("Days", "Questions", "A day"), cells, "Questions by week")
    lead = f"Questions by the days of {of.month:%B}. Weeks with fewer than five people are joined to the next."
    return _figure(insights.about_weeks(of), lead, f'<ol class="pb-insight-columns">{"".join(columns)}</ol>', told)


def months(told: Sequence[tuple[date, int | None]]) -> str:
    """A column for each month; none for a month of too few people."""
    most = max(count for _, count in told if count is not None)
    columns = "".join(_column(f"{month:%b}", count, (count or 0) / most, 1) for month, count in told)
    cells = [(f"{month:%B %Y}", "fewer than five people" if count is None else str(count)) for month, count in told]
    alone = table(("Month", "Questions"), cells, "Questions by month")
    return _figure(insights.about_months(told), "Questions by month.", f'<ol class="pb-insight-columns">{columns}</ol>', alone)


def sent(any_waits: bool) -> str:
    """What the list of sent questions is, and that there is none where none waits."""
    lead = "Staff sent these to the policy owner on purpose. So, unlike the figures above, each may come from one person."
    nothing = "Nothing waits. A question stands here when somebody sends it to the policy owner."
    told = f'<p class="pb-insight-lead">{lead}</p>' if any_waits else f"<p>{nothing}</p>"
    return f'<section class="pb-insight"><h2>Sent to you</h2>{told}</section>'


def sent_question(question: str, nearest: Sequence[str], day: date) -> str:
    """A question that was sent, the labels of the clauses that came nearest (none for none), and the day."""
    near = f"<p>Nearest in your policy: {escape('; '.join(nearest))}</p>" if nearest else ""
    return f'<section class="pb-insight"><h3>“{escape(question)}”</h3>{near}<p class="pb-soft">Sent on {day:%-d %B %Y}</p></section>'


def more_sent(shown: int) -> str:
    """That older ones wait."""
    return f'<p class="pb-soft">These are the newest {shown}. Older ones come up when you press Done.</p>'


def queue(counts: Mapping[Judgement, int], exact: bool) -> str:
    """How many judged answers wait. `exact`: every one is counted, else only what is about five people or more."""
    told = " and ".join(f"<strong>{'' if exact else 'at least '}{count}</strong> {JUDGED[j]}" for j, count in counts.items() if count)
    nothing = "No answer waits for review." if exact else "No figure yet: it appears when at least five people have judged answers."
    lead = f"Answers that wait for an evaluator: {told}." if told else nothing
    return f'<section class="pb-insight"><h2>Answers that staff called right or wrong</h2><p>{lead}</p></section>'


def method() -> str:
    """How people are kept out of the figures."""
    return (
        '<details class="pb-insight-method"><summary>How nobody can be picked out</summary><ul>'
        "<li>A figure is shown only when at least five people are behind it. Smaller ones are put together under “everything else”, "
        "so that taking one figure from another tells you nothing about a few people.</li>"
        "<li>We keep the day, the topic and the answer, and a made-up code for the person. The code changes every month. "
        "So people are counted within a month, and never followed from one month to the next.</li>"
        "<li>A month is shown when it is over. Figures that change daily would tell you who asked today.</li>"
        "<li>The words of a question are kept only if your policy did not answer it, without names. You see the words "
        "that at least five people used, and a whole question only if somebody sent it to the policy owner.</li>"
        "<li>If somebody told of a worry about a child or a colleague, nothing of that talk is counted.</li>"
        "<li>All of it is deleted after at most 13 months.</li></ul></details>"
    )


def _gap(gap: Gap) -> str:
    words = [*gap.missing, *gap.known]
    title = ", ".join(words[:3]) or f"near {insights.quoted(gap.heading)}" if words or gap.heading else "no word in common"
    facts = [
        ("Words that your policy does not use", ", ".join(gap.missing)),
        ("Other words that people used", ", ".join(gap.known)),
        ("Nearest heading", gap.heading),
        ("Sent to the policy’s owner", f"at least {gap.sent} times" if gap.sent else ""),
    ]
    told = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    count = f'<span class="pb-insight-count">At least {gap.at_least} questions</span>'
    return f"<h3>About: {escape(title)}</h3>{count}<dl>{told}</dl>"


def _pieces(topic: Topic) -> list[tuple[int, str, str]]:
    """Count, colour and words of each piece of a topic's bar, in the order of the verdicts."""
    pieces = [(topic.verdicts[v], v.value, words) for v, words in VERDICTS.items() if v in topic.verdicts]
    return [*pieces, *([(topic.other, "other", OTHER)] if topic.other else [])]


def _told(topic: Topic) -> str:
    names = {v.value: BADGES[v] for v in Verdict} | {"other": "Mixed answers"}
    return "; ".join(f"{names[kind]}: {count}" for count, kind, _ in _pieces(topic))


def _bar(name: str, count: int, pieces: Sequence[tuple[int, str, str]], most: int) -> str:
    """A row: its name, the bar of its pieces, and what the pieces are, in words."""
    bars = "".join(f'<i class="pb-{kind}" style="flex-grow:{number}"></i>' for number, kind, _ in pieces)
    keys = "".join(f'<span class="pb-{kind}"><i aria-hidden="true"></i>{number} {words}</span>' for number, kind, words in pieces if words)
    return (
        f'<li><span class="pb-insight-name">{escape(name)} <strong>{count}</strong></span>'
        f'<span class="pb-insight-track" aria-hidden="true"><span style="width:{100 * count / most:.1f}%">{bars}</span></span>'
        f'<span class="pb-insight-keys">{keys}</span></li>'
    )


def _column(name: str, count: int | None, share: float, width: int) -> str:
    """A column of `share` (0 to 1) of the height, `width` times as wide as another."""
    number = '<b><span aria-hidden="true">–</span><span class="pb-hidden">too few people</span></b>' if count is None else f"<b>{count}</b>"
    bar = f'<i style="--share:{100 * share:.1f}%" aria-hidden="true"></i>'
    return f'<li style="--days:{width}"><span>{bar}{number}</span><em>{escape(name)}</em></li>'


def _section(title: str, lead: str, drawn: str) -> str:
    told = f'<p class="pb-insight-lead">{escape(lead)}</p>' if lead else ""
    return f'<section class="pb-insight"><h2>{escape(title)}</h2>{told}{drawn}</section>'


def _figure(title: str, lead: str, drawn: str, told: str) -> str:
    """A chart under its heading, and the same as a table."""
    return _section(title, lead, f"{drawn}<details><summary>The same as a table</summary>{told}</details>")
