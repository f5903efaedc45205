"""A run while it runs: nothing that was written is lost, whatever stops it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_runs import HEAD, RIGHT, numbered, run_of

from eval.journal import Journal, Partial, open_run, read_partial, surroundings
from eval.stored import StoredRunError, write_run

CASES = numbered(replace(RIGHT, question="may i \u2028 “post”?"), 4)


def begun(path, count: int, finish: bool = False):
    with Journal.begin(path, HEAD) as journal:
        for case in CASES[:count]:
            journal.add(case)
        if finish:
            journal.finish()
    return path


def test_what_is_written_is_there_before_it_is_finished(tmp_path):
    path = tmp_path / "run.jsonl"
    with Journal.begin(path, HEAD) as journal:
        assert read_partial(path) == Partial(HEAD, (), False)
        journal.add(CASES[0])
        assert read_partial(path) == Partial(HEAD, (CASES[0],), False)
        journal.finish()
        assert read_partial(path) == Partial(HEAD, (CASES[0],), True)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_wherever_it_is_cut_whole_lines_are_read_and_it_goes_on(tmp_path, data):
    path = tmp_path / "run.jsonl"
    path.unlink(missing_ok=True)
    whole = begun(path, 4).read_bytes()
    head = whole.index(b"\n") + 1
    path.write_bytes(whole[: data.draw(st.integers(head, len(whole)))])
    there = read_partial(path)
    assert there.cases == tuple(CASES[: len(there.cases)]) and not there.finished
    with Journal.resume(path, HEAD) as journal:
        assert journal.ids == {c.id for c in there.cases}
        for case in CASES:
            if case.id not in journal.ids:
                journal.add(case)
        journal.finish()
    assert open_run(path) == run_of(*CASES)


def test_a_case_is_written_once(tmp_path):
    with Journal.begin(tmp_path / "run.jsonl", HEAD) as journal:
        journal.add(CASES[0])
        with pytest.raises(ValueError, match="already"):
            journal.add(CASES[0])


def test_a_run_is_not_begun_over_another_nor_resumed_when_finished(tmp_path):
    path = begun(tmp_path / "run.jsonl", 2, finish=True)
    with pytest.raises(StoredRunError, match="cannot be begun"):
        Journal.begin(path, HEAD)
    with pytest.raises(StoredRunError, match="finished"):
        Journal.resume(path, HEAD)
    assert len(open_run(path).cases) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"settings": "other"}, "the settings differ"),
        ({"models": {"reading": "xyz"}}, "model reading differs"),
        ({"policy_versions": {"oak-school": "v1", "elm-nursery": "v1"}}, "the policy of elm-nursery differs"),
    ],
)
def test_the_other_half_is_of_the_same_bot_and_policies(tmp_path, change, words):
    path = begun(tmp_path / "run.jsonl", 2)
    before = path.read_bytes()
    with pytest.raises(StoredRunError, match=words):
        Journal.resume(path, replace(HEAD, **change))
    assert path.read_bytes() == before
    assert surroundings(HEAD, replace(HEAD, **change)) == (words,)
    later = replace(HEAD, name="again", began=datetime(2027, 1, 1, tzinfo=UTC))
    Journal.resume(path, later).__exit__()
    assert surroundings(HEAD, later) == ()


@pytest.mark.parametrize(
    ("line", "content", "words"),
    [
        (0, b"{}", "does not begin"),
        (0, b'{"format":2,"head":{}}', "newer"),
        (0, b'{"format":1,"head":{}}', "head|name"),
        (1, b'{"case":{"id":', "not whole JSON"),
        (1, b'{"case":{"id":"x"}}', "organisation"),
        (1, b"\xff", "UTF-8"),
        (1, b'{"finished":0}', "neither a case nor"),
        (1, b'{"other":0}', "neither a case nor"),
        (3, b'{"finished":3}', "neither a case nor"),
        (3, b'{"finished":"2"}', "neither a case nor"),
    ],
)
def test_a_damaged_line_is_refused_by_its_number(tmp_path, line, content, words):
    path = begun(tmp_path / "run.jsonl", 2, finish=True)
    lines = path.read_bytes().split(b"\n")
    lines[line] = content
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(StoredRunError, match=words) as refusal:
        read_partial(path)
    assert str(path) in refusal.value.thing


def test_a_case_twice_or_nothing_at_all_is_refused(tmp_path):
    path = begun(tmp_path / "run.jsonl", 1)
    head, case, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([head, case, case, b""]))
    with pytest.raises(StoredRunError, match="twice"):
        read_partial(path)
    path.write_bytes(b"")
    with pytest.raises(StoredRunError, match="does not begin"):
        read_partial(path)
    with pytest.raises(StoredRunError, match="cannot be read"):
        read_partial(tmp_path / "none.jsonl")


def test_only_a_finished_run_is_a_run(tmp_path):
    with pytest.raises(StoredRunError, match="not finished"):
        open_run(begun(tmp_path / "half.jsonl", 2))
    with pytest.raises(StoredRunError, match="at least one case"):
        open_run(begun(tmp_path / "none.jsonl", 0, finish=True))
    write_run(run_of(*CASES), tmp_path / "whole.json")
    assert open_run(tmp_path / "whole.json") == open_run(begun(tmp_path / "whole.jsonl", 4, finish=True))
