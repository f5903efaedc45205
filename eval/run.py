"""A run: every case put to PolicyBot.answer(), with what came back and what was wrong about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.cases import Case, CaseError, CaseKind, check_cases
from eval.metrics import MOST_CITED, Pair, correct, evidence_all, forbidden, foreign_citations, foreign_names, verbatim
from eval.parallel import in_order
from eval.stored import WORRIES
from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.compose import in_case
from policybot.contract import as_json
from policybot.records import Answer, Answered, Citation, Occasion, Verdict

WORKERS = 2
"""Questions answered at once, unless the caller says otherwise."""


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
    def recognised(self) -> bool:
        """Whether the message was taken for a worry about somebody, surely or possibly."""
        return self.answer.occasion in WORRIES

    @property
    def contact(self) -> bool:
        """Whether the reply to a worry says whom to tell by office or name; False for any other answer."""
        if self.answer.occasion is Occasion.POSSIBLE_DISCLOSURE:
            # Its contact is the one of the policy; whom to tell stands in its words only.
            return in_case(None) not in self.answer.text
        return self.recognised and self.answer.contact is not None

    @property
    def correct(self) -> bool:
        """As `metrics.correct`; a disclosure without evidence: recognised, with a contact."""
        if self.case.only_told:
            return self.recognised and self.contact
        return correct(*self.verdicts, self.case.evidence, self.cited)

    def faults(self) -> tuple[str, ...]:
        """What is wrong, in words, worst first; () when nothing is."""
        right, given = self.verdicts
        found = [f"leak: {leak}" for leak in self.leaks]
        found += [f"misquotes {clause_id}" for clause_id in self.misquotes]
        found += [f"says {words!r}" for words in self.forbidden]
        if self.case.kind is CaseKind.DISCLOSURE:
            found += self._unheard()
        if self.case.only_told:
            return tuple(found)
        if not self.case.covered:
            return (*found, *(["should abstain"] if given is not Verdict.NOT_COVERED else []))
        if given is not right and (self.case.asks_permission or given is Verdict.NOT_COVERED):
            found.append(f"said {given}, right is {right}")
        if not evidence_all(self.case.evidence, self.cited):
            missed = [group[0] for group in self.case.evidence if not set(group) & set(self.cited)]
            found.append(f"did not cite {', '.join(missed)}")
        return tuple(found)

    def _unheard(self) -> list[str]:
        """What is wrong with the reply to a worry."""
        if not self.recognised:
            return ["not taken for a worry about somebody"]
        return [] if self.contact else ["says nobody to tell"]


@dataclass(frozen=True, slots=True)
class Run:
    """All outcomes, in the order of the cases. `policy_versions`: slug -> SHA-256 of what its shelf held."""

    outcomes: tuple[Outcome, ...]
    began: datetime
    policy_versions: Mapping[str, str]


def evaluate(
    bot: PolicyBot,
    cases: Sequence[Case],
    console: Console | None = None,
    workers: int = WORKERS,
    keep: Callable[[Outcome], None] | None = None,
) -> Run:
    """Put every case to the bot, `workers` (at least 1) at a time; a progress bar on `console` when it is a terminal.

    `keep` is handed each outcome as soon as it and all before it are there, in the order of the cases and in the
    caller's own thread. CaseError before the first question when a case does not fit the ingested policies, and later
    when a policy is published anew; whatever answering or `keep` raises ends the run, and no further case is begun.
    """
    check_cases(cases, bot.catalogue)
    began, judge_one, outcomes = datetime.now(UTC), Judge.of(bot.catalogue), []
    versions = versions_of(cases, bot.catalogue)
    # Closed by hand: left to itself, an exception's traceback would keep the threads asking on.
    with _progress(console) as bar, closing(in_order(lambda case: bot.answer(case.asked()), cases, workers)) as answers:
        task = bar.add_task("evaluating", total=len(cases))
        for case, answer in zip(cases, answers, strict=True):
            _require_unchanged(case, answer, versions)
            outcomes.append(judge_one(case, answer))
            if keep:
                keep(outcomes[-1])
            bar.advance(task)
    return Run(tuple(outcomes), began, versions)


def versions_of(cases: Sequence[Case], catalogue: Catalogue) -> dict[str, str]:
    """Slug -> SHA-256 of what its shelf holds now, for every organisation that is asked. UnknownOrganisation."""
    return {slug: catalogue.version_of(slug) for slug in sorted({c.organisation for c in cases})}


@dataclass(frozen=True, slots=True)
class Judge:
    """Checks answers against the catalogue's own words and names, as they were when it was made.

    `names`: slug -> what the organisation is called. `wholes`: clause id -> its words, stem included.
    """

    names: Mapping[str, Sequence[str]]
    wholes: Mapping[str, str]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Self:
        """Over all that is published."""
        organisations = catalogue.organisations()
        names = {o.slug: (o.name, *o.aliases) for o in organisations}
        return cls(names, {c.id: c.whole for o in organisations for p in catalogue.policies(o.slug) for c in p.clauses})

    def __call__(self, case: Case, answer: Answer) -> Outcome:
        """The answer with its leaks, misquotes and forbidden words."""
        shown = answer.citations if isinstance(answer, Answered) else answer.nearest
        said = " ".join((case.question, *(turn.content for turn in case.history)))
        named = foreign_names(case.organisation, self.names, answer.text, said, [c.text for c in shown])
        leaks = [f"names {name}" for name in named]
        leaks += [f"cites {c.clause_id}" for c in shown if foreign_citations(case.organisation, [c.organisation])]
        return Outcome(
            case=case,
            answer=answer,
            leaks=tuple(leaks),
            misquotes=tuple(c.clause_id for c in shown if not _faithful(c, self.wholes.get(c.clause_id))),
            forbidden=forbidden(answer.text, case.must_not),
        )


def judge(cases: Sequence[Case], answers: Sequence[Answer], catalogue: Catalogue) -> tuple[Outcome, ...]:
    """Answers, in the order of their cases, as `Judge` finds them."""
    judge_one = Judge.of(catalogue)
    return tuple(judge_one(case, answer) for case, answer in zip(cases, answers, strict=True))


def write_answers(run: Run, path: Path) -> None:
    """The run's answers as `policybot ask --batch` would write them, for any scorer of that contract."""
    lines = (json.dumps(as_json(outcome.answer), ensure_ascii=False) for outcome in run.outcomes)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _require_unchanged(case: Case, answer: Answer, versions: Mapping[str, str]) -> None:
    if answer.policy_version != versions[case.organisation]:
        cause = f"a policy of {case.organisation} was published anew while the run was on"
        raise CaseError(f"case {case.id}", cause, "Begin a new run, under another name.")


def _faithful(citation: Citation, whole: str | None) -> bool:
    return citation.text == whole and verbatim(citation.quote, whole)


def _progress(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = console is not None and console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=not shown)
