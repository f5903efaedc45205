"""Plain text into blocks."""

from __future__ import annotations

from pathlib import Path

from ingest.document import Block, BlockKind
from ingest.read.text import read_text


def blocks_of(tmp_path: Path, text: str) -> tuple[Block, ...]:
    path = tmp_path / "policy.txt"
    path.write_text(text, encoding="utf-8")
    return read_text(path).blocks


def seen(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    return [(b.kind.value, b.text) for b in blocks]


def test_wrapped_lines_join_and_blank_lines_part(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "Staff may use\nthe shared tablet.\n\nAsk the manager first.\n")
    assert seen(blocks) == [("paragraph", "Staff may use the shared tablet."), ("paragraph", "Ask the manager first.")]


def test_bullets_lose_their_glyph_and_nest_by_indent(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "• First rule of all\n  wrapped on\n    - Deeper rule\n    - Another\n• Second rule\n")
    assert [(b.text, b.level) for b in blocks] == [
        ("First rule of all wrapped on", 1),
        ("Deeper rule", 2),
        ("Another", 2),
        ("Second rule", 1),
    ]
    assert {b.kind for b in blocks} == {BlockKind.ITEM}


def test_a_bullet_followed_by_a_tab_is_no_table(tmp_path: Path) -> None:
    assert seen(blocks_of(tmp_path, "•\tPhones stay in lockers\n•\tTablets too")) == [
        ("item", "Phones stay in lockers"),
        ("item", "Tablets too"),
    ]


def test_tabs_make_rows(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "Version\tDate\tAuthor\n1\t01/02/2021\tHead\nStaff:\t\n")
    assert [b.kind for b in blocks] == [BlockKind.ROW] * 3
    assert blocks[1].cells == ("1", "01/02/2021", "Head")
    assert blocks[2].cells == ("Staff:", "")


def test_a_lettered_list_keeps_its_markers(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "a) to tell the manager of any worry.\nb) to keep records.")
    assert [(b.kind, b.marker, b.text) for b in blocks] == [
        (BlockKind.ITEM, "a)", "to tell the manager of any worry."),
        (BlockKind.ITEM, "b)", "to keep records."),
    ]


def test_a_run_of_short_numbered_lines_is_a_list_and_a_lone_one_a_title(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "1. Employees\n2. Volunteers\n\n2. Scope\nThis covers everybody.")
    assert seen(blocks) == [
        ("item", "Employees"),
        ("item", "Volunteers"),
        ("paragraph", "2. Scope"),
        ("paragraph", "This covers everybody."),
    ]


def test_capitals_and_sign_off_lines_stand_alone_without_blank_lines(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "MONITORING OF USE\nWe look at logs.\nVersion 4\nApproved by: Trustees")
    assert [b.text for b in blocks] == ["MONITORING OF USE", "We look at logs.", "Version 4", "Approved by: Trustees"]


def test_hash_headings_are_marked_and_rules_are_furniture(tmp_path: Path) -> None:
    heading, rule, text = blocks_of(tmp_path, "## Scope\n\n-----\n\nEverybody is bound by it.")
    assert (heading.kind, heading.level, heading.marked) == (BlockKind.HEADING, 2, True)
    assert rule.kind is BlockKind.FURNITURE
    assert text.text == "Everybody is bound by it."


def test_signature_lines_are_not_emphasis(tmp_path: Path) -> None:
    assert blocks_of(tmp_path, "Signed: _____ _____")[0].text == "Signed: _____ _____"
