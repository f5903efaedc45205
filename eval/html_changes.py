"""A run against an earlier one, as the top of a report."""

from __future__ import annotations

from collections.abc import Sequence

from eval.compare import Change, Comparison, Difference
from eval.gravity import gravity, wrong_verdict
from eval.html_failures import ClauseText, asked, badge, case_anchor, clause_list
from eval.html_markup import Markup, counted, element, folded, joined
from eval.html_tables import difference_table, signed, significant, with_unit
from eval.plain_words import KINDS


def changes_section(comparison: Comparison, text: ClauseText) -> Markup:
    """What got better, what worse, what cites other clauses, and what of it is more than chance."""
    told = [f"Note: {words}." for words in comparison.surroundings]
    if comparison.left_out:
        told.append(f"Note: {counted(len(comparison.left_out), 'case')} not in both runs, or not the same there, left out.")
    numbers = (("Worse", comparison.worse), ("Better", comparison.better), ("Other clauses cited", comparison.recited))
    return joined(
        [
            element("p", f"{counted(comparison.cases, 'case')} of both runs, against {comparison.before.name}."),
            *(element("p", words, class_="note") for words in told),
            element("dl", *(element("div", element("dt", name), element("dd", str(len(own)))) for name, own in numbers), class_="tiles"),
            _verdict(comparison.differences),
            difference_table(comparison),
            *(_changes(name, own, text, open_=name == "Worse") for name, own in numbers),
        ]
    )


def _verdict(differences: Sequence[Difference]) -> Markup:
    """The figures that changed by more than chance, in words."""
    found = [d for d in differences if significant(d)]
    if not found:
        return element("p", "No figure changed by more than chance.")
    return joined(
        [
            element("p", "Changed by more than chance, held against all figures (Holm, 5%):"),
            element("ul", *(element("li", _in_words(d)) for d in found)),
        ]
    )


def _in_words(of: Difference) -> str:
    unit, way = of.measure.unit, "▲ better" if of.better else "▼ worse"
    return f"{way}: {of.measure.words}, from {with_unit(of.before, unit)} to {with_unit(of.after, unit)} ({signed(of.change, unit)})"


def _changes(name: str, changes: Sequence[Change], text: ClauseText, open_: bool) -> Markup:
    heading = element("h3", f"{name}: {len(changes)}")
    if not changes:
        return heading
    rows = element("ul", *(element("li", _change(c, text)) for c in changes), class_="changes")
    return joined([heading, folded(counted(len(changes), "case"), rows, open_=open_)])


def _change(change: Change, text: ClauseText) -> Markup:
    before, after = change.before, change.after
    told = [f"now: {fault}" for fault in after.faults if fault not in before.faults]
    told += [f"no longer: {fault}" for fault in before.faults if fault not in after.faults]
    where = f"{after.organisation} · {KINDS[after.kind]} · {after.id}"
    failed = element("a", "see the failure", href=f"#{case_anchor(after.id)}") if gravity(after) else ""
    # A question that one of the runs did not keep is not shown from the other.
    question = asked(after if before.question is not None else before)
    return joined(
        [
            element("p", element("strong", question)),
            element("p", where, " ", failed, class_="soft"),
            element("p", badge(before.given, wrong_verdict(*before.verdicts)), " → ", badge(after.given, wrong_verdict(*after.verdicts))),
            element("ul", *(element("li", words) for words in told)) if told else "",
            _other_clauses(change, text),
        ]
    )


def _other_clauses(change: Change, text: ClauseText) -> Markup | str:
    sides = (("Cited before, no longer", change.dropped), ("Cited now, not before", change.gained))
    if not any(ids for _, ids in sides):
        return ""
    shown = (
        element("div", element("h4", title), clause_list(ids, text) if ids else element("p", "No clause.", class_="soft"))
        for title, ids in sides
    )
    return element("div", *shown, class_="pair")
