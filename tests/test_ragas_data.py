"""RAGAS samples: what leaves a stored run, and what does not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from stored_runs import RIGHT, SILENT, run_of

from eval.cases import CaseKind
from eval.ragas_data import RagasDataError, samples_of, write_ragas
from policybot.records import Occasion

WORDS = {f"oak-school/p/{n}": f"Clause {n}." for n in range(1, 4)}
TOLD = replace(RIGHT, id="d1", kind=CaseKind.DISCLOSURE, question=None, answer="Tell the lead about the boy.")
TAKEN_FOR_ONE = replace(RIGHT, id="d2", question=None, occasion=Occasion.POSSIBLE_DISCLOSURE, answer="Tell the lead, perhaps.")
AFTER = replace(RIGHT, id="f1", kind=CaseKind.FOLLOWUP, question="and at lunch?")


def test_a_sample_has_the_cited_clauses_and_those_that_are_needed():
    case = replace(
        RIGHT,
        evidence=(("oak-school/p/1", "oak-school/p/2"), ("oak-school/p/3", "oak-school/p/1")),
        cited=("oak-school/p/2",),
    )
    (sample,) = samples_of(run_of(case), WORDS.get).samples.values()
    assert (sample.user_input, sample.response) == ("may i post a picture?", "No.")
    assert (sample.retrieved_context_ids, sample.retrieved_contexts) == (("oak-school/p/2",), ("Clause 2.",))
    assert sample.reference_context_ids == ("oak-school/p/2", "oak-school/p/3")
    assert sample.reference == "Not allowed.\n\nClause 2.\n\nClause 3."


def test_worries_and_followups_are_left_out_and_counted(tmp_path):
    made = samples_of(run_of(RIGHT, SILENT, TOLD, TAKEN_FOR_ONE, AFTER), WORDS.get)
    assert (list(made.samples), made.disclosures, made.followups) == (["c1", "s1"], 2, 1)
    write_ragas(tmp_path / "out.jsonl", made)
    text = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert "the lead" not in text and "lunch" not in text
    answered, silent = map(json.loads, text.splitlines())
    assert set(answered) == {
        "user_input", "retrieved_contexts", "response", "reference", "reference_contexts", "retrieved_context_ids", "reference_context_ids"
    }  # fmt: skip
    assert (silent["reference"], silent["retrieved_contexts"]) == ("Your policy does not say.", [])


def test_a_clause_whose_words_are_not_those_of_the_run_is_refused():
    with pytest.raises(RagasDataError, match="case c1: the words of oak-school/p/1 are not at hand"):
        samples_of(run_of(RIGHT), {}.get)


def test_a_run_of_nothing_that_may_leave_is_refused():
    with pytest.raises(RagasDataError, match="nothing in it but worries"):
        samples_of(run_of(TOLD), WORDS.get)
