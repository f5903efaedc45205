"""Markdown into blocks, and inline marks off."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.document import Block, BlockKind
from ingest.read.inline import fold, plain
from ingest.read.markdown import read_markdown


def blocks_of(tmp_path: Path, text: str) -> tuple[Block, ...]:
    path = tmp_path / "policy.md"
    path.write_text(text, encoding="utf-8")
    return read_markdown(path).blocks


def test_headings_are_marked_with_their_level(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "# Phone Policy\n\n## 2. *Scope*\n")
    assert [(b.text, b.level, b.marked, b.kind) for b in blocks] == [
        ("Phone Policy", 1, True, BlockKind.HEADING),
        ("2. Scope", 2, True, BlockKind.HEADING),
    ]


def test_lists_nest_and_keep_numbers_as_markers(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "- Rules:\n    - Be kind\n- Ask\n\n1. First\n2. Second\n")
    assert [(b.text, b.level, b.marker) for b in blocks] == [
        ("Rules:", 1, None),
        ("Be kind", 2, None),
        ("Ask", 1, None),
        ("First", 1, "1."),
        ("Second", 1, "2."),
    ]


def test_a_second_paragraph_of_a_bullet_is_a_paragraph(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "- Be kind.\n\n  And be brief.\n- Ask.\n")
    assert [b.kind for b in blocks] == [BlockKind.ITEM, BlockKind.PARAGRAPH, BlockKind.ITEM]


def test_tables_become_rows_with_the_header_told(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "| Version | Date |\n|---|---|\n| **1** | May 2020 |\n")
    assert [(b.kind, b.header, b.cells) for b in blocks] == [
        (BlockKind.ROW, True, ("Version", "Date")),
        (BlockKind.ROW, False, ("1", "May 2020")),
    ]


def test_comments_and_front_matter_are_no_text(tmp_path: Path) -> None:
    assert [b.text for b in blocks_of(tmp_path, "---\na: b\n---\n<!-- hidden\n\nnote -->\nText.\n")] == ["Text."]


def test_sign_off_lines_part_and_prose_lines_join(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "Version 2\nReview date: May 2024\n\nStaff may\nask.\n")
    assert [b.text for b in blocks] == ["Version 2", "Review date: May 2024", "Staff may ask."]


@pytest.mark.parametrize(
    ("marked", "bare"),
    [
        ("**bold** and *slanted* and ***both***", "bold and slanted and both"),
        ("__bold__ _slanted_ snake_case_name", "bold slanted snake_case_name"),
        ("a [link](https://example.org/a_(b)_c) here", "a link here"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("Signed _____ Date ____", "Signed _____ Date ____"),
        ("Q&amp;A<br/> <b>now</b>", "Q&A now"),
        (r"\*starred\*", "*starred*"),
        ("a\u00a0b\u200bc  d", "a bc d"),
    ],
)
def test_plain_takes_marks_off_and_nothing_else(marked: str, bare: str) -> None:
    assert plain(marked) == bare


def test_fold_composes_accents() -> None:
    assert fold("cafe\u0301 \t naïve") == "café naïve"
