"""A run: every case put to PolicyBot.answer(), with what came back and what was wrong about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.cases import Case, check_cases
from eval.metrics import MOST_CITED, Pair, correct, evidence_all, forbidden, foreign_citations, foreign_names, verbatim
from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.contract import as_json
from policybot.records import Answer, Answered, Citation, Question, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case and its answer.

    `leaks`: what of another organisation is in the answer, in words. `misquotes`: ids of cited
    clauses that are not shown as the catalogue has them, or whose quote does not stand in them. `forbidden`: the
    case's must_not strings that the answer holds.
    """

    case: Case
    answer: Answer
    leaks: tuple[str, ...] = ()
    misquotes: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations that count: the first five; none of an abstention."""
        return self.answer.citations[:MOST_CITED] if isinstance(self.answer, Answered) else ()

    @property
    def cited(self) -> tuple[str, ...]:
        """Their clause ids."""
        return tuple(c.clause_id for c in self.citations)

    @property
    def verdicts(self) -> Pair:
        """The right verdict and the given one."""
        return self.case.verdict, self.answer.verdict

    @property
    def correct(self) -> bool:
        """As `metrics.correct`."""
        return correct(*self.verdicts, self.case.evidence, self.cited)

    def faults(self) -> tuple[str, ...]:
        """What is wrong, in words, worst first; () when nothing is."""
        right, given = self.verdicts
        found = [f"leak: {leak}" for leak in self.leaks]
        found += [f"misquotes {clause_id}" for clause_id in self.misquotes]
        found += [f"says {words!r}" for words in self.forbidden]
        if not self.case.covered:
            return (*found, *(["should abstain"] if given is not Verdict.NOT_COVERED else []))
        if given is not right and (self.case.asks_permission or given is Verdict.NOT_COVERED):
            found.append(f"said {given}, right is {right}")
        if not evidence_all(self.case.evidence, self.cited):
            missed = [group[0] for group in self.case.evidence if not set(group) & set(self.cited)]
            found.append(f"did not cite {', '.join(missed)}")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Run:
    """All outcomes, in the order of the cases. `policy_versions`: slug -> SHA-256 of what its shelf held."""

    outcomes: tuple[Outcome, ...]
    began: datetime
    policy_versions: Mapping[str, str]


def evaluate(bot: PolicyBot, cases: Sequence[Case], console: Console | None = None) -> Run:
    """Put every case to the bot; a progress bar on `console` when it is a terminal.

    Raises CaseError before the first question when a case does not fit the ingested policies.
    """
    check_cases(cases, bot.catalogue)
    began = datetime.now(UTC)
    with _progress(console) as bar:
        task = bar.add_task("evaluating", total=len(cases))
        answers = _answers(bot.answer, cases, lambda: bar.advance(task))
    versions = {slug: bot.catalogue.version_of(slug) for slug in sorted({c.organisation for c in cases})}
    return Run(judge(cases, answers, bot.catalogue), began, versions)


def judge(cases: Sequence[Case], answers: Sequence[Answer], catalogue: Catalogue) -> tuple[Outcome, ...]:
    """Answers, in the order of their cases, checked against the catalogue's own words and names."""
    organisations = catalogue.organisations()
    names = {o.slug: (o.name, *o.aliases) for o in organisations}
    wholes = {c.id: c.whole for o in organisations for p in catalogue.policies(o.slug) for c in p.clauses}
    return tuple(_outcome(case, answer, names, wholes) for case, answer in zip(cases, answers, strict=True))


def write_answers(run: Run, path: Path) -> None:
    """The run's answers as `policybot ask --batch` would write them, for any scorer of that contract."""
    lines = (json.dumps(as_json(outcome.answer), ensure_ascii=False) for outcome in run.outcomes)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _answers(answer: Callable[[Question], Answer], cases: Sequence[Case], done: Callable[[], None]) -> list[Answer]:
    answers = []
    for case in cases:
        answers.append(answer(case.asked()))
        done()
    return answers


def _outcome(case: Case, answer: Answer, names: Mapping[str, Sequence[str]], wholes: Mapping[str, str]) -> Outcome:
    shown = answer.citations if isinstance(answer, Answered) else answer.nearest
    history = " ".join(turn.content for turn in case.history)
    leaks = [
        f"names {n}"
        for n in foreign_names(
            case.organisation, names, answer.text, f"{case.question} {history}", [c.text for c in shown]
        )
    ]
    leaks += [f"cites {c.clause_id}" for c in shown if foreign_citations(case.organisation, [c.organisation])]
    return Outcome(
        case=case,
        answer=answer,
        leaks=tuple(leaks),
        misquotes=tuple(c.clause_id for c in shown if not _faithful(c, wholes.get(c.clause_id))),
        forbidden=forbidden(answer.text, case.must_not),
    )


def _faithful(citation: Citation, whole: str | None) -> bool:
    return citation.text == whole and verbatim(citation.quote, whole)


def _progress(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = console is not None and console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=not shown)
