"""The verdict of a permission question: the deontic reading of the clauses that count for it,
weighed with how the question was put and the circumstances it names."""

# ruff: noqa: E501
from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from policybot.deontic import sentences, strengths
from policybot.features import FloatArray, Signals, content_words
from policybot.question import Facets, Polarity, QuestionKind, Understanding
from policybot.records import Clause, Force, Strength

_STRENGTHS = (Strength.MUST_NOT, Strength.MUST, Strength.SHOULD_NOT, Strength.SHOULD, Strength.MAY, Strength.NONE)
_FORCES = (Force.DEFINITION, Force.CONSEQUENCE, Force.FACT)
_LOOKED_AT = 3

_APPROVAL = re.compile(
    r"\b(?:approv\w+|permission|consent|authoris\w+|agree[ds]?|agreement|in advance|prior|first|declared?|written|in writing|register(?:ed)?|notif\w+)\b",
    re.I,
)
_ONLY = re.compile(
    r"\bonly\b|\bunless\b|\bprovided\b|\bsubject to\b|\bas long as\b|\bso long as\b|\bif\b|\bwhere\b", re.I
)
_ALWAYS = re.compile(
    r"\b(?:under no circumstances|ever|never|any circumstances|strictly|at any time|whatsoever|without exception|not even|even (?:if|where|with))\b",
    re.I,
)
_HAS_LEAVE = re.compile(
    r"\b(?:(?:has|have|had|she['’]?s|he['’]?s|they['’]?ve|i['’]?ve|we['’]?ve|got|with|already|all)\b[^.?!]{0,30}\b(?:ok(?:ayed|['’]d)?|approv\w+|agreed|said (?:yes|ok|fine|it)|signed|permission|consent|cleared|go[- ]ahead|declared|told|registered|passed)|"
    r"(?:signed|written|in writing|approved|agreed|cleared)\b|given (?:me|us) (?:the|her|his|their))\b",
    re.I,
)
_LACKS_LEAVE = re.compile(
    r"\b(?:without (?:\w+ ){0,3}(?:ask\w*|tell\w*|permission|consent|bother\w*|check\w*|approval|saying)|haven['’]?t (?:\w+ )?(?:asked|told|checked|signed|got)|not (?:asked|told|signed|bothered)|"
    r"(?:no|nothing|never) (?:\w+ )?(?:signed|asked|form|consent|permission)|off my own bat|don['’]?t (?:want to )?(?:ask|tell|bother)|do i (?:need|have) to ask|verbal(?:ly)?|spoken)\b",
    re.I,
)
_PLEADS = re.compile(
    r"\b(?:just|only|surely|promise|nobody|no one|no-one|won['’]?t|wont|tiny|quick|bit of|harmless|everyone (?:does|else)|joke|funny|laugh|no names|anonym\w+|friends only|private|right\?|isn['’]?t it)\b",
    re.I,
)
_WORK_TIME = re.compile(
    r"\b(?:work(?:ing)? (?:time|hours)|during (?:work|the working day|contracted|lessons|sessions)|at work|on duty|contact time|while (?:at work|on duty|working)|school day)\b",
    re.I,
)
_OWN_TIME = re.compile(
    r"\b(?:own time|personal time|outside (?:of )?(?:work|working|school|contracted)|breaks?|lunch\w*|off duty|private capacity|evenings?|weekends?)\b",
    re.I,
)
_WORK_KIT = re.compile(
    r"\b(?:(?:school|work|company|trust|college|centre|nursery|council|academy|organisation)(?:['’]s)? (?:\w+ )?(?:equipment|device|devices|computers?|laptops?|tablets?|network|networks|wi-?fi|phones?|systems?)|ict equipment|issued)\b",
    re.I,
)
_OWN_KIT = re.compile(
    r"\b(?:personal(?:ly)?[- ](?:owned )?(?:device|devices|phones?|equipment|mobile)|own (?:device|devices|phone|phones|equipment))\b",
    re.I,
)
_WORK_ACCOUNT = re.compile(
    r"\b(?:official|work-related|(?:school|company|trust|college|centre|nursery|council|academy|department)(?:['’]s)? (?:\w+ )?(?:accounts?|pages?|channels?|sites?))\b",
    re.I,
)
_OWN_ACCOUNT = re.compile(
    r"\b(?:personal|own|private) (?:\w+ )?(?:accounts?|pages?|profiles?|sites?|social|web|blogs?|use)\b", re.I
)
_SIDES = (("time", _WORK_TIME, _OWN_TIME), ("device", _WORK_KIT, _OWN_KIT), ("account", _WORK_ACCOUNT, _OWN_ACCOUNT))


