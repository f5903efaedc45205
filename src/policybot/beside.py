"""A sentence laid beside the clauses that it rests on: what one has and the other has not, as numbers for a trained judge.

Words, negations, conditions, scope, strength, numbers and roles by rule; likeness by the packaged encoder: of the whole, and of
every word piece to the likest piece of the clauses (Khattab and Zaharia, "ColBERT", 2020).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import Stemmer
from numpy.typing import NDArray

from policybot.deontic import read_deontic, sentences
from policybot.names import roles_in
from policybot.records import Clause, Deontic, Strength
from policybot.segments import PIECEWISE, piecewise
from policybot.support import added, gives_leave, numbers_in

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+", re.I)
_EMPTY = frozenset(
    "the a an of to and or in on at for by with from as is are was were be been being it its this that these those they them their you your we our us he"
    " she his her i my me there here which who whom whose what when where how than then so do does did done has have had not no nor".split()
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|neither|nor|cannot|without|forbidden|banned|prohibited|refuse[ds]?|avoid\w*|refrain\w*|unable|nothing|nowhere)\b|n['’]t\b", re.I
)
_CONDITION = re.compile(
    r"\b(?:if|unless|except\w*|only|provided|where|when|whenever|until|without|as long as|subject to|apart from|other than|before|after|once)\b", re.I
)
_LEAVE_ASKED = re.compile(r"\b(?:with (?:\w+ ){0,4}(?:permission|approval|consent|agreement)|in writing|in advance|prior|beforehand|written)\b", re.I)
_SCOPE = frozenset(
    "all any every each only some most also even both either always sometimes usually normally never whole entire full least more less fewer up maximum minimum".split()
)
_OTHERWISE = (
    "before/after personal/school/work private/public pupil/parent/staff/governor/colleague/volunteer home/work internal/external written/verbal current/former"
    " all/some minimum/maximum least/most more/less inside/outside during/outside open/closed accept/refuse include/exclude keep/delete always/sometimes"
    " will/might immediately/later first/last online/paper own/other phone/laptop email/phone/post photo/video term/holiday increase/decrease same/different"
    " weekday/weekend morning/afternoon/evening paid/unpaid formal/informal allow/forbid start/end begin/finish child/adult"
)
"""Words of which one said in another's place makes a sentence wrong."""
_RANK = {Strength.NONE: 0, Strength.MAY: 1, Strength.SHOULD: 2, Strength.SHOULD_NOT: 2, Strength.MUST: 3, Strength.MUST_NOT: 3}
_BANS = (Strength.MUST_NOT, Strength.SHOULD_NOT)


class Reading(Protocol):
    """What reads texts (ReadingModel)."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
    def pieces(self, text: str) -> NDArray[np.float32]: ...
    def readings(self, question: str, clauses: Sequence[str]) -> NDArray[np.float64]: ...


@dataclass(frozen=True, slots=True)
class Sides:
    """The sentence; the clauses' sentences, stems among them; the one of these that is likest by its words; all of the clauses."""

    said: str
    others: tuple[str, ...]
    likest: str
    whole: str


def beside(sentence: str, clauses: Sequence[Clause], question: str, model: Reading) -> NDArray[np.float64]:
    """(BESIDE,) numbers, in a fixed order. `clauses`: one or more; `question`: what was asked, whose words may be taken up."""
    others = tuple(x for c in clauses for x in (*((c.stem,) if c.stem else ()), *sentences(c.text)))
    own = set(_stems(sentence))
    likest = max(others, key=lambda o: len(own & set(_stems(o))) / (1 + 0.3 * len(set(_stems(o)))), default="")
    sides = Sides(sentence, others, likest, " ".join(c.searchable for c in clauses))
    found = [
        *_words(sides, question, len(clauses)), *_signs(sides), *_strength(sides, clauses), *_named(sides),
        float(len(added(sentence, clauses, question))), _exchanged(sides), *_likeness(sides, clauses, model),
        *piecewise(sentence, likest, others),
    ]  # fmt: skip
    return np.array(found, dtype=np.float64)


BESIDE = 67 + PIECEWISE


def _stems(text: str) -> list[str]:
    # A stemmer of its own each time: PyStemmer's are not safe to share between threads.
    return [str(s) for s in Stemmer.Stemmer("english").stemWords([w for w in _tokens(text) if w not in _EMPTY])]


def _tokens(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text.replace("’", "'"))]


def _words(sides: Sides, question: str, clauses: int) -> list[float]:
    said, whole, likest = _stems(sides.said), _stems(sides.whole), _stems(sides.likest)
    own, there, asked = set(said), set(whole), set(_stems(question))
    new = own - there
    common = max(1, len(own))
    return [
        len(said), len(whole), clauses, len(own & there) / common, len(new), len(new - asked),
        len(own & set(likest)) / common, len(own & set(likest)) / max(1, len(set(likest))),
        _in_order(said, likest) / max(1, len(said)), len(_pairs(said) & _pairs(whole)) / max(1, len(_pairs(said))),
    ]  # fmt: skip


