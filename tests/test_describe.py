"""Facts about the document, each with its clause."""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path

from ingest.pipeline import read_policy
from policybot.records import FactKind, Policy

PROSE = "Everybody who works here is bound by what this part says, at work and at home."


def read(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.md"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, "acme")[0]


def values(policy: Policy, kind: FactKind) -> list[str]:
    return [f.value for f in policy.facts if f.kind is kind]


def test_a_cover_and_a_sign_off_give_their_facts_with_the_clause(tmp_path: Path) -> None:
    cover = "Acme Nursery\n\nAuthor: Jo Penn\n\nVersion 4\n\nReview Date: Oct 2024"
    sign_off = "Approved by: Trustees\n\nEffective date: 1 August 2023\n\nPolicy reference: ACME-0007"
    policy = read(tmp_path, f"# Phone Policy\n\n{cover}\n\n## 1. Scope\n\n{PROSE}\n\n{sign_off}\n")
    expected = {
        FactKind.TITLE: "Phone Policy",
        FactKind.AUTHOR: "Jo Penn",
        FactKind.VERSION: "4",
        FactKind.NEXT_REVIEW: "2024-10",
        FactKind.APPROVER: "Trustees",
        FactKind.EFFECTIVE: "2023-08-01",
        FactKind.REFERENCE: "ACME-0007",
    }
    assert {kind: values(policy, kind)[0] for kind in expected} == expected
    version = next(f for f in policy.facts if f.kind is FactKind.VERSION)
    assert version.clause_id == "acme/phone-policy/cover/d1"
    assert version.quote in policy.clauses[0].text


def test_a_review_date_is_the_last_one_where_the_next_is_told_too(tmp_path: Path) -> None:
    policy = read(
        tmp_path, f"# P Policy\n\n## 1. Scope\n\n{PROSE}\n\nReview date: July 2023\n\nDate to be reviewed: July 2024\n"
    )
    assert (values(policy, FactKind.REVIEWED), values(policy, FactKind.NEXT_REVIEW)) == (["2023-07"], ["2024-07"])


def test_two_facts_that_a_footer_put_in_one_line(tmp_path: Path) -> None:
    policy = read(tmp_path, f"# P Policy\n\n## 1. Scope\n\n{PROSE}\n\nDate: May 2022 To be revised: May 2023\n")
    assert (values(policy, FactKind.ISSUED), values(policy, FactKind.NEXT_REVIEW)) == (["2022-05"], ["2023-05"])


def test_only_the_last_row_of_a_version_table_is_true_now(tmp_path: Path) -> None:
    rows = "| 1 | 01/03/2021 | First issue | 28/02/2022 |\n| 2 | 20/10/2023 | Policy reviewed | 20/10/2024 |\n"
    table = f"| Version | Revision date | Changes made | Next review |\n|---|---|---|---|\n{rows}"
    policy = read(tmp_path, f"# P Policy\n\n## Version control\n\n{table}\n## 2. Scope\n\n{PROSE}\n")
    assert values(policy, FactKind.VERSION) == ["2"]
    assert values(policy, FactKind.NEXT_REVIEW) == ["2024-10-20"]


def test_names_in_the_text_with_the_clause_that_names_them(tmp_path: Path) -> None:
    text = "Ask the line manager before you use Facebook; the Acceptable Use Policy and the Data Protection Act 2018 apply."
    policy = read(tmp_path, f"# P Policy\n\n## 1. Scope\n\n{text}\n")
    assert values(policy, FactKind.ROLE) == ["line manager"]
    assert values(policy, FactKind.PLATFORM) == ["Facebook"]
    assert values(policy, FactKind.RELATED_DOCUMENT) == ["Acceptable Use Policy"]
    assert values(policy, FactKind.LEGISLATION) == ["Data Protection Act 2018"]
    assert {f.clause_id for f in policy.facts} == {"acme/p-policy/1/p1"}


def test_the_review_cycle_is_read_only_where_reviews_are_spoken_of(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        f"# P Policy\n\n## 1. Training\n\nStaff are trained every year by the office.\n\n## 2. Review\n\nThis policy is reviewed every two years.\n\n## 3. End\n\n{PROSE}",
    )
    assert values(policy, FactKind.REVIEW_CYCLE) == ["every two years"]


def test_prose_that_names_a_date_is_no_sign_off(tmp_path: Path) -> None:
    policy = read(
        tmp_path,
        "# P Policy\n\n## 1. Scope\n\nSince 1 May 2020 phones have stayed in the lockers that are by the door.\n",
    )
    assert [f.kind for f in policy.facts] == [FactKind.TITLE]
