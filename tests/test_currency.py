"""What the asker should know about the document itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from conftest import make_organisation, make_policy

from policybot.currency import notices, spoken, world
from policybot.grounding import cite
from policybot.records import ClauseKind, Edition, FactKind, NoticeKind, Policy, PolicyFact

TODAY = date(2026, 1, 15)
TEXT = "Phones stay in the lockers by the door."


def policy_with(*facts: tuple[FactKind, str], **changes: object) -> Policy:
    plain = make_policy("acme", TEXT)
    known = tuple(PolicyFact(kind, value, plain.clauses[0].id, value) for kind, value in facts)
    return replace(plain, facts=known, edition=Edition.ORIGINAL, **changes)


def told(*policies: Policy, today: date = TODAY, about: bool = False, cited: bool = True) -> dict[NoticeKind, str]:
    citations = [cite(p.clauses[0], p, p.clauses[0].text, "acme") for p in policies] if cited else []
    found = notices(make_organisation("acme"), policies, citations, today, about)
    assert len(set(found)) == len(found)
    return {n.kind: n.text for n in found}


@pytest.mark.parametrize(
    ("due", "overdue"),
    [
        ("2025", True),
        ("2025-12", True),
        ("2026-01-14", True),
        ("2026", False),
        ("2026-01", False),
        ("2026-01-15", False),
    ],
)
def test_a_review_is_overdue_once_its_whole_date_lies_behind(due: str, overdue: bool) -> None:
    assert (NoticeKind.REVIEW_OVERDUE in told(policy_with((FactKind.NEXT_REVIEW, due)))) is overdue


def test_the_latest_review_date_counts() -> None:
    assert told(policy_with((FactKind.NEXT_REVIEW, "2020"), (FactKind.NEXT_REVIEW, "2027"))) == {}


def test_the_notice_speaks_the_date() -> None:
    assert "by 5 March 2024." in told(policy_with((FactKind.NEXT_REVIEW, "2024-03-05")))[NoticeKind.REVIEW_OVERDUE]


def test_two_versions_are_told_when_the_document_is_asked_about_or_cited() -> None:
    policy = policy_with((FactKind.VERSION, "4"), (FactKind.VERSION, "3"))
    assert "4 (p0), 3 (p0)" in told(policy)[NoticeKind.INCONSISTENT]
    assert NoticeKind.INCONSISTENT in told(policy, about=True, cited=False)
    assert told(policy, cited=False) == {}


def test_a_review_before_the_policy_took_effect() -> None:
    assert (
        "(July 2023)"
        in told(policy_with((FactKind.EFFECTIVE, "2023-08"), (FactKind.REVIEWED, "2023-07")))[NoticeKind.INCONSISTENT]
    )
    assert told(policy_with((FactKind.EFFECTIVE, "2023-08"), (FactKind.REVIEWED, "2023-09"))) == {}


def test_a_cover_that_misspells_the_organisation() -> None:
    organisation = replace(make_organisation("acme"), name="Brackenfield College")
    plain = policy_with()
    cover = replace(plain, text="Brackenfeild College", clauses=(replace(
        plain.clauses[0], text="Brackenfeild College", span=replace(plain.clauses[0].span, end=20), kind=ClauseKind.COVER),))  # fmt: skip
    (notice,) = notices(organisation, [cover], [], TODAY, about_document=True)
    assert "'Brackenfeild'" in notice.text and "'Brackenfield'" in notice.text


def test_a_law_that_was_replaced_or_has_the_wrong_year_when_its_clause_is_cited() -> None:
    assert "2018" in told(policy_with((FactKind.LEGISLATION, "Data Protection Act 1998")))[NoticeKind.SUPERSEDED_LAW]
    assert "of 1990" in told(policy_with((FactKind.LEGISLATION, "Computer Misuse Act 1991")))[NoticeKind.INCONSISTENT]
    assert told(policy_with((FactKind.LEGISLATION, "Computer Misuse Act 1990"))) == {}
    assert told(policy_with((FactKind.LEGISLATION, "Data Protection Act 1998")), cited=False) == {}


def test_a_platform_that_closed_or_was_renamed() -> None:
    assert "closed in 2017" in told(policy_with((FactKind.PLATFORM, "Vine")))[NoticeKind.DEFUNCT_PLATFORM]
    assert "is now called X" in told(policy_with((FactKind.PLATFORM, "Twitter")))[NoticeKind.DEFUNCT_PLATFORM]
    assert told(policy_with((FactKind.PLATFORM, "Facebook"))) == {}


def test_a_document_the_clause_refers_to_is_missing_unless_it_is_here() -> None:
    policy = policy_with((FactKind.RELATED_DOCUMENT, "Acme's Email Policy"))
    assert "Email Policy" in told(policy)[NoticeKind.MISSING_DOCUMENT]
    email = replace(make_policy("acme", TEXT, name="email"), title="Email Policy", edition=Edition.ORIGINAL)
    assert told(policy, email) == {}


def test_a_restated_edition_says_so_with_every_answer() -> None:
    restated = replace(policy_with(), edition=Edition.RESTATED)
    assert list(told(restated, cited=False)) == [NoticeKind.RESTATED_EDITION]
    assert told(policy_with(), cited=False) == {}


@pytest.mark.parametrize(
    ("iso", "words"), [("2024-10-20", "20 October 2024"), ("2024-10", "October 2024"), ("2024", "2024")]
)
def test_dates_are_spoken_at_their_precision(iso: str, words: str) -> None:
    assert spoken(iso) == words


def test_every_law_that_was_replaced_is_known_by_year() -> None:
    for law in world().superseded_laws:
        title, year = law.rsplit(" ", 1)
        assert int(year) in world().act_years.get(title, [int(year)])
