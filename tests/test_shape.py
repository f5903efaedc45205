"""What a line's looks say."""

from __future__ import annotations

import pytest

from ingest.shape import (
    has_modal,
    is_detail_line,
    is_lead_in,
    is_sentence,
    is_title_line,
    says_version_or_date,
    slug,
)
from ingest.titles import policy_slug


@pytest.mark.parametrize(
    "line",
    [
        "Scope",
        "5.3 Use of tablets",
        "PURPOSE OF THIS DOCUMENT",
        "Head of Centre and Managers:",
        "Appendix 2 Pages that the nursery runs",
        "What is a blog?",
        "What you may and may not do",
        "‘Friends’ and followers",
    ],
)
def test_titles(line: str) -> None:
    assert is_title_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Staff must ask first",
        "Phones stay in the locker.",
        "Staff will:",
        "and then lower case",
        "(see above)",
        "One two three four five six seven eight nine ten eleven",
        "Name\tDate",
        "",
    ],
)
def test_not_titles(line: str) -> None:
    assert not is_title_line(line)


@pytest.mark.parametrize("line", ["Users must not use it to:", "ICT support will", "The rules include the following:"])
def test_lead_ins(line: str) -> None:
    assert is_lead_in(line)


@pytest.mark.parametrize("line", ["Head of Centre and Managers:", "Scope", "Phones stay in lockers."])
def test_not_lead_ins(line: str) -> None:
    assert not is_lead_in(line)


@pytest.mark.parametrize(
    "line",
    [
        "Review Date: Oct 2024",
        "Version 4",
        "Oct 2023",
        "Signed: ____",
        "Approved by: Governors",
        "Policy agreed 1 May 2020",
    ],
)
def test_detail_lines(line: str) -> None:
    assert is_detail_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Date checks must be made by managers at all times",
        "Staff: ask the manager",
        "Version numbers matter",
        "Review your privacy settings",
        "Approved by: " + "x" * 110,
    ],
)
def test_not_detail_lines(line: str) -> None:
    assert not is_detail_line(line)


def test_the_month_of_may_is_no_modal() -> None:
    assert not has_modal("Agreed on 5 May 2018")
    assert has_modal("Staff may agree")


def test_sentences_have_a_stop_or_a_modal_and_length() -> None:
    assert is_sentence("Phones stay in the locker.")
    assert is_sentence("Staff must never share their passwords")
    assert not is_sentence("Sharing of passwords")


def test_which_footers_carry_facts() -> None:
    assert says_version_or_date("Date: May 2022 Page 3 of 4")
    assert not says_version_or_date("Acme Nursery Page 3 of 4")


def test_slugs_are_short_and_never_empty() -> None:
    assert slug("Staff’s Use of Social Media: at Work, at Home & on Trips") == "staffs-use-of-social-media-at-work-at"
    assert slug("職員") == "section"


@pytest.mark.parametrize(
    "title",
    [
        "Social Media Policy",
        "Social Media Policy 2023",
        "Social Media Policy v2.1",
        "Social Media Policy 2023-24 (final)",
    ],
)
def test_a_policys_id_does_not_change_with_its_edition(title: str) -> None:
    assert policy_slug(title) == "social-media-policy"
