"""The numbers a reader decides on: one row a clause, one column a feature."""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from policybot.question import Understanding
from policybot.records import Clause, FactKind

FloatArray = NDArray[np.float64]
UNREAD = -12.0
"""Log-odds of a clause that was too unlike the question to be read with it."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the shelf measured: for `Understanding.searches` (s texts) x the policy's clauses (n).

    `path`: (s, n) cosine in [-1, 1] of each search text with `Clause.searchable` (heading path,
    stem, text). `bare`: (s, n) cosine with `Clause.text`. `lexical`: (s, n) BM25 >= 0 over
    `Clause.searchable`. Rows in the order of `searches`, columns in the order of the clauses
    that go to `Reader.read`. `pairs` (s, n) is the log-odds that a clause must be cited, by the
    model that reads both together: UNREAD where that text was not read with that clause. Of the first
    text, `verdicts` (n, 4) is what the likeliest clauses rule by the model that reads for that: scores of allowed, conditional,
    not allowed and informational, and `governing` (n,) how much each clause counts for it: in [0, 1], summing to 1; zeros where not read.
    """

    path: FloatArray
    bare: FloatArray
    lexical: FloatArray
    pairs: FloatArray
    verdicts: FloatArray
    governing: FloatArray

    def __post_init__(self) -> None:
        shapes = [a.shape for a in (self.path, self.bare, self.lexical, self.pairs)]
        ruled = (self.verdicts.shape, self.governing.shape)
        if len(set(shapes)) > 1 or self.path.ndim != 2 or ruled != ((shapes[0][1], 4), shapes[0][1:]):
            raise ValueError(
                f"signals must be four (searches, clauses) arrays of one shape, verdicts (clauses, 4) and governing (clauses,), got "
                f"{shapes} and {ruled}"
            )


_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an the and or but if so of to in on at by for from with without as is are was were be been being am do does did "
        "doing done have has had having i me my we us our you your he him his she her it its they them their this that these "
        "those there here what which who whom whose when where why how can could may might must shall should will would not no "
        "nor any some all each every other another one ones ok okay just like get got getting go going gone say says said "
        "please thanks hi hello anyone someone somebody everyone about into over under up down out off than then too very "
        "really also only own same more most much many few lot put let im ive id dont doesnt isnt cant wont whats thats "
        "theres lol tho bit still even ever yes yep yeah right fine allowed allow alright want wants need needs make made "
        "s t m d re ve ll use using used work working policy policies",
    )
)
_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


@lru_cache(maxsize=16384)
def _stem_of(word: str) -> str:
    word = re.sub(r"['’].*$", "", word)
    for suffix, keep in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", "")):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return (word[: -len(suffix)] + keep).rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def content_words(text: str) -> frozenset[str]:
    """The stems of the words of `text` that carry meaning, lower case. Not cached: questions are never kept."""
    return frozenset(_stem_of(w) for w in _WORD.findall(text.lower()) if w not in _STOP and len(w) > 1)


