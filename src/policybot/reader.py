"""Question x clauses -> what is relevant, whether the policy answers at all, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policybot.coverage import coverage_features
from policybot.features import FloatArray, Signals, rank_features
from policybot.question import QuestionKind, Understanding
from policybot.records import Clause, Strength, Verdict
from policybot.ruling import bans_alone, circumstanced, excepted, meaning, ruling_features
from policybot.weights import Weights

MOST_CITED = 5
"""Citations beyond the fifth do not count (the batch contract)."""
_PERMISSION = tuple(QuestionKind).index(QuestionKind.PERMISSION)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a question.

    `relevance`: (n,) probability in [0, 1] that each clause must be cited. `chosen`: indices of
    the clauses to cite, best first, 1 to 5 (the nearest ones when not covered). `covered`:
    whether the policy answers; `covered_probability` in [0, 1]. `verdict` is NOT_COVERED
    exactly when `covered` is false. `reason` says in a few words how the verdict came about.
    `conditions` and `exceptions` are verbatim pieces of the chosen clauses that govern.
    """

    relevance: FloatArray
    chosen: tuple[int, ...]
    covered: bool
    covered_probability: float
    verdict: Verdict
    reason: str
    conditions: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


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
        shelf = tuple(clauses)
        if signals.path.shape != (len(understanding.searches), len(shelf)):
            raise ValueError(
                f"signals {signals.path.shape} do not fit {len(understanding.searches)} searches x {len(shelf)} clauses"
            )
        rows, _ = rank_features(understanding, shelf, signals)
        relevance = circumstanced(understanding, shelf, self._weights.ranker.probabilities(rows))
        chosen = self._choose(relevance)
        probability = self._coverage(understanding, shelf, signals, relevance)
        choices, asks_leave = self._weights.choices, self._asks_leave(understanding)
        covered = probability >= (choices.covered_permission if asks_leave else choices.covered)
        verdict, reason = Verdict.NOT_COVERED, outside(understanding, shelf) or "no clause answers"
        if covered:
            verdict, reason = Verdict.INFORMATIONAL, f"a question of {understanding.kind.value}"
        if covered and asks_leave:
            verdict, reason = self._rule(understanding, shelf, signals, relevance)
        pieces = [shelf[i].deontic for i in _binding(chosen, shelf, relevance)]
        return Reading(
            relevance=relevance,
            chosen=chosen,
            covered=covered,
            covered_probability=probability,
            verdict=verdict,
            reason=reason,
            conditions=tuple(dict.fromkeys(c for d in pieces for c in d.conditions)),
            exceptions=tuple(dict.fromkeys(e for d in pieces for e in d.exceptions)),
        )

    def _choose(self, relevance: FloatArray) -> tuple[int, ...]:
        """The best clause, and up to four more while they are near enough to it."""
        choices = self._weights.choices
        order = np.argsort(-relevance, kind="stable")[:MOST_CITED]
        least = max(choices.cite_least, choices.cite_share * float(relevance[order[0]]))
        return tuple(int(i) for k, i in enumerate(order) if k == 0 or relevance[i] >= least)

    def _coverage(
        self, u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
    ) -> float:
        """Probability in [0, 1] that the policy answers."""
        if outside(u, clauses):
            return 0.0
        numbers, _ = coverage_features(u, clauses, signals, relevance)
        return float(self._weights.coverage.probabilities(numbers)[1])

    def _asks_leave(self, u: Understanding) -> bool:
        return u.kinds[_PERMISSION] >= self._weights.choices.permission

    def _rule(
        self, u: Understanding, clauses: tuple[Clause, ...], signals: Signals, relevance: FloatArray
    ) -> tuple[Verdict, str]:
        """The verdict on what is asked for leave to do."""
        choices = self._weights.choices
        features = ruling_features(u, clauses, relevance, self._leanings(u, signals, relevance))
        p = self._weights.ruling.probabilities(features) * (choices.allowed, 1.0, choices.not_allowed)
        share = dict(zip(self._weights.ruling.classes, (p / p.sum()).tolist(), strict=True))
        if share[Verdict.ALLOWED] < choices.allowed_least:
            del share[Verdict.ALLOWED]
            if bans_alone(clauses, relevance):
                return Verdict.NOT_ALLOWED, _reason(clauses[int(np.argmax(relevance))], share[Verdict.NOT_ALLOWED])
        verdict, first = Verdict(max(share, key=share.__getitem__)), clauses[int(np.argmax(relevance))]
        if verdict is Verdict.NOT_ALLOWED and excepted(u, first):
            return Verdict.CONDITIONAL, _reason(first, share[verdict])
        return verdict, _reason(first, share[verdict])

    def _leanings(self, u: Understanding, signals: Signals, relevance: FloatArray) -> FloatArray:
        """(6,) log-probabilities of the verdicts by wording, then by meaning (even without vectors)."""
        wording = self._weights.verdict_wording.probabilities(u.question.text)
        vectors = meaning(signals.asked, signals.clauses, relevance)
        model = self._weights.verdict_meaning
        by_meaning = np.full(3, 1 / 3) if vectors is None else model.probabilities(vectors)
        return np.log(np.concatenate([wording, by_meaning]))


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
