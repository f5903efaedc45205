"""A sentence laid beside its clauses piece by piece: whether what is negated, bound, numbered or joined in one place is so in the other.

A piece ends at a comma, a semicolon or "but". Every piece of the sentence is compared with the piece of the clauses that has most of its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import Stemmer

from policybot.deontic import read_deontic
from policybot.names import roles_in
from policybot.records import Strength
from policybot.support import numbers_in

_CUT = re.compile(r"[,;:.!?()\u2013\u2014]+|\b(?:but|though|although|however|otherwise|whereas)\b", re.I)
_TOKEN = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d+(?:[.:]\d+)?", re.I)
_NOT = frozenset("not never no none nobody neither nor cannot without forbidden banned prohibited barred refuse refuses refused avoid unless nothing nowhere".split())
_REPLY = re.compile(r"^(?:yes|no|not unless|only)\b[,:;.\u2013\u2014 -]*(?=\w)", re.I)
_BINDS = re.compile(r"\b(?:if|unless|except\w*|only|provided|when|where|until|without|as long as|subject to|after|before|once)\b", re.I)
EMPTY = frozenset(
    "the a an of to and or in on at for by with from as is are was were be been being it its this that these those they them their you your we our us he"
    " she his her i my me there here which who whom whose what when where how than then so do does did done has have had not no nor may must should can"
    " will shall need any all if only".split()
)
_RANK = {Strength.NONE: 0, Strength.MAY: 1, Strength.SHOULD: 2, Strength.SHOULD_NOT: 2, Strength.MUST: 3, Strength.MUST_NOT: 3}
_BANS = (Strength.MUST_NOT, Strength.SHOULD_NOT)
NEAR = 3
"""Words round a number that it belongs to."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Its words' stems without empty words, those of them that a negation stands before, and the text."""

    text: str
    stems: frozenset[str]
    negated: frozenset[str]


def pieces_of(text: str) -> list[Piece]:
    """The pieces of a text that have a word."""
    return [p for part in _CUT.split(text) if (p := _piece(part)).stems]


def _piece(text: str) -> Piece:
    # A stemmer of its own each time: PyStemmer's are not safe to share between threads.
    stem = Stemmer.Stemmer("english").stemWord
    words = [w.lower().replace("’", "'") for w in _TOKEN.findall(text)]
    no = next((k for k, w in enumerate(words) if w in _NOT or w.endswith("n't")), len(words))
    stems = [(k, stem(w)) for k, w in enumerate(words) if w not in EMPTY and w not in _NOT]
    return Piece(text, frozenset(s for _, s in stems), frozenset(s for k, s in stems if k > no))


def piecewise(sentence: str, likest: str, others: Sequence[str]) -> list[float]:
    """PIECEWISE numbers. `likest`: the clauses' sentence that has most of its words; `others`: all of their sentences."""
    said = pieces_of(_REPLY.sub("", sentence))
    there = [p for o in others for p in pieces_of(o)]
    pairs = [(p, max(there, key=lambda o: _common(p, o))) for p in said] if there else []
    negated = {s for p in there for s in p.negated}
    plain = {s for p in there for s in p.stems - p.negated}
    own_negated, own_plain = {s for p in said for s in p.negated}, {s for p in said for s in p.stems - p.negated}
    turned = [float(bool(p.negated) != bool(o.negated)) for p, o in pairs]
    covered = [len(p.stems & o.stems) / len(p.stems) for p, o in pairs] or [0.0]
    rank = [_rank(p.text) - _rank(o.text) for p, o in pairs] or [0]
    return [
        len(said), sum(turned), max(turned, default=0.0), min(covered), sum(covered) / len(covered),
        len(own_negated & plain - negated), len(own_plain & negated - plain), max(rank), min(rank),
        sum(_bans(p.text) != _bans(o.text) for p, o in pairs),
        sum(len(numbers_in(p.text) - numbers_in(o.text)) for p, o in pairs), sum(bool(numbers_in(o.text)) and not numbers_in(p.text) for p, o in pairs),
        sum(len(_roles(p.text) - _roles(o.text)) for p, o in pairs),
        sum(bool(_BINDS.search(o.text)) and not _BINDS.search(p.text) for p, o in pairs),
        sum(bool(_BINDS.search(p.text)) and not _BINDS.search(o.text) for p, o in pairs),
        *_bound(sentence, likest), *_joined_otherwise(sentence, others), *_numbers_elsewhere(sentence, others), _concordance(sentence, likest),
    ]  # fmt: skip


