"""Which lines are headings, at which level, and what stands under each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.arrange import arrange
from ingest.read import open_document
from ingest.structure import Outline, outline

PROSE = "Everybody who works here is bound by what this part says, at work and at home."


def outlined(tmp_path: Path, text: str, suffix: str = ".txt") -> Outline:
    path = tmp_path / f"policy{suffix}"
    path.write_text(text, encoding="utf-8")
    document = open_document(path)
    return outline(arrange(document.blocks), document.title)


def keys(tree: Outline) -> list[str]:
    return [s.key for s in tree.sections if s.blocks or s.heading]


def paths(tree: Outline) -> list[tuple[str, ...]]:
    return [s.path for s in tree.sections if s.heading]


def test_numbers_give_keys_and_levels(tmp_path: Path) -> None:
    tree = outlined(
        tmp_path, f"Phone Policy\n\n1. Scope\n\n{PROSE}\n\n2. Rules\n\n2.1 Phones\n\n{PROSE}\n\n3. End\n\n{PROSE}"
    )
    assert tree.title == "Phone Policy"
    assert keys(tree) == ["1", "2", "2.1", "3"]
    assert paths(tree)[2] == ("2. Rules", "2.1 Phones")


def test_numbered_headings_need_no_blank_lines(tmp_path: Path) -> None:
    assert keys(outlined(tmp_path, f"Phone Policy\n\n1. Scope\n{PROSE}\n2. Rules\n{PROSE}")) == ["1", "2"]


def test_unmarked_headings_are_short_lines_over_prose(tmp_path: Path) -> None:
    tree = outlined(tmp_path, f"Phone Policy\n\nScope of it\n\n{PROSE}\n\nUse at home\n\n{PROSE}")
    assert keys(tree) == ["scope-of-it", "use-at-home"]


def test_capitals_hold_lesser_headings_and_a_colon_lesser_still(tmp_path: Path) -> None:
    text = f"Phone Policy\n\nRULES FOR ALL\n\nAt work\n\n{PROSE}\n\nManagers:\n\n- Lock phones away.\n- Keep the key.\n\nTHE END\n\n{PROSE}"
    tree = outlined(tmp_path, text)
    assert paths(tree) == [
        ("RULES FOR ALL",),
        ("RULES FOR ALL", "At work"),
        ("RULES FOR ALL", "At work", "Managers"),
        ("THE END",),
    ]


def test_markdown_marks_tell_levels(tmp_path: Path) -> None:
    tree = outlined(
        tmp_path, f"# Phone Policy\n\n## Rules\n\n{PROSE}\n\n### At work\n\n{PROSE}\n\n## Help\n\n{PROSE}", ".md"
    )
    assert paths(tree) == [("Rules",), ("Rules", "At work"), ("Help",)]


def test_a_marked_line_that_is_a_sentence_is_text(tmp_path: Path) -> None:
    tree = outlined(
        tmp_path,
        f"# Phone Policy\n\n## Rules\n\n{PROSE}\n\n## Staff must never lend their phone to a child.\n\n{PROSE}",
        ".md",
    )
    assert keys(tree) == ["rules"]


def test_an_appendix_is_a_heading_however_long(tmp_path: Path) -> None:
    title = "Appendix 1 Pages that the nursery runs, who looks after them and what may go on them"
    tree = outlined(tmp_path, f"Phone Policy\n\n1. Scope\n\n{PROSE}\n\n{title}\n\nPurpose\n\n{PROSE}")
    assert keys(tree) == ["1", "appendix-1", "purpose"]
    assert paths(tree)[-1] == (title, "Purpose")


@pytest.mark.parametrize("number", ["Contents", "Table of contents"])
def test_a_contents_table_is_no_section_of_its_own(tmp_path: Path, number: str) -> None:
    text = f"Phone Policy\n\n{number}\n1. Scope ........ 1\n2. Rules ........ 2\n\n1. Scope\n\n{PROSE}\n\n2. Rules\n\n{PROSE}"
    tree = outlined(tmp_path, text)
    assert keys(tree) == [number.lower().replace(" ", "-"), "1", "2"]
    assert [s.contents for s in tree.sections if s.heading] == [True, False, False]


def test_contents_without_leaders_are_known_by_coming_back(tmp_path: Path) -> None:
    text = f"# Phone Policy\n\n## Contents\n\nScope\n\nUse at home\n\n## Scope\n\n{PROSE}\n\n## Use at home\n\n{PROSE}"
    assert keys(outlined(tmp_path, text, ".md")) == ["contents", "scope", "use-at-home"]


def test_two_headings_of_one_name_get_two_keys(tmp_path: Path) -> None:
    text = f"# P Policy\n\n## Scope\n\n{PROSE}\n\n## Scope\n\n{PROSE}\n\n## Scope 2\n\n{PROSE}\n\n## Details\n\n{PROSE}"
    found = keys(outlined(tmp_path, text, ".md"))
    assert len(set(found)) == 4
    assert found[:2] == ["scope", "scope-2"]


def test_sign_off_lines_leave_the_last_section(tmp_path: Path) -> None:
    tree = outlined(
        tmp_path, f"Phone Policy\n\n1. Scope\n\n{PROSE}\n\nApproved by: Trustees\n\nReview date: May 2024\n\nSigned:"
    )
    assert keys(tree) == ["1", "details"]
    assert [b.text for b in tree.sections[-1].blocks] == ["Approved by: Trustees", "Review date: May 2024", "Signed:"]


def test_the_cover_ends_at_the_first_heading(tmp_path: Path) -> None:
    tree = outlined(tmp_path, f"Phone Policy\n\nAcme Nursery\n\nVersion 4\n\nOct 2023\n\n1. Scope\n\n{PROSE}")
    assert (tree.sections[0].key, [b.text for b in tree.sections[0].blocks]) == (
        "cover",
        ["Acme Nursery", "Version 4", "Oct 2023"],
    )


def test_the_title_is_the_line_that_names_the_policy(tmp_path: Path) -> None:
    tree = outlined(tmp_path, f"Acme Nursery\n\nMobile Phone Policy\n\nVersion 4\n\n1. Scope\n\n{PROSE}")
    assert tree.title == "Mobile Phone Policy"
    assert tree.sections[0].blocks[0].text == "Acme Nursery"


def test_a_date_is_no_title(tmp_path: Path) -> None:
    assert outlined(tmp_path, f"Version 4\n\n1. Scope\n\n{PROSE}").title is None


def test_without_any_heading_the_text_is_no_cover(tmp_path: Path) -> None:
    tree = outlined(tmp_path, f"Phone Policy\n\nVersion 4\n\n{PROSE}\n\n- Do not lend your phone.\n- Lock it away.")
    assert keys(tree) == ["cover", "text"]
    assert len(tree.sections[1].blocks) == 3


def test_a_bullet_that_a_page_end_stripped_is_no_heading(tmp_path: Path) -> None:
    text = f"# P Policy\n\n## 1. Rules\n\nYou may:\n\n- Take pictures\n\nMake films\n\n## 2. End\n\n{PROSE}"
    assert keys(outlined(tmp_path, text, ".md")) == ["1", "2"]


def test_spans_rebuild_the_text_and_furniture_comes_last(tmp_path: Path) -> None:
    tree = outlined(tmp_path, f"Phone Policy\n\n-----\n\n1. Scope\n\n{PROSE}")
    assert [tree.text[b.span.start : b.span.end] for b in tree.blocks if b.span] == [b.text for b in tree.blocks]
    assert tree.blocks[-1].text == "-----"
