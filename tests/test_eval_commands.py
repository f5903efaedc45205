"""`policybot eval`: what its commands say, and with which exit code; and builds that the gate has to stop."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from filelock import FileLock
from openpyxl import load_workbook
from stored_runs import HEAD, RIGHT, SILENT, numbered, run_of, wrong
from typer.testing import CliRunner

from eval.bench.chat_server import ChatServer
from eval.commands import eval_app
from eval.journal import Journal, open_run, read_partial
from eval.stored import write_run
from ingest import clauses as clause_making
from ingest.pipeline import ingest
from policybot import bot as bot_module
from policybot.bot import PolicyBot
from policybot.deontic import read_deontic
from policybot.grounding import cite
from policybot.reader import Reader
from policybot.records import Clause
from policybot.settings import Settings
from policybot.weights import Weights

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
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
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


# -- a school and a nursery, really ingested

POLICY = """Social Media Policy

1. What staff may do

Staff may use social media to:

- share the news of a school event that is over;
- thank a volunteer by first name.

2. What staff must not do

Staff must not use social media to:

- discuss pupils or their families with anybody;
- post photographs taken inside the school;
- run a private business in working hours.

3. Review

The head teacher reviews this policy every two years.
"""
FACES = ("Organisation", "Question", "Expected verdict", "Must cite", "Kind")
ASKED = (
    ("can i talk about one of my pupils on facebook?", "Not allowed", "discuss pupils or their families", ""),
    ("may I put up pictures I took in the classroom on insta?", "Not allowed", "post photographs taken inside the school", ""),
    ("is it ok to sell my candles on instagram during work?", "Not allowed", "run a private business in working hours", ""),
    ("am I allowed to post about how sports day went?", "Allowed", "share the news of a school event", ""),
    ("how often is the policy reviewed?", "Your policy says", "reviews this policy every two years", "Fact"),
    ("how many days of annual leave do I get?", "Your policy does not say", "", ""),
    ("who pays for my train ticket to a conference?", "Your policy does not say", "", ""),
    ("what do I wear on a school trip?", "Your policy does not say", "", ""),
)


def ingested(folder: Path) -> Path:
    """The home of a bot that has the policy of oak-school, and elm-nursery's of the same make."""
    for slug, text in (("oak-school", POLICY), ("elm-nursery", POLICY.replace("school", "nursery"))):
        (folder / "corpus" / slug).mkdir(parents=True)
        (folder / "corpus" / slug / "policy.txt").write_text(text, encoding="utf-8")
    made = PolicyBot.open(Settings.load(home=folder / "home", corpus=folder / "corpus"))
    assert not ingest(folder / "corpus", made.catalogue, made.library, folder / "lock", folder / "corpus").refused
    return folder / "home"


