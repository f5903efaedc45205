"""One policy in several formats gives the same clauses."""

from __future__ import annotations

import html
import json
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from ingest.pipeline import read_policy
from ingest.typeset import typeset_docx, typeset_pdf
from policybot.records import Policy

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
ORIGINALS = SHARED / "policies"
FORMATS = ("txt", "pdf", "docx")
needs_shared = pytest.mark.skipif(not ORIGINALS.is_dir(), reason="../shared is not beside this checkout")
EQUAL = 0.97
"""Least share of clauses, from 0 to 1, that two formats of one original have in common."""

INVENTED = """\
# Online Policy

Brackenfield College

Version 3

Review date: May 2027

## 1. Scope

This policy applies to everybody who works at Brackenfield College, in class and at home.

The sites that it covers include:

- Facebook
- Instagram
- Blogs and forums, for example those of clubs

## 2. Rules for all

### 2.1 What nobody may do

Staff must not:

- Film a class of children without the leave of their parents
- Lend their own phone to a learner, whatever the reason
- Use the college's name for an account of their own

(This list is not exhaustive)

### 2.2 Accounts of the college

Only the people named here look after an account. When they post they must keep to these steps:

1. Ask the head of their department first.
2. Keep a picture of what they posted.

All of these accounts belong to the college, and whoever leaves hands the password to the office before the last day.

## 3. Help

If in doubt, ask the line manager before posting anything at all.

| Version | Date of change | What was changed |
|---|---|---|
| One | May 2024 | First issue of the policy |
| Two | May 2025 | Rules about filming were added |

Approved by: Trustees
"""


def folded(policy: Policy) -> dict[str, str]:
    return {c.id: " ".join(c.whole.split()) for c in policy.clauses}


def common(one: Policy, other: Policy) -> tuple[int, int]:
    """How many clauses are equal by id and words, out of all that either has."""
    ours, theirs = folded(one), folded(other)
    return sum(theirs.get(key) == text for key, text in ours.items()), len(ours.keys() | theirs.keys())


@cache
def originals(kind: str) -> dict[str, Policy]:
    return {
        home.name: read_policy(home / f"policy.{kind}", home.name)[0] for home in sorted((ORIGINALS / kind).iterdir())
    }


@needs_shared
@pytest.mark.parametrize("kind", FORMATS[1:])
def test_the_originals_give_the_same_clauses_from_every_format(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    counts = [common(originals("txt")[slug], policy) for slug, policy in originals(kind).items()]
    equal, total = (sum(column) for column in zip(*counts, strict=True))
    with capsys.disabled():
        print(f"\n{kind}: {equal} of {total} clauses as in txt ({equal / total:.1%})", end=" ")
    assert equal / total >= EQUAL


@cache
def words_of_docx(organisation: str) -> str:
    """All that a Word file holds, in any part: a footer of the PDF may not have made it into the Word edition."""
    with zipfile.ZipFile(ORIGINALS / "docx" / organisation / "policy.docx") as archive:
        parts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")]
    paragraphs = [re.sub(r"<[^>]+>", "", p) for part in parts for p in re.split(r"</w:p>|<w:br ?/>|<w:tab ?/>", part)]
    return " ".join(html.unescape(" ".join(paragraphs)).split())


@needs_shared
@pytest.mark.parametrize("kind", FORMATS)
def test_every_evidence_snippet_lies_whole_in_one_clause(kind: str) -> None:
    cases = [json.loads(line) for line in (SHARED / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = {slug: list(folded(policy).values()) for slug, policy in originals(kind).items()}
    snippets = {(case["org"], " ".join(s.split())) for case in cases for group in case["evidence"] for s in group}
    if kind == "docx":
        written = {(org, snippet) for org, snippet in snippets if snippet in words_of_docx(org)}
        assert len(snippets - written) <= 1
        snippets = written
    assert len(snippets) > 50
    assert [found for found in sorted(snippets) if not any(found[1] in text for text in texts[found[0]])] == []


@needs_shared
@pytest.mark.parametrize("kind", FORMATS)
def test_of_an_original_nothing_is_left_over_but_unfilled_rows(kind: str) -> None:
    for home in sorted((ORIGINALS / kind).iterdir()):
        accounted = read_policy(home / f"policy.{kind}", home.name)[1]
        assert accounted.covered > 0.999
        assert all(len(piece) < 5 for piece in accounted.left_over)


SOURCES = {"invented": None, **{home.parent.name: home for home in sorted((ROOT / "corpus").glob("*/policy.md"))}}


@pytest.mark.parametrize("kind", ["pdf", "docx"])
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_typeset_from_markdown_gives_the_markdowns_clauses(tmp_path: Path, source: str, kind: str) -> None:
    markdown = SOURCES[source] or tmp_path / "policy.md"
    if SOURCES[source] is None:
        markdown.write_text(INVENTED, encoding="utf-8")
    typeset: dict[str, Callable[[Path, Path], None]] = {"pdf": typeset_pdf, "docx": typeset_docx}
    target = tmp_path / f"policy.{kind}"
    typeset[kind](markdown, target)
    assert folded(read_policy(target, "acme")[0]) == folded(read_policy(markdown, "acme")[0])


def test_the_invented_policy_has_what_makes_formats_differ(tmp_path: Path) -> None:
    (tmp_path / "policy.md").write_text(INVENTED, encoding="utf-8")
    kinds = {c.kind.value for c in read_policy(tmp_path / "policy.md", "acme")[0].clauses}
    assert kinds == {"paragraph", "item", "enumeration", "row", "cover"}
