"""Questions to start from, for whoever is asking."""

from __future__ import annotations

from dataclasses import replace

from conftest import make_organisation, make_policy

from policybot.identity import Role
from policybot.records import Deontic, FactKind, Policy, PolicyFact
from policybot.terms import Force
from policybot.web.suggestions import suggestions

OWN = ("One?", "Two?", "Three?", "Four?", "Five?")
ELM = replace(make_organisation("elm"), suggestions=OWN)


def ruling(force: Force, *texts: str) -> Policy:
    policy = make_policy("elm", *texts)
    return replace(policy, clauses=tuple(replace(c, deontic=Deontic(force)) for c in policy.clauses))


def test_staff_get_what_the_organisation_suggests_with_or_without_a_role() -> None:
    policy = ruling(Force.OBLIGATION, "Staff must report a breach to the head.")
    assert suggestions(ELM, (policy,)) == suggestions(ELM, (policy,), Role.STAFF) == OWN[:4]
    assert suggestions(ELM, (policy,), Role.EVALUATOR) == OWN[:4]


def test_without_suggestions_headings_serve_and_without_policies_nothing() -> None:
    policy = make_policy("elm", "Kites must be small.")
    assert suggestions(make_organisation("elm"), (policy,)) == ("What does my policy say about rules?",)
    assert suggestions(make_organisation("elm"), ()) == ()


def test_a_safeguarding_lead_gets_the_procedures_that_some_clause_speaks_of() -> None:
    policy = ruling(Force.PROHIBITION, "Staff must not accept a learner as a friend.", "Staff must report any breach to the head.")
    found = suggestions(ELM, (policy,), Role.DSL)
    assert found[:2] == (
        "A learner has sent a member of staff a friend request. What should they do?",
        "Who should be told about a breach of the policy?",
    )
    assert found[2:] == ("One?", "Two?"), "filled up with the organisation's own"


def test_a_clause_that_rules_nothing_gives_no_procedure() -> None:
    assert suggestions(ELM, (ruling(Force.FACT, "Learners report that a friend broke a kite."),), Role.DSL) == OWN[:4]


def test_an_administrator_gets_the_facts_that_the_policy_states() -> None:
    policy = make_policy("elm", "Version 4.")
    stated = replace(policy, facts=(PolicyFact(FactKind.VERSION, "4", "elm/rules/p0", "Version 4"),))
    assert suggestions(ELM, (stated,), Role.ADMINISTRATOR) == ("Which version of the policy is this?", "One?", "Two?", "Three?")
    assert suggestions(ELM, (policy,), Role.ADMINISTRATOR) == OWN[:4]
