"""Question x clauses -> what is relevant, whether the policy answers at all, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policybot.binding import bound_to
from policybot.coverage import coverage_features
from policybot.disclosure import Worry
from policybot.features import FloatArray, Signals, part_readings, rank_features
from policybot.precedence import in_force, overruled
from policybot.question import QuestionKind, Understanding
from policybot.recogniser import Embed
from policybot.records import Clause, Strength, Verdict
from policybot.ruling import circumstanced, excepted, leaning, ruling_features, verdict_features
from policybot.weights import Weights

SHORT = 10
"""Words up to which a question is a short one."""
MOST_CITED = 5
"""Citations beyond the fifth do not count (the batch contract)."""
UNSETTLED = -3.0
"""Log-odds of its best clause below which a part of a compound question counts as not answered."""
_PERMISSION = tuple(QuestionKind).index(QuestionKind.PERMISSION)
LEAVE_ASKED = 0.3
"""Least probability, by its wording, that a question asks for leave, before leave is told."""
RULINGS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a question.

    `relevance`: (n,) probability in [0, 1] that each clause must be cited. `chosen`: indices of
    the clauses to cite, best first, 1 to 5 (the nearest ones when not covered). `covered`:
    whether the policy answers; `covered_probability` in [0, 1]. `verdict` is NOT_COVERED
    exactly when `covered` is false. `reason` says in a few words how the verdict came about.
    `conditions` and `exceptions` are verbatim pieces of the chosen clauses that govern.
    `conflict`: indices of a clause that gives leave and of one that denies it, both as
    good as governing; the stricter then decided. `overruled`: indices of a chosen clause that says that it counts before
    other policies, and of one that it counts before. `unsettled`: places, from 0, of the parts of a
    compound question that no clause answers. `shares`: the probability of each verdict of a covered question.
    """

    relevance: FloatArray
    chosen: tuple[int, ...]
    covered: bool
    covered_probability: float
    verdict: Verdict
    reason: str
    conditions: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    conflict: tuple[int, int] | None = None
    overruled: tuple[int, int] | None = None
    unsettled: tuple[int, ...] = ()
    shares: tuple[tuple[Verdict, float], ...] = ()


class Reader:
    """Reads clauses for a question. Holds coefficients only; safe to share between threads."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @classmethod
    def open(cls) -> Reader:
        """Load the coefficients that ship with the package. ModelError without them."""
        return cls(Weights.open())

    def read(self, understanding: Understanding, clauses: Sequence[Clause], signals: Signals) -> Reading:
        """Decide on one question over all clauses of one organisation's policies (n >= 1)."""
        shelf, u = tuple(clauses), understanding
        if signals.path.shape != (len(u.searches), len(shelf)):
            raise ValueError(
                f"signals {signals.path.shape} do not fit {len(u.searches)} searches x {len(shelf)} clauses"
            )
        relevance = self.relevance(u, shelf, signals)
        chosen = self._choose(u, shelf, signals, relevance)
        probability = self._coverage(u, shelf, signals, relevance)
        shares = self.shares(u, shelf, signals, relevance)
        choices = self._weights.choices
        asks_leave = sum(shares[v] for v in RULINGS) >= choices.permission
        covered = probability >= (choices.covered_short if len(u.text.split()) <= SHORT else choices.covered)
        verdict, reason, conflict = Verdict.NOT_COVERED, outside(u, shelf) or "no clause answers", None
        if covered:
            verdict, reason = Verdict.INFORMATIONAL, f"a question of {u.kind.value}"
        if covered and asks_leave:
            conflict = _conflict(shelf, signals, relevance)
            first = shelf[int(np.argmax(relevance))]
            verdict = Verdict.NOT_ALLOWED if conflict else self._rule(shares)
            turned = verdict is Verdict.NOT_ALLOWED and not conflict and excepted(u, first)
            if turned or (verdict is Verdict.ALLOWED and _speaks_against(u, first)):
                verdict = Verdict.CONDITIONAL
            reason = _reason(shelf[chosen[0]], shares[verdict])
        pieces = [shelf[i].deontic for i in _binding(chosen, shelf, relevance)]
        return Reading(
            relevance=relevance,
            chosen=chosen if conflict is None else tuple(dict.fromkeys((*conflict[::-1], *chosen)))[:MOST_CITED],
            covered=covered,
            covered_probability=probability,
            verdict=verdict,
            reason=reason,
            conditions=tuple(dict.fromkeys(c for d in pieces for c in d.conditions)),
            exceptions=tuple(dict.fromkeys(e for d in pieces for e in d.exceptions)),
            conflict=conflict,
            overruled=overruled(chosen, shelf) if covered else None,
            unsettled=_unsettled(u, signals) if covered else (),
            shares=tuple(shares.items()),
        )

    def reports_harm(self, text: str, embed: Embed) -> Worry:
        """How surely a message reports that somebody is or may be harmed. `embed`: texts to unit vectors by the reading model."""
        return self._weights.disclosure.recognises(text, embed)

    def asks_nothing(self, text: str, embed: Embed) -> bool:
        """Whether a message is an order, a trick or a task for the bot, without a question that a policy could answer."""
        return float(self._weights.idle.probabilities([text], embed([text]))[0]) >= self._weights.choices.no_question

    def relevance(self, u: Understanding, clauses: tuple[Clause, ...], signals: Signals) -> FloatArray:
        """(n,) probability in [0, 1] that each clause must be cited."""
        rows, _ = rank_features(u, clauses, signals)
        return in_force(clauses, circumstanced(u, clauses, self._weights.ranker.odds(rows)))

    def shares(
        self, u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
    ) -> dict[Verdict, float]:
        """The probability of every verdict but NOT_COVERED, summing to 1."""
        stated = self._weights.ruling.probabilities(ruling_features(u, clauses, relevance))
        model = self._weights.verdict
        worded = self._weights.wording.probabilities(u.question.text)
        p = model.probabilities(verdict_features(u, stated, leaning(signals), worded))
        return {Verdict(c): float(x) for c, x in zip(model.classes, p, strict=True)}

    def _choose(
        self, u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
    ) -> tuple[int, ...]:
        """The best clause, more while they are near enough to it, the best for each part of a
        compound question, and what binds the best one."""
        choices = self._weights.choices
        order = np.argsort(-relevance, kind="stable")[:MOST_CITED]
        least = max(choices.cite_least, choices.cite_share * float(relevance[order[0]]))
        chosen = [int(i) for k, i in enumerate(order) if k == 0 or relevance[i] >= least]
        parts = part_readings(u, signals)
        answers = [int(np.argmax(p)) for p in parts if p.max() > 0] if len(parts) > 1 else []
        tied = [i for i in bound_to(chosen[0], clauses) if relevance[i] >= choices.cite_least]
        return tuple(dict.fromkeys([chosen[0], *answers, *chosen[1:], *tied]))[:MOST_CITED]

    def _coverage(
        self, u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
    ) -> float:
        """Probability in [0, 1] that the policy answers."""
        if outside(u, clauses):
            return 0.0
        numbers, _ = coverage_features(u, clauses, signals, relevance)
        best = float(relevance.max())
        # A policy with a clause that must so surely be cited is not silent, whatever the pattern of the others.
        return best if best >= self._weights.choices.surely else float(self._weights.coverage.probabilities(numbers)[1])

    def _rule(self, shares: dict[Verdict, float]) -> Verdict:
        """The verdict on what is asked for leave to do: doubt falls on the strict side."""
        choices, total = self._weights.choices, sum(shares[v] for v in RULINGS)
        leave, limited, ban = (shares[v] / total for v in RULINGS)
        if ban >= choices.not_allowed:
            return Verdict.NOT_ALLOWED
        plain = leave >= choices.allowed and leave > limited and ban < choices.ban_at_most
        return Verdict.ALLOWED if plain else Verdict.CONDITIONAL


