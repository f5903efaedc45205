"""Other people's sets in: a round trip of our own, corpora that others wrote, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from eval.beir import write_beir
from eval.cases import check_cases, load_cases
from eval.external_sets import ExternalSetError, import_set, read_policies
from eval.gold_from_dev import GOLD
from eval.plain_words import words
from ingest.pipeline import ingest, read_policy
from ingest.sources import find_sources
from policybot.records import Verdict

ROOT = Path(__file__).resolve().parents[1]
EXTERNAL = ROOT.parent / "shared" / "external"
needs_shared = pytest.mark.skipif(not EXTERNAL.is_dir(), reason="../shared/external is not beside this checkout")


@pytest.fixture
def foreign(tmp_path):
    """Writes a BEIR folder of (id, title, text) and (query, text, document) rows."""

    def write(documents, questions):
        folder = tmp_path / "beir"
        (folder / "qrels").mkdir(parents=True)
        corpus = [json.dumps({"_id": i, "title": title, "text": text}) for i, title, text in documents]
        (folder / "corpus.jsonl").write_text("\n".join(corpus), encoding="utf-8")
        queries = [json.dumps({"_id": i, "text": text}) for i, text, _ in questions]
        (folder / "queries.jsonl").write_text("\n".join(queries), encoding="utf-8")
        judged = [f"{i}\t{document}\t1" for i, _, documents in questions for document in documents]
        (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]), encoding="utf-8")
        return folder

    return write


def taken(folder, tmp_path, name="Oak School"):
    return import_set(folder, name, tmp_path / "corpus", tmp_path / "set.jsonl")


def clause_texts(home):
    return {c.id: c.whole for policy in read_policies(home) for c in policy.clauses}


@pytest.mark.parametrize("slug", sorted(p.stem for p in GOLD.glob("*.jsonl")))
def test_out_and_in_again_gives_the_same_questions_with_the_same_clauses(slug, catalogue, library, tmp_path):
    (source,) = find_sources(ROOT / "corpus", slug)
    policy, _ = read_policy(source.files[0], slug)
    catalogue.save_organisation(source.organisation)
    library.publish(policy)
    cases = load_cases(GOLD / f"{slug}.jsonl")
    write_beir(tmp_path / "out", cases, catalogue)
    back = taken(tmp_path / "out", tmp_path, slug)
    before, after = {c.id: c.whole for c in policy.clauses}, clause_texts(tmp_path / "corpus" / slug)
    sent = [case for case in cases if case.kind != "disclosure"]
    assert not back.left_out and len(sent) == len(back.cases) == len(load_cases(tmp_path / "set.jsonl"))
    for one, other in zip(sent, back.cases, strict=True):
        assert (one.id, one.question, one.kind, one.verdict, one.history) == (
            other.id, other.question, other.kind, other.verdict, other.history
        )  # fmt: skip
        groups = [sorted(words(before[i]) for i in group) for group in one.evidence]
        assert groups == [sorted(words(after[i]) for i in group) for group in other.evidence]


AWKWARD = (
    ("d1", "Leave", "Scope"),
    ("d2", "Leave", "1. Staff may take leave.\n\n# Not a heading at all\n\n- and no list | of anything"),
    ("d3", "Leave", "Version 4"),
    ("d4", "Pay", "Pay is on the *last* day <!-- of --> the month & never later."),
    ("d5", "Leave", ""),
)


def test_ids_are_those_of_ingesting_and_a_document_keeps_to_its_place(foreign, catalogue, library, settings, tmp_path):
    asked = [(f"q{n}", "what of it?", [document]) for n, (document, _, _) in enumerate(AWKWARD, 1)]
    back = taken(foreign(AWKWARD, [*asked, ("q9", "both?", ["d2", "d4"]), ("q10", "none?", [])]), tmp_path)
    report = ingest(tmp_path / "corpus", catalogue, library, settings.home / "lock", tmp_path / "corpus")
    assert not report.refused and len(report.done) == back.policies == 2
    check_cases(back.cases, catalogue)
    assert catalogue.organisation("oak-school").name == "Oak School"
    evidence = {case.id: [catalogue.clause(i).text for group in case.evidence for i in group] for case in back.cases}
    assert evidence["q1"] == ["Scope"] and evidence["q3"] == ["Version 4"] and evidence["q5"] == ["Leave"]
    assert " ".join(evidence["q2"]) == "1. Staff may take leave. # Not a heading at all - and no list | of anything"
    assert [words(text) for text in evidence["q4"]] == [words("Pay is on the last day <!-- of --> the month & never later.")]
    assert evidence["q9"] == [*evidence["q2"], *evidence["q4"]]
    assert all(case.verdict is Verdict.INFORMATIONAL for case in back.cases)
    assert back.left_out == ("q10: no document is judged right for it",)


def test_more_than_99_documents_with_titles_of_their_own_make_one_policy(foreign, tmp_path):
    documents = [(f"d{n}", f"Title {n}", f"Staff must follow rule number {n} at all times.") for n in range(230)]
    back = taken(foreign(documents, [("q1", "which?", ["d0"]), ("q2", "which?", ["d229"])]), tmp_path)
    texts = clause_texts(tmp_path / "corpus" / "oak-school")
    assert back.policies == 1 and back.clauses == 230
    assert [texts[i] for case in back.cases for (i,) in case.evidence] == [documents[0][2], documents[229][2]]


def labelled(folder, *rows):
    (folder / "docs").mkdir(parents=True)
    text = "# Phone Policy\n\n## Use\n\nPhones must stay in the locker.\n\nStaff must ask the head first.\n"
    (folder / "docs" / "policy.md").write_text(text, encoding="utf-8")
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


ASKED = {"id": "a", "question": "phone?", "answerable": True, "evidence": [["stay in the locker"]], "also_ok": ["the head"]}


def test_words_of_a_clause_are_evidence(tmp_path):
    lost = ASKED | {"id": "b", "evidence": [["stay in the car"]]}
    silent = {"id": "c", "question": "moon?", "answerable": False}
    back = taken(labelled(tmp_path / "theirs", ASKED, lost, silent), tmp_path)
    texts = clause_texts(tmp_path / "corpus" / "oak-school")
    first, second = back.cases
    assert [texts[i] for group in first.evidence for i in group] == ["Phones must stay in the locker."]
    assert [texts[i] for i in first.also_ok] == ["Staff must ask the head first."]
    assert (second.verdict, second.evidence) == (Verdict.NOT_COVERED, ())
    assert back.left_out == ("b: no clause is where its answer is said to stand",)


@pytest.mark.parametrize(
    ("spoil", "words_said"),
    [
        (lambda home: (home / "corpus" / "oak-school").mkdir(parents=True), "oak-school: it is there already"),
        (lambda home: (home / "set.jsonl").write_text("mine", encoding="utf-8"), "set.jsonl: it is there already"),
        (lambda home: (home / "theirs" / "questions.jsonl").write_text('{"id": "a"}', encoding="utf-8"), "line 1: question is None"),
        (lambda home: (home / "theirs" / "questions.jsonl").unlink(), "neither a questions.jsonl nor a corpus.jsonl"),
        (lambda home: labelled_rows(home, ASKED, ASKED), "question a: its id is used twice"),
        (lambda home: labelled_rows(home, ASKED | {"evidence": [["on Mars"]]}), "no question could be taken: a:"),
    ],
)
def test_what_is_refused_changes_nothing(tmp_path, spoil, words_said):
    labelled(tmp_path / "theirs", ASKED)
    spoil(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(ExternalSetError, match=words_said):
        taken(tmp_path / "theirs", tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def labelled_rows(home, *rows):
    (home / "theirs" / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


@needs_shared
def test_snippets_of_others_become_clauses(tmp_path):
    back = taken(EXTERNAL / "policy_copilot", tmp_path, "Policy Copilot")
    assert len(back.cases) + len(back.left_out) == 54 and len(back.left_out) <= 2, back.left_out
    assert sum(not case.covered for case in back.cases) == 6


@needs_shared
def test_gold_pages_of_others_become_clauses(tmp_path):
    """One small PDF of azure_hr with its questions: the whole, 263 pages, takes minutes to read."""
    theirs, small = EXTERNAL / "azure_hr", "PerksPlus.pdf"
    (tmp_path / "theirs" / "docs").mkdir(parents=True)
    shutil.copy(theirs / "docs" / small, tmp_path / "theirs" / "docs")
    rows = [json.loads(line) for line in (theirs / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = {row["id"]: row for row in rows if not row["answerable"] or row["gold_docs"] == [small]}
    (tmp_path / "theirs" / "questions.jsonl").write_text("\n".join(map(json.dumps, kept.values())), encoding="utf-8")
    back = taken(tmp_path / "theirs", tmp_path, "azure hr")
    answered = [case for case in back.cases if case.covered]
    assert answered and not back.left_out and len(back.cases) == len(kept)
    (policy,) = read_policies(tmp_path / "corpus" / "azure-hr")
    pages = {clause.id: clause.page for clause in policy.clauses}
    for case in answered:
        assert {pages[i] for group in case.evidence for i in group} <= set(kept[case.id]["gold_pages"])
