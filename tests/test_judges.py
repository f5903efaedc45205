"""Judges: who is judged, by whom not, and what becomes of a judge that fails. The judge itself is a stand-in."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec

import pytest
import typer
from stored_runs import HEAD, RIGHT, SILENT, numbered, run_of
from typer.testing import CliRunner

from eval.cases import CaseKind
from eval.costs import Tokens
from eval.export_commands import add
from eval.judges import JudgeError, Rating, chat_model, generated, judge_run, require_apart, write_judgement
from eval.stored import write_run

WORDS = {"oak-school/p/1": "Staff must not post pictures."}.get
COMPOSED = replace(RIGHT, id="k1", tokens=Tokens())
WORDED = replace(RIGHT, tokens=Tokens(900, 80))


class Strict:
    """Rates by what it is shown: faithful when there is a clause; fails at the answers named."""

    name = "stand-in:strict"

    def __init__(self, *failing: str) -> None:
        self.failing, self.seen = failing, []

    def rate(self, sample):
        self.seen.append(sample.user_input)
        if sample.user_input in self.failing:
            raise ConnectionError("no way through")
        return Rating(1.0 if sample.retrieved_contexts else None, 0.25 * len(self.seen))


def test_only_answers_that_a_chat_model_worded_are_judged():
    told = replace(WORDED, id="d1", kind=CaseKind.DISCLOSURE, question=None)
    after = replace(WORDED, id="f1", kind=CaseKind.FOLLOWUP)
    made = judge_run(run_of(WORDED, COMPOSED, replace(SILENT, tokens=Tokens(9, 9)), told, after), Strict(), WORDS)
    assert (list(made.ratings), made.passed_over) == (["c1"], 4)
    made = judge_run(run_of(WORDED, COMPOSED), Strict(), WORDS, composed=True)
    assert list(made.ratings) == ["c1", "k1"]
    assert generated(replace(RIGHT, tokens=None)) and not generated(COMPOSED)
    with pytest.raises(JudgeError, match="no answer in it was worded by a chat model"):
        judge_run(run_of(COMPOSED), Strict(), WORDS)


def test_means_are_over_the_answers_that_have_a_rating():
    bare = replace(WORDED, id="c9", cited=())
    made = judge_run(run_of(*numbered(WORDED, 2), bare), Strict(), WORDS)
    mean, interval, count = made.mean("faithfulness")
    assert (mean, count) == (1.0, 2)
    mean, interval, count = made.mean("relevancy")
    assert mean == pytest.approx(0.5) and count == 3 and interval.low <= 0.5 <= interval.high
    assert made.lowest("relevancy")[0] == ("c1-0", 0.25)


def test_a_later_failure_is_kept_and_is_no_rating(tmp_path):
    lost = replace(WORDED, id="c2", question="lost?")
    made = judge_run(run_of(WORDED, lost), Strict("lost?"), WORDS)
    assert list(made.ratings) == ["c1"] and made.failed == {"c2": "ConnectionError: no way through"}
    assert made.mean("relevancy")[2] == 1
    write_judgement(made, tmp_path / "out.json")
    kept = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (kept["judge"], kept["ratings"]["c1"]["relevancy"]) == ("stand-in:strict", 0.25)


def test_a_judge_that_fails_at_once_is_an_error_and_asks_no_more():
    judge = Strict("may i post a picture?")
    with pytest.raises(JudgeError, match="it failed at case c1-0"):
        judge_run(run_of(*numbered(WORDED, 3)), judge, WORDS)
    assert len(judge.seen) == 1


@pytest.mark.parametrize(("models", "configured"), [({"chat": "openai:gpt-5"}, None), ({}, "OpenAI:gpt-5")])
def test_no_model_judges_itself(models, configured):
    head = replace(HEAD, models=models)
    with pytest.raises(JudgeError, match="it is the model that answered"):
        require_apart("openai:gpt-5", head, configured)
    require_apart("anthropic:other", head, configured)


def test_a_judge_is_named_with_its_provider():
    with pytest.raises(JudgeError, match="names no provider and model"):
        chat_model("gpt-5")
    with pytest.raises(JudgeError, match="nobody"):
        chat_model("nobody:gpt-5")


@pytest.fixture
def said(tmp_path, monkeypatch):
    monkeypatch.setenv("POLICYBOT_HOME", str(tmp_path / "home"))
    write_run(run_of(WORDED, models={"chat": "openai:gpt-5"}), tmp_path / "run.json")
    app = typer.Typer()
    add(app)

    def run(*arguments):
        done = CliRunner().invoke(app, list(arguments))
        return done.exit_code, done.output

    return run


@pytest.mark.skipif(find_spec("ragas") is not None, reason="RAGAS is installed here")
def test_without_the_extra_the_command_says_which_line_installs_it(said, tmp_path):
    code, words = said("judge", str(tmp_path / "run.json"), "--judge-model", "anthropic:other")
    assert code == 2 and "pip install 'policybot[judges]'" in words
    code, words = said("judge", str(tmp_path / "run.json"), "--judge-model", "openai:gpt-5")
    assert code == 2 and "it is the model that answered" in words
    code, words = said("judge", str(tmp_path / "run.json"), "--judge-model", "openai:gpt-5", "--same")
    assert code == 2 and "policybot[judges]" in words


def test_an_export_that_cannot_be_made_is_refused(said, tmp_path):
    run = str(tmp_path / "run.json")
    code, words = said("export", str(tmp_path / "out.jsonl"), run, "--format", "ragas")
    assert code == 2 and "are not at hand" in words and not (tmp_path / "out.jsonl").exists()
    assert said("export", str(tmp_path / "out.jsonl"), run, run, "--format", "ragas")[0] == 2