def _conflict(clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray) -> tuple[int, int] | None:
    """A clause that gives leave without conditions and one that forbids without exceptions, both read as
    answering the question, each with its own verdict for it; None where the clauses agree."""
    near = [int(i) for i in np.flatnonzero(relevance >= max(0.5, 0.6 * relevance.max()))]
    told = {i: int(np.argmax(signals.verdicts[i])) if signals.governing[i] else None for i in near}
    leave = [i for i in near if told[i] == 0 and _plainly(clauses[i], Strength.MAY)]
    ban = [i for i in near if told[i] == 2 and _plainly(clauses[i], Strength.MUST_NOT)]
    return (leave[0], ban[0]) if leave and ban else None


def _speaks_against(u: Understanding, first: Clause) -> bool:
    """Whether there can be no plain leave: none was asked for, or the governing clause forbids and excepts nothing, or
    it states a duty: what must or should be done on the way is a condition."""
    if u.kinds[_PERMISSION] < LEAVE_ASKED:
        return True
    forbids = first.deontic.strength in (Strength.MUST_NOT, Strength.SHOULD_NOT) and not first.deontic.exceptions
    return forbids or first.deontic.strength in (Strength.MUST, Strength.SHOULD)


def _plainly(clause: Clause, strength: Strength) -> bool:
    d = clause.deontic
    return d.strength is strength and not d.conditions and not d.exceptions


def _unsettled(u: Understanding, signals: Signals) -> tuple[int, ...]:
    """The parts of a compound question whose best clause does not answer them; () when all or none are."""
    if len(u.parts) < 2 or u.followup:
        return ()
    open_ = tuple(place for place, row in enumerate(part_readings(u, signals)) if row.max() < UNSETTLED)
    return open_ if len(open_) < len(u.parts) else ()


def _binding(chosen: tuple[int, ...], clauses: Sequence[Clause], relevance: FloatArray) -> list[int]:
    """The chosen clauses whose conditions bind: those about as relevant as the first; all of them when none of those has any."""
    near = [i for i in chosen if relevance[i] >= 0.5 * relevance[chosen[0]]]
    bound = any(clauses[i].deontic.conditions or clauses[i].deontic.exceptions for i in near)
    return near if bound else list(chosen)


def outside(u: Understanding, clauses: Sequence[Clause]) -> str | None:
    """Why the asker's own policies cannot answer whatever they say: the question is about the
    bot, or about an organisation that they do not mention. None when they may answer."""
    if u.out_of_scope:
        return u.out_of_scope
    for name in u.other_names:
        if not any(name.lower() in c.searchable.lower() for c in clauses):
            return "another organisation"
    return None


def _reason(first: Clause, share: float) -> str:
    d = first.deontic
    rule = d.force.value if d.strength is Strength.NONE else f"{d.force.value} ({d.strength.value.replace('_', ' ')})"
    limits = [n for n, found in (("exceptions", d.exceptions), ("conditions", d.conditions)) if found]
    with_limits = f" with {' and '.join(limits)}" if limits else ""
    return f"{rule}{with_limits}; {share:.0%} sure"
