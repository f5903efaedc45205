"""`policybot eval show, compare, baseline, gate`: what they say, and with which exit code."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from stored_runs import RIGHT, SILENT, numbered, run_of, wrong
from typer.testing import CliRunner

from eval.commands import eval_app
from eval.stored import write_run

BANS = numbered(RIGHT, 4)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    write_run(run_of(*BANS, SILENT, name="old"), tmp_path / "old.json")
    write_run(run_of(wrong(BANS[0]), *BANS[1:], SILENT, name="new"), tmp_path / "new.json")
    write_run(run_of(*BANS[:2], name="few"), tmp_path / "few.json")
    return tmp_path


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(eval_app, list(arguments))
    return done.exit_code, done.output


def test_gate_lets_through_stops_and_refuses(folder):
    assert said("baseline", "old.json", "baseline.json")[0] == 0
    assert said("gate", "old.json", "--baseline", "baseline.json") == (0, "nothing fell below old\n")
    code, words = said("gate", "new.json", "--baseline", "baseline.json", "--junit", "junit.xml")
    assert code == 1 and "dangerous yes rose from 0 to 1" in words
    assert ElementTree.parse(folder / "junit.xml").getroot().get("failures") == "1"
    (folder / "baseline.json").write_text("{", encoding="utf-8")
    code, words = said("gate", "old.json", "--baseline", "baseline.json")
    assert code == 2 and words.startswith("BaselineError: baseline.json")


def test_compare_and_show(folder):
    code, words = said("compare", "old.json", "new.json")
    assert code == 0 and "Worse: 1" in words and "c1-0  not_allowed -> allowed" in words
    code, words = said("compare", "old.json", "few.json")
    assert code == 2 and "only old has 3 cases" in words
    assert said("compare", "old.json", "few.json", "--common")[0] == 0
    code, words = said("show", "old.json", "--by", "kind")
    assert code == 0 and "100.0" in words and "not_covered" in words
    assert said("show", "none.json")[0] == 2


def test_a_run_is_not_begun_when_it_could_not_be_kept(folder):
    assert said("run", "--store", "nowhere/run.json")[0] == 2
