"""Runs: the real bot over real policies, the judging of answers, and agreement with ../shared/eval/score.py."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import make_organisation, make_policy
from rich.console import Console
from typer.testing import CliRunner

from eval.cases import Case, CaseError, CaseKind, load_cases
from eval.commands import eval_app
from eval.figures import by_kind, by_organisation, figures
from eval.gold_from_dev import GOLD
from eval.journal import open_run
from eval.parallel import in_order
from eval.recording import model_hashes, settings_digest
from eval.report import as_json, print_report
from eval.run import Run, evaluate, judge, write_answers
from eval.stored import read_run
from ingest.pipeline import ingest, read_policy
from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.grounding import cite
from policybot.records import Answer, Answered, NotCovered, Organisation, Policy, Verdict
from policybot.settings import Settings

SHARED = Path(__file__).resolve().parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not beside this checkout")

OAK = """Social Media Policy

1. Use

- Staff must not post photographs of pupils on their personal accounts.
- Staff may use social media during their lunch break.

2. Review

The head teacher reviews this policy every two years.
"""
ELM = OAK.replace("may use", "must not use")
P = "oak-school/social-media-policy"
PICTURES, LUNCH, REVIEW = f"{P}/1/b1", f"{P}/1/b2", f"{P}/2/p1"


def case(number: int, **fields: object) -> Case:
    base = Case(
        f"oak-{number}",
        "oak-school",
        "can i post pupil photos on my own insta?",
        CaseKind.PERMISSION,
        Verdict.NOT_ALLOWED,
        evidence=((PICTURES,),),
    )
    return replace(base, **fields)


# -- the real bot


@pytest.fixture(scope="module")
def bot(tmp_path_factory) -> PolicyBot:
    folder = tmp_path_factory.mktemp("eval")
    for slug, text in (("oak-school", OAK), ("elm-nursery", ELM)):
        (folder / "corpus" / slug).mkdir(parents=True)
        (folder / "corpus" / slug / "policy.txt").write_text(text, encoding="utf-8")
    made = PolicyBot.open(Settings.load(home=folder / "home", corpus=folder / "corpus"))
    report = ingest(folder / "corpus", made.catalogue, made.library, folder / "lock", folder / "corpus")
    assert not report.refused
    return made


def test_a_run_asks_every_case_in_order_and_says_what_it_ran_on(bot):
    cases = [
        case(1),
        case(2, id="elm-1", organisation="elm-nursery", evidence=(("elm-nursery/social-media-policy/1/b1",),)),
    ]
    run = evaluate(bot, cases)
    assert [o.case for o in run.outcomes] == cases
    for outcome in run.outcomes:
        assert outcome.answer.question == outcome.case.asked()
        assert all(i.startswith(f"{outcome.case.organisation}/") for i in outcome.cited)
        assert not outcome.leaks and not outcome.misquotes
    assert run.policy_versions == {slug: bot.catalogue.version_of(slug) for slug in ("elm-nursery", "oak-school")}
    assert run.policy_versions["elm-nursery"] != run.policy_versions["oak-school"]


def test_a_set_that_does_not_fit_is_refused_before_the_first_question(bot):
    with pytest.raises(CaseError, match=f"{PICTURES}0"):
        evaluate(bot, [case(1), case(2, evidence=((f"{PICTURES}0",),))])


def test_at_once_or_one_at_a_time_the_answers_are_the_same(bot):
    questions = ("may i post a photo of pupils?", "lunch break facebook ok?", "who reviews this?", "what is for lunch?")
    cases = [case(n, question=f"{q}{' ' * (n // 4)}") for n, q in enumerate(questions * 3)]
    kept: list[str] = []
    one, many = evaluate(bot, cases, workers=1), evaluate(bot, cases, workers=4, keep=lambda outcome: kept.append(outcome.case.id))
    assert [o.case for o in many.outcomes] == cases and kept == [c.id for c in cases]
    assert [replace(o.answer, id="", latency_ms=0.0) for o in many.outcomes] == [
        replace(o.answer, id="", latency_ms=0.0) for o in one.outcomes
    ]


def test_a_policy_that_changes_under_a_run_ends_it(bot, monkeypatch):
    answer = PolicyBot.answer
    monkeypatch.setattr(PolicyBot, "answer", lambda self, question: replace(answer(self, question), policy_version="another"))
    with pytest.raises(CaseError, match="oak-school was published anew"):
        evaluate(bot, [case(1)])


def test_work_is_done_at_once_and_given_back_in_order():
    met = threading.Barrier(3, timeout=30)

    def work(number: int) -> int:
        met.wait()  # returns only when three are at it
        return number * 10

    assert list(in_order(work, range(6), 3)) == [0, 10, 20, 30, 40, 50]
    assert list(in_order(work, [], 3)) == []
    with pytest.raises(ValueError, match="max_workers"):
        list(in_order(work, [1], 0))


def test_after_a_failure_nothing_more_is_begun():
    begun: list[int] = []
    gate = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        if number == 1:
            raise KeyError("the model died")
        if number > 1:
            gate.wait(30)
        return number

    results = in_order(work, range(50), 2)
    assert next(results) == 0
    threading.Timer(0.2, gate.set).start()
    with pytest.raises(KeyError, match="the model died"):
        next(results)
    assert len(begun) < 50 and list(results) == []


def test_the_command_prints_writes_and_refuses(bot, tmp_path, monkeypatch):
    monkeypatch.setenv("POLICYBOT_HOME", str(bot.settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    lines = [
        {
            "id": "oak-1",
            "organisation": "oak-school",
            "question": "pupil photos on my insta?",
            "kind": "permission",
            "verdict": "not_allowed",
            "evidence": [[PICTURES]],
        }
    ]
    given = tmp_path / "set.jsonl"
    given.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = CliRunner().invoke(
        eval_app,
        ["run", str(given), "--json", str(tmp_path / "run.json"), "--answers", str(tmp_path / "answers.jsonl"),
         "--store", str(tmp_path / "stored.json")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    stored = read_run(tmp_path / "stored.json")
    assert [c.id for c in stored.cases] == ["oak-1"] and stored.cases[0].answer
    assert stored.head.settings == settings_digest(bot.settings) and stored.head.models == model_hashes(bot.settings)
    assert open_run(bot.settings.home / "runs" / f"{stored.head.name}.jsonl") == stored
    assert stored.head.policy_versions == {"oak-school": bot.catalogue.version_of("oak-school")}
    written = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert written["overall"]["cases"] == 1
    assert written["outcomes"][0]["id"] == "oak-1"
    (answer,) = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (answer["id"], answer["org"], answer["verdict"]) == (
        "oak-1",
        "oak-school",
        written["outcomes"][0]["verdict"],
    )
    given.write_text("{", encoding="utf-8")
    refused = CliRunner().invoke(eval_app, ["run", str(given)])
    assert refused.exit_code == 2


# -- judging answers


@pytest.fixture
def oak(catalogue) -> tuple[Catalogue, Policy]:
    elm = make_policy("elm-nursery", "Staff must not use phones in the rooms.")
    for policy in (make_policy("oak-school", "Staff must not post photographs.", "Phones are fine at lunch."), elm):
        catalogue.save_organisation(make_organisation(policy.organisation))
        catalogue.flip(catalogue.stage(policy))
    return catalogue, catalogue.policies("oak-school")[0]


def answered(
    asked: Case, policy: Policy, *places: int, verdict: Verdict = Verdict.NOT_ALLOWED, text: str = "No."
) -> Answered:
    citations = tuple(cite(policy.clauses[i], policy, policy.clauses[i].text, policy.organisation) for i in places)
    return Answered(id="a", question=asked.asked(), verdict=verdict, headline="No.", text=text, citations=citations, latency_ms=10.0)


def first_rule(number: int = 1, **fields: object) -> Case:
    return case(number, evidence=(("oak-school/rules/p0",),), **fields)


def test_a_right_answer_has_no_fault(oak):
    catalogue, policy = oak
    (outcome,) = judge([first_rule()], [answered(first_rule(), policy, 1, 0)], catalogue)
    assert outcome.correct and outcome.faults() == ()
    assert outcome.cited == ("oak-school/rules/p1", "oak-school/rules/p0")


def test_leaks_are_seen_in_words_in_citations_and_in_what_is_shown_as_nearest(oak):
    catalogue, policy = oak
    foreign = catalogue.policies("elm-nursery")[0]
    stolen = cite(foreign.clauses[0], foreign, foreign.clauses[0].text, "elm-nursery")
    asked = first_rule()
    answers = [
        answered(asked, policy, 0, text="No, as at Elm Nursery."),
        replace(answered(asked, policy, 0), citations=(stolen,)),
        NotCovered(id="a", headline="No.", question=asked.asked(), text="Nothing.", nearest=(stolen,)),
    ]
    outcomes = judge([asked] * 3, answers, catalogue)
    assert [o.leaks for o in outcomes] == [
        ("names elm nursery",),
        ("cites elm-nursery/rules/p0",),
        ("cites elm-nursery/rules/p0",),
    ]
    assert figures(outcomes).leaks == 3


def test_a_citation_that_is_not_the_catalogues_clause_is_a_misquote(oak):
    catalogue, policy = oak
    asked = first_rule()
    true = answered(asked, policy, 0, 1)
    altered = replace(true.citations[0], text="Staff may post photographs.", quote="may post")
    outcomes = judge([asked], [replace(true, citations=(altered, true.citations[1]))], catalogue)
    assert outcomes[0].misquotes == ("oak-school/rules/p0",)
    assert figures(outcomes).quotes_verbatim == 1 / 2


def test_faults_say_what_is_wrong(oak):
    catalogue, policy = oak
    asked = first_rule(must_not=("certainly",))
    wrong = answered(asked, policy, 1, verdict=Verdict.ALLOWED, text="Certainly.")
    (outcome,) = judge([asked], [wrong], catalogue)
    assert outcome.faults() == (
        "says 'certainly'",
        "said allowed, right is not_allowed",
        "did not cite oak-school/rules/p0",
    )
    silent = case(2, verdict=Verdict.NOT_COVERED, evidence=(), kind=CaseKind.NOT_COVERED)
    (outcome,) = judge([silent], [answered(silent, policy, 0)], catalogue)
    assert outcome.faults() == ("should abstain",) and not outcome.correct


def test_figures_and_slices(oak):
    catalogue, policy = oak
    cases = [first_rule(1), first_rule(2), case(3, verdict=Verdict.NOT_COVERED, evidence=(), kind=CaseKind.NOT_COVERED)]
    answers = [
        answered(cases[0], policy, 0, 1),
        answered(cases[1], policy, 1, verdict=Verdict.ALLOWED),
        _silent(cases[2]),
    ]
    outcomes = judge(cases, answers, catalogue)
    found = figures(outcomes)
    assert (found.cases, found.covered, found.rulings) == (3, 2, 2)
    assert (found.correct, found.evidence_all, found.first_citation, found.citation_precision) == (
        2 / 3,
        1 / 2,
        1 / 2,
        1 / 3,
    )
    assert (found.verdict_accuracy, found.dangerous_yes) == (1 / 2, 1)
    assert (found.abstention_precision, found.abstention_recall, found.false_abstention) == (1, 1, 0)
    assert (found.latency_p50, found.latency_p95) == (10, 30)
    assert {k: f.cases for k, f in by_kind(outcomes).items()} == {"not_covered": 1, "permission": 2}
    assert by_kind(outcomes)["not_covered"].evidence_all is None
    assert by_organisation(outcomes) == {"oak-school": found}


def test_the_report_shows_figures_and_the_first_misses(oak):
    catalogue, policy = oak
    cases = [first_rule(1), first_rule(2, question="[bold]odd[/] question")]
    outcomes = judge(cases, [answered(cases[0], policy, 0), answered(cases[1], policy, 1)], catalogue)
    run = Run(outcomes, began=_moment(), policy_versions={})
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115
    print_report(run, console, misses=1)
    text = console.export_text()
    assert "oak-2 [bold]odd[/] question" in text and "did not cite oak-school/rules/p0" in text
    assert "oak-1 " not in text
    assert json.loads(json.dumps(as_json(run)))["overall"]["correct"] == 0.5


def _moment():
    from datetime import UTC, datetime

    return datetime(2026, 1, 2, tzinfo=UTC)


def _silent(asked: Case) -> NotCovered:
    return NotCovered(id="a", headline="No.", question=asked.asked(), text="Your policy does not say.", latency_ms=30.0)


# -- agreement with the project's scorer

NAMES = {
    "expanse-learning": ("Expanse",),
    "exceed-learning-partnership": ("Exceed Learning",),
    "hardmoor-early-years": ("Hardmoor",),
    "learning-institute": ("Learning Institute", "Westcountry"),
    "care-training-provider": ("A name nobody says",),
}
"""What score.py looks for; it knows no name of the fifth."""


@needs_shared
@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_score_py(seed, catalogue, tmp_path):
    cases = load_cases(*sorted(GOLD.glob("*.jsonl")))
    policies = {}
    for slug, (name, *aliases) in NAMES.items():
        policies[slug], _ = read_policy(SHARED / "policies" / "txt" / slug / "policy.txt", slug)
        catalogue.save_organisation(Organisation(slug=slug, name=name, aliases=tuple(aliases)))
        catalogue.flip(catalogue.stage(policies[slug]))
    dice = random.Random(seed)
    run = Run(judge(cases, [_thrown(c, policies[c.organisation], dice) for c in cases], catalogue), _moment(), {})
    scored = _score(run, tmp_path)
    ours = figures(run.outcomes)
    assert _percent(ours.correct, ours.evidence_all, ours.evidence_groups, ours.first_citation) == [
        scored["correct%"], scored["evidence_full%"], scored["evidence_groups%"], scored["first_citation%"],
    ]  # fmt: skip
    assert _percent(ours.citation_precision, ours.verdict_accuracy, ours.abstention_recall, ours.false_abstention) == [
        scored["citation_precision%"], scored["verdict%"], scored["abstain_recall%"], scored["false_abstain%"],
    ]  # fmt: skip
    assert (ours.cases, ours.dangerous_yes, ours.leaks, ours.must_not) == (
        scored["n"], scored["dangerous_yes"], scored["leaks"], scored["must_not"],
    )  # fmt: skip
    assert scored["missing"] == 0 and ours.leaks and ours.must_not and ours.dangerous_yes, (
        "the dice must try every figure"
    )
    kinds = {k: f"{_percent(f.correct)[0]} ({f.cases})" for k, f in by_kind(run.outcomes).items()}
    assert kinds == scored["by_kind_correct%"]


def _thrown(asked: Case, policy: Policy, dice: random.Random) -> Answer:
    """An answer by chance, often enough a right one."""
    verdict = asked.verdict if dice.random() < 0.6 else dice.choice(list(Verdict))
    others = [NAMES[slug][0] for slug in NAMES if slug not in (asked.organisation, "care-training-provider")]
    text = " ".join(
        [
            "So it is.",
            *(dice.sample(others, 1) if dice.random() < 0.1 else ()),
            *(s for s in asked.must_not if dice.random() < 0.3),
        ]
    )
    if verdict is Verdict.NOT_COVERED:
        return NotCovered(id="a", headline="No.", question=asked.asked(), text=text, latency_ms=1.0)
    right = [dice.choice(group) for group in asked.evidence if dice.random() < 0.7]
    ids = dict.fromkeys([*right, *dice.sample([c.id for c in policy.clauses], dice.randint(1, 5))])
    order = list(ids)
    if dice.random() < 0.5:
        dice.shuffle(order)
    clauses = {c.id: c for c in policy.clauses}
    citations = tuple(cite(clauses[i], policy, clauses[i].text, policy.organisation) for i in order)
    return Answered(
            id="a", question=asked.asked(), verdict=verdict, headline="So.", text=text, citations=citations, latency_ms=1.0
        )


def _score(run: Run, folder: Path) -> dict:
    write_answers(run, folder / "answers.jsonl")
    command = [
        sys.executable,
        SHARED / "eval" / "score.py",
        SHARED / "eval" / "dev.jsonl",
        folder / "answers.jsonl",
        "--json",
        folder / "scored.json",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "scored.json").read_text(encoding="utf-8"))


def _percent(*shares: float | None) -> list[float | None]:
    return [None if s is None else round(100 * s, 1) for s in shares]
