"""Runs begun on the page: in the background, gone on with after a stop, and shown to their own organisation alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.background import Background, can_resume
from eval.cases import Case, CaseKind, save_cases
from eval.compare import CompareError
from eval.own_runs import free_title, own_file, own_journal, own_report, own_run, own_runs
from eval.recording import record
from eval.stored import StoredRunError
from ingest.pipeline import ingest
from policybot.bot import PolicyBot
from policybot.records import Verdict
from policybot.settings import Settings

OAK = "Social Media Policy\n\n1. Use\n\n- Staff must not post photographs of pupils.\n- Staff may use social media during their break.\n"
PATIENCE = 120
"""Seconds until a run of a few questions is over on a busy machine; nothing is measured."""


@pytest.fixture
def bot(tmp_path: Path) -> PolicyBot:
    """The real bot over two organisations with the same policy."""
    for slug in ("oak-school", "elm-nursery"):
        (tmp_path / "corpus" / slug).mkdir(parents=True)
        (tmp_path / "corpus" / slug / "policy.txt").write_text(OAK, encoding="utf-8")
    made = PolicyBot.open(Settings.load(home=tmp_path / "home", corpus=tmp_path / "corpus"))
    assert not ingest(tmp_path / "corpus", made.catalogue, made.library, tmp_path / "lock", tmp_path / "corpus").refused
    return made


def asked(slug: str, number: int) -> Case:
    evidence = ((f"{slug}/social-media-policy/1/b1",),)
    question = "can i post photographs of pupils?"
    return Case(f"{slug}-{number}", slug, question, CaseKind.PERMISSION, Verdict.NOT_ALLOWED, evidence=evidence)


OWN = [asked("oak-school", 1), asked("oak-school", 2)]


def test_a_run_in_the_background_is_kept_whole(bot: PolicyBot) -> None:
    home, background = bot.settings.home, Background(bot)
    assert background.latest("oak-school") is None and free_title(home, "oak-school") == "run-1"
    path = own_journal(home, "oak-school", "run-1")
    run = background.begin(path, OWN)
    assert run.over.wait(PATIENCE) and run.failure is None and run.done == run.total == 2
    (kept,) = own_runs(home, "oak-school")
    assert (kept.title, kept.cases, kept.finished, kept.resumable) == ("run-1", 2, True, False)
    assert own_runs(home, "elm-nursery") == () and free_title(home, "oak-school") == "run-2" and not can_resume(path)
    with pytest.raises(StoredRunError, match="already"):
        background.begin(path, OWN)
    with pytest.raises(StoredRunError, match="not begun on this page"):
        background.resume(path, "oak-school")
    assert background.latest("elm-nursery") is None


def test_a_run_that_was_stopped_is_gone_on_with(bot: PolicyBot) -> None:
    path = own_journal(bot.settings.home, "oak-school", "stopped")
    record(bot, OWN, path)
    # As a crash after the first case leaves it: head and one case, and the cases beside it.
    head, first, *_ = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head}\n{first}\n", encoding="utf-8")
    save_cases(path.with_suffix(".cases"), OWN)
    (kept,) = own_runs(bot.settings.home, "oak-school")
    assert (kept.cases, kept.finished, kept.resumable) == (1, False, True)
    with pytest.raises(StoredRunError, match="no such run"):
        Background(bot).resume(path, "elm-nursery")
    run = Background(bot).resume(path, "oak-school")
    assert run.over.wait(PATIENCE) and run.failure is None
    assert path.read_text(encoding="utf-8").splitlines()[1] == first, "what was answered is not asked again"
    assert len(own_run(bot.settings.home, "oak-school", kept.name).cases) == 2 and not can_resume(path)


def test_a_run_that_cannot_be_made_says_why_and_leaves_nothing(bot: PolicyBot) -> None:
    gone = Case("x", "oak-school", "may i?", CaseKind.PERMISSION, Verdict.ALLOWED, evidence=(("oak-school/gone/p1",),))
    path = own_journal(bot.settings.home, "oak-school", "broken")
    run = Background(bot).begin(path, [gone])
    assert run.over.wait(PATIENCE) and run.failure is not None and "no current clause" in run.failure.cause
    assert not path.exists() and not can_resume(path) and not list(path.parent.glob("*.cases"))


def test_of_a_run_over_several_each_sees_its_own_part(bot: PolicyBot) -> None:
    home = bot.settings.home
    record(bot, [*OWN, asked("elm-nursery", 1)], home / "runs" / "everybody.jsonl")
    record(bot, OWN[:1], home / "runs" / "oak.jsonl")
    assert [run.cases for run in own_runs(home, "elm-nursery")] == [1]
    assert {case.organisation for case in own_run(home, "oak-school", "everybody").cases} == {"oak-school"}
    held = json.loads(own_file(home, "elm-nursery", "everybody"))
    assert set(held["run"]["head"]["policy_versions"]) == {"elm-nursery"} and "oak-school" not in json.dumps(held)
    for name in ("oak", "nothing", "../oak"):
        with pytest.raises(StoredRunError):
            own_run(home, "elm-nursery", name)
    with pytest.raises(CompareError):
        own_report(home, bot.catalogue, "oak-school", "everybody", before="oak")


def test_a_report_names_no_other_organisation(bot: PolicyBot) -> None:
    pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")
    home = bot.settings.home
    record(bot, [*OWN, asked("elm-nursery", 1)], home / "runs" / "everybody.jsonl")
    record(bot, OWN[:1], home / "runs" / "less.jsonl")
    report = own_report(home, bot.catalogue, "oak-school", "everybody", before="less", common=True)
    assert "oak-school" in report and "elm-nursery" not in report


def test_a_name_is_taken_for_ones_own_organisation_only(tmp_path: Path) -> None:
    assert own_journal(tmp_path, "elm", "first") != own_journal(tmp_path, "elm-2", "first")
    for bad in ("", "../x", "a b", "x" * 80):
        with pytest.raises(StoredRunError):
            own_journal(tmp_path, "elm", bad)
