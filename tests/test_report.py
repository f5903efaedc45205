"""Where the characters of a document went."""

from __future__ import annotations

from pathlib import Path

from ingest.arrange import arrange
from ingest.clauses import clauses_of
from ingest.document import Block, BlockKind
from ingest.pipeline import read_policy
from ingest.report import Account, account
from ingest.structure import outline

PROSE = "Everybody is bound by what this part says, at work and at home."


def accounted(tmp_path: Path, text: str) -> Account:
    path = tmp_path / "policy.txt"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, "acme")[1]


def test_each_character_is_counted_where_it_went(tmp_path: Path) -> None:
    found = accounted(
        tmp_path,
        f"Phone Policy\n\nContents\n1. Scope .... 1\n\n1. Scope\n\n{PROSE}\n\nStaff must not:\n\n- Film a class of children\n\n-----",
    )
    assert found.headings == len("Phone Policy") + len("Contents") + len("1. Scope")
    assert found.contents == len("1. Scope .... 1")
    assert found.stems == len("Staff must not:")
    assert found.clauses == len(PROSE) + len("Film a class of children")
    assert found.furniture == len("-----")
    assert found.spaces == 2 * 7
    assert (found.left_over, found.covered) == ((), 1.0)


def test_a_row_that_nobody_filled_in_is_left_over_and_told(tmp_path: Path) -> None:
    table = "Version\tDate of it\tWhat changed\n1\t01/03/2021\tFirst issue\n2 x\t\t"
    found = accounted(tmp_path, f"Phone Policy\n\n1. Scope\n\n{PROSE}\n\n2. Versions\n\n{table}")
    assert found.left_over == ("2 x",)
    assert 0.9 < found.covered < 1
    parts = found.clauses + found.stems + found.headings + found.contents + found.furniture + found.spaces
    assert parts + len("2 x") == found.total


def test_a_character_in_a_clause_and_in_a_stem_counts_once() -> None:
    blocks = (
        Block(BlockKind.HEADING, "P Policy", level=1, marked=True),
        Block(BlockKind.HEADING, "Rules", level=2, marked=True),
        Block(BlockKind.ITEM, "When on a trip you must:", level=1),
        Block(BlockKind.ITEM, "Take the trip phone.", level=2),
    )
    tree = outline(arrange(blocks), None)
    found = account(tree, clauses_of(tree, "acme/p"))
    assert (found.stems, found.left_over) == (0, ())
    assert found.clauses == len("When on a trip you must:") + len("Take the trip phone.")
