"""`policybot explain`: every clause's score, the decision's inputs and its reason, for whoever wonders why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policybot.bot import PolicyBot
from policybot.coverage import coverage_features
from policybot.features import UNREAD, Signals
from policybot.question import Understanding
from policybot.reader import Reading
from policybot.records import Clause, Question, Verdict


@dataclass(frozen=True, slots=True)
class ClauseScore:
    """How one clause was read. `likeness` is the mean cosine in [-1, 1] of its two views, `words` BM25,
    `read` the log-odds of the reading model (None beyond its shortlist), `relevance` the probability
    in [0, 1] that it must be cited, `says` the verdict that the model reads in it, of the best few."""

    clause: Clause
    likeness: float
    words: float
    read: float | None
    says: str | None
    relevance: float
    cited: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that decided. `scores`: every clause, most relevant first; `inputs`: the numbers that say whether
    the policy answers; `disclosure`: whether a person came first."""

    understanding: Understanding
    scores: tuple[ClauseScore, ...]
    inputs: tuple[tuple[str, float], ...]
    reading: Reading
    disclosure: bool


_SAYS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED, Verdict.INFORMATIONAL)


def explain(bot: PolicyBot, question: Question) -> Explanation | None:
    """Read `question` and keep everything; None where the organisation has no clauses. UnknownOrganisation."""
    shelf = bot.library.shelf(question.organisation)
    clauses = shelf.clauses()
    if not clauses:
        return None
    understanding = bot.understand(question)
    signals = shelf.signals(understanding.searches, remember=False)
    reading = bot.reader.read(understanding, clauses, signals)
    numbers, names = coverage_features(understanding, clauses, signals, reading.relevance)
    order = np.argsort(-reading.relevance, kind="stable")
    return Explanation(
        understanding=understanding,
        scores=tuple(_score(int(i), clauses, signals, reading) for i in order),
        inputs=tuple(zip(names, numbers.tolist(), strict=True)),
        reading=reading,
        disclosure=bool(bot.reader.reports_harm(question.text, shelf.embed)),
    )


def _score(place: int, clauses: tuple[Clause, ...], signals: Signals, reading: Reading) -> ClauseScore:
    log_odds = float(signals.pairs[0, place])
    read = log_odds > UNREAD
    return ClauseScore(
        clause=clauses[place],
        likeness=float(signals.path[0, place] + signals.bare[0, place]) / 2,
        words=float(signals.lexical[0, place]),
        read=log_odds if read else None,
        says=_SAYS[int(np.argmax(signals.verdicts[place]))].value if signals.governing[place] else None,
        relevance=float(reading.relevance[place]),
        cited=place in reading.chosen,
    )


def lines(explanation: Explanation) -> list[str]:
    """What was understood and decided, one sentence a line; the clauses' scores are a table of their own."""
    u, r = explanation.understanding, explanation.reading
    shares = ", ".join(f"{v.value} {p:.0%}" for v, p in r.shares)
    told = [
        f"Understood as: {u.text}",
        f"Searched with: {' | '.join(u.searches)}",
        f"Kind: {u.kind.value}; polarity: {u.polarity.value}; follow-up: {u.followup}; wrapping taken off: {u.attack}",
        f"Covered: {r.covered_probability:.0%}, which is {'enough' if r.covered else 'not enough'}",
        f"Verdicts: {shares}",
        f"Decided: {r.verdict.value} ({r.reason})",
    ]
    if u.out_of_scope:
        told.append(f"Out of scope: {u.out_of_scope}")
    if r.conflict:
        told.append("Two clauses contradict each other; the stricter counts")
    if r.overruled:
        told.append("One of the cited clauses says that it counts before another policy's")
    if explanation.disclosure:
        told.append("Recognised as a disclosure: whom to tell comes before all this")
    return told
