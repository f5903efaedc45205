"""Gaps: what may be kept of a question that the policy does not answer, and the mail about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from conftest import make_organisation, make_policy

from policybot.catalogue import Catalogue
from policybot.errors import UnknownOrganisation
from policybot.gaps import SUBJECT, Gap, Gaps, gap_of, mail_link, may_be_told
from policybot.grounding import cite
from policybot.records import Answered, Contact, NotCovered, Occasion, Question, Turn
from policybot.settings import Settings
from policybot.terms import Verdict

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ELM, ASH = make_policy("elm", "Staff must not lend the minibus to anybody."), make_policy("ash", "Drivers must lock the gate at night.")
GAP = Gap(organisation="elm", answer_id="a1", question="May I keep bees?", nearest=("elm/rules/p0",), at=NOON)


@pytest.fixture
def gaps(settings: Settings, catalogue: Catalogue) -> Iterator[Gaps]:
    for policy in (ELM, ASH):
        catalogue.save_organisation(make_organisation(policy.organisation))
    opened = Gaps.open(settings)
    yield opened
    opened.close()


def silent(text: str, history: tuple[Turn, ...] = (), occasion: Occasion = Occasion.QUESTION) -> NotCovered:
    near = (cite(ELM.clauses[0], ELM, ELM.clauses[0].text, "elm"),)
    return NotCovered(id="n1", question=Question("elm", text, history), text="x", headline="x", nearest=near, occasion=occasion)


def test_a_gap_comes_back_equal_and_in_utc_and_once(gaps: Gaps) -> None:
    gaps.put(replace(GAP, at=NOON.astimezone(timezone(timedelta(hours=5)))))
    gaps.put(GAP)
    (again,) = gaps.told("elm")
    assert again == GAP and again.at.utcoffset() == timedelta(0)


def test_the_newest_comes_first_and_no_organisation_sees_anothers(gaps: Gaps) -> None:
    for number in range(3):
        gaps.put(replace(GAP, answer_id=f"a{number}", at=NOON + timedelta(minutes=number)))
    gaps.put(replace(GAP, organisation="ash", nearest=()))
    assert [g.answer_id for g in gaps.told("elm")] == ["a2", "a1", "a0"] and [g.answer_id for g in gaps.told("elm", 1)] == ["a2"]
    assert [g.organisation for g in gaps.told("ash")] == ["ash"]
    assert gaps.remove("ash", "a2") is False and gaps.remove("elm", "a2") is True and gaps.remove("elm", "a2") is False
    assert [g.answer_id for g in gaps.told("elm")] == ["a1", "a0"]


def test_an_organisation_that_nobody_knows_is_refused(gaps: Gaps) -> None:
    with pytest.raises(UnknownOrganisation):
        gaps.put(replace(GAP, organisation="oak", nearest=()))
    with pytest.raises(ValueError, match="slug"):
        gaps.told("")


@pytest.mark.parametrize("changed", [{"question": " "}, {"answer_id": ""}, {"nearest": ("ash/rules/p0",)}, {"at": datetime(2026, 1, 1)}])
def test_a_gap_that_cannot_be_is_not_made(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(GAP, **changed)


def test_personal_data_goes_and_the_policys_own_names_stay() -> None:
    gap = gap_of(silent("May Sarah Jones keep bees, or mail sarah@example.org about them and the hives on the roof?"))
    assert "Jones" not in gap.question and "example" not in gap.question and "[name 1]" in gap.question
    assert (gap.organisation, gap.answer_id, gap.nearest) == ("elm", "n1", ("elm/rules/p0",))
    assert "Sarah Jones" in gap_of(silent("May Sarah Jones keep bees on the roof?"), keep=["Sarah Jones"]).question


def test_a_follow_up_is_kept_with_what_it_leans_on() -> None:
    history = (Turn("user", "May Sarah Jones keep bees?"), Turn("assistant", "The policy does not say."))
    assert gap_of(silent("And in summer?", history)).question == "May [name 1] keep bees? And in summer?"


@pytest.mark.parametrize("occasion", [o for o in Occasion if o is not Occasion.QUESTION])
def test_nothing_but_a_question_is_told(occasion: Occasion) -> None:
    assert may_be_told(silent("bees?")) and not may_be_told(silent("bees?", occasion=occasion))
    with pytest.raises(ValueError, match="is a gap"):
        gap_of(silent("bees?", occasion=occasion))


def test_an_answer_is_no_gap() -> None:
    quoted = (cite(ELM.clauses[0], ELM, ELM.clauses[0].text, "elm"),)
    given = Answered(id="a", question=Question("elm", "x?"), verdict=Verdict.NOT_ALLOWED, text="x", headline="x", citations=quoted)
    assert not may_be_told(given)


def test_the_mail_says_all_of_it_whatever_the_question_holds() -> None:
    nasty = "May I keep bees & wasps? 50% of #them +1\ncc=other@example.org?bcc=x é"
    link = mail_link(replace(GAP, question=nasty), Contact("the head", email="head+policy@example.org"), {"elm/rules/p0": "5.4 Bees"})
    assert link and " " not in link and "\n" not in link and "#" not in link and link.count("?") == 1 and link.count("&") == 1
    parts = urlsplit(link)
    assert parts.scheme == "mailto" and unquote(parts.path) == "head+policy@example.org"
    fields = parse_qs(parts.query.replace("+", "%2B"), strict_parsing=True)
    assert set(fields) == {"subject", "body"} and fields["subject"] == [SUBJECT]
    assert nasty in fields["body"][0] and "- 5.4 Bees" in fields["body"][0] and "\r\n" in fields["body"][0]


def test_without_an_address_there_is_no_mail() -> None:
    assert mail_link(GAP, Contact("the head"), {}) is None and mail_link(GAP, None, {}) is None
