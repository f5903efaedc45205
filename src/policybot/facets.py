"""What would change an answer: the circumstances that the policy itself tells apart, as follow-ups to ask with one click.

A circumstance is offered where a cited clause, or another rule of the same section, turns on it: whose device, whose time,
for work or in private, with leave, who it is about, which platform. Nothing is offered that the question already says.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policybot.names import platforms_in
from policybot.question import understand
from policybot.records import Answer, Answered, Clause, Occasion, Question
from policybot.terms import Force, Verdict

MOST = 4
"""How many follow-ups are offered at most."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A circumstance that could change the answer: `label` for a button, `question` the follow-up as it is asked."""

    label: str
    question: str

    def __post_init__(self) -> None:
        if not self.label.strip() or not self.question.strip():
            raise ValueError("a facet needs a label and a question")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a distinction. `ruled`: words by which a clause speaks of it; `said`: words by which a question does."""

    facet: Facet
    ruled: re.Pattern[str]
    said: re.Pattern[str]


def _side(label: str, ruled: str, said: str, question: str = "") -> Side:
    # Of the wordings tried, this is the one that the reader takes as asking for leave ("And ...?" it often read as a ban).
    asked = question or f"Is it allowed {label[:1].lower()}{label[1:]}?"
    return Side(Facet(label, asked), re.compile(ruled, re.I), re.compile(f"{ruled}|{said}", re.I))


_OWN_TIME = r"\b(?:own|personal|free|spare) time|\boutside (?:of )?(?:work|working|school|office|your|their)?\s?(?:hours|time)|\bnot at work|\bout of (?:work|hours)"
_WORK_TIME = (
    r"\b(?:work(?:ing)?|school|office|contracted|business) (?:time|hours|day)|\bat work\b|\bwhile (?:on duty|working)|\bon duty|\bin lessons?\b"
)
_WORK_KIT = (
    r"\b(?:our|company|school|work|trust|academy|centre|nursery|organisation|institute|council|college|employer)(?:['’]s)? "
    r"(?:(?:[\w-]+ ){0,2}(?:and|or|ICT|IT|computer) )?(?:equipment|devices?|computers?|phones?|laptops?|hardware|networks?|systems?|tablets?|PCs?)\b"
    r"|\b(?:equipment|devices?|computers?|systems?)\b.{0,25}\b(?:of|belonging to|owned by|that) the (?!user|individual)\w+"
)
_OWN_KIT = r"\b(?:own|personal|private)(?:ly)?(?:[- ]owned)? (?:\w+ )?(?:equipment|devices?|computers?|(?:mobile )?phones?|mobiles?|laptops?|tablets?)|\b(?:equipment|devices?) of your own"
_FOR_WORK = (
    r"\bfor (?:work|business|professional|official|\w+ \w+) purposes|\bon behalf of\b|\bprofessional (?:use|purposes|capacity)|\bbusiness (?:use|purposes)"
    r"|\bwork[- ]related\b|\bofficial (?:\w+ )?(?:account|page|site)s?"
)
_IN_PRIVATE = r"\b(?:personal|private) (?:use|purposes|capacity|accounts?|pages?|profiles?|blogs?|web content|social media)|\bown (?:accounts?|pages?|profiles?|blogs?)"

_PAIRS: tuple[tuple[Side, Side], ...] = (
    (
        _side("In my own time", _OWN_TIME, r"\bweekends?|\bsaturday|\bsunday|\bat home|\bevenings?|\bholidays?|\bbreaks?\b|\blunch|\boff (?:duty|shift|the clock)|\bafter (?:work|school|hours)|\btonight"),
        _side("During working hours", _WORK_TIME, r"\bon shift|\bat my desk|\bduring the (?:\w+ )?day|\bin class|\bbetween (?:lessons|clients|my)|\bon the clock"),
    ),
    (
        _side("On my own phone", _OWN_KIT, r"\bmy (?:\w+ )?(?:phone|mobile|iphone|tablet|ipad|laptop|computer)"),
        _side("On a work computer", _WORK_KIT, r"\b(?:work|school|desk|office|staff ?room|classroom|college|nursery|centre|trust) (?:\w+ )?(?:phone|mobile|pc|tablet|ipad|laptop|computer|wi-?fi)|\bdesk pc"),
    ),
    (
        _side("On my own account", _IN_PRIVATE, r"\bmy (?:\w+ )?(?:facebook|fb|insta(?:gram)?|x|twitter|tiktok|snapchat|linkedin|blog|bio|profile|accounts?|page|feed)\b|\bprivate|\bpersonal(?:ly)?\b|\bown socials", "Is it allowed on my own private account?"),
        _side("For work", _FOR_WORK, r"\b(?:for|as part of) (?:work|my job)|\b(?:our|the) (?:\w+['’]?s? ){0,2}(?:facebook|fb|insta(?:gram)?|x|twitter|tiktok|snapchat|linkedin|page|account|feed)\b|\bprofessional", "Is it allowed if it is for work?"),
    ),
)  # fmt: skip
"""Distinctions of which one side or the other holds."""

_LEAVE: tuple[Side, ...] = (
    _side("With written consent", r"\b(?:consent|permission|agreement)\b.{0,25}\b(?:in writing|written)\b|\bwritten (?:\w+ )?(?:consent|permission|agreement)", r"\bin writing|\bsigned"),
    _side("With permission", r"\bpermission\b|\bconsent(?:s|ed)?\b|\bauthoris(?:ed|ation)\b", r"\bsaid yes|\bagreed|\bokayed|\bsign[- ]off|\bask(?:ing|ed)?\b"),
    _side("With approval", r"\bapprov(?:al|e|ed)\b", r"\bpassed\b"),
)  # fmt: skip
"""Somebody's leave, the strictest first."""