_DATE = re.compile(
    r"\b(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(?:19|20)\d\d|january|february|march|april|june|july|august|september|october|november|december|spring|autumn|summer)\b",
    re.I,
)
_NUMBER = re.compile(
    r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|annual(?:ly)?|monthly|weekly|daily|termly|yearly|once|twice|half|hours?|days?|weeks?|months?|years?|terms?)\b|[£%]",
    re.I,
)
_ROLE = re.compile(
    r"\b(?:head\w*|principal|manager|director|governors?|trustees?|lead|officer|board|ceo|executive|team|hr|human resources|secretary|coordinator|chair|department|committee|leader)\b",
    re.I,
)
_FACT_WORDS: dict[FactKind, re.Pattern[str]] = {
    kind: re.compile(pattern, re.I)
    for kind, pattern in (
        (FactKind.VERSION, r"\b(?:version|edition|issue|revision|v\d|supersedes|replaces)\b"),
        (
            FactKind.NEXT_REVIEW,
            r"\b(?:next review|review date|to be (?:reviewed|revised)|date of next review|due for review|reviewed? (?:by|in|every|on)|will be reviewed|falls due|expires?)\b",
        ),
        (FactKind.REVIEWED, r"\b(?:reviewed|revised|amended|updated|last review|adopted|policy reviewed)\b"),
        (
            FactKind.REVIEW_CYCLE,
            r"\b(?:review\w*|every (?:\w+ )?(?:year|month|term)|annual\w*|12 months|two years|three years)\b",
        ),
        (FactKind.AUTHOR, r"\b(?:author|prepared|written|drafted|compiled|produced|policy lead|revised by)\b"),
        (FactKind.APPROVER, r"\b(?:approv\w+|adopted|ratified|agreed|signed|signatory|authorised|endorsed)\b"),
        (FactKind.APPROVED, r"\b(?:approv\w+|adopted|ratified|agreed|date policy)\b"),
        (FactKind.EFFECTIVE, r"\b(?:effective|in force|with effect|takes effect|from \d|applies from|into force)\b"),
        (FactKind.ISSUED, r"\b(?:date|issued|issue|published|first|dated)\b"),
        (FactKind.REFERENCE, r"\b(?:reference|ref|document (?:no|number|code)|policy (?:no|number|code))\b"),
        (FactKind.OWNER, r"\b(?:owner|owned|responsible|lead|held by|maintained|custodian|document controller)\b"),
        (
            FactKind.LOCATION,
            r"\b(?:location|available|intranet|website|webpage|stored|kept|sharepoint|copy|copies|published|handbook)\b",
        ),
        (
            FactKind.RELATED_DOCUMENT,
            r"\b(?:read (?:\w+ )?(?:with|alongside|in conjunction)|related|conjunction|(?:\w+ )policy and|handbook|code of conduct|procedure)\b|(?:policy|procedure|code)\b.*\b(?:policy|procedure|code)\b",
        ),
        (FactKind.LEGISLATION, r"\b(?:act|acts|regulations?|gdpr|legislation)\b"),
    )
}
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|often|old|soon|far|late|big|high)\b|\bwhat (?:age|time|percentage|number|rate)\b|\bat what point\b",
    re.I,
)
_ASKS_WHEN = re.compile(r"\bwhen\b|\bwhat (?:date|year|month|day)\b|\bdeadline\b|\bhow (?:long|soon|old)\b", re.I)
_ASKS_WHO = re.compile(r"\b(?:who|whom|whose|which (?:person|body|team|manager)|who do i|tell)\b", re.I)


@dataclass(frozen=True, slots=True)
class ClauseFacts:
    """What does not depend on the question; (n,) or (n, ...) in the order of the clauses."""

    words: tuple[frozenset[str], ...]
    heading_words: tuple[frozenset[str], ...]
    plain: FloatArray
    same_list: NDArray[np.intp]
    same_section: NDArray[np.intp]


@lru_cache(maxsize=64)
def clause_facts(clauses: tuple[Clause, ...]) -> ClauseFacts:
    """Measure the clauses of one organisation once; cached by their identity as a tuple."""
    n = len(clauses)
    plain = np.array(
        [
            [
                np.log1p(len(c.text.split())),
                i / max(n - 1, 1),
                float(bool(c.stem)),
                float(bool(c.deontic.conditions)),
                float(bool(c.deontic.exceptions)),
                float(bool(_DATE.search(c.text))),
                float(bool(_NUMBER.search(c.text))),
                float(bool(_ROLE.search(c.whole))),
            ]
            for i, c in enumerate(clauses)
        ]
    ).reshape(n, -1)
    lists = {key: k for k, key in enumerate(dict.fromkeys((c.heading_path, c.stem) for c in clauses))}
    sections = {key: k for k, key in enumerate(dict.fromkeys(c.heading_path for c in clauses))}
    return ClauseFacts(
        words=tuple(content_words(c.searchable) for c in clauses),
        heading_words=tuple(content_words(" ".join(c.heading_path[-2:])) for c in clauses),
        plain=plain,
        same_list=np.array([lists[c.heading_path, c.stem] for c in clauses]),
        same_section=np.array([sections[c.heading_path] for c in clauses]),
    )


def z_scores(x: FloatArray) -> FloatArray:
    """`x` (n,) in standard deviations from its mean; zeros when all are equal."""
    spread = x.std()
    return (x - x.mean()) / spread if spread > 1e-9 else np.zeros_like(x)