@pytest.fixture(scope="module")
def school(tmp_path_factory) -> Path:
    """A home, and beside it a set as a spreadsheet program would write it."""
    home = ingested(tmp_path_factory.mktemp("school"))
    with (home.parent / "asked.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([FACES, *(("oak-school", *row) for row in ASKED)])
    return home


@pytest.fixture
def asked(school, monkeypatch) -> str:
    """The set's path; commands work on the school's home."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("POLICYBOT_HOME", str(school))
    return str(school.parent / "asked.csv")


@pytest.fixture
def bar(asked, school) -> str:
    """A baseline made of the bot as it is, which the bot as it is passes."""
    path, kept = school.parent / "bar.json", school / "runs" / "sound.jsonl"
    if not kept.is_file():
        assert said("run", asked, "--name", "sound")[0] == 0
        assert said("baseline", "sound", str(path))[0] == 0
    code, words = said("gate", "sound", "--baseline", str(path))
    assert (code, words) == (0, "nothing fell below sound\n")
    rights = {c.id: c.correct for c in open_run(kept).cases}
    assert sum(rights.values()) >= 6, f"too little is right for anything to fall: {rights}"
    return str(path)


# -- builds that are broken


def test_a_build_that_ignores_stems_is_stopped(bar, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(Clause, "whole", property(lambda self: self.text))
    monkeypatch.setattr(Clause, "searchable", property(lambda self: "\n".join([*self.heading_path[:0], self.text])))
    monkeypatch.setattr(clause_making, "read_deontic", lambda text, stem, heading="": read_deontic(text, None, heading))
    monkeypatch.setenv("POLICYBOT_HOME", str(ingested(tmp_path)))
    assert said("run", asked, "--name", "broken")[0] == 0
    code, words = said("gate", "broken", "--baseline", bar)
    assert code == 1 and "verdict accuracy fell" in words


def test_a_build_that_lets_another_organisations_clause_through_is_stopped(bar, asked, monkeypatch):
    own_desk = PolicyBot._desk

    def mixed(self: PolicyBot, slug: str) -> object:
        desk, other = own_desk(self, slug), own_desk(self, "elm-nursery")
        return replace(other, organisation=desk.organisation, shelf=desk.shelf)

    monkeypatch.setattr(PolicyBot, "_desk", mixed)
    # The quote's own guard has to fail too: with it, such a build answers nothing at all.
    monkeypatch.setattr(bot_module, "cite", lambda clause, policy, quote, asker: cite(clause, policy, quote, clause.organisation))
    assert said("run", asked, "--name", "leaking")[0] == 0
    code, words = said("gate", "leaking", "--baseline", bar)
    assert code == 1 and "leaks rose from 0 to" in words


def test_a_build_whose_coverage_threshold_is_off_is_stopped(bar, asked, monkeypatch):
    weights = Weights.open()
    off = replace(weights, choices=replace(weights.choices, covered=0.0, covered_short=0.0))
    monkeypatch.setattr(Reader, "open", lambda: Reader(off))
    assert said("run", asked, "--name", "talkative")[0] == 0
    code, words = said("gate", "talkative", "--baseline", bar)
    assert code == 1 and "abstention recall fell" in words


# -- runs that are kept


def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(asked, school, tmp_path, monkeypatch):
    answer, questions = PolicyBot.answer, []

    def dies(self: PolicyBot, question: object) -> object:
        questions.append(question.text)
        if len(questions) == 4:
            raise KeyboardInterrupt
        return answer(self, question)

    monkeypatch.setattr(PolicyBot, "answer", dies)
    said("run", asked, "--name", "halved", "--workers", "1")
    kept = school / "runs" / "halved.jsonl"
    assert [c.question for c in read_partial(kept).cases] == questions[:3] and not read_partial(kept).finished
    code, words = said("runs")
    assert code == 0 and any("halved" in line and "stopped" in line for line in words.splitlines())
    assert "not finished (3 cases so far)" in said("show", "halved")[1]
    monkeypatch.setattr(PolicyBot, "answer", lambda self, question: (questions.append(question.text), answer(self, question))[1])
    del questions[:]
    code, words = said("run", asked, "--name", "halved", "--answers", str(tmp_path / "a.jsonl"))
    assert code == 2 and "was begun before" in words and not questions
    code, words = said("run", asked, "--name", "halved", "--store", str(tmp_path / "whole.json"))
    assert code == 0 and "halved: 8 cases" in words
    assert sorted(questions) == sorted(row[0] for row in ASKED[3:])
    assert [c.question for c in open_run(tmp_path / "whole.json").cases] == [row[0] for row in ASKED]
    assert open_run(kept) == open_run(tmp_path / "whole.json")
    code, words = said("run", asked, "--name", "halved")
    assert code == 2 and "the run is finished" in words


def test_a_run_is_not_gone_on_with_by_two_nor_on_other_cases(asked, school, tmp_path):
    (school / "runs").mkdir(exist_ok=True)
    with FileLock(school / "runs" / "taken.lock"):
        code, words = said("run", asked, "--name", "taken")
    assert code == 2 and "another process is writing this run" in words
    rows = list(csv.reader(Path(asked).read_text(encoding="utf-8").splitlines()))
    with Journal.begin(school / "runs" / "other.jsonl", _head(asked, tmp_path)) as journal:
        journal.add(replace(RIGHT, id="asked-2", evidence=(("oak-school/p/1",),)))
    before = (school / "runs" / "other.jsonl").read_bytes()
    code, words = said("run", asked, "--name", "other")
    assert code == 2 and "begun with another case asked-2" in words and len(rows) == 9
    assert (school / "runs" / "other.jsonl").read_bytes() == before


def _head(asked: str, folder: Path):
    """The head of a run made now."""
    one = folder / "one.csv"
    one.write_text("\n".join(Path(asked).read_text(encoding="utf-8").splitlines()[:2]), encoding="utf-8")
    assert said("run", str(one), "--store", str(folder / "one.json"))[0] == 0
    return open_run(folder / "one.json").head


def test_a_run_says_which_chat_model_it_was_for(asked, tmp_path, monkeypatch):
    pytest.importorskip("langchain_openai", reason="langchain-openai is not installed: pip install 'policybot[openai]'")
    one = tmp_path / "one.csv"
    one.write_text("\n".join(Path(asked).read_text(encoding="utf-8").splitlines()[:2]), encoding="utf-8")
    assert said("run", str(one), "--store", str(tmp_path / "composed.json"))[0] == 0
    with ChatServer() as server:
        monkeypatch.setenv("POLICYBOT_CHAT_BASE_URL", server.url)
        code, words = said("run", str(one), "--chat-model", "openai:any", "--store", str(tmp_path / "worded.json"))
    assert code == 0 and "openai:any worded none of these answers" in words, "an echo is no answer"
    composed, worded = (open_run(tmp_path / f"{name}.json").head for name in ("composed", "worded"))
    assert composed.settings != worded.settings and worded.models == composed.models | {"chat": "openai:any"}


def test_runs_lists_what_is_kept_and_what_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("POLICYBOT_HOME", str(tmp_path))
    code, words = said("runs")
    assert code == 0 and "No run is kept" in words
    (tmp_path / "runs").mkdir()
    with Journal.begin(tmp_path / "runs" / "whole.jsonl", replace(HEAD, name="whole")) as journal:
        for case in (BANS[0], wrong(BANS[1])):
            journal.add(case)
        journal.finish()
    (tmp_path / "runs" / "torn.jsonl").write_text("{}\n", encoding="utf-8")
    code, words = said("runs")
    rows = {line.split("│")[1].strip(): line for line in words.splitlines() if line.startswith("│")}
    assert code == 0 and set(rows) == {"whole", "torn"}
    assert "finished" in rows["whole"] and "50.0" in rows["whole"] and "2026-01-02 03:04" in rows["whole"]
    assert "does not begin as a run does" in rows["torn"]


@pytest.mark.parametrize("name", ["../evil", ".hidden", "a/b", "x" * 81, "con\nname"])
def test_a_name_is_no_path(tmp_path, monkeypatch, name):
    monkeypatch.setenv("POLICYBOT_HOME", str(tmp_path / "home"))
    code, words = said("run", "--name", name)
    assert code == 2 and "cannot be called that" in words
    assert not (tmp_path / "home").exists()


# -- sets on the command line


def test_sets_of_every_format_make_one_run(asked, tmp_path):
    from eval.sets import read_set, write_set
    from policybot.catalogue import Catalogue

    first, *_ = cases = read_set(Path(asked), Catalogue.open(Settings.load()))
    paths = []
    for number, suffix in enumerate((".jsonl", ".yaml", ".xlsx")):
        paths.append(tmp_path / f"set{suffix}")
        write_set(paths[-1], [replace(first, id=f"case-{number}")])
    assert said("run", *map(str, paths), "--store", str(tmp_path / "all.json"))[0] == 0
    assert [c.id for c in open_run(tmp_path / "all.json").cases] == ["case-0", "case-1", "case-2"] and len(cases) == 8


def test_a_set_with_a_fault_is_refused_whole_with_file_row_and_cure(asked, school, tmp_path):
    wrong_row, again = tmp_path / "wrong.csv", tmp_path / "again" / "asked.csv"
    again.parent.mkdir()
    wrong_row.write_text(",".join(FACES) + "\noak-school,may i?,Not allowed,no such words anywhere,\n", encoding="utf-8")
    again.write_bytes(Path(asked).read_bytes())
    before = sorted((school / "runs").glob("*")) if (school / "runs").is_dir() else []
    code, words = said("run", asked, str(wrong_row), str(again), str(tmp_path / "gone.xlsx"))
    assert code == 2
    assert "wrong.csv, row 2, column Must cite: 'no such words anywhere'" in words
    assert "asked.csv, row 2, column Id: id 'asked-2' is already used at asked.csv, row 2. Give every case its own id" in words
    assert "gone.xlsx" in words and "there is no such file" in words
    assert (sorted((school / "runs").glob("*")) if (school / "runs").is_dir() else []) == before


def test_lint_says_what_is_amiss_and_exits_by_it(asked, tmp_path):
    code, words = said("lint", asked)
    assert code == 0 and "8 cases: 0 errors" in words
    twice = tmp_path / "twice.csv"
    lines = Path(asked).read_text(encoding="utf-8").splitlines()
    twice.write_text("\n".join([*lines[:2], lines[1]]), encoding="utf-8")
    code, words = said("lint", str(twice))
    assert code == 0 and "warning: case twice-3: it asks what case twice-2 asks" in words
    odd = tmp_path / "odd.jsonl"
    line = '{"organisation": "oak-school", "question": "may i?", "kind": "not_covered", "verdict": "not_allowed", "evidence": [["2/b1"]]}'
    odd.write_text(line.replace("2/b1", "discuss pupils or their families"), encoding="utf-8")
    code, words = said("lint", str(odd))
    assert code == 1 and "error: case odd-1" in words and "1 errors" in words
    assert said("lint", str(tmp_path / "gone.csv"))[0] == 2


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".yaml", ".jsonl"])
def test_a_template_of_each_sort_holds_two_examples_that_are_no_cases(asked, tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    assert said("template", str(path))[0] == 0
    code, words = said("lint", str(path))
    assert code == 2 and "there are no cases in it" in words
    if suffix == ".xlsx":
        book = load_workbook(path)
        book["Questions"].append(["oak-school", "may i sell candles?", "Not allowed", None, "run a private business in working hours"])
        assert [cell.value for cell in book["Questions"][1]][:4] == ["Organisation", "Question", "Earlier turns", "Expected verdict"]
    else:
        text = path.read_text(encoding="utf-8-sig")
        assert "sports day" in text and "on the way home" in text
    before = path.read_bytes()
    code, words = said("template", str(path))
    assert code == 2 and "there is such a file already" in words and path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".yaml", ".jsonl"])
def test_an_example_with_an_id_of_its_own_is_a_case(asked, tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    said("template", str(path))
    path.write_text(path.read_text(encoding="utf-8").replace("example", "own", 1), encoding="utf-8")
    code, words = said("lint", str(path))
    assert code == 0 and words.splitlines()[-1].startswith("1 cases")


def test_a_template_needs_a_known_ending_and_a_folder(asked, tmp_path):
    code, words = said("template", str(tmp_path / "set.docx"))
    assert code == 2 and ".xlsx" in words
    code, words = said("template", str(tmp_path / "no" / "set.yaml"))
    assert code == 2 and "cannot be written" in words
