"""Sentences made from the clauses themselves: said again in other words, or with one thing in them turned wrong.

What a support reader learns first: to lay a sentence beside a clause and find the word that differs. After W. Kryscinski and others,
"Evaluating the Factual Consistency of Abstractive Text Summarization", 2020, who make their negatives by rule, too.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from policybot.deontic import sentences
from policybot.names import roles_in

Change = Callable[[str, random.Random], str | None]
"""A sentence -> the sentence changed, or None where there is nothing of the kind to change."""

SAME = (
    (r"\b(?:all )?(?:staff|employees)(?: members)?\b", ("you", "staff", "people who work here", "everyone on the staff")),
    (r"\bmust not\b", ("may not", "are not allowed to", "can't", "cannot", "must never")),
    (r"\bmust\b(?! not)", ("have to", "need to", "are required to")),
    (r"\bshould not\b", ("shouldn't", "ought not to", "are expected not to")),
    (r"\bshould\b(?! not)", ("ought to", "are expected to")),
    (r"\bmay\b(?! not)", ("can", "are allowed to", "are free to")),
    (r"\bdo not\b", ("don't", "never")), (r"\bis not\b", ("isn't",)), (r"\bare not\b", ("aren't",)),
    (r"\bprior\b", ("earlier", "advance")), (r"\bimmediately\b", ("at once", "straight away")), (r"\binform\b", ("tell",)),
    (r"\bprohibited\b", ("forbidden", "banned", "not allowed")), (r"\bpermitted\b", ("allowed",)), (r"\bpermission\b", ("approval", "consent")),
    (r"\bensure\b", ("make sure",)), (r"\bpupils\b", ("children", "students")), (r"\bparents\b", ("parents", "families")), (r"\bpersonal\b", ("private", "own")),
    (r"\bas soon as possible\b", ("as soon as they can", "quickly")), (r"\bwithin\b", ("inside",)), (r"\bunless\b", ("except if",)), (r"\bvia\b", ("through", "by")),
)  # fmt: skip
"""Words and what says the same."""
OTHERWISE = (
    ("before", "after"), ("personal", "school"), ("public", "private"), ("pupils", "parents"), ("staff", "governors"), ("at home", "at work"), ("internal", "external"),
    ("written", "verbal"), ("current", "former"), ("always", "sometimes"), ("all", "some"), ("any", "most"), ("every", "one"), ("minimum", "maximum"), ("at least", "at most"),
    ("more than", "less than"), ("inside", "outside"), ("during", "outside"), ("open", "closed"), ("accept", "refuse"), ("include", "leave out"), ("keep", "delete"), ("may lead", "will not lead"),
    ("will", "might"), ("immediately", "within a week"), ("only", "also"), ("on", "off"), ("with", "without"), ("first", "last"), ("children", "colleagues"), ("online", "on paper"),
    ("own", "colleagues'"), ("laptop", "phone"), ("phone", "laptop"), ("e-mail", "phone"), ("email", "post"), ("photographs", "videos"), ("images", "names"), ("supervision", "dismissal"), ("dismissal", "a reminder"),
)  # fmt: skip
LOOSER = ((r"\b(?:must|have to|need to|are required to|is required to)\b(?! not)", ("may", "can choose to", "should", "are free to")), (r"\bshould\b(?! not)", ("may", "must", "need not")), (r"\b(?:may|can)\b(?! not)", ("must", "should")))
CONDITION = re.compile(
    r",?\s*\b(?:if|unless|except(?: for| where| when| if)?|where|when|provided(?: that)?|as long as|only (?:if|when|with|after|for)|without (?:the )?(?:prior|written|permission|consent)|"
    r"with (?:the )?(?:written |prior )?(?:permission|approval|consent|agreement)|after|until|in advance|in writing)\b[^,.;]*",
    re.I,
)
NUMBER = re.compile(r"\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)\b", re.I)
COUNTS = ("two", "three", "four", "five", "six", "seven", "ten", "twelve", "twenty", "thirty")
NEGATED = ((r"\b(must|may|should|can|will|is|are|do|does|has|have) (?:not|never)\b", r"\1"), (r"\b(\w+)n't\b", r"\1"), (r"\bno\b", "any"), (r"\bnever\b", "always"), (r"\bwithout\b", "with"))
PLAIN = re.compile(r"\b(must|may|should|can|will|is|are)\b(?! not| never)", re.I)


def again(sentence: str, chance: random.Random) -> str:
    """The sentence with some of its words said otherwise, to the same effect."""
    for pattern, others in SAME:
        if chance.random() < 0.6:
            sentence = re.sub(pattern, chance.choice(others), sentence, flags=re.I)
    return sentence[:1].upper() + sentence[1:]


def pairs(clauses: Sequence[dict], chance: random.Random) -> Iterator[tuple[int, str, bool, str | None]]:
    """(place of the clause, sentence, whether the clause supports it, what is wrong with it) for every sentence of every clause of a policy: as many supported ones as others."""
    roles = sorted({r for c in clauses for r in roles_in(c["text"])})
    tails = [t for c in clauses for s in sentences(c["text"]) for t in CONDITION.findall(s)]
    for place, clause in enumerate(clauses):
        for sentence in sentences(" ".join(filter(None, (clause["stem"], clause["text"]))) if len(clause["text"]) < 400 else clause["text"]):
            if len(sentence.split()) < 4:
                continue
            yield place, again(sentence, chance), True, None
            if (wrong := _wrong(sentence, chance, roles, tails)) is not None:
                yield place, again(wrong[0], chance), False, wrong[1]


def _wrong(sentence: str, chance: random.Random, roles: Sequence[str], tails: Sequence[str]) -> tuple[str, str] | None:
    subtle: list[tuple[str, Change]] = [
        ("negation", _negated), ("modal", _loosened), ("number", _miscounted), ("condition", _unconditional), ("scope", _otherwise),
        ("role", lambda s, c: _other_role(s, c, roles)),
    ]  # fmt: skip
    plain: list[tuple[str, Change]] = [("added", lambda s, c: _with_more(s, c, tails)), ("consequence", _swapped)]
    kinds = [*chance.sample(subtle, len(subtle)), *chance.sample(plain, len(plain))]
    for kind, change in kinds if chance.random() < 0.8 else kinds[::-1]:
        changed = change(sentence, chance)
        if changed is not None and changed != sentence:
            return changed, kind
    return None


def _once(text: str, pattern: str, other: str) -> str | None:
    changed, count = re.subn(pattern, other, text, count=1, flags=re.I)
    return changed if count else None


def _negated(sentence: str, chance: random.Random) -> str | None:
    for pattern, other in chance.sample(NEGATED, len(NEGATED)) if chance.random() < 0.5 else ():
        if (changed := _once(sentence, pattern, other)) is not None:
            return changed
    places = list(PLAIN.finditer(sentence))
    if not places:
        return None
    found = chance.choice(places)
    return f"{sentence[: found.end()]} not{sentence[found.end() :]}"


def _loosened(sentence: str, chance: random.Random) -> str | None:
    for pattern, others in chance.sample(LOOSER, len(LOOSER)):
        if (changed := _once(sentence, pattern, chance.choice(others))) is not None:
            return changed
    return None


def _miscounted(sentence: str, chance: random.Random) -> str | None:
    places = list(NUMBER.finditer(sentence))
    if not places:
        return None
    found = chance.choice(places)
    other = str(int(found[0]) + chance.choice((-1, 1, 2, 5, 10))) if found[0].isdigit() else chance.choice([c for c in COUNTS if c != found[0].lower()])
    return sentence[: found.start()] + other + sentence[found.end() :]


def _unconditional(sentence: str, chance: random.Random) -> str | None:
    found = list(CONDITION.finditer(sentence))
    if not found:
        return None
    gone = chance.choice(found)
    left = (sentence[: gone.start()] + sentence[gone.end() :]).strip(" ,;")
    return left if len(left.split()) > 3 else None


def _otherwise(sentence: str, chance: random.Random) -> str | None:
    both = [*OTHERWISE, *((b, a) for a, b in OTHERWISE)]
    for word, other in chance.sample(both, len(both)):
        if (changed := _once(sentence, rf"\b{re.escape(word)}\b", other)) is not None:
            return changed
    return None


def _other_role(sentence: str, chance: random.Random, roles: Sequence[str]) -> str | None:
    own = roles_in(sentence)
    others = [r for r in roles if all(r.lower() != o.lower() for o in own)]
    return _once(sentence, rf"\b{re.escape(chance.choice(own))}\b", chance.choice(others)) if own and others else None


def _with_more(sentence: str, chance: random.Random, tails: Sequence[str]) -> str | None:
    new = [t for t in tails if t.strip(" ,").lower() not in sentence.lower()]
    return f"{sentence.rstrip(' .;')} {chance.choice(new).strip(' ,')}." if new else None


def _swapped(sentence: str, chance: random.Random) -> str | None:
    """Two nouns after the same preposition, or both sides of an "and ... to ...", change places."""
    found = re.search(r"\b(\w{4,})\b(\s+(?:to|from|of|by|before|after|for)\s+(?:the\s+|a\s+|their\s+|your\s+)?)(\w{4,})\b", sentence)
    return sentence[: found.start()] + found[3] + found[2] + found[1] + sentence[found.end() :] if found else None