_SINGLE: tuple[Side, ...] = (
    _side("If I say where I work", r"\bidentif\w+ (?:\w+ )?(?:themselves|yourself|you|the|their|your)|\bsays? that you work|\byou work for us|\bassociated with the|\b(?:name|mention)\w* (?:of )?(?:the|your|their) (?:centre|school|employer|academy|trust|nursery|workplace|place of work)",
          r"\bwhere i work|\bemployer|\bsay(?:ing)? i(?:['’]m| am| work)|\bmy job|\bknow(?:s)? (?:which|where)|\bwork (?:for|at|here)|\bname (?:our|the|my)"),
    _side("With a disclaimer", r"\bdisclaimer|\bviews? (?:\w+ ){0,4}(?:are|is) (?:mine|my own|their own|your own|the author)|\bspeak on their own behalf", r"\bmy (?:own )?views?",
          "Is it allowed if I say that the views are my own?"),
)  # fmt: skip
"""Circumstances that either hold or are not spoken of."""

_PEOPLE: tuple[Side, ...] = (
    _side("If it is a relative", r"\brelatives?\b|\bfamily (?:member|friend)s?|\bmembers? of (?:their|your) (?:own )?family", r"\bmy (?:own )?(?:son|daughter|niece|nephew|cousin|sister|brother|child|kid)\b|\bfamily"),
    _side("If it is a former pupil", r"\b(?:former|ex|past|previous)[- ](?:pupil|student|learner|child)(?:s|ren)?|\b(?:pupil|student|learner)s? (?:who )?(?:has|have) left", r"\bleavers?\b|\bleft (?:us|school)|\bold (?:pupil|student)"),
    _side("If it is a parent", r"\bparents?\b|\bcarers?\b|\bguardians?\b", r"\bmums?\b|\bdads?\b|\bmother|\bfather"),
    _side("If it is a colleague", r"\bcolleagues?\b|\bco-?workers?\b|\bfellow (?:employee|staff|member)s?|\bstaff members?\b|\bmembers? of staff\b", r"\bworkmates?|\bassessor|\bteachers?\b|\btutors?\b|\bheadteacher|\bmy (?:boss|manager|mate)"),
    _side("If it is a pupil", r"\b(?:pupil|student|learner|child|young people|young person|service user|centre user)(?:s|ren)?\b", r"\bkids?\b|\bbairns?\b|\bapprentices?\b|\byear \d|\bbab(?:y|ies)\b|\btoddlers?"),
)  # fmt: skip
"""Whom it is about or comes from: another of them is asked for only where the question is about somebody."""

_RULED = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)
_RULES = (Force.PROHIBITION, Force.OBLIGATION, Force.RECOMMENDATION, Force.PERMISSION)


def facets(answer: Answer, clauses: Sequence[Clause]) -> tuple[Facet, ...]:
    """At most four follow-ups that could change a ruling, what the governing clause turns on first; () for what is no ruling.

    `clauses`: all of the asker's shelf, in any order.
    """
    return tuple(side.facet for side in sides(answer, clauses))