PIECEWISE = 23


def _common(a: Piece, b: Piece) -> float:
    return len(a.stems & b.stems) / (1 + 0.15 * len(b.stems))


def _rank(text: str) -> int:
    return _RANK[read_deontic(text.strip(), None, "").strength]


def _bans(text: str) -> bool:
    return read_deontic(text.strip(), None, "").strength in _BANS


def _roles(text: str) -> set[str]:
    return {r.lower() for r in roles_in(text)}


def _bound(sentence: str, likest: str) -> list[float]:
    """How much of what follows the first condition of the likest sentence is said, and of what goes before it; 1.0 without a condition."""
    found = _BINDS.search(likest)
    if found is None:
        return [1.0, 1.0]
    own = _piece(sentence).stems
    parts = (_piece(likest[found.end() :]).stems, _piece(likest[: found.start()]).stems)
    return [len(part & own) / len(part) if part else 1.0 for part in parts]


def _joined_otherwise(sentence: str, others: Sequence[str]) -> list[float]:
    """How often "and" stands between words that "or" stands between there, and the other way round; and "or" nowhere there."""
    said, there = _joins(sentence), {w: j for o in others for w, j in _joins(o).items()}
    swapped = [(said[w], there[w]) for w in said.keys() & there.keys() if said[w] != there[w]]
    new = " or " in f" {sentence.lower()} " and not any(" or " in f" {o.lower()} " for o in others)
    return [sum(a == "or" for a, _ in swapped), sum(a == "and" for a, _ in swapped), float(new)]


def _joins(text: str) -> dict[str, str]:
    """Words of content on either side of an "and" or "or", and which of them it is."""
    words = [w.lower() for w in _TOKEN.findall(text)]
    stem = Stemmer.Stemmer("english").stemWord
    found: dict[str, str] = {}
    for k, word in enumerate(words):
        if word in ("and", "or"):
            after = [stem(w) for w in words[k + 1 : k + 4] if w not in EMPTY][:2]
            found |= {f">{w}": word for w in after} | {f"<{stem(w)}": word for w in words[max(0, k - 2) : k] if w not in EMPTY}
    return found


def _numbers_elsewhere(sentence: str, others: Sequence[str]) -> list[float]:
    """Numbers of the sentence that stand among other words there: how many, and the least share of words they have in common."""
    there: dict[str, list[set[str]]] = {}
    for other in others:
        for number, near in _numbered(other):
            there.setdefault(number, []).append(near)
    shares = [max((len(near & o) / len(near) for o in there.get(n, [])), default=0.0) for n, near in _numbered(sentence) if near]
    return [sum(s < 0.5 for s in shares), min(shares, default=1.0)]


def _numbered(text: str) -> list[tuple[str, set[str]]]:
    words = [w.lower() for w in _TOKEN.findall(text)]
    stem = Stemmer.Stemmer("english").stemWord
    out = []
    for k, word in enumerate(words):
        if numbers_in(word) or word == "half":
            near = {stem(w) for w in words[max(0, k - NEAR) : k + NEAR + 1] if w != word and w not in EMPTY}
            out += [(n, near) for n in (numbers_in(word) or {"half"})]
    return out


def _concordance(sentence: str, likest: str) -> float:
    """Share of the pairs of common words that stand in the same order, in [0, 1] (Kendall's tau, stretched); 1.0 of less than two."""
    order = {w: k for k, w in reversed(list(enumerate(_sequence(likest))))}
    places = [order[w] for w in _sequence(sentence) if w in order]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :] if a != b]
    return sum(a < b for a, b in pairs) / len(pairs) if pairs else 1.0


def _sequence(text: str) -> list[str]:
    stem = Stemmer.Stemmer("english").stemWord
    return [stem(w) for w in dict.fromkeys(w.lower() for w in _TOKEN.findall(text)) if w not in EMPTY]