def _pairs(words: Sequence[str]) -> set[tuple[str, str]]:
    return set(zip(words, words[1:], strict=False))


def _in_order(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for word in a:
        made = [0]
        for j, other in enumerate(b):
            made.append(row[j] + 1 if word == other else max(row[j + 1], made[j]))
        row = made
    return row[-1]


def _signs(sides: Sides) -> list[float]:
    """Negations, conditions, leave to be asked for and scope: of the sentence, the likest sentence and all."""
    no, no_there, no_all = (len(_NEGATION.findall(t)) for t in (sides.said, sides.likest, sides.whole))
    on, on_there, on_all = (len(_CONDITION.findall(t)) for t in (sides.said, sides.likest, sides.whole))
    leave, leave_there = len(_LEAVE_ASKED.findall(sides.said)), len(_LEAVE_ASKED.findall(sides.likest))
    said, likest, whole = (set(_tokens(t)) for t in (sides.said, sides.likest, sides.whole))
    return [
        no, no_there, no - no_there, (no + no_there) % 2, no > 0 and no_all == 0,
        on, on_there, on_all, on - on_there, on_there > 0 and on == 0, on > 0 and on_all == 0,
        leave, leave_there, leave_there > 0 and leave == 0,
        len(_SCOPE & said - whole), len(_SCOPE & likest - said), "only" in likest - said, "only" in said - whole,
    ]  # fmt: skip


def _strength(sides: Sides, clauses: Sequence[Clause]) -> list[float]:
    said, likest = read_deontic(sides.said, None, ""), read_deontic(sides.likest, None, "")
    rank, there = _RANK[said.strength], _RANK[likest.strength]
    own = max(_RANK[c.deontic.strength] for c in clauses)
    most = max((_RANK[read_deontic(o, None, "").strength] for o in sides.others), default=0)
    bans = said.strength in _BANS
    of: list[Deontic] = [c.deontic for c in clauses]
    return [
        rank, there, own, rank - there, rank - own, rank - most,
        bans != (likest.strength in _BANS), bans != any(d.strength in _BANS for d in of), gives_leave(sides.said),
        bool(said.conditions), bool(said.exceptions), any(d.exceptions for d in of), any(d.conditions for d in of),
        any(d.exceptions for d in of) and not said.exceptions, any(d.conditions for d in of) and not said.conditions,
    ]  # fmt: skip


def _named(sides: Sides) -> list[float]:
    said, likest, whole = (numbers_in(t) for t in (sides.said, sides.likest, sides.whole))
    roles, roles_there = ({r.lower() for r in roles_in(t)} for t in (sides.said, sides.whole))
    return [
        len(said - whole), len(likest - said), bool(likest) and not said,
        len(roles), len(roles - roles_there), len(roles_there - roles), len(roles_there) > 1 and len(roles) == 1,
    ]  # fmt: skip


_GROUPS = tuple(tuple(Stemmer.Stemmer("english").stemWords(group.split("/"))) for group in _OTHERWISE.split())


def _exchanged(sides: Sides) -> float:
    said, whole = set(_stems(sides.said)), set(_stems(sides.whole))
    return sum(w in said - whole and any(o in whole - said for o in group) for group in _GROUPS for w in group)


def _likeness(sides: Sides, clauses: Sequence[Clause], model: Reading) -> list[float]:
    texts = [c.searchable for c in clauses]
    vectors = model.vectors([sides.said, *texts, sides.likest, *sides.others])
    cosines, k = vectors[1:] @ vectors[0], len(clauses)
    said = _unit(model.pieces(sides.said))[1:-1]
    all_there = _unit(np.concatenate([model.pieces(t) for t in texts]))
    likest = _unit(model.pieces(sides.likest))[1:-1]
    best = np.sort((said @ all_there.T).max(axis=1)) if len(said) else np.zeros(1)
    cross = said @ likest.T if len(said) and len(likest) else np.zeros((1, 1))
    near, back = np.sort(cross.max(axis=1)), np.sort(cross.max(axis=0))
    return [
        cosines[:k].max(), cosines[k], cosines[k + 1 :].max() if sides.others else 0.0,
        best.mean(), best[0], best[:3].mean(), best[:6].mean(), (best < 0.6).sum(), (best < 0.5).sum(),
        near.mean(), near[0], near[:3].mean(), back.mean(), back[:3].mean(),
        model.readings(sides.said, texts).max(),
    ]  # fmt: skip


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-9)
