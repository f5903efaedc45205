"""Questions about the document itself, answered from its facts."""

from __future__ import annotations

from dataclasses import replace

from conftest import make_policy

from policybot.document_facts import answer_from_facts
from policybot.records import FactKind, Policy, PolicyFact


def policy_with(*facts: tuple[FactKind, str], name: str = "rules") -> Policy:
    plain = make_policy("acme", "Phones stay in the lockers.", "Tablets stay in class.", name=name)
    known = tuple(
        PolicyFact(kind, value, clause.id, value) for (kind, value), clause in zip(facts, plain.clauses, strict=False)
    )
    return replace(plain, facts=known)


def test_each_kind_asked_for_is_a_line_with_its_clause() -> None:
    found = answer_from_facts(
        [policy_with((FactKind.VERSION, "4"), (FactKind.NEXT_REVIEW, "2024-10"))],
        [FactKind.NEXT_REVIEW, FactKind.VERSION],
    )
    assert found is not None
    assert found.lines == ("Next review: October 2024 (p1)", "Version: 4 (p0)")
    assert [f.clause_id for f in found.facts] == ["acme/rules/p1", "acme/rules/p0"]


def test_contradictions_are_both_told() -> None:
    found = answer_from_facts([policy_with((FactKind.VERSION, "4"), (FactKind.VERSION, "3"))], [FactKind.VERSION])
    assert found is not None and found.lines == ("Version: 4 (p0); 3 (p1)",)


def test_the_nearest_kind_of_date_stands_in_under_its_own_name() -> None:
    found = answer_from_facts([policy_with((FactKind.REVIEWED, "2018-07-05"))], [FactKind.APPROVED])
    assert found is not None and found.lines == ("Last reviewed: 5 July 2018 (p0)",)


def test_a_kind_that_the_documents_do_not_give_is_no_answer() -> None:
    assert answer_from_facts([policy_with((FactKind.VERSION, "4"))], [FactKind.AUTHOR]) is None
    assert answer_from_facts([], [FactKind.AUTHOR]) is None


def test_of_several_policies_each_line_says_which() -> None:
    policies = [policy_with((FactKind.VERSION, "4")), policy_with((FactKind.VERSION, "1"), name="trips")]
    found = answer_from_facts(policies, [FactKind.VERSION, FactKind.VERSION])
    assert found is not None and found.lines == ("Rules: Version: 4 (p0)", "Trips: Version: 1 (p0)")
