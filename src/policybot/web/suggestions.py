"""Questions to start from, out of the organisation's own policies, for whoever is asking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from policybot.hinting import question_about
from policybot.identity import Role
from policybot.records import Clause, FactKind, Organisation, Policy
from policybot.terms import Force

MOST = 4
_RULES = frozenset({Force.OBLIGATION, Force.PROHIBITION, Force.RECOMMENDATION, Force.PERMISSION})
_PUPILS = r"\b(pupil|student|learner|child|service user)(?:s|ren)?\b"

_BREACH = r"\b(?:breach|break|misus|infring|inappropriate|offensive)\w*"
_TELL = r"\b(?:report|inform|tell|told|notif|aware)\w*"

PROCEDURES: tuple[tuple[str, frozenset[Force], re.Pattern[str]], ...] = (
    (
        "A {0} has sent a member of staff a friend request. What should they do?",
        _RULES,
        re.compile(rf"(?=.*\b(?:friend|befriend))(?=.*{_PUPILS})", re.I | re.S),
    ),
    (
        "Who should be told about a breach of the policy?",
        _RULES,
        re.compile(rf"{_TELL}[^.]{{0,80}}{_BREACH}|{_BREACH}[^.]{{0,80}}{_TELL}", re.I),
    ),
    (
        "What happens to somebody who breaks the policy?",
        frozenset({Force.CONSEQUENCE, Force.OBLIGATION}),
        re.compile(r"\bdisciplin|\bmisconduct|\bdismiss", re.I),
    ),
    (
        "Whose approval does a new social media page need?",
        _RULES,
        re.compile(r"(?=.*\bapprov)(?=.*\b(?:set(?:ting)? up|creat\w+)\b)", re.I | re.S),
    ),
    ("Is what staff do online monitored?", frozenset(Force), re.compile(r"\bmonitor", re.I)),
)
"""What a safeguarding lead looks up: the question, what a clause must do and speak of for it to be asked. {0}: the clause's
own word for a pupil."""

FACTS: tuple[tuple[FactKind, str], ...] = (
    (FactKind.NEXT_REVIEW, "When is the policy next due for review?"),
    (FactKind.APPROVER, "Who approved the policy?"),
    (FactKind.VERSION, "Which version of the policy is this?"),
    (FactKind.EFFECTIVE, "When did the policy come into force?"),
    (FactKind.RELATED_DOCUMENT, "Which other policies does this policy go with?"),
    (FactKind.LEGISLATION, "Which laws does the policy name?"),
    (FactKind.REVIEWED, "When was the policy last reviewed?"),
)
"""What an administrator looks up, asked where the policy states it."""


def suggestions(organisation: Organisation, policies: Sequence[Policy], role: Role = Role.STAFF) -> tuple[str, ...]:
    """Questions that somebody with this role may want to ask; at most four.

    What the role looks up comes first, then what the organisation itself suggests, else questions made from headings.
    """
    own = organisation.suggestions or tuple(_from_headings(policies))
    return tuple(dict.fromkeys((*_of_role(policies, role), *own)))[:MOST]


def _of_role(policies: Sequence[Policy], role: Role) -> list[str]:
    if role is Role.DSL:
        return _procedures([clause for policy in policies for clause in policy.clauses])
    if role in (Role.ADMINISTRATOR, Role.TRUST_LEAD):
        stated = {fact.kind for policy in policies for fact in policy.facts}
        return [question for kind, question in FACTS if kind in stated]
    return []


def _procedures(clauses: Sequence[Clause]) -> list[str]:
    """The procedures that some clause speaks of."""
    asked = []
    for question, forces, pattern in PROCEDURES:
        match = next((m for c in clauses if c.deontic.force in forces and (m := pattern.search(c.whole))), None)
        if match:
            asked.append(question.format(*(g.lower() for g in match.groups() if g)))
    return asked


def _from_headings(policies: Sequence[Policy]) -> list[str]:
    """The headings that most clauses stand under, as questions."""
    weight = Counter(clause.heading for policy in policies for clause in policy.clauses)
    asked = (question_about(heading) for heading, _ in weight.most_common() if heading)
    return list(dict.fromkeys(question for question in asked if question))
