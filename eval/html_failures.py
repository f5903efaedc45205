"""What went wrong, case by case, the gravest first, the clauses expected and cited side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.confusion import cost
from eval.gravity import Gravity, failures, missed_worry, wrong_verdict
from eval.html_markup import Content, Markup, anchor, counted, element, folded, joined
from eval.metrics import MOST_CITED, evidence_all
from eval.plain_words import KINDS
from eval.stored import StoredCase
from policybot.compose import BADGES
from policybot.records import Verdict

ClauseText = Callable[[str], str | None]
"""A clause's id -> its words, None where they are not to be had."""
NOT_KEPT = "What a person says of a worry about a child is not kept."

WITHOUT_WORDS = "the policies that were run are not the ones in the catalogue here, or none are."

EXPLAINED = {
    Gravity.WRONG_YES: "Somebody would rely on a leave that the policy does not give.",
    Gravity.LEAK: "What no answer may do, whatever its verdict.",
    Gravity.MISSED_WORRY: "A child nobody may be told of.",
    Gravity.VERDICT: "In the order of what the error costs.",
    Gravity.EVIDENCE: "The verdict will do; a clause that must be cited is not.",
}
_ALWAYS_OPEN = (Gravity.WRONG_YES, Gravity.LEAK, Gravity.MISSED_WORRY)


def failures_section(cases: Sequence[StoredCase], text: ClauseText) -> Markup:
    """All failures, each with an id of its own (`case_anchor`)."""
    found = failures(cases)
    number = sum(map(len, found.values()))
    if not number:
        return element("p", f"Nothing went wrong in {counted(len(cases), 'case')}.")
    listed = element("ul", *(element("li", element("a", f"{g}: {len(own)}", href=f"#{_group_anchor(g)}")) for g, own in found.items()))
    wanted = {i for own in found.values() for c in own for i in (*c.cited, *(i for group in c.evidence for i in group))}
    bare = sum(text(clause_id) is None for clause_id in wanted)
    parts = [element("p", f"{number} of {counted(len(cases), 'case')} went wrong. The gravest come first."), listed]
    if bare:
        parts.append(element("p", f"Of {counted(bare, 'clause')} only the id is shown: {WITHOUT_WORDS}", class_="note"))
    for grade, own in found.items():
        parts.append(element("h3", f"{grade}: {len(own)}", id=_group_anchor(grade)))
        parts.append(element("p", EXPLAINED[grade], class_="soft"))
        parts += [_failure(c, text, open_=grade in _ALWAYS_OPEN) for c in own]
    return joined(parts)


def case_anchor(case_id: str) -> str:
    """The id under which a failure stands in the page."""
    return anchor("case", case_id)


def asked(case: StoredCase) -> str:
    """The question, or why there is none."""
    return NOT_KEPT if case.question is None else case.question


def badge(verdict: Verdict, wrong: bool = False) -> Markup:
    """A verdict in a box, marked with a cross where it is wrong."""
    return element("span", f"{'✗ ' if wrong else ''}{BADGES[verdict]}", class_="badge wrong" if wrong else "badge")


def clause_list(ids: Sequence[str], text: ClauseText, missed: Sequence[str] = (), marks: Sequence[tuple[str, str]] = ()) -> Markup:
    """Clauses with their words, in order; where these are not to be had, the id alone. `marks`: (id, what is said of it)."""
    said = dict(marks) | {clause_id: "✗ not cited" for clause_id in missed}
    return element("ul", *(element("li", _clause(i, text(i), said.get(i, ""))) for i in ids), class_="clauses")


def _failure(case: StoredCase, text: ClauseText, open_: bool) -> Markup:
    wrong = wrong_verdict(*case.verdicts)
    head = joined(
        [
            element("h4", asked(case)),
            element("span", f"{case.organisation} · {KINDS[case.kind]} · {case.id}", class_="soft"),
            element("span", "Expected ", badge(case.right), " given ", badge(case.given, wrong), class_="verdicts"),
        ]
    )
    faults = case.faults or (("the worry was not recognised",) if missed_worry(case) else ())
    body = [
        element("ul", *(element("li", fault) for fault in faults), class_="faults") if faults else "",
        element("p", f"This error costs {cost(*case.verdicts)}.", class_="soft") if wrong else "",
        _side_by_side(case, text),
        # An answer to a worry may repeat the words of it.
        folded("The answer", element("p", case.answer, class_="verbatim")) if case.question is not None else "",
    ]
    return element("article", folded(head, *body, open_=open_), id=case_anchor(case.id), class_="failure")


def _side_by_side(case: StoredCase, text: ClauseText) -> Markup:
    expected = element("div", element("h5", "Expected"), _expected(case, text))
    asked_for = {member for group in case.evidence for member in group}
    marks = [(i, "✓ expected" if i in asked_for else "also fine" if i in case.also_ok else "✗ not asked for") for i in case.cited]
    cited: Content = clause_list(case.cited, text, marks=marks) if case.cited else element("p", "No clause.", class_="soft")
    return element("div", expected, element("div", element("h5", "Cited"), cited), class_="pair")


def _expected(case: StoredCase, text: ClauseText) -> Markup:
    if not case.evidence:
        return element("p", "No clause: the policy does not say." if not case.covered else "No clause need be cited.", class_="soft")
    groups = []
    for group in case.evidence:
        hit = evidence_all((group,), case.cited[:MOST_CITED])
        several = element("p", "Any one of these:", class_="soft") if len(group) > 1 else ""
        missed = () if hit else group
        marks = [(i, "✓ cited") for i in group if i in case.cited]
        groups.append(joined([several, clause_list(group, text, missed, marks)]))
    return joined(groups)


def _clause(clause_id: str, words: str | None, said: str) -> Markup:
    mark = element("span", said, class_="mark") if said else ""
    head = element("div", element("code", clause_id), " ", mark)
    return joined([head, element("blockquote", words, class_="verbatim") if words is not None else ""])


def _group_anchor(grade: Gravity) -> str:
    return f"gravity-{grade.name.lower().replace('_', '-')}"