@lru_cache(maxsize=4096)
def _shape(clause: Clause) -> tuple[float, ...]:
    """What the clause is, whatever the question: strengths, forces, conditions, absoluteness."""
    d, whole = clause.deontic, clause.whole
    every = {s for sentence in sentences(whole) for s in strengths(sentence)}
    return (
        *(float(d.strength is s) for s in _STRENGTHS),
        *(float(d.force is f) for f in _FORCES),
        *(float(s in every) for s in _STRENGTHS[:5]),
        float(bool(d.exceptions)),
        float(bool(d.conditions)),
        float(bool(_APPROVAL.search(whole))),
        float(bool(_ONLY.search(whole))),
        float(bool(_ALWAYS.search(whole))),
    )


_SHAPE = len(_STRENGTHS) + len(_FORCES) + 10


def _sides(facets: Facets, clause: Clause) -> tuple[float, ...]:
    """For time, device and account: +1 the clause speaks of the asker's side, -1 of the other only."""
    out = []
    for name, work, own in _SIDES:
        said, is_work, is_own = getattr(facets, name), bool(work.search(clause.whole)), bool(own.search(clause.whole))
        if said is None or is_work == is_own:
            out.append(0.0)
        else:
            out.append(1.0 if (said == "work") == is_work else -1.0)
    return tuple(out)


def _turned_off(asked: frozenset[str], clause: Clause) -> tuple[float, float]:
    """Share of the asked words in the exceptions, and in the conditions, of a clause."""
    n = len(asked) or 1
    pieces = (" ".join(clause.deontic.exceptions), " ".join(clause.deontic.conditions))
    return len(asked & content_words(pieces[0])) / n, len(asked & content_words(pieces[1])) / n


_PLAIN = 3
"""A question with at most this many words of substance is plain: 'can I use LinkedIn at work?'"""
_LIFT = 2.5
"""Log-odds a clause gains when it is about the very time, device or account that a plain question names."""


def circumstanced(u: Understanding, clauses: tuple[Clause, ...], relevance: FloatArray) -> FloatArray:
    """(n,) relevance with the circumstances of a plain question weighed in.

    Such a question has little else to find its clause by: what it asks about is the time, device or
    account, and the rule on that governs. The ranker learnt from fuller questions and underrates it.
    """
    if len(content_words(u.text)) > _PLAIN or u.facets == Facets():
        return relevance
    side = np.array([max(_sides(u.facets, c), key=abs) if c.deontic.strength is not Strength.NONE else 0.0 for c in clauses])
    odds = relevance / (1 - np.clip(relevance, 0, 1 - 1e-9)) * np.exp(_LIFT * side)
    return odds / (1 + odds)


def excepted(u: Understanding, clause: Clause) -> bool:
    """Whether the asker names what the clause excepts: 'my cousin' where it says 'unless a relative'."""
    named = content_words(" ".join(clause.deontic.exceptions)) - content_words(clause.heading)
    main = content_words(clause.whole.replace(" ".join(clause.deontic.exceptions), " "))
    return bool(clause.deontic.exceptions) and bool((named - main) & content_words(u.expanded))


