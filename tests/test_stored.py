"""Stored runs: what is written is read, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_runs import HEAD, RIGHT, SILENT, run_of, wrong

from eval.cases import CaseKind
from eval.costs import Tokens
from eval.stored import FORMAT, StoredCase, StoredRun, StoredRunError, read_run, replace_file, write_run
from policybot.records import Occasion

FULL = replace(
    RIGHT,
    id="ü–1",
    question="may i \u2028 post “this” 😀\n?",
    tags=("photos",),
    also_ok=("oak-school/p/2",),
    covered_probability=0.25,
    tokens=Tokens(10, 2),
    price=0.01,
)
TOLD = replace(RIGHT, id="d", kind=CaseKind.DISCLOSURE, question=None, occasion=Occasion.DISCLOSURE)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "run.json"
    write_run(run_of(FULL, wrong(RIGHT), SILENT, TOLD), path)
    return path


def refused(path, *words: str) -> None:
    with pytest.raises(StoredRunError) as refusal:
        read_run(path)
    assert str(path) in refusal.value.thing and refusal.value.cause and refusal.value.cure
    assert all(word in str(refusal.value) for word in words), refusal.value


def altered(path, change) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))
    change(body)
    path.write_text(json.dumps(body), encoding="utf-8")


def test_a_run_comes_back_as_it_was(written):
    assert read_run(written) == run_of(FULL, wrong(RIGHT), SILENT, TOLD)
    assert [p.name for p in written.parent.iterdir()] == ["run.json"], "no half file is left lying"
    assert json.loads(written.read_text(encoding="utf-8"))["format"] == FORMAT


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(st.characters(exclude_categories=["Cs"])), latency=st.floats(0, 1e6), said=st.none() | st.floats(0, 1))
def test_any_words_and_numbers_come_back(tmp_path, question, latency, said):
    run = run_of(replace(RIGHT, question=question, answer=question, latency_ms=latency, covered_probability=said))
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run


def test_of_a_worry_the_question_is_not_kept(written):
    assert "question" in json.loads(written.read_text(encoding="utf-8"))["run"]["cases"][0]
    for told in ({"kind": CaseKind.DISCLOSURE}, {"occasion": Occasion.DISCLOSURE}, {"occasion": Occasion.POSSIBLE_DISCLOSURE}):
        with pytest.raises(ValueError, match="not kept"):
            replace(RIGHT, **told)
        assert replace(RIGHT, question=None, **told).question is None


@pytest.mark.parametrize("keep", [0, 1, 40, 300, -3])
def test_a_file_that_was_cut_is_refused(written, keep):
    whole = written.read_bytes()
    written.write_bytes(whole[:keep])
    refused(written, "JSON")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda b: b["run"]["cases"][1].update(given="not_allowed"), "not what was written"),
        (lambda b: b["run"]["cases"].pop(), "not what was written"),
        (lambda b: b["run"]["head"].update(name="other"), "not what was written"),
        (lambda b: b.pop("sha256"), "not what was written"),
        (lambda b: b["run"]["cases"][1].update(given="perhaps"), "cases.1.given"),
        (lambda b: b["run"]["cases"][1].update(latency_ms="10"), "cases.1.latency_ms"),
        (lambda b: b["run"]["cases"][1].update(latency_ms=-1), "negative"),
        (lambda b: b["run"]["cases"][0].update(covered_probability=1.5), "[0, 1]"),
        (lambda b: b["run"]["cases"][3].update(question="he hit her"), "not kept"),
        (lambda b: b["run"]["cases"][1].pop("id"), "cases.1.id"),
        (lambda b: b["run"]["cases"][1].update(mood="good"), "mood"),
        (lambda b: b["run"]["cases"].append(b["run"]["cases"][1]), "twice"),
        (lambda b: b["run"].update(cases=[]), "at least one case"),
        (lambda b: b["run"]["head"].update(began="yesterday"), "head.began"),
        (lambda b: b.pop("run"), "it"),
        (lambda b: b.pop("format"), "not a stored run"),
        (lambda b: b.update(format="1"), "not a stored run"),
        (lambda b: b.update(format=True), "not a stored run"),
        (lambda b: b.update(format=FORMAT + 1), "newer"),
        (lambda b: b["run"]["cases"][1].update(answer="\ud83d"), "JSON"),
    ],
)
def test_a_file_that_was_altered_is_refused(written, change, word):
    altered(written, change)
    refused(written, word)


@pytest.mark.parametrize("content", [b"[]", b"null", b'{"format": NaN}', b"\xff{}", b"[" * 100_000])
def test_what_is_no_run_is_refused(tmp_path, content):
    (tmp_path / "run.json").write_bytes(content)
    refused(tmp_path / "run.json")


def test_a_missing_file_or_folder_is_refused(tmp_path):
    refused(tmp_path / "none.json", "cannot be read")
    refused(tmp_path, "cannot be read")
    with pytest.raises(StoredRunError, match="cannot be written"):
        write_run(run_of(RIGHT), tmp_path / "none" / "run.json")


def test_what_cannot_be_written_leaves_what_was_there(tmp_path):
    path = tmp_path / "run.json"
    replace_file(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_file(path, "new \ud83d")
    assert path.read_text(encoding="utf-8") == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_run_has_cases_each_once():
    with pytest.raises(ValueError, match="at least one"):
        StoredRun(HEAD, ())
    with pytest.raises(ValueError, match="c1 is in it twice"):
        run_of(SILENT, RIGHT, RIGHT)
    assert list(run_of(SILENT, RIGHT).by_id) == ["s1", "c1"]


def test_what_a_case_says_of_itself():
    assert RIGHT.correct and not RIGHT.failed and RIGHT.covered and RIGHT.asks_permission and not RIGHT.tells
    assert not wrong(RIGHT).correct and wrong(RIGHT).failed
    assert replace(RIGHT, leaks=("names elm",), faults=("leak: names elm",)).failed
    assert TOLD.tells and TOLD.recognised and not SILENT.covered
    with pytest.raises(ValueError, match="needs an id"):
        StoredCase(**{f: getattr(RIGHT, f) for f in ("organisation", "kind", "right", "given", "question", "answer")}, id=" ")
