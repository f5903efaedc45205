"""Whom the policy says to ask: read from its own clauses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policybot.names import ROLE
from policybot.records import Clause, ClauseKind, Contact
from policybot.sentences import sentences

IN_DOUBT = re.compile(
    r"\b(?:quer(?:y|ies)|questions?|doubt|unsure|not (?:sure|clear|certain)|uncertain|advice|guidance|clarif\w+|areas? of concern|concerns?)\b", re.I
)
TURN_TO = re.compile(
    r"\b(?:speak (?:to|with)|talk to|discuss(?:ed)?(?: \w+){0,4} with|ask|contact|consult|seek(?: \w+){0,2} (?:advice|guidance) from|raise[sd]?(?: [\w,]+){0,24} with|"
    r"refer(?:red)? to|report(?:ed)?(?: \w+){0,3} to|advice from|available from|advise and support|approval (?:should be obtained )?from)\b",
    re.I,
)
APPROVAL = re.compile(r"\bapprov\w+\b|\bpermission\b|\bauthoris\w+\b", re.I)
VAGUE = {"governors", "administrator", "administrators", "directors", "director", "trade union"}
"""Roles that answer for the policy but are not whom a member of staff walks up to."""


def policy_contact(clauses: Sequence[Clause]) -> Contact | None:
    """Whom the policy names for queries, with the clause; None when it names nobody.

    The clause that speaks of doubt and of whom to turn to wins, then one that only says whom
    to turn to, then whoever approves things; the earlier on a tie.
    """
    best: tuple[int, Contact] | None = None
    for clause in clauses:
        if clause.kind in (ClauseKind.COVER, ClauseKind.ROW):
            continue  # who signed a policy is not thereby whom to ask
        for sentence in sentences(clause.text):
            weight = _weight(sentence)
            who = _who(sentence) if weight else None
            if who and (best is None or weight > best[0]):
                best = (weight, Contact(who=who, clause_id=clause.id))
    return best[1] if best else None


def _weight(sentence: str) -> int:
    doubt, turn = bool(IN_DOUBT.search(sentence)), TURN_TO.search(sentence)
    if doubt and turn:
        return 3
    if turn:
        return 2
    return 1 if APPROVAL.search(sentence) and re.search(r"\bfrom\b|\bby\b", sentence) else 0


def _who(sentence: str) -> str | None:
    """The roles after the words that say whom to turn to, joined with 'or'."""
    turn = TURN_TO.search(sentence)
    after = sentence[turn.end() :] if turn else sentence
    roles = {m.group(1): _spoken(after[: m.start()], m.group(1)) for m in ROLE.finditer(after[:160])}
    named = [spoken for role, spoken in roles.items() if role.lower() not in VAGUE]
    return " or ".join(named[:2]) or None


def _spoken(before: str, role: str) -> str:
    """The role as one says it to the asker: 'their line manager' is 'your line manager'."""
    if re.search(r"\b(?:their|your|his|her|his/her)\s$", before):
        return f"your {role}"
    return role if role.isupper() and not SAFEGUARDING_ROLE.fullmatch(role) else f"the {role}"


SAFEGUARDING_ROLE = re.compile(
    r"\b((?:(?:deputy|lead|named|senior) )?(?:designated )?(?:safeguarding|child protection) (?:lead|officer|person|team|manager|co-?ordinator|adviser)s?|"
    r"designated (?:safeguarding )?(?:lead|person|officer)s?(?: for (?:safeguarding|child protection))?|(?:deputy )?DSLs?|DDSL|LADO)\b",
    re.I,
)
TELLS = re.compile(
    r"\b(?:tell|inform\w*|report\w*|contact\w*|refer\w*|speak|notif\w+|rais\w+|pass(?:ed)? (?:it |this )?(?:on|to)|discuss\w*|alert\w*|bring\w*|made aware)\b",
    re.I,
)
WORRY = re.compile(
    r"\b(?:concern\w*|disclos\w+|worr\w+|abus\w+|harm\w*|at risk|safeguarding (?:issue|matter|incident)s?|child protection|welfare|allegation\w*|incident\w*|event\w*)\b",
    re.I,
)


_TOLD = re.compile(
    r"\s+(?:(?:(?:must|should|shall|will|can|may|(?:is|are|has|have|needs?) to)\s+)?(?:\w+ly\s+)?(?:be|is|are)\s+(?:\w+ly\s+)?"
    r"(?:told|informed|notified|alerted|contacted|consulted|made aware)|informed)\b",
    re.I,
)
"""After a role: it is told ('must be informed')."""
_TELLS_ON = re.compile(
    r"(?:\s(?:or|and)\s[\w'’ ]{1,30}?)?\s(?:(?:will|shall|must|should|may|can|would|then|also|\w+ly)\s){0,3}"
    r"(?:tells?|informs?|reports?|contacts?|refers?|speaks?|notif(?:y|ies)|raises?|pass(?:es)?|discuss(?:es)?|alerts?|brings?)\b",
    re.I,
)
"""After a role: it is the one that tells, so whoever comes next is not whom the asker tells."""
_ACCUSED = re.compile(
    r"\b(?:against|about|concern(?:s|ing)|involv(?:es?|ing)|regarding|relat(?:es?|ing) to|made of)\s+"
    r"(?:(?!(?:to|with|must|should|shall|will|is|are)\b)[\w'’/-]+\s+){0,4}$",
    re.I,
)
"""Before a role: the worry is about it."""
_UNMEANT = re.compile(r"\b(?:by|not|rather than|instead of|without)\s+(?:(?:to|with|the|an?|your|their|our)\s+){0,2}$", re.I)
"""Before a role: others are told, or it is the one that tells."""
_NEGATED = re.compile(
    r"(?:\b(?:not|never|cannot|without|nor)|n['’]t)"
    r"(?:[\s:]+(?!(?:hesitate|fail|delay|wait|forget|only|but|and|then|must|should|sure|certain|clear)\b)[\w'’-]+){0,3}[\s:]+$",
    re.I,
)
"""Before a verb: it says what not to do."""


def safeguarding_contact(clauses: Sequence[Clause]) -> Contact | None:
    """Whom the policy says to tell when somebody may be at risk, with the clause; None when it names nobody for that.

    A sentence counts that tells staff to tell: best one that names a safeguarding role and the worry,
    then the role alone, then anybody to whom a safeguarding or child protection worry goes.
    """
    best: tuple[int, Contact] | None = None
    for clause in clauses:
        if clause.kind in (ClauseKind.COVER, ClauseKind.ROW):
            continue
        for sentence in sentences(clause.text):
            weight, who = _told(clause, sentence)
            if who and (best is None or weight > best[0]):
                best = (weight, Contact(who=who, clause_id=clause.id))
    return best[1] if best else None


def naming_sentence(clause: Clause, contact: Contact) -> str | None:
    """The sentence of `clause`, verbatim, for which `safeguarding_contact` names `contact`; else the first
    one in which the role stands, and None where it stands in none."""
    own = sentences(clause.text)
    role = re.sub(r"^(?:the|your) ", "", contact.who).lower()
    said = (s for s in own if _told(clause, s)[1] == contact.who)
    return next(said, None) or next((s for s in own if role in s.lower()), None)


def _told(clause: Clause, sentence: str) -> tuple[int, str | None]:
    """Whom one sentence of `clause` says to tell, and how much that counts."""
    stem, accused, others = f"{clause.stem}\n" if clause.stem else "", False, sentence
    for role in SAFEGUARDING_ROLE.finditer(sentence):
        before = stem + sentence[: role.start()]
        if _ACCUSED.search(before):
            accused, others = True, others.replace(role.group(1), "them")
        elif _TOLD.match(sentence, role.end()) or (_sent(before) and not _UNMEANT.search(before)):
            return 1 if accused else 2 + bool(WORRY.search(clause.whole)), _spoken(before, role.group(1))
        elif _TELLS_ON.match(sentence, role.end()):
            return 0, None
    return 1, _who(others) if TELLS.search(clause.whole) and _child_at_risk(others, accused) else None


def _sent(before: str) -> bool:
    """Whether the last telling verb in `before` bids to tell; 'must not contact' does not."""
    verbs = list(TELLS.finditer(before))
    return bool(verbs) and not _NEGATED.search(before[: verbs[-1].start()])


def _child_at_risk(sentence: str, known: bool) -> bool:
    """Whether a sentence bids to turn to somebody over a child at risk; `known` that it is of one."""
    turn = TURN_TO.search(sentence)
    at_risk = known or re.search(r"\b(?:safeguard\w*|child protection|welfare of|at risk|abuse\w*)\b", sentence, re.I)
    return bool(turn and at_risk and not _NEGATED.search(sentence[: turn.start()]))