def sides(answer: Answer, clauses: Sequence[Clause]) -> tuple[Side, ...]:
    """`facets`, each with the words by which a clause speaks of it."""
    if not isinstance(answer, Answered) or answer.occasion is not Occasion.QUESTION or answer.verdict not in _RULED:
        return ()
    cited = _cited(answer, clauses)
    if not cited or _too_deep(answer.question):
        return ()
    said, own = understand(answer.question).text, [_rule(c) for c in cited]
    texts = own + [_rule(c) for c in _beside(cited, clauses)]
    found = [
        *_pairs(said, texts, answer.verdict), *_leave(said, own, answer.verdict), *_single(said, own), *_people(said, texts), *_platform(said, own[0]),
    ]  # fmt: skip
    return tuple(side for _, side in sorted(found, key=lambda place_and_side: place_and_side[0]))[:MOST]


def _cited(answer: Answered, clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses that the answer rests on, what governs first."""
    known = {c.id: c for c in clauses}
    return [known[c.clause_id] for c in answer.citations if c.clause_id in known]


def _beside(cited: Sequence[Clause], clauses: Sequence[Clause]) -> list[Clause]:
    """The other rules of the governing clause's section that rule otherwise than it does."""
    governing = cited[0]
    own = {c.id for c in cited}
    return [
        c for c in clauses
        if c.id not in own and c.policy_id == governing.policy_id and c.heading_path == governing.heading_path
        and c.deontic.force in _RULES and (c.deontic.force, c.deontic.strength) != (governing.deontic.force, governing.deontic.strength)
    ]  # fmt: skip


def _rule(clause: Clause) -> str:
    """The clause as it is searched for what it turns on: with its heading, which often says for whom or when it holds."""
    return f"{clause.heading}\n{clause.whole}"


def _too_deep(question: Question) -> bool:
    """Whether a further follow-up would lose what the conversation is about: it reaches back over two questions only."""
    before = [t.content for t in question.history if t.role == "user"]
    if len(before) < 2 or not understand(question).followup:
        return False
    earlier = question.history[: max(n for n, t in enumerate(question.history) if t.role == "user")]
    return understand(Question(question.organisation, before[-1], earlier)).followup


_Found = tuple[int, Side]
"""The place of the first clause that speaks of a side, and the side."""


def _first(side: Side, texts: Sequence[str]) -> list[_Found]:
    """The side with the place of the first text that speaks of it; [] where none does."""
    place = next((n for n, text in enumerate(texts) if side.ruled.search(text)), None)
    return [] if place is None else [(place, side)]


def _pairs(said: str, texts: Sequence[str], verdict: Verdict) -> list[_Found]:
    """Sides that a clause rules on apart from the other one. The mere opposite of what a clause says is not offered: of
    that the policy is silent, and a ban during working hours would be read out as an answer about one's own time."""
    found: list[_Found] = []
    for pair in _PAIRS:
        apart = [text if sum(bool(side.ruled.search(text)) for side in pair) == 1 else "" for text in texts]
        # A plain yes or no that rests on a clause about this side already is the answer to it.
        known = [side for side in pair if side.said.search(said) or (verdict is not Verdict.CONDITIONAL and side.ruled.search(apart[0]))]
        found += [one for side in pair if side not in known for one in _first(side, apart)]
    return found


def _leave(said: str, texts: Sequence[str], verdict: Verdict) -> list[_Found]:
    """Somebody's leave, in the word of the clause, once; what is allowed needs none."""
    if verdict is Verdict.ALLOWED or any(side.said.search(said) for side in _LEAVE):
        return []
    return sorted((one for side in _LEAVE for one in _first(side, texts)), key=lambda one: one[0])[:1]


def _single(said: str, texts: Sequence[str]) -> list[_Found]:
    """Circumstances that a clause turns on and the question does not name."""
    return [one for side in _SINGLE if not side.said.search(said) for one in _first(side, texts)]


def _people(said: str, texts: Sequence[str]) -> list[_Found]:
    """Somebody else whom the clauses speak of, where the question is about somebody."""
    about = [side for side in _PEOPLE if side.said.search(said)]
    return [one for side in _PEOPLE if about and side not in about for one in _first(side, texts)]


def _platform(said: str, governing: str) -> list[_Found]:
    """A platform that the governing clause names, where the question names another."""
    asked = {_plain(p) for p in platforms_in(said)}
    named = [p for p in platforms_in(governing) if _plain(p) not in asked]
    return [(0, _side(f"On {named[0]}", rf"\b{re.escape(named[0])}\b", "(?!)", f"Is it allowed on {named[0]}?"))] if asked and named else []


def _plain(platform: str) -> str:
    """'Linked In' and 'LinkedIn' are one."""
    return platform.lower().replace(" ", "")