def leaning(signals: Signals) -> FloatArray:
    """(4,) scores of allowed, conditional, not allowed, informational: what the model that reads for the verdict makes
    of the likeliest clauses, each counting as far as it governs."""
    return signals.governing @ signals.verdicts


def verdict_features(u: Understanding, stated: FloatArray, read: FloatArray, worded: FloatArray) -> FloatArray:
    """(13,) what decides the verdict: log-probabilities of the deontic reading `stated` (3,), scores of the
    model's reading `read` (4,), the leaning of how it was put `worded` (3,), and whether leave was asked for."""
    kinds = np.log(np.array(u.kinds) + 0.02)
    permission = kinds[tuple(QuestionKind).index(QuestionKind.PERMISSION)]
    share = np.log(np.exp(read - read.max()) / np.exp(read - read.max()).sum() + 1e-3)
    return np.array([*np.log(stated + 1e-3), *share, *np.log(worded + 1e-3), permission, float(u.polarity is Polarity.BAN), float(u.polarity is Polarity.DUTY)])


def ruling_features(
    u: Understanding, clauses: tuple[Clause, ...], relevance: FloatArray
) -> FloatArray:
    """(f,) what the modal words of the likelier clauses say for each verdict."""
    order = np.argsort(-relevance)[:_LOOKED_AT]
    weight = relevance[order] + 1e-4
    share = weight / weight.sum()
    shapes = np.array([_shape(clauses[i]) for i in order])
    second = shapes[1] * min(1.0, weight[1] / weight[0]) if len(order) > 1 else np.zeros(_SHAPE)
    sides = np.array([_sides(u.facets, clauses[i]) for i in order])
    asked = content_words(u.expanded)
    off = np.array([_turned_off(asked, clauses[i]) for i in order])
    size = [np.log1p(len(clauses[order[0]].text.split()))]
    manner = _manner(u)
    meet = _meetings(shapes[0], share @ shapes, sides[0], off[0], manner)
    parts = (
        shapes[0],
        second,
        share @ shapes,
        sides[0],
        share @ sides,
        off[0],
        off.max(axis=0),
        manner,
        meet,
        size,
    )
    return np.concatenate(parts)


def _meetings(
    first: FloatArray, mean: FloatArray, sides: FloatArray, off: FloatArray, manner: tuple[float, ...]
) -> FloatArray:
    """Products a linear model cannot make for itself: a ban that is only for the other side of
    the asker's circumstances, leave already given where leave is called for, and the like."""
    exceptions, conditions, approval, only, absolute = first[-5:]
    forbids, permits = first[0] + first[2], first[4]
    has_leave, lacks_leave, pleads, asks_ban = manner[:4]
    return np.array(
        [
            *(forbids * sides), *(permits * sides), forbids * exceptions, forbids * conditions, permits * exceptions,
            permits * conditions, permits * only, forbids * approval, permits * approval, forbids * absolute,
            forbids * exceptions * off[0], permits * conditions * off[1], approval * has_leave, approval * lacks_leave,
            forbids * pleads, permits * pleads, forbids * asks_ban, permits * asks_ban, mean[0] * mean[4], mean[0] * (1 - mean[4]),
            (1 - mean[0]) * mean[4],
        ]
    )  # fmt: skip


_SHORTEST = 13
"""Words: what staff told a story about was learnt from questions this long and longer; a shorter one counts as this."""


def _manner(u: Understanding) -> tuple[float, ...]:
    """How the question was put, as numbers."""
    text, f = u.question.text, u.facets
    return (
        float(bool(_HAS_LEAVE.search(text))),
        float(bool(_LACKS_LEAVE.search(text))),
        float(bool(_PLEADS.search(text))),
        float(u.polarity is Polarity.BAN),
        float(u.polarity is Polarity.DUTY),
        float(u.followup),
        float(np.log1p(max(_SHORTEST, len(text.split())))),
        *(float(getattr(f, n) == side) for n in ("time", "device", "account") for side in ("own", "work")),
    )
