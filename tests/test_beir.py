"""BEIR: what is written, what stays, what is read, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from conftest import make_organisation, make_policy

from eval.beir import BeirError, read_beir, write_beir
from eval.cases import Case, CaseError, CaseKind
from policybot.records import Turn, Verdict

POST = Case(
    "c1", "oak", "may i post pictures?", CaseKind.PERMISSION, Verdict.NOT_ALLOWED,
    evidence=(("oak/rules/p0", "oak/rules/p1"), ("oak/rules/p2",)), also_ok=("oak/rules/p1",), note="Only we read this.",
)  # fmt: skip
SILENT = Case("c2", "oak", "and on the moon?", CaseKind.NOT_COVERED, Verdict.NOT_COVERED, history=(Turn("user", "phones?"),))
WORRY = Case("c3", "oak", "a boy told me something", CaseKind.DISCLOSURE, Verdict.INFORMATIONAL, evidence=(("oak/rules/p2",),))


@pytest.fixture
def oak(catalogue, library):
    catalogue.save_organisation(make_organisation("oak"))
    library.publish(make_policy("oak", "Staff must not post pictures.", "Ask first.\nAlways.", "The head decides on it all."))
    return catalogue


@pytest.fixture
def folder(oak, tmp_path):
    write_beir(tmp_path / "out", [POST, SILENT, WORRY], oak)
    return tmp_path / "out"


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_clause_is_a_document_and_every_clause_of_the_evidence_a_judgement(oak, tmp_path):
    done = write_beir(tmp_path / "out", [POST, SILENT, WORRY], oak)
    assert (done.documents, done.queries, done.judgements, done.silent, done.disclosures) == (3, 2, 3, 1, 1)
    first, second, _ = rows(tmp_path / "out" / "corpus.jsonl")
    assert first == {
        "_id": "oak/rules/p0", "title": "Rules > Rules", "text": "Staff must not post pictures.",
        "metadata": {"organisation": "oak", "policy": "Rules", "label": "p0"},
    }  # fmt: skip
    assert second["text"] == "Ask first.\nAlways."
    assert (tmp_path / "out" / "qrels" / "test.tsv").read_text(encoding="utf-8") == (
        "query-id\tcorpus-id\tscore\nc1\toak/rules/p0\t1\nc1\toak/rules/p1\t1\nc1\toak/rules/p2\t1\n"
    )


def test_a_worry_about_a_child_never_leaves_and_notes_stay(folder):
    everything = "".join(p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file())
    assert "c3" not in everything and "a boy" not in everything and "Only we" not in everything
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "1 were left out" in readme and "1 questions are not answered" in readme


def test_what_is_written_is_read_back(folder):
    beir = read_beir(folder)
    assert [d.id for d in beir.documents] == ["oak/rules/p0", "oak/rules/p1", "oak/rules/p2"]
    assert {d.policy for d in beir.documents} == {"Rules"}
    assert beir.relevant == {"c1": ("oak/rules/p0", "oak/rules/p1", "oak/rules/p2")}
    asked, silent = beir.queries
    assert asked.metadata["evidence"] == [["oak/rules/p0", "oak/rules/p1"], ["oak/rules/p2"]]
    assert silent.metadata["history"] == [{"role": "user", "content": "phones?"}]


def test_several_organisations_are_told_apart_in_the_readme(oak, library, tmp_path):
    oak.save_organisation(make_organisation("elm"))
    library.publish(make_policy("elm", "Elm staff may post pictures."))
    elm = Case("e1", "elm", "pics?", CaseKind.PERMISSION, Verdict.ALLOWED, evidence=(("elm/rules/p0",),))
    assert write_beir(tmp_path / "out", [POST, elm], oak).documents == 4
    assert "search only the documents" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_half_a_surrogate_pair_comes_back(oak, tmp_path):
    write_beir(tmp_path / "out", [replace(POST, question="pics \ud83d?")], oak)
    assert read_beir(tmp_path / "out").queries[0].text == "pics \ud83d?"


@pytest.mark.parametrize(
    ("cases", "error", "words"),
    [
        ([POST, replace(SILENT, id="c1")], BeirError, "used twice"),
        ([WORRY], BeirError, "nothing in it that may leave"),
        ([replace(POST, evidence=(("oak/rules/p9",),))], CaseError, "oak/rules/p9"),
    ],
)
def test_nothing_is_written_of_a_set_at_fault(oak, tmp_path, cases, error, words):
    with pytest.raises(error, match=words):
        write_beir(tmp_path / "out", cases, oak)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("corpus.jsonl", '{"_id": "a"', r"corpus.jsonl line 1: it is not whole JSON"),
        ("corpus.jsonl", '{"title": "a", "text": "b"}', r"corpus.jsonl line 1: _id is None"),
        ("corpus.jsonl", '{"_id": "a", "text": 3}', r"corpus.jsonl line 1: text is 3"),
        ("queries.jsonl", '{"_id": "q", "text": " "}', r"queries.jsonl line 1: text is ' '"),
        ("queries.jsonl", '{"_id": "q", "text": "x"}\n{"_id": "q", "text": "y"}', r"question 'q' is in it twice"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nc1\toak/rules/p9\t1\n", r"test.tsv line 2: there is no document 'oak/rules/p9'"),
        ("qrels/test.tsv", "c9\toak/rules/p0\t1\n", r"test.tsv line 1: there is no question 'c9'"),
        ("qrels/test.tsv", "c1\toak/rules/p0\n", r"test.tsv line 1: it is"),
        ("qrels/test.tsv", "c1\toak/rules/p0\tmuch\n", r"test.tsv line 1: it is"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(folder, file, text, words):
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(BeirError, match=words):
        read_beir(folder)


def test_a_split_that_is_not_there_is_told_with_those_that_are(folder):
    with pytest.raises(BeirError, match="Choose one of test"):
        read_beir(folder, "dev")


def test_a_score_of_0_is_no_judgement_in_favour(folder):
    (folder / "qrels" / "test.tsv").write_text("c1\toak/rules/p0\t0\nc1\toak/rules/p1\t2\n", encoding="utf-8")
    assert read_beir(folder).relevant == {"c1": ("oak/rules/p1",)}