def _group_best(score: FloatArray, group: NDArray[np.intp], itself: float) -> FloatArray:
    """(n,) the best score among the others of the same group; `itself` where it is alone."""
    best = np.full(len(score), itself)
    for k in np.unique(group):
        members = np.flatnonzero(group == k)
        if len(members) < 2:
            continue
        order = members[np.argsort(-score[members])]
        best[members] = score[order[0]]
        best[order[0]] = score[order[1]]
    return best


def _weights_of_words(facts: ClauseFacts, asked: frozenset[str]) -> dict[str, float]:
    """Inverse document frequency within the policy of each word asked (unseen words weigh most)."""
    n = len(facts.words)
    return {w: float(np.log(1 + (n + 0.5) / (sum(w in c for c in facts.words) + 0.5))) for w in asked}


def _overlap(asked: dict[str, float], clauses: Sequence[frozenset[str]]) -> FloatArray:
    """(n,) share in [0, 1] of the asked words' weight that each clause has."""
    total = sum(asked.values()) or 1.0
    return np.array([sum(v for w, v in asked.items() if w in words) / total for words in clauses])


def fact_match(kinds: tuple[FactKind, ...], clauses: Sequence[Clause]) -> FloatArray:
    """(n,) share of the facts asked for whose words stand in each clause; 0 when none is asked."""
    patterns = [_FACT_WORDS[k] for k in kinds if k in _FACT_WORDS]
    if not patterns:
        return np.zeros(len(clauses))
    return np.array([sum(bool(p.search(c.searchable)) for p in patterns) / len(patterns) for c in clauses])


def rank_features(
    u: Understanding, clauses: tuple[Clause, ...], signals: Signals
) -> tuple[FloatArray, tuple[str, ...]]:
    """(n, f) features of each clause for the question, and the f columns' names."""
    facts = clause_facts(clauses)
    columns = _reading_columns(u, signals, facts) | _similarity_columns(signals)
    asked = _weights_of_words(facts, content_words(u.text))
    wider = _weights_of_words(facts, content_words(u.expanded))
    columns |= {
        "overlap": _overlap(asked, facts.words),
        "overlap_wide": _overlap(wider, facts.words),
        "overlap_heading": _overlap(wider, facts.heading_words),
        "fact_match": fact_match(u.fact_kinds, clauses),
        "asks_number": facts.plain[:, 6] * float(bool(_ASKS_NUMBER.search(u.text))),
        "asks_when": facts.plain[:, 5] * float(bool(_ASKS_WHEN.search(u.text))),
        "asks_who": facts.plain[:, 7] * float(bool(_ASKS_WHO.search(u.text))),
    }
    names = tuple(columns)
    return np.column_stack([columns[k] for k in names]), names


def _reading_columns(u: Understanding, s: Signals, facts: ClauseFacts) -> dict[str, FloatArray]:
    """What the model that reads question and clause together says, of the clause and of its neighbours."""
    whole = s.pairs[0]
    part = part_readings(u, s).max(axis=0)
    either = np.maximum(whole, part)
    return {
        "pair": whole,
        "pair_part": part,
        "pair_gap": either.max() - either,
        "pair_list": _group_best(either, facts.same_list, UNREAD),
        "pair_section": _group_best(either, facts.same_section, UNREAD),
    }


def part_readings(u: Understanding, s: Signals) -> FloatArray:
    """(p, n) log-odds for each part of a compound question, p >= 1: the whole question where it has none
    (what a follow-up leaves out is no question to read)."""
    return s.pairs[2:] if len(s.pairs) > 2 and not u.followup else s.pairs[:1]


def _similarity_columns(s: Signals) -> dict[str, FloatArray]:
    """Cosines and BM25 within the policy."""
    parts = slice(2, None) if len(s.path) > 2 else slice(0, 1)
    part_z = np.max([z_scores(p) + z_scores(b) for p, b in zip(s.path[parts], s.bare[parts], strict=True)], axis=0)
    return {
        "z_path": z_scores(s.path[0]),
        "z_bare": z_scores(s.bare[0]),
        "z_path_wide": z_scores(s.path[1]),
        "z_bare_wide": z_scores(s.bare[1]),
        "z_part": part_z,
        "z_lexical": z_scores(s.lexical[0]),
        "z_lexical_wide": z_scores(s.lexical[1]),
        "path": s.path[0],
        "bare": s.bare[0],
    }
