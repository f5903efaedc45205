"""The restated edition and the originals, clause by clause. Needs ../shared beside the checkout."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from ingest.pipeline import read_policy
from ingest.read import READERS, open_document
from policybot.records import Edition, FactKind, Policy

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus"
ORIGINALS = ROOT.parent / "shared" / "policies" / "txt"
ORGANISATIONS = sorted(p.name for p in CORPUS.iterdir() if p.is_dir())
LONGEST_RUN = 9
"""Words in a row that the corpus may share with an original."""
SIGN_OFF = re.compile(
    r"(?:Author:|Prepared by|Approved by|Print Name:|Counter Signatory|Admin team:)\s*([A-Z][a-z]+ [A-Z][a-z]+(?:, [A-Z][a-z]+ [A-Z][a-z]+)*)"
)
DATES = (FactKind.ISSUED, FactKind.EFFECTIVE, FactKind.APPROVED, FactKind.REVIEWED, FactKind.NEXT_REVIEW)

pytestmark = pytest.mark.skipif(not ORIGINALS.is_dir(), reason="../shared is not beside this checkout")


@cache
def original(organisation: str) -> Policy:
    return read_policy(ORIGINALS / organisation / "policy.txt", organisation)[0]


@cache
def restated(organisation: str) -> Policy:
    return read_policy(CORPUS / organisation / "policy.md", organisation, Edition.RESTATED)[0]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of words one longer than may be shared."""
    every, length = words(text), LONGEST_RUN + 1
    return {tuple(every[i : i + length]) for i in range(len(every) - length + 1)}


@cache
def original_runs() -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(runs(p.read_text(encoding="utf-8")) for p in ORIGINALS.glob("*/policy.txt")))


def corpus_files() -> list[Path]:
    return sorted(p for p in CORPUS.rglob("*") if p.suffix in READERS or p.suffix == ".toml")


def text_of(path: Path) -> str:
    if path.suffix in (".md", ".toml"):
        return path.read_text(encoding="utf-8")
    return "\n".join(block.text for block in open_document(path).blocks)


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_the_clauses_are_the_same_in_the_same_order(organisation: str) -> None:
    assert [c.id for c in restated(organisation).clauses] == [c.id for c in original(organisation).clauses]


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_every_clause_does_the_same_with_the_same_strength(organisation: str) -> None:
    first = {c.id: (c.deontic.strength, c.deontic.force, c.kind) for c in original(organisation).clauses}
    second = {c.id: (c.deontic.strength, c.deontic.force, c.kind) for c in restated(organisation).clauses}
    assert {i: (first[i], second.get(i)) for i in first if first[i] != second.get(i)} == {}


@pytest.mark.parametrize("kind", [FactKind.TITLE, FactKind.VERSION, FactKind.LOCATION, FactKind.REFERENCE, *DATES])
@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_titles_versions_and_dates_are_the_same(organisation: str, kind: FactKind) -> None:
    def facts(policy: Policy) -> list[tuple[str, str]]:
        return [(f.clause_id, f.value.lower().replace("the ", "")) for f in policy.facts if f.kind is kind]

    assert sorted(facts(restated(organisation))) == sorted(facts(original(organisation)))


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_every_act_is_named(organisation: str) -> None:
    def acts(policy: Policy) -> set[str]:
        return {f.value.removeprefix("The ").removeprefix("the ") for f in policy.facts if f.kind is FactKind.LEGISLATION}

    assert acts(restated(organisation)) == acts(original(organisation))


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_every_platform_is_named(organisation: str) -> None:
    """The restated edition may make a name easier to tell from a word, never lose one."""
    named = {f.value.lower() for f in restated(organisation).facts if f.kind is FactKind.PLATFORM}
    assert {f.value.lower() for f in original(organisation).facts if f.kind is FactKind.PLATFORM} <= named


@pytest.mark.parametrize("path", corpus_files(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_run_of_ten_words_of_an_original(path: Path) -> None:
    shared = runs(text_of(path)) & original_runs()
    assert shared == set()


def test_a_copied_sentence_would_be_found() -> None:
    source = next(ORIGINALS.glob("*/policy.txt")).read_text(encoding="utf-8")
    copied = " ".join(words(source)[200 : 200 + LONGEST_RUN + 1])
    assert runs(f"In short: {copied}, as we say.") & original_runs()


def test_no_real_name_is_in_the_corpus() -> None:
    found = [m for p in ORIGINALS.glob("*/policy.txt") for m in SIGN_OFF.findall(p.read_text(encoding="utf-8"))]
    names = {name for group in found for name in group.split(", ")}
    assert len(names) >= 4, "the originals name people; if none is found here the pattern is wrong"
    leaked = {(path.name, name) for path in corpus_files() for name in names if name in text_of(path)}
    surnames = {(path.name, name) for path in corpus_files() for name in names if re.search(rf"\b{name.split()[1]}\b", text_of(path))}
    assert leaked | surnames == set()
